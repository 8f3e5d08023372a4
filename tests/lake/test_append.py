"""An event counts once, however often and wherever it is delivered."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kundig.lake import Lake
from tests.lake.staging import lake_in, put, rows_of, staged

ROWS = [
    {"occurred_at": "2026-01-01T10:00", "case_id": "1", "person_id": "p", "kind": "contact", "text": "hello"},
    {"occurred_at": "2026-01-02T10:00", "case_id": "1", "person_id": "p", "kind": "answer"},
    {"occurred_at": "2026-02-01T10:00", "case_id": "2", "person_id": "q"},
]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return lake_in(tmp_path)


def count(lake: Lake) -> int:
    return int(rows_of(lake, "select count(*) as n from events")[0]["n"])


def test_what_is_delivered_again_is_stored_once(lake: Lake) -> None:
    assert put(lake, ROWS).new == 3
    again = put(lake, ROWS)
    assert (again.new, again.duplicate) == (0, 3)
    assert count(lake) == 3


def test_twice_within_a_batch_counts_once(lake: Lake) -> None:
    same = {**ROWS[0], "event_id": "a" * 32, "content_hash": 1}
    appended = put(lake, [same, {**same, "position": 9}])
    assert (appended.new, appended.duplicate, count(lake)) == (1, 1, 1)


def test_the_same_id_on_another_day_counts_once(lake: Lake) -> None:
    put(lake, [{**ROWS[0], "event_id": "a" * 32, "content_hash": 1}])
    later = put(lake, [{**ROWS[0], "event_id": "a" * 32, "content_hash": 1, "occurred_at": "2026-09-01T10:00"}])
    assert (later.new, later.duplicate, count(lake)) == (0, 1, 1)


def test_the_same_id_with_other_content_is_refused_and_shown(lake: Lake) -> None:
    put(lake, [{**ROWS[0], "event_id": "a" * 32, "content_hash": 1, "activity": "call"}])
    ready = staged(lake, [{**ROWS[0], "event_id": "a" * 32, "content_hash": 2, "activity": "changed", "row": 7}])
    appended = lake.append(ready)
    shown = pq.read_table(appended.outcomes[0]).to_pylist()
    assert appended.conflict == 1
    assert shown == [{"row": 7, "event_id": "a" * 32, "outcome": "conflict"}]
    assert [r["activity"] for r in rows_of(lake, "select activity from events")] == ["call"]


def test_a_conflict_within_a_batch_keeps_the_first(lake: Lake) -> None:
    first = {**ROWS[0], "event_id": "a" * 32, "content_hash": 1, "activity": "first", "position": 1}
    appended = put(lake, [first, {**first, "content_hash": 2, "activity": "second", "position": 2}])
    assert (appended.new, appended.conflict) == (1, 1)
    assert [r["activity"] for r in rows_of(lake, "select activity from events")] == ["first"]


def test_texts_lie_apart_from_events(lake: Lake) -> None:
    put(lake, ROWS)
    assert [r["text"] for r in rows_of(lake, "select text from texts")] == ["hello"]
    assert "text" not in pq.read_schema(Path(lake.store.snapshot().files["events"][0])).names


def test_events_lie_sorted_by_month_person_and_time(lake: Lake) -> None:
    rows = [
        {"occurred_at": "2026-02-03T10:00", "person_id": "a"}, {"occurred_at": "2026-01-02T10:00", "person_id": "b"},
        {"occurred_at": "2026-01-01T10:00", "person_id": "b"}, {"occurred_at": "2026-01-09T10:00", "person_id": "a"},
    ]  # fmt: skip
    put(lake, rows)
    stored = pq.read_table(lake.store.snapshot().files["events"][0]).to_pylist()
    assert [(r["occurred_at"].month, r["person_id"], r["occurred_at"].day) for r in stored] == [
        (1, "a", 9), (1, "b", 1), (1, "b", 2), (2, "a", 3),
    ]  # fmt: skip


def test_people_are_not_repeated(lake: Lake) -> None:
    person = {"person_id": "p", "identifier": "4711", "name": "Eva Muster"}
    put(lake, ROWS, [person, person])
    put(lake, ROWS, [person, {**person, "email": "eva@example.org"}])
    assert rows_of(lake, "select count(*) as n from stored_people") == [{"n": 2}]
    assert rows_of(lake, "select name, email from people") == [{"name": "Eva Muster", "email": "eva@example.org"}]


def test_an_empty_batch_changes_nothing(lake: Lake) -> None:
    before = lake.version
    assert put(lake, []).new == 0
    assert lake.version == before


IMPORTER = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from kundig.lake import Lake
from tests.lake.staging import put
lake = Lake(Path({folder!r}))
for batch in range(3):
    rows = [{{"occurred_at": "2026-01-01T10:00", "case_id": str(n), "event_id": f"{{n:032x}}", "content_hash": n}}
            for n in range(batch * 40, batch * 40 + 60)]
    put(lake, rows)
"""


def test_four_concurrent_importers_store_each_event_once(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    code = textwrap.dedent(IMPORTER.format(root=str(Path(__file__).parents[2]), folder=str(tmp_path)))
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    assert [process.wait(120) for process in running] == [0] * 4
    assert rows_of(lake, "select count(*) as n, count(distinct event_id) as ids from events") == [{"n": 140, "ids": 140}]
    assert not lake.verify().problems
