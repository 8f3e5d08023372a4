"""The power fails while events are posted: what was acknowledged is readable, once.

An ext4 in a file, shut down with everything that was not synced lost (FS_IOC_SHUTDOWN without a flush of the journal), and
mounted again. The control, where the inbox does not sync, must lose something, or the harness proves nothing.
"""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import kundig
from kundig.server import databases
from tests.faults.posting import FLUSHER, SERVER, Live, batch, dead, wrong
from tests.server.running import free_port

SHUTDOWN, NO_FLUSH = 0x8004587D, struct.pack("I", 2)
BATCHES = 40
UNSYNCED = "from kundig.server import databases; databases._PRAGMAS = databases._PRAGMAS.replace('= full', '= off')\n"
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a file system and fail its power"),
]


class Disk:
    """A small file system whose power can fail."""

    def __init__(self, image: Path, place: Path) -> None:
        self._image, self.place = image, place
        place.mkdir()
        with image.open("wb") as file:
            file.truncate(256 * 1024 * 1024)
        _run("mkfs.ext4", "-q", "-F", str(image))
        self.mount()

    def mount(self) -> None:
        """Mount it; skips where loop devices are missing."""
        _run("mount", "-o", "loop", str(self._image), str(self.place))

    def fail(self) -> None:
        """The power fails: nothing more is written, and what was not synced is lost."""
        handle = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, SHUTDOWN, NO_FLUSH)
        except OSError:
            pytest.skip("this kernel cannot shut a file system down")
        finally:
            os.close(handle)

    def unmount(self) -> None:
        """Let go of it."""
        subprocess.run(["umount", "-l", str(self.place)], capture_output=True, check=False)


def _run(*words: str) -> None:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip(f"{words[0]} is not installed")
    if done.returncode:
        pytest.skip(f"{words[0]} does not work here: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A file system, gone afterwards."""
    made = Disk(tmp_path / "disk.ext4", tmp_path / "disk")
    yield made
    made.unmount()


def _live(disk: Disk, opening: str = "") -> Live:
    folder = disk.place / "ws"
    kundig.create(folder)
    words = ["-m", "kundig", "-w", str(folder), "token", "create", "--role", "integrator", "--name", "test"]
    token = subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True).stdout.strip()
    live = Live(folder, free_port(), token, seed="power", opening=opening)
    os.sync()  # the workspace itself was made long before
    live.start(SERVER)
    return live


def _fail_while_posting(live: Live, disk: Disk, first: int) -> None:
    """Post batches, fail the power in between with the last acknowledgement just given, and come back."""
    for number in range(first, first + BATCHES):
        live.send(batch(number))
    disk.fail()
    live.stop()
    disk.unmount()
    disk.mount()
    live.opening = ""
    live.start(SERVER)
    live.start(FLUSHER)


def test_the_power_fails_between_acknowledgement_and_lake(disk: Disk) -> None:
    live = _live(disk)
    try:
        _fail_while_posting(live, disk, 0)
        live.settle()
        assert wrong(live) == []
        assert dead(live.folder) == 0
    finally:
        live.stop()


def test_the_power_fails_while_events_are_brought_into_the_lake(disk: Disk) -> None:
    live = _live(disk)
    try:
        live.start(FLUSHER)
        for cut in range(3):
            _fail_while_posting(live, disk, cut * BATCHES)
        live.settle()
        assert len(live.acknowledged) == 3 * BATCHES * len(batch(0))
        assert wrong(live) == []
        assert dead(live.folder) == 0
    finally:
        live.stop()


def test_the_control_that_does_not_sync_loses_events(disk: Disk) -> None:
    assert "= full" in databases._PRAGMAS
    live = _live(disk, UNSYNCED)
    try:
        _fail_while_posting(live, disk, 0)
        live.settle()
        assert any(each.startswith("lost") for each in wrong(live))
    finally:
        live.stop()
