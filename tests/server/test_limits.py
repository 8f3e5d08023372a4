"""How often a token may ask and an address may guess, and whose address counts behind a proxy."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, RequestFactory

from kundig.server import limits

Headers = Callable[[str], dict[str, str]]


@pytest.fixture
def behind_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "KUNDIG", dataclasses.replace(settings.KUNDIG, public_url="https://kundig.example.org"))


@pytest.fixture
def slow_clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of the limits, which stands still until a test moves it."""
    now = [1_800_000_000.0]
    monkeypatch.setattr("kundig.server.limits.time.time", lambda: now[0])
    return now


def test_a_token_may_ask_so_often_in_a_minute(token: Headers, monkeypatch: pytest.MonkeyPatch, slow_clock: list[float]) -> None:
    monkeypatch.setattr(limits, "QUESTIONS", 3)
    one, other = token("integrator"), token("integrator")
    assert [Client().get("/api/insights", headers=one).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert Client().get("/api/insights", headers=other).status_code == 200
    slow_clock[0] += 60
    assert Client().get("/api/insights", headers=one).status_code == 200


def test_who_asks_too_often_is_told_when_to_come_back(
    token: Headers, monkeypatch: pytest.MonkeyPatch, slow_clock: list[float]
) -> None:
    monkeypatch.setattr(limits, "QUESTIONS", 0)
    slow_clock[0] = slow_clock[0] // 60 * 60 + 45
    response = Client().get("/api/insights", headers={**token("integrator"), "accept-language": "en"})
    assert (response.status_code, response["Retry-After"]) == (429, "15")
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["detail"] == "Come back in 15 seconds."


def test_an_address_may_guess_so_often(site: Any, token: Headers, slow_clock: list[float]) -> None:
    guessed = {"authorization": "Bearer kdg_guessed"}
    seen = [Client().get("/api/insights", headers=guessed).status_code for _ in range(31)]
    assert seen == [401] * 30 + [429]
    assert Client().get("/api/insights", headers=token("integrator")).status_code == 200, "a good token is let in"
    assert Client(REMOTE_ADDR="192.0.2.7").get("/api/insights", headers=guessed).status_code == 401
    slow_clock[0] += 60
    assert Client().get("/api/insights", headers=guessed).status_code == 401


def test_live_events_are_not_counted(token: Headers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "QUESTIONS", 0)
    response = Client().post("/api/events", b"[]", content_type="application/json", headers=token("integrator"))
    assert response.status_code != 429


def test_a_guess_at_the_door_of_live_events_counts(site: Any, slow_clock: list[float]) -> None:
    def guess() -> int:
        headers = {"authorization": "Bearer kdg_guessed"}
        return Client().post("/api/events", b"[]", content_type="application/json", headers=headers).status_code

    assert [guess() for _ in range(31)][-1] == 429


def test_without_a_proxy_nobody_chooses_his_address(site: Any) -> None:
    request = RequestFactory().get("/", headers={"x-forwarded-for": "198.51.100.1"}, REMOTE_ADDR="192.0.2.7")
    assert limits.address(request) == "192.0.2.7"


def test_behind_a_proxy_its_own_word_counts(behind_proxy: None) -> None:
    request = RequestFactory().get("/", headers={"x-forwarded-for": "203.0.113.9, 198.51.100.1"}, REMOTE_ADDR="127.0.0.1")
    assert limits.address(request) == "198.51.100.1"
    assert limits.address(RequestFactory().get("/", REMOTE_ADDR="127.0.0.1")) == "127.0.0.1"


def test_several_workers_count_in_the_table_they_share(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.cache.backends.db import DatabaseCache
    from django.core.management import call_command

    call_command("createcachetable", "kundig_cache", verbosity=0)
    shared = DatabaseCache("kundig_cache", {})
    monkeypatch.setattr(limits, "cache", shared)
    monkeypatch.setattr(limits, "QUESTIONS", 2)
    limits.asked(1, 0.0)
    limits.asked(1, 59.0)
    with pytest.raises(limits.Limited):
        limits.asked(1, 59.5)
    limits.asked(1, 60.0)
