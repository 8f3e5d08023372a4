"""Asking the core from a web thread: a short wait for the child that holds the lake open, else "not yet".

``ask(folder, "desk.memory", {...})`` runs ``kundig.server.desk.questions.memory(workspace, ...)`` in the asker process and
gives what it returns (anything JSON can say). Whoever does not want to wait shows a page that asks again: the child goes on
computing and keeps the answer for as long as the lake's version stays.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

from kundig import errors
from kundig.server import asker, children

PATIENCE = 15.0
"""Seconds a page waits for the child to start."""
_local = threading.local()
_starting = threading.Lock()


class Pending(Exception):  # noqa: N818 - it is no error
    """The answer is being computed; ask again."""


def ask(folder: Path, name: str, arguments: Mapping[str, Any] | None = None, *, wait: float = 60.0) -> Any:
    """What the question called ``name`` gives for the workspace at ``folder``.

    Pending where it takes longer than ``wait`` seconds; errors of the core are raised as they were there.
    """
    request = json.dumps({"folder": str(folder), "name": name, "arguments": dict(arguments or {})}).encode()
    try:
        answer = _exchange(_connection(), request, wait)
    except (EOFError, OSError):
        _forget()
        answer = _exchange(_connection(), request, wait)
    return _opened(json.loads(answer))


def _exchange(connection: Connection, request: bytes, wait: float) -> bytes:
    connection.send_bytes(request)
    if not connection.poll(wait):
        _forget()  # the answer that comes later on this line would be taken for the next one's
        raise Pending
    return connection.recv_bytes()


def _opened(answer: dict[str, Any]) -> Any:
    if "error" not in answer:
        return answer["result"]
    told = answer["error"]
    kind = getattr(errors, told["type"], None)
    if isinstance(kind, type) and issubclass(kind, errors.KundigError):
        raise kind(told["text"], told["hint"], **told["values"])
    raise RuntimeError(f"the asker failed: {told['type']}")


def _connection() -> Connection:
    held: Connection | None = getattr(_local, "connection", None)
    if held is None:
        held = _local.connection = _connected()
    return held


def _connected() -> Connection:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return Client(asker.address(), "AF_UNIX", authkey=asker.secret())
        except (FileNotFoundError, ConnectionRefusedError, ConnectionResetError, EOFError):
            if time.monotonic() > until:
                raise errors.BusyError(
                    "The part that answers questions does not start.", "See run/asker.log in the workspace."
                ) from None
        with _starting:
            children.start_once("asker")
        time.sleep(0.05)


def _forget() -> None:
    held: Connection | None = getattr(_local, "connection", None)
    if held is not None:
        held.close()
    _local.connection = None
