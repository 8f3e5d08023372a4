"""Rows poured by a process of their own, and what is said where it dies."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from kundig.server.sources import apart, flusher, inbox
from kundig.server.sources.apart import Death
from kundig.server.sources.attempts import Attempts
from kundig.server.sources.envelopes import read
from kundig.server.sources.flusher import Flusher
from kundig.server.sources.models import DeadLetter
from kundig.server.sources.pouring import Row

EVENT = {"id": "1", "source": "shop", "occurred_at": "2026-11-20T09:30:00+01:00", "activity": "Paid", "person_key": "K1"}
DEADLY = """
import os, signal
from kundig.server.sources import apart, pouring
pour = pouring.pour
def deadly(lake, places, rows):
    if any(row.event["activity"] == "Poison" for row in rows):
        os.kill(os.getpid(), signal.SIGSEGV)
    return pour(lake, places, rows)
pouring.pour = deadly
raise SystemExit(apart.main())
"""


def test_a_process_stores_and_tells_what_it_refused(site: Any) -> None:
    assert apart.pour([Row(1, EVENT)]) == []
    refused = apart.pour([Row(2, {**EVENT, "activity": "Other"}), Row(3, {**EVENT, "id": "2"})])
    assert [(each.row.place, each.reason) for each in refused] == [(2, "The same id is stored with other content.")]


@pytest.mark.parametrize(
    ("code", "how"), [("import os; os.kill(os.getpid(), 11)", "SIGSEGV"), ("raise SystemExit(9)", "status 9")]
)
def test_a_process_that_dies(monkeypatch: pytest.MonkeyPatch, code: str, how: str) -> None:
    monkeypatch.setattr(apart, "COMMAND", (sys.executable, "-c", code))
    with pytest.raises(Death, match=how):
        apart.pour([Row(1, EVENT)])


def test_an_outage_is_no_death(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "COMMAND", (sys.executable, "-c", f"raise SystemExit({apart.OUTAGE})"))
    with pytest.raises(OSError, match="cannot be used"):
        apart.pour([Row(1, EVENT)])


def test_the_event_that_kills_flushers_becomes_a_dead_letter(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "COMMAND", (sys.executable, "-c", DEADLY))
    found, _ = read(json.dumps([EVENT, {**EVENT, "id": "2", "activity": "Poison"}]).encode(), "application/json", {}, "")
    inbox.store(found)

    def die(_: Any) -> list[Any]:
        raise KeyboardInterrupt

    for _ in range(flusher.MOST_DEATHS):
        with pytest.raises(KeyboardInterrupt):
            Flusher(site.workspace, die).flush()
    Flusher(site.workspace, die).drain()
    letter = DeadLetter.objects.get()
    assert (letter.event["activity"], letter.message.say("en")) == (
        "Poison", "This event ends the program that stores it (SIGSEGV).",
    )  # fmt: skip
    assert inbox.waiting() == 0
    assert Attempts(site.folder / "run").deaths(1) == 0
    rows = site.workspace.sql("select activity from events where source = 'shop'", purpose="service").to_pylist()
    assert [row["activity"] for row in rows] == ["Paid"]
