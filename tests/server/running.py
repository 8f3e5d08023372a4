"""The server as a person starts it: a process of its own on a free port, ended with its children."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Running:
    """A running server: its address, what it said when it started, and its workspace."""

    address: str
    said: Path
    folder: Path
    pid: int

    @property
    def first_link(self) -> str:
        """The one-time link it printed."""
        for _ in range(100):
            found = [word for word in self.said.read_text().split() if "/people/first/" in word]
            if found:
                return found[0]
            time.sleep(0.1)
        raise AssertionError("no link was printed")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clean_environment() -> dict[str, str]:
    """The environment without what tests have set for this process."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("KUNDIG_", "DJANGO_"))}


def kundig(folder: Path, *words: str) -> str:
    """What a command prints; fails where it fails."""
    command = [sys.executable, "-m", "kundig", "-w", str(folder), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=clean_environment()).stdout.strip()


@contextmanager
def serving(folder: Path, said: Path, lang: str = "en") -> Iterator[Running]:
    """Serve ``folder`` until the block ends; whatever it says goes to ``said``."""
    port = free_port()
    command = [sys.executable, "-m", "kundig", "-w", str(folder), "--lang", lang, "serve", "--port", str(port)]
    with said.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=clean_environment(), start_new_session=True)
    try:
        address = f"http://localhost:{port}"
        assert answers(address), said.read_text()
        yield Running(address, said, folder, process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def answers(address: str) -> bool:
    """Whether a server answers at ``address`` within a minute; it need not be well."""
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{address}/health", timeout=5).close()
        except urllib.error.HTTPError as error:
            error.close()
            return True
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False
