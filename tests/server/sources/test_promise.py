"""The promise of docs/live-events.md, one test for each of its sentences."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from kundig.server.sources import inbox
from kundig.server.sources.flusher import Flusher
from kundig.server.sources.models import DeadLetter, InboxBatch, MetEvent

PROMISE = (
    "2xx means stored with fsync. Every accepted event appears exactly once in analyses, or visibly among the dead letters with its reason "
    "and a replay button. Kill, power cut or full disk lose nothing. Reports name their data version."
)
EVENT = {
    "id": "1",
    "source": "shop",
    "occurred_at": "2026-11-20T09:30:00Z",
    "activity": "Paid",
    "person_key": "K1",
    "case_id": "R1",
}
Send = Callable[..., Any]


@pytest.fixture
def send(token: Callable[[str], dict[str, str]]) -> Send:
    headers = token("integrator")
    return lambda *events: Client().post("/api/events", json.dumps(events), content_type="application/json", headers=headers)


def readable(site: Any) -> list[str]:
    rows = site.workspace.sql("select activity, extra from events where source = 'shop'", purpose="service").to_pylist()
    return sorted(row["activity"] for row in rows)


def test_the_promise_is_printed() -> None:
    text = (Path(__file__).parents[3] / "docs" / "live-events.md").read_text(encoding="utf-8")
    assert PROMISE in " ".join(text.replace("\n>", "\n").split())


def test_2xx_means_stored_with_fsync(send: Send) -> None:
    """The commit is synced (SQLite: synchronous FULL; PostgreSQL: its own default), and comes before the answer."""
    with connection.cursor() as cursor:
        cursor.execute("pragma synchronous" if connection.vendor == "sqlite" else "show synchronous_commit")
        assert cursor.fetchone()[0] in (2, "on")
    assert not connection.in_atomic_block
    assert send(EVENT).status_code == 202
    assert (InboxBatch.objects.count(), MetEvent.objects.count()) == (1, 1)


def test_every_accepted_event_appears_exactly_once_in_analyses(send: Send, site: Any) -> None:
    for _ in range(3):
        assert send(EVENT, {**EVENT, "id": "2", "activity": "Sent"}).status_code == 202
        Flusher(site.workspace).drain()
    MetEvent.objects.all().delete()
    send(EVENT)
    Flusher(site.workspace).drain()
    assert readable(site) == ["Paid", "Sent"]


def test_or_visibly_among_the_dead_letters_with_its_reason_and_a_replay_button(send: Send, site: Any, client_as: Any) -> None:
    send(EVENT)
    Flusher(site.workspace).drain()
    MetEvent.objects.all().delete()
    send({**EVENT, "activity": "Something else"})
    Flusher(site.workspace).drain()
    page = client_as("owner").get("/data/dead-letters").content.decode()
    assert "1 dead letter" in page
    assert "The same id is stored with other content." in page
    assert f'action="/data/dead-letters/{DeadLetter.objects.get().pk}/replay"' in page
    assert readable(site) == ["Paid"]


@pytest.mark.parametrize("error", [KeyboardInterrupt("killed"), OperationalError("database or disk is full")])
def test_kill_power_cut_or_full_disk_lose_nothing(
    send: Send, site: Any, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """Here between append and mark; real kills, a locked database and a full disk are in tests/faults/test_live.py."""

    def fail(*_: Any) -> None:
        raise error

    send(EVENT)
    with monkeypatch.context() as patch, pytest.raises(type(error)):
        patch.setattr(inbox, "finish", fail)
        patch.setattr("time.sleep", lambda _: None)
        Flusher(site.workspace).drain()
    assert inbox.waiting() == 1
    Flusher(site.workspace).drain()
    assert (readable(site), inbox.waiting()) == (["Paid"], 0)


def test_reports_name_their_data_version(send: Send, site: Any) -> None:
    before = site.workspace.ask("journey-map").lake_version
    send(EVENT)
    Flusher(site.workspace).drain()
    after = site.workspace.ask("journey-map").lake_version
    assert after == site.workspace.lake.version > before
