"""Alerts, webhooks and digests as a manager sets them up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kundig.server.rules import alerts, digests, due, mails, outbox
from kundig.server.rules.models import Alert, Delivery, Digest, Webhook

MORE_THAN_NONE = {
    "name": "Zusagen", "insight": "promises", "figure": "made", "operator": ">", "threshold": "0", "way": "webhook", "target": "",
}  # fmt: skip
NOW = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_page_shows_what_there_is(client_as: Callable[..., Client], lang: str) -> None:
    client = client_as("manager", lang=lang)
    client.post("/alerts/add", MORE_THAN_NONE)
    page = client.get("/alerts/").content.decode()
    assert "Zusagen" in page
    assert client.get("/alerts/deliveries").status_code == 200


def test_an_alert_is_raised_once_and_ends_once(client_as: Callable[..., Client]) -> None:
    client = client_as("manager")
    client.post("/alerts/add", MORE_THAN_NONE)
    Webhook.objects.create(url="https://example.org", secret="whsec_eA==", kinds=["alert.raised", "alert.ended"])
    assert due.anything(NOW)
    assert alerts.check_all(NOW) == 1
    alert = Alert.objects.get()
    assert alert.raised
    assert alert.value is not None
    assert alert.value > 0
    assert alerts.check_all(NOW) == 0  # the data are the same
    Alert.objects.update(lake_version=-1)
    alerts.check_all(NOW)
    assert [d.kind for d in Delivery.objects.all()] == ["alert.raised"]
    Alert.objects.update(lake_version=-1, threshold=10**9)
    alerts.check_all(NOW)
    assert [d.kind for d in Delivery.objects.all()] == ["alert.ended", "alert.raised"]


def test_an_unknown_figure_raises_nothing(client_as: Callable[..., Client]) -> None:
    client_as("manager").post("/alerts/add", {**MORE_THAN_NONE, "figure": "nothing"})
    alerts.check_all(NOW)
    assert (Alert.objects.get().value, Alert.objects.get().raised) == (None, False)


def test_a_question_that_fails_is_not_asked_again_before_the_data_change(client_as: Callable[..., Client]) -> None:
    client_as("manager").post("/alerts/add", MORE_THAN_NONE)
    Alert.objects.update(query={"where": {"nothing": "x"}})
    assert alerts.check_all(NOW) == 1
    assert "nothing" in Alert.objects.get().problem
    assert not due.anything(NOW)


def test_an_alert_of_a_saved_view_looks_through_its_filter(client_as: Callable[..., Client]) -> None:
    from kundig.server.explore.models import View
    from kundig.server.people.models import User

    client, other = client_as("manager"), client_as("owner")
    client.post("/alerts/add", {**MORE_THAN_NONE, "insight": "data-quality", "figure": "events"})
    user = User.objects.get(role="manager")
    view = View.objects.create(user=user, name="Telefon", insight="data-quality", query="channel=phone&since=2025-06-01")
    client.post("/alerts/add", {**MORE_THAN_NONE, "figure": "events", "view": view.pk})
    alerts.check_all(NOW)
    everything, by_phone = Alert.objects.order_by("pk")
    assert by_phone.insight == "data-quality"
    assert by_phone.value is not None
    assert everything.value is not None
    assert 0 < by_phone.value < everything.value
    assert "channel phone" in client.get("/alerts/").content.decode()
    assert other.post("/alerts/add", {**MORE_THAN_NONE, "view": view.pk}).status_code == 422, "another's view"


def test_a_wrong_limit_is_said_at_its_field(client_as: Callable[..., Client]) -> None:
    answer = client_as("manager").post("/alerts/add", {**MORE_THAN_NONE, "threshold": "viel"})
    assert answer.status_code == 422
    assert not Alert.objects.exists()


def test_a_mail_needs_a_mail_server(client_as: Callable[..., Client]) -> None:
    answer = client_as("manager").post("/alerts/add", {**MORE_THAN_NONE, "way": "mail", "target": "m@example.org"})
    assert answer.status_code == 422
    assert "mail_url" in answer.content.decode()


def test_a_private_address_is_refused_with_the_way_out(client_as: Callable[..., Client]) -> None:
    answer = client_as("manager").post("/alerts/webhooks", {"url": "http://127.0.0.1/x", "kinds": ["alert.raised"]})
    assert answer.status_code == 422
    assert "webhook_hosts" in answer.content.decode()


def test_a_secret_is_shown_once(client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "allowed_hosts", lambda: frozenset({"127.0.0.1"}))
    client = client_as("owner")
    page = client.post("/alerts/webhooks", {"url": "http://127.0.0.1/x", "kinds": ["alert.raised"]}).content.decode()
    assert Webhook.objects.get().secret in page
    assert "whsec_" not in client.get("/alerts/").content.decode()


def test_agents_and_analysts_set_up_nothing(client_as: Callable[..., Client]) -> None:
    for role in ("agent", "analyst", "privacy", "integrator"):
        assert client_as(role).get("/alerts/").status_code == 403, role


def test_a_digest_says_what_is_wrong_in_both_languages(client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mails, "connection_settings", dict)
    for lang, role in (("de", "owner"), ("en", "manager")):
        client = client_as(role, lang=lang)
        client.post("/alerts/digest", {"weekday": "0", "hour": "7", "active": "on"})
    Digest.objects.update(sent_at=NOW - dt.timedelta(days=8))
    assert digests.send_due(NOW) == 2
    assert digests.send_due(NOW) == 0
    german, english = (Delivery.objects.get(target=f"{who}@example.org").body for who in ("owner", "manager"))
    assert "Ihre Woche" in german["subject"]
    assert "your week" in english["subject"]
    assert "<h1" in german["html"]
    assert "src=" not in german["html"]


@pytest.mark.parametrize(("hours", "is_due"), [(-1, False), (0, True), (1, True)])
def test_a_digest_is_due_at_its_hour_in_the_firms_zone(site: Any, user: Any, hours: int, is_due: bool) -> None:
    monday_seven_in_berlin = dt.datetime(2026, 11, 23, 6, tzinfo=dt.UTC)
    digest = Digest(user=user("owner"), weekday=0, hour=7, sent_at=monday_seven_in_berlin - dt.timedelta(days=3))
    assert digests.is_due(digest, monday_seven_in_berlin + dt.timedelta(hours=hours)) is is_due
