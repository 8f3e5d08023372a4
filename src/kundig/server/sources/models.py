"""What waits on its way into the lake, which events were met already, and what could not be brought in."""

from __future__ import annotations

import json
import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from kundig.message import Message


class InboxBatch(models.Model):
    """The new events of one accepted request, until they lie in the lake."""

    events = models.PositiveIntegerField()
    payload = models.BinaryField()
    """A JSON array of events as ``live`` words them."""
    received_at = models.DateTimeField()


class MetEvent(models.Model):
    """An event that was accepted: what its source and id, and what its content hash to. Kept to know it again."""

    key = models.BinaryField(primary_key=True, max_length=16)
    content = models.BigIntegerField()
    day = models.IntegerField()
    """Days since 1970, to know when it can be forgotten."""


class DeadLetter(models.Model):
    """An accepted event that the lake refused: whole, with the reason, until it is replayed or discarded."""

    payload = models.BinaryField()
    """The event as ``live`` words it, as JSON."""
    source = models.CharField(max_length=400)
    reason = models.TextField()
    """An English sentence of the catalogue; ``values`` fill it."""
    values = models.JSONField(default=dict)
    column = models.CharField(max_length=200, blank=True)
    person_id = models.CharField(max_length=64, blank=True, db_index=True)
    received_at = models.DateTimeField()
    died_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    @property
    def event(self) -> dict[str, Any]:
        """The event itself."""
        found: dict[str, Any] = json.loads(bytes(self.payload))
        return found

    @property
    def message(self) -> Message:
        """The reason as a sentence."""
        values: dict[str, Any] = dict(self.values)
        return Message(self.reason, values)


class Import(models.Model):
    """Something on its way into a lake: a file, mended rows, or the sample firm. Forgotten, with its file, after two days."""

    RECEIVING, READY, WAITING, RUNNING, DONE, FAILED = "receiving", "ready", "waiting", "running", "done", "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10)
    """file, replay or sample."""
    state = models.CharField(max_length=10, default=RECEIVING)
    sample = models.BooleanField(default=False)
    """Whether it goes into the sample firm and not into the own lake."""
    name = models.CharField(max_length=200, blank=True)
    """The file's name in ``uploads/<id>/``; "" where there is none."""
    size = models.BigIntegerField(default=0)
    mark = models.CharField(max_length=64, blank=True, db_index=True)
    """By which the same person sending the same file again is known, to go on where he stopped."""
    choices = models.JSONField(default=dict)
    """What was changed in the proposed mapping, by table."""
    phase = models.CharField(max_length=20, blank=True)
    rows = models.BigIntegerField(default=0)
    expected = models.BigIntegerField(default=0)
    """Rows there may be; 0 where nobody can tell."""
    result = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-made_at"]

    @property
    def is_over(self) -> bool:
        """True where nothing more will happen by itself."""
        return self.state in (self.DONE, self.FAILED)

    @property
    def is_under_way(self) -> bool:
        """True while a child works on it, or is about to."""
        return self.state in (self.WAITING, self.RUNNING)
