"""The audit log: who saw or changed which person's data, in a chain of hashes that shows every later change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from kundig.errors import BusyError
from kundig.server.people.models import Entry
from kundig.server.roles import Caller

START = "0" * 64
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
    """The hash of a line and of the one before it."""
    told: Mapping[str, Any] = {
        "at": entry.at.isoformat(), "who": entry.who, "role": entry.role, "act": entry.act, "person_id": entry.person_id,
        "about": entry.about, "before": entry.before,
    }  # fmt: skip
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def broken() -> Iterator[Entry]:
    """Every line that was changed, or whose predecessor is not the one it was written after."""
    before = START
    for entry in Entry.objects.order_by("id").iterator(2000):
        if entry.before != before or entry.digest != digest(entry):
            yield entry
        before = entry.digest
