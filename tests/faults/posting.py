"""A live server that is killed while events are posted to it: what it acknowledged must be readable once."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.killing import ROOT
from tests.server.running import answers

SERVER, FLUSHER = "server", "flusher"
_SERVE = """
import sys
from pathlib import Path
from kundig.server import serve
serve.configure(Path(sys.argv[1]))
from wsgiref.simple_server import WSGIRequestHandler, make_server
from kundig.server import children
from kundig.server.wsgi import application
children.start_once = lambda *words: False
WSGIRequestHandler.log_message = lambda *words: None
make_server("127.0.0.1", int(sys.argv[2]), application).serve_forever()
"""
_FLUSH = """
import sys
from pathlib import Path
from kundig.server import serve
serve.configure(Path(sys.argv[1]))
from kundig.server import firm
from kundig.server.sources import flusher, pouring
flusher.GATHERED_S = flusher.LOOK_S = 0.02
{change}
flusher.run(flusher.Flusher(firm.own()), lambda: False)
"""
DYING = """
import os, signal
from kundig.server.sources import inbox
def die_once(before, folder=Path(sys.argv[1])):
    def act(*words):
        if not (folder / "died").exists():
            (folder / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return before(*words)
    return act
inbox.finish = die_once(inbox.finish)
"""
"""A flusher that is killed once at the worst moment: the lake has the events, and the inbox still holds them."""
FORGETFUL = (
    DYING
    + """
from dataclasses import replace
read, batch = pouring.Group.mapping, pouring._batch
def without_ids(self, time_zone):
    mapping = read(self, time_zone)
    return replace(mapping, tables=(replace(mapping.tables[0], event_id="run"),))
def numbered(rows):
    import secrets
    return batch([{**row, "run": secrets.token_hex(8)} for row in rows])
pouring.Group.mapping, pouring._batch = without_ids, numbered
"""
)
"""The same where events get a new id with each append: the control without the lake's dedupe."""
HASTY = (
    DYING
    + """
from kundig.server.sources.flusher import Flusher
def early(self):
    batches = inbox.take(flusher.AT_ONCE)
    rows, letters = flusher._rows(batches)
    finish([batch.pk for batch in batches], letters)
    if rows:
        pour(self, rows)
    return len(rows)
pour = die_once(Flusher._into_the_lake)
def finish(ids, letters):
    inbox.InboxBatch.objects.filter(pk__in=ids).delete()
Flusher.flush = early
"""
)
"""The same where the inbox forgets before the lake has stored: the control without the order."""

DEADLY = """
from kundig.server.sources import apart
deadly = '''
import os, signal
from kundig.server.sources import apart, pouring
pour = pouring.pour
def pour_or_die(lake, places, rows):
    if any(row.event["activity"] == "Step 3" for row in rows):
        os.kill(os.getpid(), signal.SIGKILL)
    return pour(lake, places, rows)
pouring.pour = pour_or_die
'''
exec(deadly)
apart.COMMAND = (sys.executable, "-c", deadly + "raise SystemExit(apart.main())")
"""
"""A flusher, and processes of its own, that die of certain events."""


@dataclass
class Live:
    """A server process and a flusher process on one workspace, each killed and started again at will."""

    folder: Path
    port: int
    token: str
    change: str = ""
    seed: str = "live"
    opening: str = ""
    """Code that the server runs first."""
    killed: Counter[str] = field(default_factory=Counter)
    acknowledged: set[str] = field(default_factory=set)
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(f"kundig {self.seed}")

    def start(self, what: str) -> None:
        """Start the server or the flusher; the server answers when this returns."""
        code = self.opening + _SERVE if what == SERVER else _FLUSH.format(change=self.change)
        environment = {**os.environ, "KUNDIG_WORKSPACE": str(self.folder), "PYTHONPATH": str(ROOT)}
        log = (self.folder / f"{what}.log").open("ab")
        with log:
            self._processes[what] = subprocess.Popen(
                [sys.executable, "-c", code, str(self.folder), str(self.port)], env=environment, stdout=log, stderr=log
            )
        if what == SERVER:
            self._wait()

    def kill(self, what: str) -> None:
        """SIGKILL it, and start it again."""
        self.stop(what)
        self.killed[what] += 1
        self.start(what)

    def stop(self, *names: str) -> None:
        """SIGKILL them."""
        for what in names or list(self._processes):
            process = self._processes.pop(what)
            process.send_signal(signal.SIGKILL)
            process.wait(30)

    def await_death(self, what: str) -> None:
        """Wait until it was killed, and start it again."""
        process = self._processes.pop(what)
        assert process.wait(60) == -signal.SIGKILL
        self.start(what)

    def post(self, events: list[dict[str, Any]]) -> int:
        """Send a batch; what is acknowledged is noted. The status, or 0 where the server died on the way."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/events", json.dumps(events).encode(), method="POST",
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                status: int = response.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0
        self.acknowledged |= {event["id"] for event in events}
        return status

    def send(self, events: list[dict[str, Any]], pause: float = 0.05, patience: float = 120.0) -> None:
        """Send until it is acknowledged, as a good sender does."""
        until = time.monotonic() + patience
        while self.post(events) != 202:
            assert time.monotonic() < until, "the server does not take the events any more"
            time.sleep(pause)

    def settle(self, patience: float = 180.0) -> None:
        """Wait until nothing waits."""
        until = time.monotonic() + patience
        while waiting(self.folder):
            assert time.monotonic() < until, f"events still wait: {(self.folder / 'flusher.log').read_text()[-2000:]}"
            time.sleep(0.1)

    def _wait(self) -> None:
        assert answers(f"http://127.0.0.1:{self.port}"), (self.folder / "server.log").read_text()[-2000:]


def batch(number: int, size: int = 5) -> list[dict[str, Any]]:
    """Events with ids that tell their batch."""
    return [
        {"id": f"{number}-{n}", "source": "shop", "occurred_at": f"2026-11-20T09:{n:02}:00Z", "activity": f"Step {n}",
         "person_key": f"K{number % 7}", "case_id": f"C{number}"}
        for n in range(size)
    ]  # fmt: skip


def waiting(folder: Path) -> int:
    """Batches in the inbox."""
    db = sqlite3.connect(folder / "server.sqlite3", timeout=60)
    try:
        return int(db.execute("select count(*) from sources_inboxbatch").fetchone()[0])
    finally:
        db.close()


def dead(folder: Path) -> int:
    """Dead letters."""
    db = sqlite3.connect(folder / "server.sqlite3", timeout=60)
    try:
        return int(db.execute("select count(*) from sources_deadletter").fetchone()[0])
    finally:
        db.close()


def readable(folder: Path) -> Counter[tuple[str, str]]:
    """How often each event of the shop is read, by case and activity."""
    import kundig

    rows = kundig.open(folder).sql("select case_id, activity from events where source = 'shop'", purpose="service").to_pylist()
    return Counter((row["case_id"], row["activity"]) for row in rows)


def wrong(live: Live) -> list[str]:
    """Everything acknowledged that is not readable exactly once."""
    found = readable(live.folder)
    names = {
        f"{number}-{n}": (f"shop:C{number}", f"Step {n}") for number, n in (map(int, i.split("-")) for i in live.acknowledged)
    }
    lost = [id for id, name in names.items() if not found[name]]
    doubled = [id for id, name in names.items() if found[name] > 1]
    return [f"lost: {id}" for id in sorted(lost)] + [f"doubled: {id}" for id in sorted(doubled)]
