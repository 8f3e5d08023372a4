"""Child processes, started on demand: whatever is long or heavy runs there and never on a web thread.

A child holds a lock file while it lives, so any number of web workers start it at most once.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from kundig.server import firm

_TRIES = 10
_started: list[subprocess.Popen[bytes]] = []


def start(module: str, *arguments: str) -> None:
    """Start ``python -m kundig.server.<module> ...``; it writes its log to ``run/<module>.log``."""
    _reap()
    log = firm.run_folder() / f"{module}.log"
    with _log(log) as out:
        _started.append(
            subprocess.Popen(  # noqa: S603 - our own module, arguments are ids
                [sys.executable, "-m", f"kundig.server.{module}", *arguments],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, close_fds=True,
                env={**os.environ, "KUNDIG_WORKSPACE": str(firm.folder())},
            )
        )  # fmt: skip


def start_once(module: str, *arguments: str) -> bool:
    """Start it unless it runs already; True where it was started. The child itself must :func:`hold` the lock."""
    if is_running(module):
        return False
    start(module, *arguments)
    return True


def is_running(module: str) -> bool:
    """Whether some process holds the lock of ``module``."""
    with _lock(module).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def hold(module: str) -> IO[str] | None:
    """Be the only one; the open lock to keep until the process ends, or None where another one runs."""
    file = _lock(module).open("a")
    for _ in range(_TRIES):  # somebody may just be looking whether it runs
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return file
    file.close()
    return None


def _lock(module: str) -> Path:
    return firm.run_folder() / f"{module}.lock"


def _log(path: Path) -> IO[bytes]:
    """Appended to; begun anew where it has grown beyond a megabyte."""
    mode = "wb" if path.exists() and path.stat().st_size > 1_000_000 else "ab"
    return path.open(mode)


def _reap() -> None:
    _started[:] = [child for child in _started if child.poll() is None]
