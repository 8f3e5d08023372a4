"""A mapping proposed for a file nobody has seen: fields, events, promises, cases, and what is doubtful."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from kundig.channel import ROW
from kundig.errors import MappingError
from kundig.ingest import words
from kundig.ingest.mapping import Case, Field, Table
from kundig.ingest.propose import Proposed, propose

WORDS = words.load()


def rows(**columns: list[Any]) -> pa.Table:
    count = len(next(iter(columns.values())))
    return pa.table({**{k: pa.array(v, pa.string()) for k, v in columns.items()}, ROW: pa.array(range(count), pa.int64())})


def proposed(source: str = "export", **columns: list[Any]) -> Proposed:
    return propose(rows(**columns), source=source, file=f"{source}.csv", words=WORDS, time_zone="UTC")


def table_of(source: str = "export", **columns: list[Any]) -> Table:
    return proposed(source, **columns).mapping.tables[0]


def column_of(table: Table, field: str) -> str:
    return table.fields[field].columns[0]


N = 40
CASES = [f"V{i // 4}" for i in range(N)]
PEOPLE = [f"K-{i // 8}" for i in range(N)]
TIMES = [f"{1 + i % 28:02}.11.2026 14:05" for i in range(N)]
WORDY = [f"Guten Tag, das ist die Nachricht Nummer {i} an Sie" for i in range(N)]
DONE = ["Anruf", "Antwort"] * (N // 2)


def test_a_german_log() -> None:
    made = proposed(**{
        "Vorgang": CASES, "Kundennr.": PEOPLE, "Zeitpunkt": TIMES, "Aktivität": DONE, "Kanal": ["Telefon", "Mail"] * 20, "Dauer (min)": ["1,5"] * N,
        "Bewertung": ["1", "5"] * 20, "Freitext": WORDY, "Tarif": ["S"] * N,
    })  # fmt: skip
    table = made.mapping.tables[0]
    assert {f: column_of(table, f) for f in table.fields} == {
        "occurred_at": "Zeitpunkt", "activity": "Aktivität", "channel": "Kanal", "duration_s": "Dauer (min)", "score": "Bewertung", "text": "Freitext",
    }  # fmt: skip
    assert (table.case, table.person and table.person.column) == (Case("Vorgang", "ticket"), "Kundennr.")
    assert (table.fields["duration_s"].unit, table.fields["score"].scale, made.mapping.decimal) == ("min", "1-5", ",")
    assert made.mapping.kinds == {"Anruf": "contact", "Antwort": "answer"}
    told = {p.column: p for p in made.proposals}
    assert told["Tarif"].field == "" and told["Vorgang"].confidence > 0.9
    assert made.warnings == ()


def test_names_that_say_nothing_are_judged_by_their_values() -> None:
    table = table_of(a=[f"{1_700_000_000 + i}" for i in range(N)], b=TIMES, c=DONE, d=WORDY, e=[f"{p}@x.de" for p in PEOPLE])
    assert (column_of(table, "occurred_at"), column_of(table, "activity"), column_of(table, "text")) == ("b", "c", "d")
    assert table.person and (table.person.column, table.person.kind) == ("e", "email")


def test_a_ticket_is_many_events_and_a_promise() -> None:
    dates = [f"2026-11-{1 + i % 28:02} 10:00" for i in range(N)]
    table = table_of(
        ticket_id=[f"T{i}" for i in range(N)],
        created_at=dates,
        first_response_at=dates,
        resolved_at=dates,
        sla_due=dates,
        csat=["1", "5"] * 20,
    )
    assert [(e.fields["activity"].value, e.fields["kind"].value) for e in table.events] == [
        ("created", "contact"), ("first response", "answer"), ("resolved", "closed"),
    ]  # fmt: skip
    assert [(p.made, p.due, p.kept, p.name) for p in table.promises] == [("created_at", "sla_due", "resolved_at", "solution")]
    assert (table.event_id, table.case) == ("ticket_id", Case("ticket_id", "ticket"))
    assert ["score" in e.fields for e in table.events] == [False, False, True]


def test_a_german_order() -> None:
    table = table_of(**{
        "Bestellnummer": [f"B{i}" for i in range(N)], "Kundennummer": PEOPLE, "Bestellt am": TIMES, "Versandt am": TIMES, "Zugesagte Lieferung": TIMES,
        "Geliefert am": TIMES, "Letzte Änderung, geändert am": TIMES,
    })  # fmt: skip
    assert [e.fields["activity"].value for e in table.events] == ["Bestellt", "Versandt", "Geliefert"]
    (promise,) = table.promises
    assert (promise.made, promise.due, promise.kept, promise.name) == (
        "Bestellt am",
        "Zugesagte Lieferung",
        "Geliefert am",
        "Lieferung",
    )
    assert promise.activities["made"] == "Lieferung zugesagt"


def test_two_dates_of_a_review_are_one_event() -> None:
    made = {
        "review_id": [f"R{i}" for i in range(N)],
        "order_id": CASES,
        "review_score": ["1", "5"] * 20,
        "review_creation_date": TIMES,
        "review_answer_timestamp": TIMES,
    }
    table = table_of("reviews", **made)
    assert not table.events
    assert (table.fields["kind"], table.fields["activity"]) == (Field(value="survey_answer"), Field(value="reviews"))


def test_a_list_of_customers() -> None:
    people = [f"K-{i}" for i in range(N)]
    made = {"Kundennummer": people, "Name": [f"Anna Muster{i}" for i in range(N)], "E-Mail": [f"a{i}@x.de" for i in range(N)]}
    only_people = table_of("customers", **made)
    assert not only_people.has_events and only_people.tells
    since = table_of("customers", **made, **{"Kunde seit": [t[:10] for t in TIMES], "Tarif": ["S", "M"] * 20})
    assert since.fields["activity"] == Field(value="Kunde seit")
    assert since.person and (since.person.name, since.person.email) == ("Name", "E-Mail")
    assert (since.case, since.fields["kind"]) == (None, Field(value="other")), "no step of a case years before all others"


def test_busy_persons_without_a_case_have_sessions() -> None:
    made = {"user_id": PEOPLE, "event": DONE, "timestamp": TIMES}
    assert table_of(**made).case == Case(session_minutes=30)
    assert table_of(**made, session_id=CASES).case == Case("session_id", "session")


def test_dates_that_can_be_read_in_two_ways() -> None:
    doubtful = proposed(when=["03/04/2024"] * N, event=DONE, who=PEOPLE)
    assert any("day/month" in str(w) for w in doubtful.warnings)
    american = proposed(when=["03/04/2024", "03/25/2024"] * 20, event=DONE, who=PEOPLE)
    assert american.mapping.date_order == "mdy"
    assert not any("day/month" in str(w) for w in american.warnings)


def test_without_a_time_there_is_no_event() -> None:
    with pytest.raises(MappingError, match=r"export\.csv.*colour, size"):
        proposed(colour=["red"] * N, size=["1"] * N)


def test_a_birthday_is_no_event() -> None:
    with pytest.raises(MappingError, match="geburtsdatum"):
        proposed(geburtsdatum=["21.11.1980"] * N)


def test_what_is_missing_is_said() -> None:
    said = [str(w) for w in proposed(timestamp=TIMES, event=DONE).warnings]
    assert any("names no person" in w for w in said) and any("names no case" in w for w in said)


def test_a_ticket_with_its_last_status_is_one_contact() -> None:
    tickets = {
        "Ticketnummer": [f"T{i}" for i in range(N)],
        "Kunde": PEOPLE,
        "Erstellt": [f"{1 + i % 28:02}.11.2026 {i // 2:02}:05" for i in range(N)],
    }
    table = table_of(**tickets, Betreff=["Rechnung falsch"] * N, Status=["offen", "geschlossen"] * 20)
    (event,) = table.events
    assert {k: v.value or v.columns[0] for k, v in event.fields.items()} == {
        "occurred_at": "Erstellt",
        "activity": "Erstellt",
        "kind": "contact",
    }
    assert column_of(table, "text") == "Betreff" and "Status" not in table.used()


def test_a_log_of_statuses_stays_one() -> None:
    table = table_of(Ticketnummer=CASES, Erstellt=[f"{1 + i % 28:02}.11.2026 {i // 2:02}:05" for i in range(N)], Status=DONE)
    assert not table.events and column_of(table, "activity") == "Status"


def test_a_rated_ticket_is_a_survey() -> None:
    table = table_of("survey", submitted_at=TIMES, ticket_id=[f"T{i}" for i in range(N)], score=["1", "5"] * 20)
    assert not table.events and table.fields["kind"] == Field(value="survey_answer")


def test_what_is_less_than_half_sure_is_kept_in_extra() -> None:
    made = proposed("calls", rownames=[str(i // 4) for i in range(N)], DateTime=TIMES, b=DONE)
    told = {p.column: (p.field, p.confidence, str(p.reason)) for p in made.proposals}
    assert told["rownames"][0] == "" and made.mapping.tables[0].case is None
    assert told["b"][:2] == ("activity", 0.4) and "guess" in told["b"][2]


@pytest.mark.parametrize(
    ("columns", "kind"), [(("Bestellnummer", "Betrag"), "purchase"), (("Kontakt-ID", "Kontaktgrund"), "contact")]
)
def test_a_file_name_that_says_nothing_takes_its_kind_from_the_columns(columns: tuple[str, str], kind: str) -> None:
    numbers, said = columns
    table = table_of(**{numbers: [f"{i}" for i in range(N)], "Kundennummer": PEOPLE, "Datum": TIMES, said: ["3,40", "5,10"] * 20})
    assert (table.fields["activity"], table.fields["kind"]) == (Field(value="export"), Field(value=kind))


def test_nothing_happens_at_a_due_date() -> None:
    with pytest.raises(MappingError, match="shipping_limit_date"):
        proposed(order_id=CASES, shipping_limit_date=TIMES)


@pytest.mark.parametrize(("time", "whole_day"), [("", True), (" 10:00", False)])
def test_a_due_day_is_told_to_last_to_its_end(time: str, whole_day: bool) -> None:
    made = proposed(
        ticket_id=[f"T{i}" for i in range(N)], created_at=TIMES, resolved_at=TIMES, due=[t[:10] + time for t in TIMES]
    )
    (due,) = [p for p in made.proposals if p.column == "due"]
    assert ("end of the day" in str(due.reason)) is whole_day


@pytest.mark.parametrize(
    "first", ["https://example.org/a", "2026-05-01 10:00", "anna@example.org", "1234567", "1,5", "Guten Tag, " * 6]
)
def test_a_first_row_that_looks_like_data_is_told(first: str) -> None:
    said = [message.text for message in proposed(Datum=TIMES, **{first: WORDY}).warnings]
    assert any("looks like data" in text for text in said)
    with pytest.raises(MappingError, match=r"looks like data.*names of the columns"):
        proposed(**{first: WORDY})


def test_names_of_columns_are_no_data() -> None:
    names = [
        "2026",
        "2026-05",
        "05/2026",
        "2026-05-01",
        "Frage 1: Wie zufrieden waren Sie mit der Antwort?",
        "a.b",
        "E-Mail",
        "Wie gut? " * 8,
        "a.b" * 30,
    ]
    assert all("looks like data" not in message.text for message in proposed(Datum=TIMES, **dict.fromkeys(names, WORDY)).warnings)
