"""Kill -9 loses nothing that was acknowledged, doubles nothing, and leaves nothing half done: the lake's own acts."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from kundig.lake import Lake
from kundig.lake.erase import erase
from kundig.lake.traces import Traces
from tests.faults.batches import HIM, HIS_TEXT, batch, content, ids, ids_of, settle
from tests.faults.killing import Ended, Toll, kill, needs_strace, python, toll
from tests.lake.staging import lake_in, put, rows_of
from tests.rows import NOW

pytestmark = needs_strace

FEW, MANY = 2, 40
_BEGIN = """
from pathlib import Path
from kundig.lake import Lake
from kundig.lake.erase import erase
from kundig.lake.traces import Traces
from tests.lake.staging import put
from tests.faults.batches import batch
from tests.rows import NOW
lake = Lake(Path({folder!r}), clock=lambda: NOW)
def acknowledge(what):
    print(what, flush=True)
"""
APPEND = """
for number in range(4):
    put(lake, batch(number))
    acknowledge(number)
"""
TOO_EARLY = """
for number in range(4):
    acknowledge(number)
    put(lake, batch(number))
"""
COMPACT = "lake.compact()\n"
TRACES = Traces((HIM,), (HIS_TEXT,))
ERASE = f"erase(lake.store, lake.engine, Traces(({HIM!r},), ({HIS_TEXT!r},)), NOW)\nacknowledge('erased')\n"


@dataclass(frozen=True)
class Work:
    """Lines of Python that work on a lake; the template is what the lake is before."""

    template: Path
    lines: str

    def begin(self, folder: Path) -> None:
        shutil.copytree(self.template, folder)

    def command(self, folder: Path) -> list[str]:
        return python(_BEGIN.format(folder=str(folder)) + self.lines)


@dataclass(frozen=True)
class Appending(Work):
    def wrong(self, folder: Path, ended: Ended) -> list[str]:
        lake = lake_in(folder)
        wrong = lost(lake, ended) + settle(lake) + lost(lake, ended)
        for number in range(4):
            put(lake, batch(number))
        return wrong + lost(lake, Ended(False, "0 1 2 3")) + settle(lake)


@dataclass(frozen=True)
class Compacting(Work):
    before: list[dict[str, object]]

    def wrong(self, folder: Path, ended: Ended) -> list[str]:
        lake = Lake(folder, clock=lambda: NOW)
        wrong = [] if content(lake) == self.before else ["other rows after the kill"]
        wrong += settle(lake)
        lake.compact()
        return wrong + ([] if content(lake) == self.before else ["other rows after compacting again"]) + settle(lake)


@dataclass(frozen=True)
class Erasing(Work):
    def wrong(self, folder: Path, ended: Ended) -> list[str]:
        lake = Lake(folder, clock=lambda: NOW)
        wrong = []
        if not ended.acknowledged and not lake.resume_erasures() and HIM not in lake.store.state.tombstones():
            wrong += [] if len(ids(lake)) == 50 else ["nothing was begun, and something is gone"]
            erase(lake.store, lake.engine, TRACES, NOW)
        others = [i for i, row in zip(ids_of(0), batch(0), strict=True) if row["person_id"] != HIM]
        wrong += [] if ids(lake) == others else ["not exactly his events are gone"]
        wrong += settle(lake)
        told = rows_of(lake, f"select count(*) as n from texts where contains(text, '{HIS_TEXT}')")[0]["n"]
        wrong += [f"{told} texts still name him"] if told else []
        return wrong + ([] if put(lake, batch(0)).withheld == 5 else ["an old file brings him back"])


def lost(lake: Lake, ended: Ended) -> list[str]:
    """What is wrong with what is readable, measured by what was acknowledged."""
    found = ids(lake)
    wrong = [] if len(found) == len(set(found)) else ["an event is there twice"]
    whole = {n for n in range(4) if set(ids_of(n)) <= set(found)}
    wrong += [f"batch {n} was acknowledged and is not there" for n in map(int, ended.acknowledged) if n not in whole]
    wrong += ["half a batch is there"] if set(found) != {i for n in whole for i in ids_of(n)} else []
    return wrong


def appending(folder: Path, lines: str = APPEND) -> Appending:
    lake_in(folder)
    return Appending(folder, lines)


def compacting(folder: Path) -> Compacting:
    lake = lake_in(folder)
    for number in range(3):
        put(lake, batch(number))
    return Compacting(folder, COMPACT, content(lake))


def erasing(folder: Path) -> Erasing:
    lake = lake_in(folder)
    put(lake, batch(0))
    lake.fold(always=True)
    return Erasing(folder, ERASE)


def test_append(tmp_path: Path) -> None:
    toll(appending(tmp_path / "template"), tmp_path, FEW, "append").check(FEW)


@pytest.mark.long
def test_append_long(tmp_path: Path) -> None:
    toll(appending(tmp_path / "template"), tmp_path, MANY, "append long").check(MANY)


@pytest.mark.long
def test_compaction_long(tmp_path: Path) -> None:
    toll(compacting(tmp_path / "template"), tmp_path, MANY, "compact long").check(MANY)


@pytest.mark.long
def test_erasure_long(tmp_path: Path) -> None:
    toll(erasing(tmp_path / "template"), tmp_path, MANY, "erase long").check(MANY)


def test_control_a_promise_made_too_early_is_found_out(tmp_path: Path) -> None:
    """Control: a log entry is linked after the promise and before the row counts, so a kill there breaks the promise."""
    told = toll(appending(tmp_path / "template", TOO_EARLY), tmp_path, 1, "too early", ["linkat"])
    assert told.killed == 1
    assert any("acknowledged and is not there" in wrong for wrong in told.wrong)


def test_control_a_series_in_which_nobody_dies_fails(tmp_path: Path) -> None:
    """Control: a call beyond those an unharmed run makes kills nobody, and the harness says so."""
    act = appending(tmp_path / "template", "put(lake, batch(0))\n")
    ended = kill(act.command(tmp_path / "template"), "fsync", 10_000)
    with pytest.raises(AssertionError, match="only 0 of 1 draws killed"):
        Toll(drawn=1, killed=int(ended.killed)).check(1)
