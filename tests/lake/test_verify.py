"""Verify is green on a whole lake and red for every damage there is; it repairs nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kundig.errors import LakeError
from kundig.lake import Lake
from tests.lake.staging import lake_in, put

ROWS = [{"occurred_at": f"2026-01-{n:02d}T10:00", "case_id": str(n % 3), "person_id": "p"} for n in range(1, 20)]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = lake_in(tmp_path)
    put(lake, ROWS)
    lake.fold(always=True)
    return lake


def a_file(lake: Lake, table: str = "events") -> Path:
    return lake.store.table(table) / lake.store.files(table)[0].path


def last_entry(lake: Lake) -> Path:
    return max((lake.store.table("events") / "_delta_log").glob("*.json"))


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def problems(lake: Lake) -> str:
    return " ".join(str(p) for p in lake.verify().problems)


def test_a_whole_lake_has_no_problems(lake: Lake) -> None:
    found = lake.verify()
    assert not found.problems
    assert found.rows == 19 + 19 + 3


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda lake: a_file(lake).unlink(), "missing"),
        (lambda lake: a_file(lake).write_bytes(b""), "empty"),
        (lambda lake: a_file(lake).write_bytes(a_file(lake).read_bytes()[:-50]), "torn"),
        (lambda lake: flip(a_file(lake)), "changed"),
        (lambda lake: flip(a_file(lake, "steps")), "changed"),
        (lambda lake: last_entry(lake).write_bytes(b""), "empty"),
        (lambda lake: last_entry(lake).unlink(), "missing"),
        (lambda lake: last_entry(lake).write_text(last_entry(lake).read_text()[:-20]), "torn"),
    ],
)
def test_damage_is_found(lake: Lake, damage: Callable[[Lake], None], said: str) -> None:
    damage(lake)
    assert said in problems(lake)


def test_a_lost_log_entry_stops_writing_instead_of_losing_rows(lake: Lake) -> None:
    last_entry(lake).write_bytes(b"")
    with pytest.raises(LakeError):
        put(lake, [{"occurred_at": "2026-03-01T10:00", "event_id": "e" * 32}])


def test_reading_is_not_fooled_by_an_emptied_log_entry(lake: Lake) -> None:
    last_entry(lake).write_bytes(b"")
    with lake.read("analysis") as reading:
        assert reading.query("select count(*) as n from events").to_pylist() == [{"n": 19}]


def test_an_import_that_does_not_add_up_is_found(lake: Lake) -> None:
    told = {"run": "r", "file": "a.csv", "source": "s", "read": 10, "used": 5, "rejected": 1, "duplicate": 1, "without_event": 1,
            "withheld": 1, "events": 5, "finished_at": "2026-11-01T00:00:00+00:00"}  # fmt: skip
    lake.record_run([told])
    assert "a.csv" in problems(lake)
