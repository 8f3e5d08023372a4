"""A purpose sees what its legal basis allows; a filter selects whole cases; links and decisions count at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kundig import event
from kundig.engine import Written
from kundig.errors import EngineError, PrivacyError, QuestionError
from kundig.lake import Lake, Where
from tests.lake.staging import lake_in, put, rows_of
from tests.rows import NOW, RowsLake, at

ROWS: list[dict[str, Any]] = [
    {"occurred_at": "2026-01-01T10:00", "case_id": "1", "person_id": "p", "kind": "contact", "channel": "phone", "text": "hello"},
    {"occurred_at": "2026-01-02T10:00", "case_id": "1", "person_id": "q", "kind": "answer", "channel": "email"},
    {"occurred_at": "2026-02-01T10:00", "case_id": "2", "person_id": "q", "channel": "web", "reason": "bill", "account_id": "a"},
    {"occurred_at": "2026-02-02T10:00", "case_id": "2", "person_id": "q", "activity": "paid"},
    {"occurred_at": "2026-02-03T10:00", "person_id": "p", "activity": "visit", "channel": "web"},
]
PEOPLE = [{"person_id": "p", "identifier": "1", "name": "Eva"}, {"person_id": "q", "identifier": "2", "name": "Max"}]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = lake_in(tmp_path)
    put(lake, ROWS, PEOPLE)
    return lake


def add(lake: Lake, table: str, rows: list[dict[str, Any]]) -> None:
    """Put rows into a small table as an importer of consents or links would."""
    import pyarrow.parquet as pq

    with lake.store.writing():
        work = lake.store.new_folder("test")
        pq.write_table(pa.Table.from_pylist(rows, schema=event.table(table).arrow()), work / "x.parquet")
        written = Written(work / "x.parquet", len(rows), (work / "x.parquet").stat().st_size)
        lake.store.commit(lake.store.adopt(table, [written]), [], "test")


def decide(lake: Lake, person: str, purpose: str, status: str, day: str = "2026-03-01T00:00") -> None:
    add(lake, "consents", [{"person_id": person, "purpose": purpose, "status": status, "decided_at": at(day), "source": "test"}])


def activities(lake: Lake, purpose: str, **where: Any) -> list[str]:
    with lake.read(purpose, Where.of(**where)) as reading:
        return [r["activity"] for r in reading.query("select activity from events order by occurred_at").to_pylist()]


def test_an_unknown_purpose_is_refused(lake: Lake) -> None:
    with pytest.raises(PrivacyError, match="no purpose curiosity"):
        lake.read("curiosity")


def test_analysis_sees_neither_texts_nor_names_nor_extra(lake: Lake) -> None:
    for sql in ("select * from texts", "select * from people", "select extra from events"):
        with pytest.raises(EngineError):
            rows_of(lake, sql, "analysis")
    assert rows_of(lake, "select text from texts", "service") == [{"text": "hello"}]


def test_files_outside_the_lake_cannot_be_read(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret")
    for sql in (f"select * from read_text('{tmp_path}/key')", "select * from read_csv('/etc/passwd')"):
        with pytest.raises(EngineError):
            rows_of(lake, sql)


def test_marketing_sees_only_who_agreed(lake: Lake) -> None:
    assert activities(lake, "marketing") == []
    decide(lake, "q", "marketing", "given")
    assert activities(lake, "marketing") == ["answer", "something", "paid"]
    decide(lake, "q", "marketing", "withdrawn", "2026-03-02T00:00")
    assert activities(lake, "marketing") == []


def test_an_objection_counts_for_analysis_but_not_for_service(lake: Lake) -> None:
    lake.fold(always=True)
    decide(lake, "q", "analysis", "objected")
    assert activities(lake, "analysis") == ["contact", "visit"]
    assert rows_of(lake, "select case_id, events, variant from cases", "analysis") == [
        {"case_id": "1", "events": 1, "variant": "contact"}
    ]
    assert len(activities(lake, "service")) == 5


def test_a_restricted_person_is_seen_for_privacy_only(lake: Lake) -> None:
    decide(lake, "p", "*", "restricted")
    assert len(activities(lake, "service")) == 3
    assert len(activities(lake, "privacy")) == 5
    decide(lake, "p", "*", "unrestricted", "2026-03-02T00:00")
    assert len(activities(lake, "service")) == 5


def test_linked_identifiers_are_read_as_one_person_and_a_link_can_be_undone(lake: Lake) -> None:
    lake.fold(always=True)
    link = {"person_id": "p", "same_as": "q", "evidence": "same mail", "author": "test", "linked_at": NOW, "undone": False}
    add(lake, "links", [link])
    assert rows_of(lake, "select distinct person_id from events") == [{"person_id": "q"}]
    assert rows_of(lake, "select persons from cases where case_id = '1'") == [{"persons": 1}]
    add(lake, "links", [{**link, "linked_at": at("2026-12-01T00:00"), "undone": True}])
    assert rows_of(lake, "select count(distinct person_id) as n from events") == [{"n": 2}]


def test_the_stricter_decision_holds_for_all_linked_identifiers(lake: Lake) -> None:
    link = {"person_id": "p", "same_as": "q", "evidence": "same mail", "author": "test", "linked_at": NOW, "undone": False}
    add(lake, "links", [link])
    decide(lake, "p", "analysis", "objected")
    assert activities(lake, "analysis") == []


@pytest.mark.parametrize(
    ("where", "cases", "events"),
    [
        ({"channel": "email"}, ["1"], 2),
        ({"reason": "bill"}, ["2"], 2),
        ({"activity": "paid"}, ["2"], 2),
        ({"account": "a"}, ["2"], 2),
        ({"since": "2026-02-01"}, ["2"], 3),
        ({"until": "01.02.2026"}, ["1"], 2),
        ({"channel": "web"}, ["2"], 3),
        ({"channel": "letter"}, [], 0),
    ],
)
def test_a_filter_selects_whole_cases(lake: Lake, where: dict[str, str], cases: list[str], events: int) -> None:
    with lake.read("analysis", Where.of(**where)) as reading:
        assert [r["case_id"] for r in reading.query("select case_id from cases order by 1").to_pylist()] == cases
        assert reading.query("select count(*) as n from events").to_pylist() == [{"n": events}]
        steps = reading.query("select count(*) as n from steps").to_pylist()
        assert steps == [{"n": 2 * len(cases)}]


def test_a_day_is_meant_in_the_given_zone() -> None:
    assert Where.of("Europe/Berlin", since="2026-07-01").since == at("2026-06-30T22:00")


@pytest.mark.parametrize(("word", "channel"), [("Telefon", "phone"), ("E-Mail", "email"), ("PHONE", "phone"), ("Fax", "Fax")])
def test_a_channel_is_named_as_people_write_it(word: str, channel: str) -> None:
    assert Where.of(channel=word).channel == channel


def test_days_that_leave_nothing_between_them_are_refused() -> None:
    with pytest.raises(QuestionError, match="2026-05-02 or later and before 2026-05-01"):
        Where.of(since="2026-05-02", until="2026-05-01")


def test_a_filter_that_does_not_exist_or_cannot_be_read_is_refused() -> None:
    with pytest.raises(QuestionError, match="no filter colour"):
        Where.of(colour="red")
    with pytest.raises(QuestionError, match="not a day: soon"):
        Where.of(since="soon")


def test_now_is_the_newest_time_that_is_not_in_the_future() -> None:
    rows = [{"occurred_at": "2026-01-01T10:00"}, {"occurred_at": "2100-01-01T10:00"}]
    with RowsLake(rows).read("analysis") as reading:
        assert reading.now == at("2026-01-01T10:00")


def test_needs_are_seen(lake: Lake) -> None:
    with lake.read("service") as reading:
        assert reading.has("team | channel") and reading.has("text") and reading.has("kind=contact") and reading.has("events")
        assert not reading.has("team") and not reading.has("kind=closed")
        with pytest.raises(QuestionError):
            reading.has("nonsense")
