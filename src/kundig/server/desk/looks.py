"""Whoever looks at a person's data leaves a line in the audit log: one for each person and ten minutes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone

from kundig.message import sentence
from kundig.server.people import audit
from kundig.server.people.models import Entry
from kundig.server.roles import Caller

EVERY = dt.timedelta(minutes=10)
SAW_MEMORY = sentence("saw memory")
SAW_SUMMARY = sentence("saw summary")


def seen(caller: Caller, persons: Iterable[str], act: str = SAW_MEMORY, **about: str) -> None:
    """Note that ``caller`` saw these persons' data, unless that was noted just now."""
    wanted = list(dict.fromkeys(persons))
    if not wanted:
        return
    known = Entry.objects.filter(who=caller.name, act=act, person_id__in=wanted, at__gt=timezone.now() - EVERY)
    noted = set(known.values_list("person_id", flat=True))
    for person in wanted:
        if person not in noted:
            audit.note(caller, act, person, **about)
