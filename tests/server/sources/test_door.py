"""The door for live events gives the same answers as the API behind it, and lets everything else through."""

from __future__ import annotations

import io
import json
import threading
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from kundig.server.people import tokens
from kundig.server.people.models import Token
from kundig.server.sources import inbox
from kundig.server.sources.door import Door
from kundig.server.sources.models import InboxBatch, MetEvent

EVENT = {"id": "1", "source": "shop", "occurred_at": "2026-11-20T09:30:00Z", "activity": "Paid"}


class Asked:
    """A door with nothing but a sign behind it."""

    def __init__(self) -> None:
        self.door = Door(lambda environ, start: [b"behind"])

    def __call__(self, body: Any, token: str, **more: Any) -> tuple[str, dict[str, str], bytes]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        environ = {
            "PATH_INFO": "/api/events", "REQUEST_METHOD": "POST", "HTTP_AUTHORIZATION": f"Bearer {token}", "CONTENT_LENGTH": str(len(data)),
            "CONTENT_TYPE": "application/json", "wsgi.input": io.BytesIO(data), **more,
        }  # fmt: skip
        told: list[Any] = ["", []]

        def start(status: str, headers: list[tuple[str, str]]) -> None:
            told[:] = [status, headers]

        content = b"".join(self.door(environ, start))
        return told[0], dict(told[1]), content


@pytest.fixture
def ask(site: Any) -> Asked:
    return Asked()


@pytest.fixture
def key(site: Any) -> str:
    return tokens.create("shop", "integrator")


def test_events_are_stored(ask: Asked, key: str) -> None:
    for _ in range(2):  # the first use of a day goes by the house's own way
        status, headers, content = ask(EVENT, key)
        assert status == "202 Accepted"
    assert json.loads(content) == {"accepted": 0, "duplicates": 1}
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert (headers["Cache-Control"], headers["Content-Length"]) == ("no-store", str(len(content)))
    assert InboxBatch.objects.count() == 1


def test_faults_are_told_in_the_language_asked_for(ask: Asked, key: str) -> None:
    status, headers, content = ask([EVENT, {**EVENT, "kind": "x"}], key)
    assert (status[:3], headers["Content-Type"]) == ("422", "application/problem+json")
    assert json.loads(content)["errors"][0]["pointer"] == "/1/kind"


def test_a_token_revoked_now_is_refused_now(ask: Asked, key: str) -> None:
    assert ask(EVENT, key)[0][:3] == "202"
    Token.objects.update(revoked_at=timezone.now())
    assert ask({**EVENT, "id": "2"}, key)[2] == b"behind"
    Token.objects.update(revoked_at=None, expires_at=timezone.now())
    assert ask({**EVENT, "id": "2"}, key)[2] == b"behind"
    assert MetEvent.objects.count() == 1


def test_everything_else_is_let_through(ask: Asked, key: str) -> None:
    assert ask(EVENT, "kdg_unknown")[2] == b"behind"
    assert ask(EVENT, tokens.create("analyst", "analyst"))[2] == b"behind"
    for change in ({"PATH_INFO": "/api/other"}, {"REQUEST_METHOD": "GET"}, {"HTTP_AUTHORIZATION": ""}, {"CONTENT_LENGTH": ""}):
        assert ask(EVENT, key, **change)[2] == b"behind"
    assert MetEvent.objects.count() == 0


def test_too_large(ask: Asked, key: str) -> None:
    assert ask(EVENT, key, CONTENT_LENGTH=str(10**9))[0][:3] == "413"


def test_a_database_away_is_503(ask: Asked, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr("kundig.server.sources.door._caller_today", fail)
        assert ask(EVENT, key)[0][:3] == "503"


def test_one_sync_serves_all_that_queue(ask: Asked, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests that come while another one is written are written together; a conflict among them concerns nobody else."""
    ask(EVENT, key)
    bodies = [[{**EVENT, "id": f"{n}-{i}"} for i in range(3)] for n in range(6)] + [
        [{**EVENT, "id": "9"}, {**EVENT, "activity": "Other"}],
        [EVENT],
    ]
    written: list[int] = []
    write_all = inbox._write_all

    def counted(tickets: Any) -> None:
        written.append(len(tickets))
        write_all(tickets)

    monkeypatch.setattr(inbox, "_write_all", counted)
    answers: dict[int, str] = {}

    def send(number: int) -> None:
        answers[number] = ask(bodies[number], key)[0][:3]
        connection.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(len(bodies))]
    inbox._turn.acquire()
    for thread in threads:
        thread.start()
    while len(inbox._queue) < len(bodies):
        pass
    inbox._turn.release()
    for thread in threads:
        thread.join()
    assert written[0] == len(bodies)
    assert [answers[n] for n in range(len(bodies))] == ["202"] * 6 + ["409", "202"]
    assert sum(batch.events for batch in InboxBatch.objects.all()) == MetEvent.objects.count() == 19


def test_who_waits_too_long_is_asked_to_come_back(ask: Asked, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "PATIENCE_S", 0.05)
    with inbox._turn:
        status, headers, _ = ask(EVENT, key)
    assert (status[:3], headers["Retry-After"]) == ("503", "5")
    assert len(inbox._queue) == 0
    assert ask(EVENT, key)[0][:3] == "202"
