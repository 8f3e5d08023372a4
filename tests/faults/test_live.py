"""Whatever happens to the server: an event that was acknowledged is readable, once.

Killed at random moments while batches are posted, repeated and out of order; the database locked by another process; the
disk full. Controls without the lake's dedupe and with the wrong order of forgetting must fail, or the harness proves nothing.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import kundig
from tests.faults.posting import DEADLY, DYING, FLUSHER, FORGETFUL, HASTY, SERVER, Live, batch, dead, readable, wrong
from tests.server.running import free_port

BATCHES, MANY = 200, 2_000
Make = Callable[..., Live]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes a workspace and starts both processes on it."""
    made: list[Live] = []

    def begin(change: str = "", place: Path | None = None, seed: str = "live") -> Live:
        folder = (place or tmp_path) / "ws"
        kundig.create(folder)
        words = ["-m", "kundig", "-w", str(folder), "token", "create", "--role", "integrator", "--name", "test"]
        token = subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True).stdout.strip()
        live = Live(folder, free_port(), token, change, seed)
        made.append(live)
        live.start(SERVER)
        live.start(FLUSHER)
        return live

    yield begin
    for live in made:
        live.stop()


def _deliver(live: Live, batches: int, every: int) -> None:
    """Send batches, some again and later than others, and kill one of the two processes now and then."""
    order = list(range(batches))
    for place in range(0, batches - 3, 7):
        order[place], order[place + 3] = order[place + 3], order[place]
    for place, number in enumerate(order):
        if place % every == every - 1:
            time.sleep(live.chance.random() * 0.3)
            live.kill(live.chance.choice((SERVER, FLUSHER, FLUSHER)))
        live.send(batch(number))
        if live.chance.random() < 0.1:
            live.send(batch(live.chance.choice(order[: place + 1])))


def _check(live: Live, batches: int, least: int) -> None:
    live.settle()
    print(f"killed: {dict(live.killed)}")
    assert sum(live.killed.values()) >= least
    assert wrong(live) == []
    assert sum(readable(live.folder).values()) == len(live.acknowledged) == batches * len(batch(0))
    assert dead(live.folder) == 0


def test_kills_while_events_are_posted(make: Make) -> None:
    live = make()
    _deliver(live, BATCHES, 40)
    _check(live, BATCHES, 5)


@pytest.mark.long
def test_kills_while_events_are_posted_long(make: Make) -> None:
    live = make(seed="long")
    _deliver(live, MANY, 25)
    _check(live, MANY, 79)


@pytest.mark.parametrize(
    ("change", "told"), [(DYING, []), (FORGETFUL, ["doubled"]), pytest.param(HASTY, ["lost"], marks=pytest.mark.long)]
)
def test_a_kill_between_append_and_mark_and_two_controls(make: Make, change: str, told: list[str]) -> None:
    """Nothing is wrong with the flusher as it is; controls: without the lake's dedupe, and with the order turned round."""
    live = make(change)
    live.send(batch(0))
    live.await_death(FLUSHER)
    live.send(batch(1))
    live.settle()
    time.sleep(0.5)
    assert sorted({each.partition(":")[0] for each in _told(live, told)}) == told


def _told(live: Live, expected: list[str]) -> list[str]:
    """What is wrong; a control that marks first may still be storing."""
    found = wrong(live)
    for _ in range(60):
        if bool(found) == bool(expected):
            break
        time.sleep(0.5)
        found = wrong(live)
    return found


def test_an_event_that_kills_whoever_stores_it(make: Make) -> None:
    live = make(DEADLY)
    live.send(batch(0))
    for _ in range(3):
        live.await_death(FLUSHER)
    live.send(batch(1, 3))
    live.settle()
    assert wrong(live) == ["lost: 0-3"]
    assert dead(live.folder) == 1


@pytest.mark.parametrize("seconds", [3, pytest.param(10, marks=pytest.mark.long)])
def test_a_database_locked_by_another_process(make: Make, seconds: int) -> None:
    live = make()
    live.send(batch(0))
    other = sqlite3.connect(live.folder / "server.sqlite3", isolation_level=None)
    other.execute("begin immediate")
    began = time.monotonic()
    statuses = []
    while time.monotonic() - began < seconds:
        statuses.append(live.post(batch(1)))
    other.execute("rollback")
    other.close()
    assert set(statuses) == {503}
    live.send(batch(1))
    live.settle()
    assert wrong(live) == []
    assert dead(live.folder) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
def test_a_full_disk(make: Make, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True, check=False).returncode:
        pytest.skip("tmpfs cannot be mounted here")
    try:
        _fill(make(place=disk), disk)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def _fill(live: Live, disk: Path) -> None:
    """Post until the disk is full, give it room, and see that everything acknowledged is there."""
    statuses = set()
    for number in range(400):
        status = live.post(batch(number, 50))
        statuses.add(status)
        if status == 507:
            break
    assert statuses <= {202, 503, 507}
    assert 507 in statuses
    assert live.acknowledged
    subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
    live.send(batch(1_000))
    live.settle()
    assert wrong(live) == []
    assert dead(live.folder) == 0
