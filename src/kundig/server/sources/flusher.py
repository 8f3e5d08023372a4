"""The child that brings waiting events into the lake: ``python -m kundig.server.sources.flusher``.

One at a time, under a lock. It takes what waits, appends it to the lake (which takes every event id once), and only then
forgets it, together with writing down what the lake refused. A kill in between repeats the append, which changes nothing.
A row that stops a whole append is looked for by halves and becomes a dead letter; a busy, full or absent database or disk
is nobody's poison: then it waits and tries again.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from kundig.errors import KundigError, LakeError, WorkspaceError
from kundig.message import sentence
from kundig.server import children
from kundig.server.sources.attempts import Attempts
from kundig.workspace import Workspace

MODULE = "sources.flusher"
AT_ONCE = 20_000
GATHERED_S = 0.5
LOOK_S = 0.1
IDLE_S = 120.0
"""Without an event the flusher ends; sooner than it was used to see the next one it does not."""
RARE_S = 600.0
"""Events further apart wait until a flusher has started, about two seconds."""
LONGEST_WAIT_S = 30.0
FOLDED_S = 15.0
"""Between two folds while events keep coming; a question computes what is not folded on the fly."""
COMPACTED = 200
"""Appends after which small files are merged."""
NICE = 10
"""Whoever waits for a page or a 202 goes first; the inbox is bounded."""
_PLACES = 1 << 16
"""More than the events of one batch."""
MOST_DEATHS = 3
"""Of flushers on the same batch; after that it is brought in by processes of their own."""
DEADLY = sentence("This event ends the program that stores it ({how}).")
UNREADABLE = sentence("This event stops the whole append: {why}")
log = logging.getLogger("kundig.flusher")

Pour = Callable[[Sequence[Any]], list[Any]]
"""Brings rows into the lake and gives back those it refused."""


class Outage(Exception):  # noqa: N818 - it passes
    """The lake or the database cannot be used just now; no event is to blame."""


def is_outage(error: BaseException) -> bool:
    """Whether an error is the house's and not the event's."""
    if isinstance(error, (LakeError, WorkspaceError, OSError, MemoryError, sqlite3.Error, Outage)):
        return True
    return type(error).__module__.partition(".")[0] in ("deltalake", "django", "psycopg")


def bring_in(rows: Sequence[Any], pour: Pour, is_well: Callable[[], bool]) -> list[Any]:
    """Pour all rows but those that stop it; what was refused, and what stopped it, each with its reason.

    An outage is raised. A single row is to blame only if a healthy one passes meanwhile.
    """
    from kundig.server.sources.pouring import Refused

    try:
        return pour(rows)
    except Exception as error:
        if is_outage(error):
            raise
        if len(rows) > 1:
            half = len(rows) // 2
            return bring_in(rows[:half], pour, is_well) + bring_in(rows[half:], pour, is_well)
        if not is_well():
            raise Outage from error
        log.exception("an event became a dead letter")
        if how := getattr(error, "how", ""):
            return [Refused(rows[0], "", DEADLY, {"how": how})]
        return [Refused(rows[0], "", UNREADABLE, {"why": _why(error)})]


def _why(error: Exception) -> str:
    """What went wrong, without the values of the row, which are the letter's own."""
    return error.text if isinstance(error, KundigError) else type(error).__name__


class Rhythm:
    """How long to wait for the next event: where events come every few minutes, they find a flusher that runs."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "flusher.last"
        self.patience = IDLE_S

    def beat(self) -> None:
        """Events were brought in."""
        try:
            gap = time.time() - self._file.stat().st_mtime
        except OSError:
            gap = RARE_S
        self._file.touch()
        if gap >= RARE_S:
            self.patience = IDLE_S
        elif gap > IDLE_S / 4:  # within a burst nothing is learnt about the pauses between bursts
            self.patience = max(IDLE_S, 3 * gap)


class Flusher:
    """Takes, pours, marks; and folds and compacts when it is due."""

    def __init__(self, workspace: Workspace, pour: Pour | None = None) -> None:
        self._workspace = workspace
        self._pour = pour or self._into_the_lake
        self._attempts = Attempts(workspace.folder / "run")
        self.rhythm = Rhythm(workspace.folder / "run")
        self._folded = 0.0
        self._appends = 0
        self._is_untidy = True

    def flush(self) -> int:
        """Bring in the oldest of what waits; how many events. Outage and errors of the lake are raised."""
        from kundig.server.sources import inbox

        batches = inbox.take(AT_ONCE)
        if not batches:
            return 0
        deadly = [batch for batch in batches if self._attempts.deaths(batch.pk) >= MOST_DEATHS]
        batches = deadly or batches
        rows, letters = _rows(batches)
        ids = [batch.pk for batch in batches]
        with self._attempts.on(ids):
            refused = self._by_processes(rows) if deadly else self.pour(rows)
            letters += [_letter(each, batches) for each in refused]
            _insist(lambda: inbox.finish(ids, letters))
        self._appends += 1
        self._is_untidy = True
        log.info("flushed", extra={"rows": len(rows), "problem": len(letters)})
        return sum(batch.events for batch in batches)

    def pour(self, rows: Sequence[Any]) -> list[Any]:
        """Bring rows in; those that were refused. Outage and errors of the lake are raised."""
        return bring_in(rows, self._pour, self._is_well) if rows else []

    def _by_processes(self, rows: Sequence[Any]) -> list[Any]:
        from kundig.server.sources import apart

        log.warning("the flusher died on these events again and again", extra={"rows": len(rows)})
        return bring_in(rows, apart.pour, self._is_well) if rows else []

    def drain(self) -> int:
        """Flush until nothing waits; how many events."""
        count = 0
        while flushed := self.flush():
            count += flushed
        return count

    def tidy(self, *, idle: bool) -> None:
        """Fold and compact where it is due, and forget events accepted long ago."""
        if not self._is_untidy or (not idle and time.monotonic() - self._folded < FOLDED_S):
            return
        from kundig.server.sources import inbox

        if self._appends >= COMPACTED:
            self._workspace.lake.compact()
            self._appends = 0
        self._workspace.lake.fold()
        inbox.forget_old(inbox.today())
        self._folded = time.monotonic()
        self._is_untidy = False

    def _into_the_lake(self, rows: Sequence[Any]) -> list[Any]:
        from kundig.server.sources.pouring import pour

        return list(pour(self._workspace.lake, self._workspace.places(), rows))

    def _is_well(self) -> bool:
        """Whether a healthy event passes, in a lake of its own."""
        from kundig.lake import Lake
        from kundig.server.sources.pouring import Row, pour

        event = {"id": "1", "source": "kundig", "occurred_at": "2026-01-01T00:00:00+00:00", "activity": "Check"}
        try:
            with tempfile.TemporaryDirectory(dir=self._workspace.folder / "run") as folder:
                lake = Lake(Path(folder), self._workspace.lake.engine, self._workspace.lake.clock)
                lake.create()
                return pour(lake, replace(self._workspace.places(), mappings=Path(folder)), [Row(1, event)]) == []
        except Exception:
            log.exception("a healthy event does not pass")
            return False


def _rows(batches: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The events of the batches with their places; a batch that is no JSON any more becomes a dead letter whole."""
    import msgspec

    from kundig.server.sources.models import DeadLetter
    from kundig.server.sources.pouring import Row

    rows: list[Any] = []
    letters: list[Any] = []
    for batch in batches:
        try:
            events = msgspec.json.decode(bytes(batch.payload), type=list[dict[str, Any]])
        except msgspec.MsgspecError:
            payload = msgspec.json.encode({"unreadable": bytes(batch.payload).decode("utf-8", "backslashreplace")})
            letters.append(DeadLetter(payload=payload, reason=UNREADABLE, values={"why": "JSON"}, received_at=batch.received_at))
            continue
        rows += [Row(batch.pk * _PLACES + place, event) for place, event in enumerate(events)]
    return rows, letters


def _letter(refused: Any, batches: Sequence[Any]) -> Any:
    import msgspec

    from kundig.server.sources import inbox
    from kundig.server.sources.models import DeadLetter

    event = refused.row.event
    received_at = next(batch.received_at for batch in batches if batch.pk == refused.row.place // _PLACES)
    return DeadLetter(
        payload=msgspec.json.encode(event), source=event.get("source", ""), reason=refused.reason, column=refused.column,
        values={name: str(value).replace("\0", "") for name, value in refused.values.items()},
        person_id=inbox.pseudonym(event), received_at=received_at,
    )  # fmt: skip


def _insist(mark: Callable[[], None]) -> None:
    """The events lie in the lake: marking them must not fail because somebody else writes; else they are poured again."""
    from django.db import Error, close_old_connections

    for wait in (0.05, 0.2, 1.0, 5.0):
        try:
            mark()
        except Error:
            close_old_connections()
            time.sleep(wait)
        else:
            return
    mark()


def run(flusher: Flusher, ended: Callable[[], bool]) -> None:
    """Flush whatever comes, until nothing has come for a while or, with nothing waiting, the server has ``ended``."""
    last = time.monotonic()
    wait = 1.0
    while True:
        try:
            flushed = flusher.flush()
            flusher.tidy(idle=not flushed)
        except Exception as error:
            _lament(error)
            if ended():
                return  # what waits is seen by the next server
            time.sleep(wait)
            wait, last = min(2 * wait, LONGEST_WAIT_S), time.monotonic()
            continue
        wait = 1.0
        if flushed:
            last = time.monotonic()
            flusher.rhythm.beat()
        elif ended() or time.monotonic() - last > flusher.rhythm.patience:
            return
        time.sleep(GATHERED_S if 0 < flushed < AT_ONCE else LOOK_S)


def _lament(error: Exception) -> None:
    """Say that nothing can be stored just now, and let go of a connection that may be broken."""
    from django.db import close_old_connections

    if is_outage(error):
        log.warning("nothing can be stored just now", extra={"event": type(error).__name__})
    else:
        log.exception("the flusher failed")
    close_old_connections()


def main() -> int:
    """Serve until idle; ends at once where another one serves."""
    from kundig.server import firm, serve

    parent = os.getppid()
    lock = _held()
    if lock is None:
        return 0
    serve.configure(firm.folder())
    from kundig.server.sources import inbox, pouring  # noqa: F401 - loaded before it yields: somebody's first event waits

    flusher = Flusher(firm.own())
    os.nice(NICE)
    while lock:
        run(flusher, lambda: os.getppid() != parent)
        lock.close()  # whoever accepts an event from here on starts another one; what came before is seen once more
        lock = _held() if inbox.waiting() else None
    return 0


def _held() -> IO[str] | None:
    """The lock; somebody who only looks whether it is held holds it for an instant."""
    for _ in range(10):
        if lock := children.hold(MODULE):
            return lock
        time.sleep(0.05)
    return None


if __name__ == "__main__":
    sys.exit(main())
