"""Rejected rows: written whole, listed once, corrected by hand, played again."""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from pathlib import Path

import pytest

from kundig.channel import Rejected
from kundig.errors import DataError
from kundig.ingest import RejectedRow, list_rejected, replay, write_csv
from kundig.ingest.account import Rows
from kundig.ingest.rejected import RejectedLog, read_csv, read_rejected, remove_rejected, sweep

from .conftest import NOW, Desk

ROW = RejectedRow(
    "f.csv",
    3,
    "when",
    "x",
    "This is no date that can be read.",
    cells={"when": "x", "who": "=K1", "note": "'q"},
    source="s",
    table="t",
)
RAW = RejectedRow(
    "f.csv", 1, "", "", "The row has {found} cells, the header {expected}.", "a;b", values={"found": 2, "expected": 3}
)
LOG = "Kundennr;Zeitpunkt;Aktivität;Bewertung\nK-1;21.11.2026 14:05;Anruf;5\nK-2;31.02.2026 14:05;Anruf;4\nK-3;21.11.2026;Anruf\nK-4;21.11.2026;Anruf;gut\n"


def test_nothing_is_seen_before_the_end(tmp_path: Path) -> None:
    log = RejectedLog(tmp_path, "run")
    log.add(ROW)
    log.add_unread(Rejected("f.csv", 1, "", "", RAW.reason, "a;b", (("found", 2), ("expected", 3))), "s", "t")
    assert list_rejected(tmp_path) == []
    path = log.finish()
    assert path and (log.count, [row.row for row in list_rejected(tmp_path)]) == (2, [1, 3])
    (first, second) = read_rejected(path)
    assert (first.run, first.cells, first.id) == ("run", ROW.cells, ROW.id)
    assert str(second.message) == "The row has 2 cells, the header 3."


def test_a_file_left_out_leaves_no_rows(tmp_path: Path) -> None:
    log = RejectedLog(tmp_path, "run")
    mark = log.mark()
    log.add(ROW)
    log.back_to(mark)
    assert log.finish() is None and list(tmp_path.iterdir()) == []
    other = RejectedLog(tmp_path, "other")
    other.abandon()
    other.add(ROW)
    other.abandon()
    assert list(tmp_path.iterdir()) == [] and RejectedLog(tmp_path, "none").finish() is None


def test_a_row_rejected_twice_is_one_row(tmp_path: Path) -> None:
    for run in ("a", "b"):
        log = RejectedLog(tmp_path, run)
        log.add(ROW)
        log.add(RAW)
        log.finish()
    assert len(list_rejected(tmp_path)) == 2
    assert remove_rejected(tmp_path, [ROW.id]) == 2
    assert [row.row for row in list_rejected(tmp_path)] == [1]
    assert remove_rejected(tmp_path, [RAW.id]) == 2 and list(tmp_path.iterdir()) == []


def test_a_spreadsheet_gets_no_formula_and_gives_back_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "fix.csv"
    assert write_csv([ROW, RAW], path) == 2
    with path.open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["who"], second["rejected_text"], second["rejected_reason"]) == (
        "'=K1",
        "a;b",
        "The row has 2 cells, the header 3.",
    )
    assert read_csv(path) == {ROW.id: ROW.cells, RAW.id: {}}
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(DataError, match="rejected_id"):
        read_csv(path)


def test_a_column_named_like_a_formula_is_guarded_too(tmp_path: Path) -> None:
    path = tmp_path / "fix.csv"
    row = replace(ROW, cells={"=1+1": "a", "'q": "b"})
    raw = replace(RAW, raw="@SUM(1)")
    write_csv([row, raw], path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, _, second = csv.reader(file)
    assert not [cell for cell in (*header, *second) if cell[:1] in tuple("=+-@\t\r")]
    assert read_csv(path)[row.id] == row.cells


def test_played_again_after_the_rows_were_corrected(desk: Desk, tmp_path: Path) -> None:
    assert desk.load(desk.write("log.csv", LOG)).rows == Rows(read=4, used=1, rejected=3)
    fix = tmp_path / "fix.csv"
    write_csv(list_rejected(desk.places.rejected), fix)
    text = fix.read_text("utf-8-sig").replace("31.02.2026", "28.02.2026")
    fix.write_text(text, "utf-8")
    report = replay(desk.lake, desk.places, now=NOW, edited=fix)
    assert report.rows == Rows(read=2, used=1, rejected=1)
    assert sorted(row.row for row in list_rejected(desk.places.rejected)) == [4, 5]
    assert desk.ask("select count(*) as n from events") == [{"n": 2}]
    runs = desk.lake.store.state.runs()
    assert sum(run["rejected"] for run in runs) == 2


def test_played_again_after_the_mapping_was_corrected(desk: Desk) -> None:
    desk.load(desk.write("log.csv", LOG))
    mapping = desk.places.mappings / "log.toml"
    text = mapping.read_text("utf-8").replace('[table.fields.score]\ncolumn = "Bewertung"\nscale = "1-5"\n', "")
    mapping.write_text(text, "utf-8")
    assert replay(desk.lake, desk.places, now=NOW).rows == Rows(read=2, used=1, rejected=1)
    assert {row.value for row in list_rejected(desk.places.rejected)} == {"31.02.2026 14:05", ""}
    assert replay(desk.lake, desk.places, now=NOW).rows == Rows(read=1, rejected=1)
    mapping.unlink()
    with pytest.raises(DataError, match="No rejected row can be played again"):
        replay(desk.lake, desk.places, now=NOW)


def test_what_a_killed_import_left_behind_is_swept_away(tmp_path: Path) -> None:
    long_ago = NOW.timestamp() - 3600
    living = RejectedLog(tmp_path, "living")
    living.add(ROW)
    for name in ("dead.jsonl.part", "new.jsonl.part", "living.jsonl.part", "old.jsonl"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (long_ago, long_ago) if name[0] != "n" else (NOW.timestamp(), NOW.timestamp()))
    sweep(tmp_path, NOW)
    assert {path.name for path in tmp_path.iterdir()} == {"new.jsonl.part", "living.jsonl.part", "old.jsonl"}
    living.abandon()
