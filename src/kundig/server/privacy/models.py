"""What persons have asked for about their data, and how long data are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from kundig.message import Message, sentence

KINDS = {
    "access": sentence("Access (Art. 15)"),
    "correction": sentence("Correction (Art. 16)"),
    "erasure": sentence("Erasure (Art. 17)"),
    "restriction": sentence("Restriction (Art. 18)"),
    "portability": sentence("Portability (Art. 20)"),
    "objection": sentence("Objection (Art. 21)"),
}
STATES = {
    "open": sentence("open"),
    "waiting": sentence("waiting for the person"),
    "running": sentence("erasure under way"),
    "done": sentence("done"),
    "refused": sentence("refused"),
}
WHAT = {
    "texts": sentence("Free texts"),
    "events": sentence("Events, with their texts"),
    "people": sentence("Names and addresses of persons nothing has happened to since"),
    "rejected": sentence("Rejected rows of imports"),
    "letters": sentence("Dead letters"),
    "requests": sentence("Requests that are done"),
}


class Request(models.Model):
    """A person's request. It refers to him by pseudonym; after his erasure by a hash of it."""

    kind = models.CharField(max_length=12)
    person_id = models.CharField(max_length=64, blank=True, db_index=True)
    """"" where nobody is known who could be meant."""
    sample = models.BooleanField(default=False)
    """Whether it is about the sample firm."""
    received_on = models.DateField()
    due_on = models.DateField()
    extended_on = models.DateField(null=True, blank=True)
    extended_why = models.CharField(max_length=500, blank=True)
    identity_how = models.CharField(max_length=200, blank=True)
    identity_by = models.CharField(max_length=254, blank=True)
    identity_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, default="open", db_index=True)
    reason = models.CharField(max_length=1000, blank=True)
    notes = models.TextField(blank=True)
    made_by = models.CharField(max_length=254)
    handed_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=254, blank=True)
    saga = models.CharField(max_length=32, blank=True)
    """The erasure in the lake's own book."""
    stores = models.JSONField(default=dict)
    """Of an erasure: what was found and removed in each store."""
    problem = models.JSONField(default=dict)
    """Why the erasure does not go on: text and values of a message."""
    receipt = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["due_on", "id"]

    @property
    def title(self) -> str:
        """The kind in words."""
        return KINDS[self.kind]

    @property
    def state_word(self) -> str:
        """The state in words."""
        return STATES[self.state]

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be done."""
        return self.state in ("done", "refused")

    @property
    def days_left(self) -> int:
        """Days until it is due, negative where it is overdue."""
        return (self.due_on - timezone.localdate()).days

    @property
    def urgency(self) -> str:
        """A badge's class: bad, warn or ""."""
        if self.is_over:
            return ""
        return "bad" if self.days_left < 0 else "warn" if self.days_left <= 7 else ""

    @property
    def is_identified(self) -> bool:
        """Whether somebody has made sure that the asker is the person."""
        return self.identity_at is not None

    @property
    def problem_message(self) -> Message | None:
        """The problem as a sentence."""
        return _message(self.problem)

    @property
    def is_erased(self) -> bool:
        """Whether its person is erased."""
        return self.person_id.startswith("erased:")


class Retention(models.Model):
    """How long something is kept, and for which purpose it is kept so long."""

    what = models.CharField(max_length=12)
    purpose = models.CharField(max_length=20, default="service")
    source = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=40, blank=True)
    days = models.PositiveIntegerField()
    active = models.BooleanField(default=True)
    made_by = models.CharField(max_length=254, blank=True)
    wanted_at = models.DateTimeField(null=True, blank=True)
    """When somebody asked for it to be run now; null where nobody waits for it."""
    confirmed = models.BooleanField(default=False)
    """Whether he said that the guard is to be passed."""
    ran_at = models.DateTimeField(null=True, blank=True)
    rows = models.BigIntegerField(default=0)
    problem = models.JSONField(default=dict)
    """Why the last run did not delete: text and values of a message."""

    class Meta:
        ordering: ClassVar[list[str]] = ["what", "days", "id"]

    @property
    def title(self) -> str:
        """What it is about, in words."""
        return WHAT[self.what]

    def before(self, now: dt.datetime) -> dt.datetime:
        """What is older than this goes."""
        return now - dt.timedelta(days=self.days)

    @property
    def problem_message(self) -> Message | None:
        """The problem as a sentence."""
        return _message(self.problem)


def _message(told: Mapping[str, Any]) -> Message | None:
    return Message(told["text"], told.get("values", {})) if told else None
