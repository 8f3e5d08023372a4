"""What is too old goes out of every file, cases stay right, and nothing else changes."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from kundig.errors import QuestionError
from kundig.lake import Lake
from kundig.lake.retention import Rule, newest, preview, remove
from tests.lake.staging import lake_in, put, rows_of
from tests.rows import NOW

BEFORE = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
ROWS: list[dict[str, Any]] = [
    {"occurred_at": "2026-01-01T10:00", "case_id": "1", "person_id": "a" * 32, "kind": "contact", "activity": "call", "text": "an old secret"},
    {"occurred_at": "2026-01-03T11:00", "case_id": "1", "person_id": "a" * 32, "kind": "answer", "activity": "answer", "text": "a new word"},
    {"occurred_at": "2026-01-01T12:00", "case_id": "2", "person_id": "b" * 32, "kind": "visit", "activity": "visit"},
    {"occurred_at": "2026-01-01T13:00", "person_id": "b" * 32, "kind": "visit", "activity": "look"},
    {"occurred_at": "2026-01-05T12:00", "case_id": "3", "person_id": "c" * 32, "kind": "contact", "activity": "call", "text": "another"},
]  # fmt: skip
ROWS = [{**row, "event_id": f"{n:032x}"} for n, row in enumerate(ROWS)]
PEOPLE = [
    {"person_id": "b" * 32, "identifier": "KD-2", "name": "Bea Alt", "received_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
    {"person_id": "c" * 32, "identifier": "KD-3", "name": "Cem Neu", "received_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = lake_in(tmp_path)
    put(lake, ROWS[:3], PEOPLE)
    lake.fold(always=True)
    put(lake, ROWS[3:])
    return lake


def decoded(lake: Lake) -> str:
    """The decoded content of every Parquet file and every log."""
    told = [
        json.dumps(pq.read_table(p).to_pylist(), default=str)
        for p in lake.store.folder.rglob("*.parquet")
        if "checkpoint" not in p.name
    ]
    return "\n".join(told + [p.read_text() for p in lake.store.folder.rglob("*.json")])


def test_old_texts_go_and_events_stay(lake: Lake) -> None:
    rule = Rule("texts", BEFORE)
    told = preview(lake.store, lake.engine, rule)
    assert (told.rows, told.of, told.persons) == (1, 3, 1)
    assert told.oldest == dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC)
    assert remove(lake.store, lake.engine, rule) == told
    assert "an old secret" not in decoded(lake) and "a new word" in decoded(lake)
    assert rows_of(lake, "select count(*) as n from events") == [{"n": 5}]
    assert not lake.verify().problems


def test_old_events_go_and_their_cases_are_knitted_again(lake: Lake) -> None:
    assert remove(lake.store, lake.engine, Rule("events", BEFORE)).rows == 3
    assert rows_of(lake, "select activity from events order by occurred_at") == [{"activity": "answer"}, {"activity": "call"}]
    cases = rows_of(lake, "select case_id, events, contacts, variant from cases order by 1")
    assert cases == [
        {"case_id": "1", "events": 1, "contacts": 0, "variant": "answer"},
        {"case_id": "3", "events": 1, "contacts": 1, "variant": "call"},
    ]
    assert rows_of(lake, "select count(*) as n from steps") == [{"n": 2}]
    assert "an old secret" not in decoded(lake)
    assert not lake.verify().problems


def test_only_events_of_the_kind_and_source_named_go(lake: Lake) -> None:
    assert preview(lake.store, lake.engine, Rule("events", BEFORE, source="elsewhere")).rows == 0
    assert remove(lake.store, lake.engine, Rule("events", BEFORE, kind="visit")).rows == 2
    assert rows_of(lake, "select count(*) as n from events where kind = 'contact'") == [{"n": 2}]


def test_names_of_persons_nothing_has_happened_to_go(lake: Lake) -> None:
    assert remove(lake.store, lake.engine, Rule("people", BEFORE)).rows == 1
    assert rows_of(lake, "select name from people") == [{"name": "Cem Neu"}]
    assert "Bea Alt" not in decoded(lake)


def test_nothing_is_rewritten_where_nothing_is_old(lake: Lake) -> None:
    lake.fold(always=True)
    version = lake.version
    assert remove(lake.store, lake.engine, Rule("events", dt.datetime(2020, 1, 1, tzinfo=dt.UTC))).rows == 0
    assert lake.version == version


def test_the_same_answer_with_everything_in_one_fold(tmp_path: Path, lake: Lake) -> None:
    remove(lake.store, lake.engine, Rule("events", BEFORE))
    other = lake_in(tmp_path / "other")
    put(other, [ROWS[1], ROWS[4]])
    sql = "select case_id, events, contacts, started_at, ended_at, variant, variant_hash from cases order by 1"
    assert rows_of(lake, sql) == rows_of(other, sql)


def test_the_newest_time_stored(lake: Lake, tmp_path: Path) -> None:
    found = newest(lake.store, lake.engine)
    assert found is not None and found <= NOW
    assert newest(lake_in(tmp_path / "empty").store, lake.engine) is None


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(QuestionError, match="no rule for moods"):
        Rule("moods", BEFORE)
