"""Real kills: a worker process dies by SIGKILL at its N-th system call of a kind; then the lake is looked at.

Needs strace (Debian package of that name). What a worker acknowledged stands on its standard output.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from kundig.lake import Lake
from tests.lake.staging import rows_of

ROOT = Path(__file__).parents[2]
SYSCALLS = ("rename", "linkat", "unlink", "fsync", "fdatasync", "pwrite64", "ftruncate")

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: no kills at system calls")

_BEGIN = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from kundig.lake import Lake
from kundig.lake.erase import erase, resume
from kundig.lake.traces import Traces
from tests.lake.staging import put
from tests.faults.killing import batch
from tests.rows import NOW
lake = Lake(Path({folder!r}), clock=lambda: NOW)
def acknowledge(what):
    print(what, flush=True)
"""


@dataclass(frozen=True)
class Ended:
    """How a worker ended: whether it was killed, and what it had acknowledged."""

    killed: bool
    acknowledged: list[str]


def batch(number: int, size: int = 50) -> list[dict[str, object]]:
    """Rows of one batch: ids name the batch, cases run through all batches, every tenth row is of person "his"."""
    return [
        {
            "event_id": f"{number:016x}{n:016x}", "content_hash": n, "occurred_at": f"2026-01-{1 + number % 28:02d}T10:00",
            "case_id": f"k{n % 7}", "person_id": "h" * 32 if n % 10 == 0 else f"{n % 9:032d}", "position": n,
            "text": f"batch {number}, told by {'HIM-HIMSELF' if n % 10 == 0 else 'somebody'}, row {n} in all its length",
        }
        for n in range(size)
    ]  # fmt: skip


def run(folder: Path, work: str, syscall: str = "", when: int = 0) -> Ended:
    """Run ``work`` (Python lines) on the lake in ``folder``; kill it at the ``when``-th ``syscall`` of a thread."""
    code = _BEGIN.format(root=str(ROOT), folder=str(folder)) + work
    command = [sys.executable, "-c", code]
    if syscall:
        inject = [f"trace={syscall}", f"inject={syscall}:signal=SIGKILL:when={when}"]
        command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", inject[0], "-e", inject[1], *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    killed = done.returncode in (-9, 137)
    if done.returncode and not killed:
        raise AssertionError(f"the worker failed by itself: {done.stderr[-2000:]}")
    return Ended(killed, done.stdout.split())


def ids(lake: Lake) -> list[str]:
    """All readable event ids."""
    return [r["event_id"] for r in rows_of(lake, "select event_id from events order by event_id")]


def content(lake: Lake) -> list[dict[str, object]]:
    """Every event, step and case as rows."""
    sql = (
        "select * from events order by event_id",
        "select * from steps order by case_id, position",
        "select * from cases order by case_id",
    )
    return [row for part in sql for row in rows_of(lake, part)]


def settle(lake: Lake) -> list[str]:
    """Let the next writer put things right; what is still wrong afterwards."""
    with lake.store.writing():
        pass
    return [str(p) for p in lake.verify().problems]
