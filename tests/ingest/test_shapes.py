"""Formats known outright by their columns."""

from __future__ import annotations

import pyarrow as pa
import pytest

from kundig.channel import ROW
from kundig.ingest import words
from kundig.ingest.mapping import Case, Table
from kundig.ingest.propose import propose
from kundig.ingest.shapes import recognise

WORDS = words.load()


def shape(*columns: str) -> Table:
    table = recognise(columns, WORDS)
    assert table
    return table


def fields(table: Table) -> dict[str, str]:
    return {name: source.columns[0] for name, source in table.fields.items() if source.columns}


def test_xes_group_is_team_and_resource_is_agent() -> None:
    table = shape(
        "concept:name", "time:timestamp", "org:group", "org:resource", "lifecycle:transition", "case:concept:name", "case:channel"
    )
    assert fields(table) == {
        "occurred_at": "time:timestamp", "activity": "concept:name", "team": "org:group", "agent": "org:resource", "channel": "case:channel",
    }  # fmt: skip
    assert (table.case, table.person) == (Case("case:concept:name"), None)
    assert shape("concept:name", "time:timestamp", "case:_index", "customer").person


def test_ocel_cases_are_objects() -> None:
    table = shape("ocel:id", "ocel:activity", "ocel:timestamp", "object:item", "object:order", "object:customer")
    assert (table.case, table.person and table.person.column, table.event_id) == (
        Case("object:order", "order"),
        "object:customer",
        "ocel:id",
    )
    assert shape("ocel:activity", "ocel:timestamp", "object:parcel").case == Case("object:parcel", "parcel")
    assert shape("ocel:activity", "ocel:timestamp").case is None


def test_own_events() -> None:
    table = shape("event_id", "occurred_at", "activity", "person", "case", "channel", "score", "text", "agent")
    assert fields(table).keys() == {"occurred_at", "activity", "channel", "score", "text", "agent"}
    assert (table.event_id, table.fields["score"].scale, table.person and table.person.column) == ("event_id", "1-5", "person")


def test_cloud_events() -> None:
    table = shape("specversion", "id", "source", "type", "time", "subject", "data.customer_id", "data.ticket_id", "data.channel")
    assert (table.event_id, table.person and table.person.column, table.case) == (
        "id",
        "data.customer_id",
        Case("data.ticket_id"),
    )
    assert fields(table) == {"occurred_at": "time", "activity": "type", "channel": "data.channel"}
    assert shape("specversion", "id", "source", "type", "time", "subject").case == Case(session_minutes=30)


def test_segment_calls() -> None:
    table = shape("type", "userId", "anonymousId", "timestamp", "messageId", "traits.email")
    assert table.person and (table.person.column, table.person.otherwise, table.person.email) == (
        "userId",
        "anonymousId",
        "traits.email",
    )
    assert [event.only_if and event.only_if.values for event in table.events] == [("track",), ("page", "screen")]
    assert "event" not in table.needed()


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_the_domain_in_nearly_every_mail_is_the_firm_s(share: float) -> None:
    ours = [i % 2 == 0 for i in range(20)]
    away = [i >= 20 * share for i in range(20)]
    mails = pa.table({
        "thread": [f"t{i}" for i in range(20)], "date": ["2026-11-21T10:00:00Z"] * 20, "message_id": [f"m{i}" for i in range(20)], "subject": ["s"] * 20,
        "from_name": ["n"] * 20, "body_new": ["Guten Tag"] * 20,
        "from_address": ["service@firm.de" if o and not a else f"c{i}@mail{i}.de" for i, (o, a) in enumerate(zip(ours, away, strict=True))],
        "to": [f"c{i}@mail{i}.de" if o or a else "service@firm.de" for i, (o, a) in enumerate(zip(ours, away, strict=True))],
        ROW: pa.array(range(20), pa.int64()),
    })  # fmt: skip
    person = propose(mails, source="m", file="m.mbox", words=WORDS, time_zone="UTC").mapping.tables[0].person
    assert person and person.own_domains == (("firm.de",) if share == 1.0 else ())


def test_anything_else_is_no_known_format() -> None:
    assert recognise(["a", "b"], WORDS) is None
