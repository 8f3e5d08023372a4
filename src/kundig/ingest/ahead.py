"""Reading ahead and writing behind: while the engine works on a chunk, the next is read and the last is written."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar

T = TypeVar("T")

_END = object()


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The same items, the next one made while the caller uses this one; an error is raised where its item would have come.

    When the caller stops early, the reader ends with the item it is making.
    """
    waiting: queue.Queue[object] = queue.Queue(maxsize=1)
    stopped = threading.Event()
    reader = threading.Thread(target=_read, args=(items, waiting, stopped), daemon=True)
    reader.start()
    with closing(_Reader(reader, waiting, stopped)):
        while (item := waiting.get()) is not _END:
            if isinstance(item, _Failure):
                raise item.error
            yield item  # type: ignore[misc]


class Behind:
    """Work that is done while the caller goes on, one piece at a time; its error is raised with the next piece or at the end."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._last: Future[object] | None = None

    def __call__(self, work: Callable[[], object]) -> None:
        """Begin ``work`` as soon as the last piece is done."""
        self.wait()
        self._last = self._pool.submit(work)

    def wait(self) -> None:
        """Return when nothing is left to do."""
        last, self._last = self._last, None
        if last:
            last.result()


class _Failure:
    """An error on its way to the caller."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class _Reader:
    """Ends the thread, whatever it waits for."""

    def __init__(self, thread: threading.Thread, waiting: queue.Queue[object], stopped: threading.Event) -> None:
        self._thread, self._waiting, self._stopped = thread, waiting, stopped

    def close(self) -> None:
        self._stopped.set()
        while self._thread.is_alive():
            try:
                self._waiting.get(timeout=0.05)
            except queue.Empty:
                continue


def _read(items: Iterable[T], waiting: queue.Queue[object], stopped: threading.Event) -> None:
    try:
        for item in items:
            if stopped.is_set():
                return
            waiting.put(item)
        waiting.put(_END)
    except BaseException as error:
        waiting.put(_Failure(error))
