"""The child that holds the lake open and answers questions: ``python -m kundig.server.asker``.

It serves any number of web workers over a local socket, keeps answers while the lake's version stays, lets nobody wait
for what is being computed already, and ends when nobody has asked for a while.
"""

from __future__ import annotations

import hashlib
import hmac
import importlib
import json
import logging
import os
import re
import sys
import tempfile
import threading
import time
from collections import OrderedDict
from concurrent.futures import Future
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any

from kundig.errors import KundigError
from kundig.server import children, firm

IDLE_S = 300.0
MOST_KEPT = 256
AT_ONCE = 2
"""Long questions computed at the same time; a person's memory never waits for them."""
_NAME = re.compile(r"[a-z]+\.[a-z_]+")
log = logging.getLogger("kundig.asker")


def address() -> str:
    """Where the child listens; a socket's path must be short."""
    path = str(firm.run_folder() / "asker.socket")
    if len(path.encode()) < 100:
        return path
    digest = hashlib.sha256(path.encode()).hexdigest()[:16]
    return str(Path(tempfile.gettempdir()) / f"kundig-{os.getuid()}-{digest}.socket")


def secret() -> bytes:
    """What both sides must know: made from the workspace's key."""
    return hmac.new(firm.own().key, b"asker", hashlib.sha256).digest()


class Answers:
    """Answers by question and lake version; one that is being computed is waited for, not computed again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], tuple[int, Future[bytes]]] = OrderedDict()
        self._turn = threading.BoundedSemaphore(AT_ONCE)

    def answer(self, folder: str, name: str, arguments: dict[str, Any]) -> bytes:
        """The answer as JSON."""
        workspace = firm.opened(folder)
        if ".do_" in name:  # it writes: to be done each time, and nothing to keep
            return _run(workspace, name, arguments)
        version = workspace.lake.version
        key = (folder, json.dumps([name, arguments], sort_keys=True))
        with self._lock:
            kept = self._kept.get(key)
            mine = kept is None or kept[0] != version
            if mine:
                self._kept[key] = (version, Future())
                self._drop(folder, version)
            future = self._kept[key][1]
        if mine:
            self._compute(future, key, lambda: _run(workspace, name, arguments), name)
        return future.result()

    def _compute(self, future: Future[bytes], key: tuple[str, str], run: Any, name: str) -> None:
        try:
            if name.startswith("explore."):
                with self._turn:
                    future.set_result(run())
            else:
                future.set_result(run())
        except BaseException as error:
            future.set_exception(error)
            with self._lock:
                self._kept.pop(key, None)

    def _drop(self, folder: str, version: int) -> None:
        """Answers of older versions may hold what was erased since."""
        old = [key for key, (at, future) in self._kept.items() if key[0] == folder and at != version and future.done()]
        for key in old:
            del self._kept[key]
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


def _run(workspace: Any, name: str, arguments: dict[str, Any]) -> bytes:
    if not _NAME.fullmatch(name):
        raise ValueError(f"no question: {name!r}")
    app, function = name.split(".")
    module = importlib.import_module(f"kundig.server.{app}.questions")
    return json.dumps({"result": getattr(module, function)(workspace, **arguments)}, default=str).encode()


class Server:
    """Accepts connections, each in a thread of its own, until nobody has asked for a while."""

    def __init__(self) -> None:
        self._answers = Answers()
        self._last = time.monotonic()

    def run(self) -> None:
        """Listen until idle."""
        Path(address()).unlink(missing_ok=True)
        with Listener(address(), "AF_UNIX", backlog=64, authkey=secret()) as listener:
            os.chmod(address(), 0o600)
            threading.Thread(target=self._watch, daemon=True).start()
            while True:
                try:
                    connection = listener.accept()
                except Exception:
                    log.warning("a caller was turned away")
                    continue
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _watch(self) -> None:
        """End when idle, or when the server took the socket away as it stopped."""
        parent = os.getppid()
        while time.monotonic() - self._last < IDLE_S and os.getppid() == parent and Path(address()).exists():
            time.sleep(0.5)
        Path(address()).unlink(missing_ok=True)
        os._exit(0)

    def _serve(self, connection: Connection) -> None:
        try:
            while True:
                request = json.loads(connection.recv_bytes())
                self._last = time.monotonic()
                connection.send_bytes(self._answered(request))
                self._last = time.monotonic()
        except (EOFError, OSError):
            connection.close()

    def _answered(self, request: dict[str, Any]) -> bytes:
        try:
            return self._answers.answer(request["folder"], request["name"], request["arguments"])
        except KundigError as error:
            told = {"type": type(error).__name__, "text": error.text, "hint": error.hint, "values": dict(error.values)}
        except Exception as error:
            log.exception("a question failed")
            told = {"type": type(error).__name__, "text": "", "hint": "", "values": {}}
        return json.dumps({"error": told}, default=str).encode()


def main() -> int:
    """Serve until idle; ends at once where another one serves."""
    from kundig.server import logs

    logs.configure({})
    lock = children.hold("asker")
    if lock is None:
        return 0
    Server().run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
