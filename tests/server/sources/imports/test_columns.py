"""Changing what a column is taken for: only that changes, and the mapping stays one that can be written and read."""

from __future__ import annotations

from typing import Any

import pytest

from kundig.ingest import mapping_file
from kundig.ingest.mapping import Case, Consent, Event, Field, Mapping, Person, Promise, Table
from kundig.server.sources.imports.columns import Choices, changed, parts_of
from kundig.server.sources.imports.parts import PARTS, several

LOG = Table(
    "log", ("log.csv",), ("Kunde", "Mail", "Zeit", "Was", "Nr", "Note", "Text", "Leer"),
    fields={"occurred_at": Field(("Zeit",)), "activity": Field(("Was",)), "score": Field(("Note",), scale="1-5")},
    person=Person("Kunde", email="Mail"), case=Case("Nr", "ticket"),
)  # fmt: skip
ORDERS = Table(
    "orders", ("orders.csv",), ("id", "bought", "sent", "arrived", "due", "who", "agreed"),
    events=(Event({"occurred_at": Field(("bought",)), "activity": Field(value="bought")}),
            Event({"occurred_at": Field(("sent",)), "activity": Field(value="sent")})),
    promises=(Promise("bought", "due", "arrived", name="delivery"),), person=Person("who"), case=Case("id", "order"),
    event_id="id", consents=(Consent("agreed", "marketing"),),
)  # fmt: skip


def with_(table: Table, parts: dict[str, str], low: float = 0, high: float = 0, **more: str) -> Table:
    mapping = Mapping("shop", (table,))
    made = changed(mapping, table.name, Choices(parts, **more), lambda _: (low, high))
    again = mapping_file.parse(mapping_file.write(made))
    assert again.tables[0] == made.tables[0], "what was chosen can be saved"
    return made.tables[0]


def test_the_parts_of_a_log_and_of_orders() -> None:
    assert parts_of(LOG) == {
        "Kunde": "person", "Mail": "person.email", "Zeit": "occurred_at", "Was": "activity", "Nr": "case", "Note": "score",
    }  # fmt: skip
    assert parts_of(ORDERS) == {
        "bought": "event", "sent": "event", "arrived": "promise.kept", "due": "promise.due", "id": "case", "who": "person",
        "agreed": "consent.marketing",
    }  # fmt: skip


def test_nothing_chosen_changes_nothing() -> None:
    for table in (LOG, ORDERS):
        assert with_(table, {}) == table
        assert with_(table, parts_of(table)) == table


@pytest.mark.parametrize("part", [part for part in PARTS if part != "promise.kept"])
@pytest.mark.parametrize("column", ["Leer", "Was", "Mail"])
def test_every_part_can_be_given(part: str, column: str) -> None:
    made = with_(LOG, {column: part})
    assert parts_of(made)[column] == part
    assert parts_of(made).get("Zeit") in ("occurred_at", "event") or part == "occurred_at"


@pytest.mark.parametrize("table", [LOG, ORDERS], ids=["log", "orders"])
def test_every_column_can_be_put_aside(table: Table) -> None:
    for column in parts_of(table):
        made = with_(table, {column: ""})
        assert column not in made.used()


def test_without_a_number_a_person_is_known_by_his_address() -> None:
    person = with_(LOG, {"Kunde": ""}).person
    assert person == Person("Mail", "email", email="Mail")
    assert with_(LOG, {"Kunde": "", "Mail": ""}).person is None
    again = with_(with_(LOG, {"Kunde": ""}), {"Kunde": "person"}).person
    assert again == Person("Kunde", "customer", email="Mail")


def test_without_a_case_events_are_told_by_person() -> None:
    assert with_(LOG, {"Nr": ""}).case == Case(by_person=True)
    assert with_(LOG, {"Nr": "", "Text": "case"}).case == Case("Text")


def test_a_second_date_makes_two_events_of_a_row() -> None:
    made = with_(LOG, {"Leer": "event"})
    assert [event.fields["occurred_at"].columns for event in made.events] == [("Zeit",), ("Leer",)]
    assert [event.fields["activity"] for event in made.events] == [Field(("Was",)), Field(value="Leer")]
    back = with_(ORDERS, {"sent": "occurred_at"})
    assert (back.events, back.promises, back.fields["occurred_at"]) == ((), (), Field(("sent",)))


def test_a_promise_ends_with_its_date() -> None:
    assert with_(ORDERS, {"due": ""}).promises == ()
    assert with_(ORDERS, {"arrived": ""}).promises[0].kept == ""
    assert with_(ORDERS, {"arrived": "", "sent": "promise.kept"}).promises[0].kept == "sent"
    assert with_(LOG, {"Leer": "promise.due"}).promises == (Promise("Zeit", "Leer", name="Leer"),)


def test_ratings_get_a_scale_and_lengths_a_unit() -> None:
    assert with_(LOG, {"Note": "", "Leer": "score"}, 2, 9).fields["score"].scale == "1-10"
    assert with_(LOG, {}, scale="1-7").fields["score"].scale == "1-7"
    assert with_(LOG, {"Leer": "duration_s"}).fields["duration_s"].unit == "s"
    assert with_(LOG, {"Leer": "duration_s"}, unit="min").fields["duration_s"].unit == "min"


def test_source_zone_and_number_format() -> None:
    choices = Choices(source="crm", time_zone="Europe/Vienna", date_order="mdy", decimal=",")
    made: Any = changed(Mapping("shop", (LOG,)), "log", choices, lambda _: (0, 0))
    assert (made.source, made.time_zone, made.date_order, made.decimal) == ("crm", "Europe/Vienna", "mdy", ",")
    assert choices.says
    assert not Choices().says


def test_one_part_for_two_columns_is_noticed() -> None:
    assert several({"a": "case", "b": "case", "c": "", "d": "", "e": "event", "f": "event"}) == ["case"]
