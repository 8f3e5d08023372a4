"""Starting the server from the command line: what ``serve`` and ``demo`` do alike."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from kundig.cli.screen import Screen
from kundig.errors import WorkspaceError
from kundig.message import Message, sentence

if TYPE_CHECKING:
    from kundig.workspace import Workspace

PATIENCE_S = 60.0
LOOK_S = 0.2
LOOPBACK = "127.0.0.1"


def run(screen: Screen, workspace: Workspace) -> None:
    """Bring the tables up to date, serve until stopped, and say where."""
    from kundig.server import serve, starting

    with starting.alone(workspace.folder, workspace.settings):
        serve.set_up(workspace.folder)
        serve.serve(workspace.folder, workspace.settings, lambda address: greet(screen, address))


def greet(screen: Screen, address: str) -> None:
    """Where the server is, and the link that makes the first account."""
    from kundig.server import serve

    link = serve.first_link(address)
    if link:
        screen.note(sentence("Nobody has an account yet. This link makes the owner's, once, within a day:"))
        screen.data(link)
    screen.note(Message("kundig serves at {address}. Ctrl+C stops it.", {"address": address}))


def prove(folder: Path, port: int) -> str:
    """Start the server of the workspace at ``folder``, see that it is well, stop it; the address it answered at.

    WorkspaceError where it does not answer in time, or says that it cannot store.
    """
    address = f"http://{LOOPBACK}:{port}"
    words = [sys.executable, "-m", "kundig", "-w", str(folder), "serve", "--host", LOOPBACK, "--port", str(port)]
    server = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        _wait(server, f"{address}/health")
    finally:
        server.terminate()
        server.wait(PATIENCE_S)
    return address


def free_port(wanted: int) -> int:
    """``wanted`` where nobody listens there, else any port that is free."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return wanted


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own address
        except urllib.error.HTTPError:
            break
        except OSError:
            time.sleep(LOOK_S)
        else:
            return
    raise WorkspaceError("The server does not start, or cannot store.", "Run `kundig serve` in the workspace to see why.")
