"""``python -m bench.live``: events accepted a second, beside a bare Starlette and SQLite, both syncing every request.

Eight clients post batches of a hundred events over loopback, in turns to the one and the other, so that a busy machine
slows both. Bounded by seconds; both servers end with it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.bare import HAS_STARLETTE

ROOT = Path(__file__).parents[1]
TYPE = "application/json"


@dataclass
class Taken:
    """What one server took: events, seconds, and how long each request waited."""

    events: int = 0
    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    others: int = 0
    rates: list[float] = field(default_factory=list)

    def told(self, name: str) -> str:
        """One line."""
        waits = sorted(self.waits)
        p50, p99 = (1000 * waits[int(share * (len(waits) - 1))] for share in (0.5, 0.99))
        return f"{name:24} {self.events / self.seconds:10,.0f} events/s   p50 {p50:6.1f} ms   p99 {p99:6.1f} ms   not taken: {self.others}"


def main() -> int:
    """Measure and print."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the servers end with us
    with tempfile.TemporaryDirectory(prefix="kundig-bench-") as place:
        folder = Path(place)
        token = _workspace(folder / "ws")
        bare, ours = Taken(), Taken()
        with (
            _server([sys.executable, "-m", "bench.bare", str(folder), str(options.port)], options.port),
            _server([sys.executable, "-m", "kundig", "-w", str(folder / "ws"), "serve", "--port", str(options.port + 1)], options.port + 1),
        ):  # fmt: skip
            for _ in range(options.rounds):
                _round(bare, options.port, "", options)
                _round(ours, options.port + 1, token, options)
                _wait_until_empty(folder / "ws")
    ratios = [one / other for one, other in zip(ours.rates, bare.rates, strict=True)]
    print(bare.told("bare " + ("Starlette" if HAS_STARLETTE else "WSGI") + " + SQLite"))
    print(ours.told("kundig"))
    print(f"ratio {statistics.median(ratios):.2f} (median of {len(ratios)} rounds: {', '.join(f'{r:.2f}' for r in ratios)})")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.live", description=__doc__)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--port", type=int, default=0, help="two ports from here on; free ones where none is named")
    options = parser.parse_args()
    options.port = options.port or _free_ports()
    return options


def _free_ports() -> int:
    """The first of two free ports side by side."""
    for _ in range(100):
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            try:
                other.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise SystemExit("no two free ports")


def _workspace(folder: Path) -> str:
    """A new workspace, and a token to send with."""
    run = [sys.executable, "-m", "kundig"]
    subprocess.run([*run, "init", str(folder)], check=True, capture_output=True)
    made = subprocess.run(
        [*run, "-w", str(folder), "token", "create", "--role", "integrator", "--name", "bench"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return made.stdout.strip()


@contextmanager
def _server(command: list[str], port: int) -> Iterator[None]:
    """A server in a session of its own, ended with everything it started."""
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"nothing answers at port {port}")


def _wait_until_empty(workspace: Path) -> None:
    """The next round starts as this one did: with nothing left to do."""
    import sqlite3

    for _ in range(80):
        db = sqlite3.connect(workspace / "server.sqlite3", timeout=30)
        count = db.execute("select count(*) from sources_inboxbatch").fetchone()[0]
        db.close()
        if not count:
            return
        time.sleep(0.25)


def _round(taken: Taken, port: int, token: str, options: argparse.Namespace) -> None:
    until = time.monotonic() + options.seconds
    parts = [Taken() for _ in range(options.clients)]
    threads = [threading.Thread(target=_post, args=(part, port, token, until, options.batch)) for part in parts]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began
    taken.seconds += seconds
    taken.rates.append(sum(part.events for part in parts) / seconds)
    for part in parts:
        taken.events += part.events
        taken.others += part.others
        taken.waits += part.waits


def _post(taken: Taken, port: int, token: str, until: float, batch: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": TYPE, "Authorization": f"Bearer {token}"}
    while time.monotonic() < until:
        body = _body(batch)
        began = time.monotonic()
        connection.request("POST", "/api/events", body, headers)
        response = connection.getresponse()
        response.read()
        taken.waits.append(time.monotonic() - began)
        if response.status == 202:
            taken.events += batch
        else:
            taken.others += 1
    connection.close()


_TEMPLATE = json.dumps({
    "id": "@", "source": "shop", "occurred_at": "2026-11-20T09:30:00+01:00", "activity": "Order placed", "kind": "purchase",
    "channel": "shop", "person_key": "K-1007", "case_id": "O-4711", "reason": "delivery", "basket": 3,
})  # fmt: skip


def _body(batch: int) -> bytes:
    """Events that were never sent before."""
    stem = uuid.uuid4().hex
    return ("[" + ",".join(_TEMPLATE.replace("@", f"{stem}-{number}") for number in range(batch)) + "]").encode()


if __name__ == "__main__":
    sys.exit(main())
