"""True duplicates and sessions do not depend on how many slices they are found in."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kundig import event
from kundig.engine import find
from kundig.ingest import settle

SCHEMA = event.EVENTS.arrow().append(pa.field("text", pa.string())).append(pa.field("row", pa.int64()))


def staged(folder: Path, rows: list[dict[str, Any]]) -> Path:
    filled = [
        {
            **dict.fromkeys(SCHEMA.names),
            "activity": "a",
            "kind": "other",
            "source": "s",
            "content_hash": 0,
            "received_at": 0,
            **row,
        }
        for row in rows
    ]
    path = folder / "staged.parquet"
    pq.write_table(pa.Table.from_pylist(filled, schema=SCHEMA), path)
    return path


def settled(
    folder: Path, rows: list[dict[str, Any]], settle_them: Callable[..., list[Path]], *options: object
) -> list[dict[str, Any]]:
    session = find("duckdb").session([folder], folder)
    try:
        files = settle_them(session, folder, [staged(folder, rows)], len(rows), *options)
        return [row for file in files for row in pq.read_table(file).to_pylist()]
    finally:
        session.close()


@pytest.mark.parametrize("slices", [1, 7])
def test_each_occurrence_gets_an_id_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slices: int) -> None:
    rows = [{"event_id": f"{i % 20:032x}", "position": i, "row": i, "occurred_at": i} for i in range(45)]
    monkeypatch.setattr(settle, "ROWS_PER_SLICE", -(-len(rows) // slices))
    found = settled(tmp_path, rows, settle.number_duplicates, "numbered")
    ids = {row["row"]: row["event_id"] for row in found}
    assert len(found) == 45 and len(set(ids.values())) == 45
    assert [ids[i] for i in range(20)] == [f"{i:032x}" for i in range(20)], "the first one keeps its id"
    assert not (tmp_path / "staged.parquet").exists()


def test_without_duplicates_nothing_is_written_again(tmp_path: Path) -> None:
    rows = [{"event_id": f"{i:032x}", "position": i, "row": i, "occurred_at": i} for i in range(5)]
    assert len(settled(tmp_path, rows, settle.number_duplicates, "numbered")) == 5
    assert (tmp_path / "staged.parquet").exists()


@pytest.mark.parametrize("slices", [1, 5])
def test_sessions_end_after_a_pause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slices: int) -> None:
    chance = random.Random(7)
    times = {person: sorted(chance.sample(range(0, 50_000, 60), 60)) for person in "abcdefg"}
    rows = [{"person_id": p, "occurred_at": t * 1_000_000} for p in times for t in times[p]] + [{"occurred_at": 5}]
    chance.shuffle(rows)
    rows = [{**row, "event_id": f"{i:032x}", "position": i, "row": i} for i, row in enumerate(rows)]
    monkeypatch.setattr(settle, "ROWS_PER_SLICE", -(-len(rows) // slices))
    found = settled(tmp_path, rows, settle.cut_sessions, 30, "sessions")
    expected = {}
    for person, moments in times.items():
        starts = [moments[0], *(after for before, after in pairwise(moments) if after - before > 1800)]
        expected |= {(person, t): f"session:{person}:{max(s for s in starts if s <= t)}" for t in moments}
    assert len(found) == len(rows)
    got = {(row["person_id"], round(row["occurred_at"].timestamp())): row["case_id"] for row in found if row["person_id"]}
    assert got == expected
    assert [row["case_id"] for row in found if not row["person_id"]] == [None]
