"""``python -m bench.pages``: how long pages take over HTTP, how fast the server starts, how much memory it holds idle.

A real server on a copy of a workspace that ``python -m bench`` has made, asked by one client that is no browser. Every
memory page is another person's, so that no answer was kept; the overview and the insights are measured both ways.
"""

from __future__ import annotations

import argparse
import http.cookiejar
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

import kundig
from bench.live import ROOT, _free_ports

INSIGHTS = ("journey-map", "handovers")
UNFINISHED = re.compile(r'http-equiv="refresh"|aria-busy="true"')
PATIENCE_S = 300
PASSWORD = "a long sentence for a bench"
GOALS = {"cold start": "3 s", "idle memory": "250 MB", "memory page, p50": "150 ms"}


@dataclass(frozen=True)
class Started:
    """A server that answers: its process, what it printed, and how long it took to answer, in seconds."""

    pid: int
    address: str
    said: Path
    seconds: float

    @property
    def link(self) -> str:
        """The one-time link it printed; it comes a moment after the server answers."""
        for _ in range(200):
            found = re.search(r"http\S+/people/first/\S+", self.said.read_text())
            if found:
                return found[0]
            time.sleep(0.05)
        raise SystemExit("no link was printed")


def main() -> int:
    """Measure each size that is there, and print."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the servers end with us
    for events in options.events:
        made = options.work / str(events) / "workspace"
        if not made.is_dir():
            print(f"{events:,} events: no workspace; run `python -m bench --events {events} --rivals` first")
            continue
        with tempfile.TemporaryDirectory(prefix="kundig-pages-") as place:
            shutil.copytree(made, Path(place) / "ws")
            print(f"\n{events:,} events; load average {', '.join(f'{x:.1f}' for x in os.getloadavg())} on {os.cpu_count()} cores")
            _measure(Path(place), events, options)
    print("goals: " + ", ".join(f"{name} {goal}" for name, goal in GOALS.items()))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--calls", type=int, default=100, help="of each page")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path(__file__).parent / ".work")
    return parser.parse_args()


def _measure(place: Path, events: int, options: argparse.Namespace) -> None:
    persons = _persons(place / "ws", events, options)
    with _serving(place) as started:
        print(f"  {'first start, tables made':<44} {started.seconds:8.2f} s")
        browser = _logged_in(started)
    starts = []
    for _ in range(options.starts):
        with _serving(place) as started:
            starts.append(started.seconds)
    print(f"  {'start again, to the first answer':<44} {_middle(starts):8.2f} s   worst {max(starts):.2f} s of {len(starts)}")
    with _serving(place) as started:
        web, _ = _memory(started.pid)
        print(f"  {'memory when idle: server and worker':<44} {web:8.0f} MB")
        _pages(browser, started.address, persons, options)
        web, asker = _memory(started.pid)
        print(f"  {'memory after all this':<44} {web:8.0f} MB   the asker {asker:.0f} MB, which ends when idle")


def _pages(browser: urllib.request.OpenerDirector, address: str, persons: list[str], options: argparse.Namespace) -> None:
    found = {one: seconds for one in persons if (seconds := _timed(browser, f"{address}/memory/{one}"))}
    waits, known = list(found.values()), next(iter(found))
    _told("a person's memory, the asker being started", waits[:1])
    _told("a person's memory, each another's", waits[1 : options.calls + 1])
    _told("the same person's memory, again", [_timed(browser, f"{address}/memory/{known}") for _ in range(options.calls)])
    for name, path in (("overview", "/"), *((name, f"/insights/{name}") for name in INSIGHTS)):
        first, whole = _until_whole(browser, address + path)
        print(f"  {name + ', computed anew':<44} {first * 1000:8.0f} ms to a page, {whole:.2f} s until all of it is there")
        _told(f"{name}, again", [_timed(browser, address + path) for _ in range(options.calls)])


def _persons(folder: Path, events: int, options: argparse.Namespace) -> list[str]:
    """Pseudonyms of persons of whom most are there, without having read them: nothing is warmed up."""
    from kundig.lake.identity import person_id

    key = kundig.open(folder).key
    draw = random.Random(options.seed)
    return [person_id(key, "customer", f"K{draw.randrange(events // 60):08d}") for _ in range(options.calls * 3)]


@contextmanager
def _serving(place: Path) -> Iterator[Started]:
    """The server, from nothing to its end; a session of its own, ended with everything it started."""
    port = _free_ports()
    said = place / "said"
    env = {name: value for name, value in os.environ.items() if not name.startswith(("KUNDIG_", "DJANGO_"))}
    command = [sys.executable, "-m", "kundig", "-w", str(place / "ws"), "--lang", "en", "serve", "--port", str(port)]
    with said.open("w") as out:
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True, stdout=out, stderr=out)
    try:
        _wait(process, f"http://127.0.0.1:{port}/health", said)
        yield Started(process.pid, f"http://localhost:{port}", said, time.monotonic() - began)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _wait(process: subprocess.Popen[bytes], url: str, said: Path) -> None:
    while process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise SystemExit(f"the server ended: {said.read_text()}")


def _logged_in(started: Started) -> urllib.request.OpenerDirector:
    """A client with the cookies of the owner, whose account it makes."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    browser.open(started.link).close()
    token = next(cookie.value for cookie in jar if cookie.name == "kundig_csrf")
    form = {"email": "owner@example.org", "password": PASSWORD, "csrfmiddlewaretoken": token or ""}
    browser.open(started.link, urllib.parse.urlencode(form).encode()).close()
    return browser


def _timed(browser: urllib.request.OpenerDirector, url: str) -> float:
    """Seconds to the last byte of a page that is whole; 0 where there is nobody of that name."""
    began = time.monotonic()
    try:
        with browser.open(url, timeout=PATIENCE_S) as response:
            body = response.read().decode()
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return 0.0
        raise
    seconds = time.monotonic() - began
    if UNFINISHED.search(body):
        raise SystemExit(f"{url} was not whole")
    return seconds


def _until_whole(browser: urllib.request.OpenerDirector, url: str) -> tuple[float, float]:
    """Seconds to the first page, and until a page holds every answer."""
    began = time.monotonic()
    first = 0.0
    while time.monotonic() - began < PATIENCE_S:
        with browser.open(url, timeout=PATIENCE_S) as response:
            body = response.read().decode()
        first = first or time.monotonic() - began
        if not UNFINISHED.search(body):
            return first, time.monotonic() - began
        time.sleep(0.05)
    raise SystemExit(f"{url} was not whole in {PATIENCE_S} s")


def _memory(pid: int) -> tuple[float, float]:
    """Resident megabytes of the server with its workers, and of the asker."""
    web, asker = 0.0, 0.0
    for process in (main := psutil.Process(pid), *main.children(recursive=True)):
        with suppress(psutil.Error):  # it has ended meanwhile
            size = process.memory_info().rss / 1e6
            if "asker" in " ".join(process.cmdline()):
                asker += size
            else:
                web += size
    return web, asker


def _told(name: str, seconds: list[float]) -> None:
    waits = sorted(1000 * one for one in seconds)
    if len(waits) == 1:
        print(f"  {name:<44} {waits[0]:8.0f} ms", flush=True)
        return
    p50, p99 = (waits[round(share * (len(waits) - 1))] for share in (0.5, 0.99))
    print(f"  {name:<44} p50 {p50:6.0f} ms   p99 {p99:6.0f} ms   n={len(waits)}", flush=True)


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    sys.exit(main())
