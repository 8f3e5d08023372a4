"""A full disk: what was acknowledged stays, nothing half done is visible, and it goes on when there is space again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kundig.errors import StorageError
from tests.faults.killing import batch, ids, settle
from tests.lake.staging import lake_in, put

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
    ).returncode:
        pytest.skip("tmpfs cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def test_what_was_acknowledged_is_readable_and_it_goes_on(small_disk: Path) -> None:
    lake = lake_in(small_disk)
    acknowledged = 0
    with pytest.raises(StorageError):
        for number in range(10_000):
            put(lake, batch(number, 1000))
            acknowledged += 1000
    assert acknowledged
    assert len(ids(lake)) == acknowledged
    subprocess.run(["mount", "-o", "remount,size=30m", str(small_disk)], check=True)
    assert settle(lake) == []
    put(lake, batch(20_000, 1000))
    assert len(ids(lake)) == acknowledged + 1000
