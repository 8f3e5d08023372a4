"""Looks are noted once for each person, caller and ten minutes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from kundig.server.desk import looks
from kundig.server.people.models import Entry
from kundig.server.roles import ROLES, Caller


def test_each_caller_and_person_once_in_ten_minutes(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    anna, ben = (Caller(name, ROLES["agent"]) for name in ("anna", "ben"))
    looks.seen(anna, ["p1", "p2", "p1"])
    looks.seen(anna, ["p1", "p3"])
    looks.seen(ben, ["p1"])
    looks.seen(ben, [])
    assert list(Entry.objects.values_list("who", "person_id")) == [("anna", "p1"), ("anna", "p2"), ("anna", "p3"), ("ben", "p1")]
    later = timezone.now() + dt.timedelta(minutes=11)
    monkeypatch.setattr(looks.timezone, "now", lambda: later)
    looks.seen(anna, ["p1"])
    assert Entry.objects.filter(who="anna", person_id="p1").count() == 2
