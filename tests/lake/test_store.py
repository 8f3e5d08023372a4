"""The store keeps what living processes work on and removes what dead ones left, whatever their number was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.lake.staging import lake_in

_LEAVE = """
import os, sys
from pathlib import Path
from kundig.lake import Lake
os.getpid = lambda: {pid}
folder = Lake(Path({folder!r})).staging()
(folder / "rows").write_text("of somebody")
os._exit(9)
"""


def test_what_a_dead_process_left_goes_even_where_the_next_one_has_its_number(tmp_path: Path) -> None:
    """In a container every run may be process 1."""
    lake = lake_in(tmp_path)
    code = _LEAVE.format(pid=os.getpid(), folder=str(tmp_path))
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert len(list(lake.store.scratch.glob("staging-*"))) == 1
    with lake.store.writing():
        assert list(lake.store.scratch.iterdir()) == []


def test_what_a_living_one_works_on_stays(tmp_path: Path) -> None:
    lake, other = lake_in(tmp_path), lake_in(tmp_path)
    mine, others = lake.staging(), other.staging()
    for writer in (lake, other):
        with writer.store.writing():
            assert mine.exists() and others.exists()


def test_a_store_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    left = lake_in(tmp_path).staging()
    lake = lake_in(tmp_path)
    with lake.store.writing():
        assert not left.exists()
