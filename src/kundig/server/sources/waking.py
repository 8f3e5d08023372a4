"""Waking the flusher: after an accepted request it must run, and be started once however many requests come."""

from __future__ import annotations

import logging
import threading
import time

from kundig.errors import KundigError
from kundig.server import children

MODULE = "sources.flusher"
PAUSE_S = 1.0
"""Between two looks at whether it runs; a child needs about as long until it holds its lock."""
log = logging.getLogger("kundig.inbox")
_wanted = threading.Event()
_starting = threading.Lock()
_thread: threading.Thread | None = None


def wake() -> None:
    """See to it that the flusher runs. Call it after the commit: the look comes later than the call."""
    global _thread
    _wanted.set()
    if _thread is None or not _thread.is_alive():
        with _starting:
            if _thread is None or not _thread.is_alive():
                _thread = threading.Thread(target=_watch, name="flusher's waker", daemon=True)
                _thread.start()


def _watch() -> None:
    while _wanted.wait(60):
        _wanted.clear()
        try:
            children.start_once(MODULE)
        except (OSError, KundigError):
            log.exception("the flusher could not be started")
            _wanted.set()
        time.sleep(PAUSE_S)
