"""Real kills: a process dies by SIGKILL at a drawn system call or moment; then what it left behind is looked at.

What is drawn lies within what an unharmed run does, and nearer where nobody died of it; how many died is asserted, since a fault
test in which nobody dies proves nothing. Needs strace (Debian package of that name).
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

ROOT = Path(__file__).parents[2]
SYSCALLS = (
    "rename", "renameat2", "linkat", "unlink", "unlinkat", "mkdir", "rmdir", "fsync", "fdatasync", "pwrite64", "ftruncate",
    "sendfile", "copy_file_range",
)  # fmt: skip
"""Where a process changes what is on the disk; those an unharmed run does not need are not drawn."""
CLOCK = "clock"
"""Drawn like a system call: a kill from outside after so many milliseconds."""

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: no kills at system calls")

_STRACE = ("strace", "-f", "-qq")
_COUNTING = "--seccomp-bpf"
"""Lets strace look at the traced calls only: quicker, but with it (strace 6.1) no signal is injected."""
_LINE = re.compile(r"(\d+) +(\w+)\(")
_AWAKE = 0.25
"""The share of a run in which Python only starts."""


@dataclass(frozen=True)
class Ended:
    """How a process ended: whether it was killed, what it had said, and the words in which it had."""

    killed: bool
    said: str

    @property
    def acknowledged(self) -> list[str]:
        """What was promised, word by word."""
        return self.said.split()


class Act(Protocol):
    """Something that is killed while it writes."""

    def begin(self, folder: Path) -> None:
        """Make ``folder`` what it is before."""

    def command(self, folder: Path) -> list[str]:
        """The process to kill."""

    def wrong(self, folder: Path, ended: Ended) -> list[str]:
        """All that is wrong after it ended, and after it is done again."""


@dataclass
class Toll:
    """What a series of draws came to."""

    drawn: int = 0
    killed: int = 0
    places: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def check(self, least: int) -> None:
        """Nothing may be wrong, and at least ``least`` processes must really have been killed."""
        print(f"{self.killed} killed in {self.drawn} draws: {dict(self.places)}")
        assert self.wrong == []
        assert self.killed >= least, f"only {self.killed} of {self.drawn} draws killed; {least} deaths are the least"


def toll(act: Act, folder: Path, deaths: int, seed: str, only: Sequence[str] = (*SYSCALLS, CLOCK)) -> Toll:
    """Kill ``deaths`` times at drawn places, each time on a new copy of what was before."""
    act.begin(folder / "unharmed")
    calls = census(act.command(folder / "unharmed"), folder)
    chance = random.Random(f"kundig {seed}")
    told = Toll()
    for _ in range(deaths):
        what = chance.choice(sorted(name for name in calls if name in only))
        when = chance.randint(int(calls[what] * _AWAKE) if what == CLOCK else 1, calls[what])
        while when and not _strike(told, act, folder / str(told.drawn), what, when):
            when //= 2
    return told


def _strike(told: Toll, act: Act, place: Path, what: str, when: int) -> bool:
    """One draw; False where nobody died of it, since which thread makes a call is not always the same."""
    act.begin(place)
    ended = kill(act.command(place), what, when)
    told.drawn += 1
    told.killed += ended.killed
    told.places[what] += ended.killed
    told.wrong += [f"{what} {when}, killed: {ended.killed}: {wrong}" for wrong in act.wrong(place, ended)]
    shutil.rmtree(place)
    return ended.killed


def census(command: Sequence[str], folder: Path) -> dict[str, int]:
    """How often an unharmed run makes each call in the thread that makes it most; its milliseconds under ``CLOCK``."""
    log = folder / "calls.log"
    began = time.monotonic()
    done = subprocess.run(
        [*_STRACE, _COUNTING, "-o", str(log), "-e", f"trace={','.join(SYSCALLS)}", *command],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    by_thread = Counter(found.groups() for line in log.read_text().splitlines() if (found := _LINE.match(line)))
    most: dict[str, int] = {CLOCK: int((time.monotonic() - began) * 800)}
    for (_, name), n in by_thread.items():
        most[name] = max(n, most.get(name, 0))
    return most


def kill(command: Sequence[str], what: str, when: int) -> Ended:
    """Run ``command`` and kill it at the ``when``-th call ``what`` of a thread, or after ``when`` milliseconds."""
    return _killed_after(command, when / 1000) if what == CLOCK else _killed_at(command, what, when)


def _killed_at(command: Sequence[str], syscall: str, when: int) -> Ended:
    inject = ["-e", f"trace={syscall}", "-e", f"inject={syscall}:signal=SIGKILL:when={when}"]
    done = subprocess.run(
        [*_STRACE, "-o", "/dev/null", *inject, *command], capture_output=True, text=True, timeout=300, check=False
    )
    return _ended(done.returncode, done.stdout, done.stderr)


def _killed_after(command: Sequence[str], seconds: float) -> Ended:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(seconds)
        process.kill()
        said, problems = process.communicate(timeout=60)
        return _ended(process.returncode, said, problems)


def _ended(code: int, said: str, problems: str) -> Ended:
    killed = code in (-9, 137)
    assert killed or code == 0, f"the process failed by itself: {problems[-2000:]}"
    return Ended(killed, said)


def python(code: str) -> list[str]:
    """A process that runs Python lines."""
    return [sys.executable, "-c", f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{code}"]
