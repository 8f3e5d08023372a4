"""A full disk: what was acknowledged stays, nothing half done is visible, and it goes on when there is space again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kundig import workspace
from kundig.errors import StorageError
from tests.faults.batches import batch, ids, settle
from tests.faults.desk import command, export, kundig, stored, told, untidy
from tests.lake.staging import lake_in, put

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")

ROWS, BAD = 3000, 6
Resize = Callable[[int], None]
"""Gives the small disk so many kilobytes."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, Resize]]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
    ).returncode:
        pytest.skip("tmpfs cannot be mounted here")
    yield folder, lambda size: subprocess.run(["mount", "-o", f"remount,size={size}k", str(folder)], check=True) and None
    subprocess.run(["umount", "-l", str(folder)], check=False)


def test_what_was_acknowledged_is_readable_and_it_goes_on(small_disk: tuple[Path, Resize]) -> None:
    folder, resize = small_disk
    lake = lake_in(folder)
    resize(_used(folder) + 300)
    acknowledged = 0
    with pytest.raises(StorageError):
        for number in range(10_000):
            put(lake, batch(number, 3000))
            acknowledged += 3000
    assert acknowledged
    resize(_used(folder) + 200)  # reading needs a little room, too: the state's shared memory
    assert len(ids(lake)) == acknowledged
    resize(30_000)
    assert settle(lake) == []
    put(lake, batch(20_000, 3000))
    assert len(ids(lake)) == acknowledged + 3000


@pytest.mark.parametrize("free", [0, 300])
def test_import(small_disk: tuple[Path, Resize], tmp_path: Path, free: int) -> None:
    assert _import(*small_disk, export(tmp_path / "desk.csv", 0, ROWS), free) == 1


@pytest.mark.long
def test_import_at_every_size(small_disk: tuple[Path, Resize], tmp_path: Path) -> None:
    """From no room at all in small steps until there is enough; each step begins with a workspace of its own."""
    source = export(tmp_path / "desk.csv", 0, ROWS)
    codes = [_import(small_disk[0] / str(free), small_disk[1], source, free) for free in range(0, 1600, 40)]
    assert codes == sorted(codes, reverse=True), "more room, yet it fails again"
    assert {0, 1} == set(codes)


def _import(disk: Path, resize: Resize, source: Path, free: int) -> int:
    """Import with so many kilobytes free, then again with enough; the first exit code, everything else asserted here."""
    resize(50_000)
    folder = workspace.create(disk / "workspace").folder
    resize(_used(disk) + free)
    words = ("import", source, "--source", "desk")
    first = subprocess.run(command(folder, *words), capture_output=True, text=True, timeout=300, check=False)
    there = _stored_with_room(folder, resize)
    if first.returncode:
        assert "The disk is full" in first.stderr and "fault of the program" not in first.stderr, first.stderr
        assert "Traceback" not in first.stderr
        assert there in ([], told(0, ROWS))
    again = kundig(folder, *words)
    assert again.code == 0, again.err
    assert stored(folder) == told(0, ROWS)
    assert untidy(folder, BAD) == []
    return first.returncode


def _stored_with_room(folder: Path, resize: Resize) -> list[tuple[str, str]]:
    """What can be read once there is room again (reading needs some, too)."""
    resize(50_000)
    return stored(folder)


def _used(folder: Path) -> int:
    """Kilobytes that are taken on the disk of ``folder``."""
    about = os.statvfs(folder)
    return (about.f_blocks - about.f_bfree) * about.f_frsize // 1024
