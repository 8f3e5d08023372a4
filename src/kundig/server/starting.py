"""What must hold before the server starts, each with a sentence for the person who starts it: rights, one server, a free port."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from kundig import config
from kundig.errors import ConfigError, KundigError, WorkspaceError
from kundig.lake.state import State

LOCK = "serve.lock"
STATE = "state.sqlite3"
_READ = ("key", config.FILE)
_WRITTEN = ("lake", "run", "rejected", "uploads", STATE, "server.sqlite3")


@contextmanager
def alone(folder: Path, settings: config.Settings) -> Iterator[None]:
    """Nobody else serves the workspace at ``folder`` until the block ends.

    WorkspaceError where it cannot be used, or is served already; LakeError where a newer kundig wrote it; ConfigError where
    the address cannot be listened on.
    """
    _check_rights(folder)
    _check_lake(folder)
    lock = _locked(folder)
    try:
        _check_port(settings.host, settings.port)
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield
    finally:
        lock.close()


def _check_rights(folder: Path) -> None:
    """The lake and all tables are written to while serving."""
    for path, right in (
        *((folder / name, os.R_OK) for name in _READ),
        *((path, os.R_OK | os.W_OK | os.X_OK * path.is_dir()) for path in (folder, *(folder / name for name in _WRITTEN))),
    ):
        if path.exists() and not os.access(path, right):
            raise WorkspaceError(
                "{file} may not be written by this user." if right & os.W_OK else "{file} may not be read by this user.",
                "Start kundig as the user the workspace belongs to ({owner}).", file=str(path), owner=_owner(folder),
            )  # fmt: skip


def _check_lake(folder: Path) -> None:
    """Events must not be accepted that no flusher could store."""
    if (folder / STATE).exists():
        State(folder / STATE)


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except KeyError:  # a user of another machine or container has no name here
        return str(path.stat().st_uid)


def _locked(folder: Path) -> IO[str]:
    """The lock, held; the system drops it when the process ends, however it ends."""
    place = folder / "run"
    place.mkdir(mode=0o700, exist_ok=True)
    lock = (place / LOCK).open("a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        pid = lock.read().strip() or "?"
        lock.close()
        raise WorkspaceError(
            "This workspace is being served already (process {pid}).", "Stop that server first; one serves everybody.", pid=pid
        ) from None
    return lock


def _check_port(host: str, port: int) -> None:
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: what has closed is free
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        raise _no_port(error, host, port) from error


def _no_port(error: OSError, host: str, port: int) -> KundigError:
    if error.errno == errno.EADDRINUSE:
        return ConfigError(
            "Another program listens at {address} already.", "Stop it, or choose another port with --port.",
            address=f"{host}:{port}",
        )  # fmt: skip
    if error.errno in (errno.EACCES, errno.EPERM):
        return ConfigError(
            "This user may not listen at port {port}.", "Choose a port from 1024 on with --port, and put a proxy before it.",
            port=str(port),
        )  # fmt: skip
    return ConfigError(
        "This machine has no address {host}.", "Use 127.0.0.1 for this machine alone, or 0.0.0.0 for all its networks.", host=host
    )
