"""The audit log: who saw or changed which person's data, in a chain of hashes that shows every later change."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone

from kundig.errors import BusyError
from kundig.server.people.models import Entry
from kundig.server.roles import Caller

START = "0" * 64
ERASED = "erased:"
"""Begins what stands in a line instead of the pseudonym of an erased person."""
_PSEUDONYM = re.compile(r"[0-9a-f]{32}")
_TRIES = 20


def note(caller: Caller, act: str, person_id: str = "", **about: Any) -> Entry:
    """Write one line. ``about`` must hold no personal text: ids, counts and names of our own things only."""
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                return _written(caller, act, person_id, about)
        except IntegrityError:
            continue  # another worker wrote after the same line: write after his
    raise BusyError("The audit log is being written by too many at once.", "Try again.")


def _written(caller: Caller, act: str, person_id: str, about: Mapping[str, Any]) -> Entry:
    last = Entry.objects.order_by("-id").first()
    entry = Entry(
        at=timezone.now(), who=caller.name, role=caller.role.name, act=act, person_id=person_id, about=dict(about),
        before=last.digest if last else START,
    )  # fmt: skip
    entry.digest = digest(entry)
    entry.save(force_insert=True)
    return entry


def digest(entry: Entry) -> str:
    """The hash of a line and of the one before it. Pseudonyms enter it sealed, so that sealing them later breaks no chain."""
    told: Mapping[str, Any] = {
        "at": entry.at.isoformat(), "who": entry.who, "role": entry.role, "act": entry.act, "person_id": sealed(entry.person_id),
        "about": {key: sealed(value) for key, value in entry.about.items()}, "before": entry.before,
    }  # fmt: skip
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def sealed(value: Any) -> Any:
    """What stands for a pseudonym once its person is erased: the hash that his receipt names; any other value as it is."""
    if not isinstance(value, str) or not _PSEUDONYM.fullmatch(value):
        return value
    return ERASED + hashlib.sha256(value.encode()).hexdigest()[:16]


def forget(person_ids: Iterable[str]) -> int:
    """Seal the pseudonyms of erased persons in every line; how many lines. The chain stays whole."""
    count = 0
    for person in person_ids:
        count += Entry.objects.filter(person_id=person).update(person_id=sealed(person))
        for entry in Entry.objects.annotate(told=Cast("about", TextField())).filter(told__contains=person):
            entry.about = {key: sealed(value) if value == person else value for key, value in entry.about.items()}
            entry.save(update_fields=["about"])
            count += 1
    return count


def broken() -> Iterator[Entry]:
    """Every line that was changed, or whose predecessor is not the one it was written after."""
    before = START
    for entry in Entry.objects.order_by("id").iterator(2000):
        if entry.before != before or entry.digest != digest(entry):
            yield entry
        before = entry.digest
