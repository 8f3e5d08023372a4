"""Compaction merges files and changes no answer."""

from __future__ import annotations

from pathlib import Path

from kundig.lake import store as storing
from tests.lake.staging import lake_in, put, rows_of

EVERYTHING = "select * from events order by event_id"


def test_many_small_files_become_one_sorted_file(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    for n in range(5):
        put(
            lake,
            [{"occurred_at": f"2026-0{n + 1}-01T10:00", "case_id": "1", "event_id": f"{n:032x}", "person_id": "p", "text": "t"}],
        )
    before = rows_of(lake, EVERYTHING)
    done = lake.compact()
    assert [len(lake.store.files(t)) for t in ("events", "texts", "steps", "cases")] == [1, 1, 1, 1]
    assert done.after < done.before
    assert rows_of(lake, EVERYTHING) == before
    assert rows_of(lake, "select events from cases") == [{"events": 5}]
    assert not lake.verify().problems


def test_a_question_under_way_keeps_its_files(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    for n in range(3):
        put(lake, [{"occurred_at": "2026-01-01T10:00", "event_id": f"{n:032x}"}])
    with lake.read("analysis") as reading:
        lake.compact()
        assert reading.query("select count(*) as n from events").to_pylist() == [{"n": 3}]


def test_replaced_files_go_when_their_grace_is_over(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    for n in range(3):
        put(lake, [{"occurred_at": "2026-01-01T10:00", "event_id": f"{n:032x}"}])
    lake.compact()
    assert len(list(lake.store.table("events").glob("*.parquet"))) == 4
    lake.store.sweep(-storing.GRACE)
    assert len(list(lake.store.table("events").glob("*.parquet"))) == 1
