"""Kill -9 loses nothing that was acknowledged, doubles nothing, and leaves nothing half done."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from kundig.lake import Lake
from tests.faults.killing import SYSCALLS, Ended, batch, content, ids, needs_strace, run, settle
from tests.lake.staging import lake_in, put, rows_of

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
ERASE = "erase(lake.store, lake.engine, Traces(('h' * 32,), ('HIM-HIMSELF',)), NOW)\nacknowledge('erased')\n"
FEW, MANY = 4, 40


def draws(what: str, few: int, most: int) -> list[tuple[str, int]]:
    """Where to kill: few places in the quick run, many (--run-long); the seed is fixed."""
    chance = random.Random(f"kundig {what}")
    return [(chance.choice(SYSCALLS), chance.randint(1, most)) for _ in range(few)]


def lost(lake: Lake, ended: Ended) -> list[str]:
    """What is wrong with what is readable, measured by what was acknowledged."""
    found = ids(lake)
    wrong = [] if len(found) == len(set(found)) else ["an event is there twice"]
    whole = {n for n in range(4) if set(_ids(n)) <= set(found)}
    wrong += [f"batch {n} was acknowledged and is not there" for n in map(int, ended.acknowledged) if n not in whole]
    wrong += ["half a batch is there"] if set(found) != {i for n in whole for i in _ids(n)} else []
    return wrong


def _ids(number: int) -> list[str]:
    return [str(row["event_id"]) for row in batch(number)]


def killed_append(folder: Path, work: str, syscall: str, when: int) -> list[str]:
    lake = lake_in(folder)
    ended = run(folder, work, syscall, when)
    wrong = lost(lake, ended) + settle(lake) + lost(lake, ended)
    run(folder, work)
    return wrong + lost(lake, Ended(False, ["0", "1", "2", "3"]))


@needs_strace
@pytest.mark.parametrize(("syscall", "when"), draws("append", FEW, 30))
def test_append(tmp_path: Path, syscall: str, when: int) -> None:
    assert killed_append(tmp_path, APPEND, syscall, when) == []


@needs_strace
@pytest.mark.long
@pytest.mark.parametrize(("syscall", "when"), draws("append long", MANY, 60))
def test_append_long(tmp_path: Path, syscall: str, when: int) -> None:
    assert killed_append(tmp_path, APPEND, syscall, when) == []


@needs_strace
def test_control_the_harness_sees_a_promise_made_too_early(tmp_path: Path) -> None:
    """Control: acknowledging before storing must be found out by the same harness."""
    found = [w for n in range(1, 9) for w in killed_append(tmp_path / str(n), TOO_EARLY, "linkat", n)]
    assert any("acknowledged and is not there" in w for w in found)


def killed_compaction(folder: Path, syscall: str, when: int) -> None:
    lake = lake_in(folder)
    for number in range(3):
        put(lake, batch(number))
    before = content(lake)
    run(folder, COMPACT, syscall, when)
    assert content(lake) == before
    assert settle(lake) == []
    lake.compact()
    assert content(lake) == before


@needs_strace
@pytest.mark.parametrize(("syscall", "when"), draws("compact", FEW, 20))
def test_compaction(tmp_path: Path, syscall: str, when: int) -> None:
    killed_compaction(tmp_path, syscall, when)


@needs_strace
@pytest.mark.long
@pytest.mark.parametrize(("syscall", "when"), draws("compact long", MANY, 40))
def test_compaction_long(tmp_path: Path, syscall: str, when: int) -> None:
    killed_compaction(tmp_path, syscall, when)


def killed_erasure(folder: Path, syscall: str, when: int) -> None:
    lake = lake_in(folder)
    put(lake, batch(0))
    lake.fold(always=True)
    others = [i for i, row in zip(_ids(0), batch(0), strict=True) if row["person_id"] != "h" * 32]
    ended = run(folder, ERASE, syscall, when)
    if not ended.acknowledged and not lake.resume_erasures():
        assert len(ids(lake)) == 50, "nothing was begun, so nothing may be gone"
        run(folder, ERASE)
    assert ids(lake) == others
    assert settle(lake) == []
    assert rows_of(lake, "select count(*) as n from texts where contains(text, 'HIM-HIMSELF')") == [{"n": 0}]
    assert put(lake, batch(0)).withheld == 5


@needs_strace
@pytest.mark.parametrize(("syscall", "when"), draws("erase", FEW, 40))
def test_erasure(tmp_path: Path, syscall: str, when: int) -> None:
    killed_erasure(tmp_path, syscall, when)


@needs_strace
@pytest.mark.long
@pytest.mark.parametrize(("syscall", "when"), draws("erase long", MANY, 80))
def test_erasure_long(tmp_path: Path, syscall: str, when: int) -> None:
    killed_erasure(tmp_path, syscall, when)
