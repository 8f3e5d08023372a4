"""The inbox: events are accepted here, once each, and wait until the flusher has brought them into the lake.

The events of a request and what they are known by are written in one transaction, synced before anybody is told. One lock
for the process: threads that fought over SQLite's own lock would wait longer than those that queue.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import Error, connection, transaction
from django.db.models import Sum
from django.utils import timezone

from kundig.server import firm
from kundig.server.people import audit
from kundig.server.roles import Caller
from kundig.server.sources.live import Plain, key_of
from kundig.server.sources.models import DeadLetter, InboxBatch, MetEvent

MOST_WAITING = 500_000
"""Events; beyond, senders are asked to come back later."""
LASTING_DAYS = 90
"""How long an event is known after it was accepted; after that the lake itself still knows it by its id."""
PATIENCE_S = 3.0
"""How long a sender waits for the database before he is asked to come back."""
_PATIENCE_OF_OTHERS_MS = 20_000
_ROWS = 300
"""Rows of one statement: within SQLite's oldest limit of 999 values."""
_COUNTED_S = 0.5
_turn = threading.Lock()
_queue: deque[_Ticket] = deque()
_FULL = ("full", "no space left", "disk i/o error")

_INSERT = "insert into sources_metevent (key, content, day) values (%s, %s, %s) on conflict (key) do nothing"
_CONTENTS = "select key, content from sources_metevent where key in ({keys})"
_BATCH = "insert into sources_inboxbatch (events, payload, received_at) values (%s, %s, %s)"


@dataclass(frozen=True)
class Stored:
    """What became of a request: events that are new, and events that were known."""

    accepted: int
    duplicates: int


class Conflict(Exception):  # noqa: N818 - it is told to the sender
    """Events at these places of the request are known with other content; nothing of the request is stored."""

    def __init__(self, places: Sequence[int]) -> None:
        super().__init__("known with other content")
        self.places = places


class Unavailable(Exception):  # noqa: N818 - it is told to the sender
    """Nothing can be stored just now: the database is busy or away, or the disk is full."""

    def __init__(self, disk: bool = False) -> None:
        super().__init__("the inbox cannot store")
        self.is_disk = disk


class Crowded(Exception):  # noqa: N818 - it is told to the sender
    """Too many events wait already."""


def store(events: Sequence[Plain]) -> Stored:
    """Write down what is new of ``events``; returns when it is on the disk.

    Conflict, Crowded or Unavailable where nothing of the request was stored.
    """
    first, again = _distinct(events)
    if not first:
        return Stored(0, again)
    if _waiting.about() > MOST_WAITING:
        raise Crowded
    if _write(first, first.keys()):
        return Stored(len(first), again)
    for _ in range(3):  # some are known; another worker may store others of them meanwhile
        new = first.keys() - _known(first)
        if not new or _write(first, new):
            return Stored(len(new), again + len(first) - len(new))
    raise Unavailable


Known = dict[bytes, tuple[int, bytes, int]]
"""By key: what the content hashes to, the content, and the place in the request."""


def _distinct(events: Sequence[Plain]) -> tuple[Known, int]:
    """Every event once, and how many came twice; Conflict where the same id came with other content."""
    first: Known = {}
    conflicts = []
    for place, event in enumerate(events):
        key, content, payload = key_of(event)
        met = first.setdefault(key, (content, payload, place))
        if met[0] != content:
            conflicts.append(place)
    if conflicts:
        raise Conflict(conflicts)
    return first, len(events) - len(first)


@contextmanager
def _writing() -> Iterator[Any]:
    """A cursor in a transaction of its own; Unavailable where the database does not take it."""
    try:
        with _impatient(), transaction.atomic(), connection.cursor() as cursor:
            yield cursor
    except Error as error:
        raise Unavailable(is_full(error)) from error


@contextmanager
def _impatient() -> Iterator[None]:
    """A sender must not hold a web thread for as long as a page may wait for the database."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    raw = connection.connection
    raw.execute(f"pragma busy_timeout = {int(PATIENCE_S * 1000)}")
    try:
        yield
    finally:
        raw.execute(f"pragma busy_timeout = {_PATIENCE_OF_OTHERS_MS}")


def is_full(error: BaseException) -> bool:
    """Whether a database's error says that the disk is full."""
    told = str(error).lower()
    return any(words in told for words in _FULL)


class _Ticket:
    """What one request wants written, while it stands in the queue; and how it ended."""

    def __init__(self, first: Known, keys: Set[bytes]) -> None:
        self.first = first
        self.keys = keys
        self.is_taken = False
        self.is_new: bool | None = None
        self.error: Unavailable | None = None

    def batch(self, now: Any) -> tuple[int, bytes, Any]:
        """The line in the inbox; the events in the order of the request."""
        payloads = [self.first[key][1] for key in self.first if key in self.keys]
        return len(payloads), b"[" + b",".join(payloads) + b"]", now


def _written(cursor: Any, tickets: Sequence[_Ticket]) -> bool:
    """Write the events of these requests and what they are known by, all or none; False where one of them is known already."""
    day, now = today(), connection.ops.adapt_datetimefield_value(timezone.now())
    # In order: two writers cannot wait for each other, and neighbours in the index are written together.
    keys = sorted((key, ticket.first[key][0], day) for ticket in tickets for key in ticket.keys)
    cursor.execute("savepoint request")
    cursor.executemany(_INSERT, keys)
    is_new = bool(cursor.rowcount == len(keys))
    if is_new:
        cursor.executemany(_BATCH, [ticket.batch(now) for ticket in tickets])
    else:
        cursor.execute("rollback to savepoint request")
    cursor.execute("release savepoint request")
    return is_new


def _write(first: Known, keys: Set[bytes]) -> bool:
    """Write the events of ``keys``, all or none, synced; False where one of them is known already.

    Whoever has his turn writes for all that queue behind him: one sync to the disk serves several requests.
    """
    ticket = _Ticket(first, keys)
    _queue.append(ticket)
    if not _turn.acquire(timeout=PATIENCE_S) and not _withdrawn(ticket):
        _turn.acquire()  # somebody writes for us at this moment
        _turn.release()
    else:
        try:
            if not ticket.is_taken:
                _write_all(_taken())
        finally:
            _turn.release()
    if ticket.error:
        raise ticket.error
    return bool(ticket.is_new)


def _withdrawn(ticket: _Ticket) -> bool:
    """Leave the queue; Unavailable where that was in time, else False: somebody writes for us."""
    try:
        _queue.remove(ticket)
    except ValueError:
        return False
    raise Unavailable


def _taken() -> list[_Ticket]:
    """All that queue."""
    taken = []
    while _queue:
        taken.append(_queue.popleft())
        taken[-1].is_taken = True
    return taken


def _write_all(tickets: Sequence[_Ticket]) -> None:
    """One transaction for all; each ticket knows how it ended only after the commit."""
    try:
        with _writing() as cursor:
            is_all_new = _written(cursor, tickets)
            ended = [is_all_new or (len(tickets) > 1 and _written(cursor, [ticket])) for ticket in tickets]
    except Exception as error:
        for ticket in tickets:
            ticket.error = error if isinstance(error, Unavailable) else Unavailable()
        if not isinstance(error, Unavailable):
            raise
        return
    for ticket, is_new in zip(tickets, ended, strict=True):
        ticket.is_new = is_new
    _waiting.add(sum(len(ticket.keys) for ticket in tickets if ticket.is_new))


def _known(first: Known) -> set[bytes]:
    """Those that are known; Conflict where one of them has other content now."""
    met: set[bytes] = set()
    conflicts = []
    keys = list(first)
    try:
        with connection.cursor() as cursor:
            for start in range(0, len(keys), _ROWS):
                part = keys[start : start + _ROWS]
                cursor.execute(_CONTENTS.format(keys=", ".join(["%s"] * len(part))), part)
                for key, content in cursor.fetchall():
                    met.add(bytes(key))
                    if first[bytes(key)][0] != content:
                        conflicts.append(first[bytes(key)][2])
    except Error as error:
        raise Unavailable(is_full(error)) from error
    if conflicts:
        raise Conflict(sorted(conflicts))
    return met


class _Waiting:
    """About how many events wait: counted now and then, since counting costs more than storing."""

    def __init__(self) -> None:
        self._count = 0
        self._until = 0.0

    def about(self) -> int:
        """The count, at most half a second old."""
        if time.monotonic() > self._until:
            try:
                self._count = waiting()
            except Error as error:
                raise Unavailable(is_full(error)) from error
            self._until = time.monotonic() + _COUNTED_S
        return self._count

    def add(self, events: int) -> None:
        """These were accepted since."""
        self._count += events


_waiting = _Waiting()


def waiting() -> int:
    """How many events wait for the flusher."""
    return InboxBatch.objects.aggregate(n=Sum("events"))["n"] or 0


# -- the flusher's side


def take(most: int) -> list[InboxBatch]:
    """The oldest batches, whole, up to about ``most`` events and at least one batch."""
    taken: list[InboxBatch] = []
    count = 0
    for batch in InboxBatch.objects.order_by("id").iterator(chunk_size=100):
        taken.append(batch)
        count += batch.events
        if count >= most:
            break
    return taken


def finish(batches: Iterable[int], letters: Sequence[DeadLetter] = ()) -> None:
    """These batches lie in the lake, but for the dead letters: both in one transaction."""
    ids = list(batches)
    with transaction.atomic():
        DeadLetter.objects.bulk_create(letters, batch_size=100)
        for start in range(0, len(ids), _ROWS):
            InboxBatch.objects.filter(pk__in=ids[start : start + _ROWS]).delete()


def forget_old(today: int, most: int = 5_000) -> int:
    """Forget some of the events accepted longer ago than they are kept; how many."""
    old = list(MetEvent.objects.filter(day__lt=today - LASTING_DAYS).values_list("pk", flat=True)[:most])
    for start in range(0, len(old), _ROWS):
        MetEvent.objects.filter(pk__in=old[start : start + _ROWS]).delete()
    return len(old)


# -- dead letters, as people act on them


def replay(letters: Sequence[DeadLetter], caller: Caller) -> int:
    """Put dead letters back into the inbox; how many."""
    with transaction.atomic():
        for letter in letters:
            InboxBatch.objects.create(events=1, payload=b"[" + bytes(letter.payload) + b"]", received_at=letter.received_at)
            audit.note(caller, "replay dead letter", letter.person_id, letter=letter.pk)
            letter.delete()
    return len(letters)


def discard(letter: DeadLetter, caller: Caller) -> None:
    """Delete a dead letter for good."""
    with transaction.atomic():
        audit.note(caller, "discard dead letter", letter.person_id, letter=letter.pk)
        letter.delete()


def erase(person_ids: Iterable[str]) -> int:
    """Remove the dead letters and the waiting events of erased persons (pseudonyms); how many events."""
    gone = set(person_ids)
    with transaction.atomic():
        removed, _ = DeadLetter.objects.filter(person_id__in=gone).delete()
        for batch in InboxBatch.objects.select_for_update().order_by("id"):
            removed += _without(batch, gone)
    return removed


def _without(batch: InboxBatch, gone: set[str]) -> int:
    events: list[dict[str, Any]] = msgspec.json.decode(bytes(batch.payload))
    kept = [event for event in events if pseudonym(event) not in gone]
    if len(kept) == len(events):
        return 0
    if kept:
        batch.payload, batch.events = msgspec.json.encode(kept), len(kept)
        batch.save()
    else:
        batch.delete()
    return len(events) - len(kept)


def pseudonym(event: Mapping[str, Any]) -> str:
    """The person_id of a live event's person, read from JSON; "" where it names none."""
    from kundig.lake.identity import person_id

    key = event.get("person_key")
    return person_id(firm.own().key, str(event.get("person_kind", "customer")), str(key)) if key else ""


def today() -> int:
    """Days since 1970."""
    return int(time.time() // 86_400)
