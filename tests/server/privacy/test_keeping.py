"""Deleting by age: seen before it happens, stopped where it looks like a mistake, and noted."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from kundig.cli import root
from kundig.errors import PrivacyError, QuestionError
from kundig.server.people.models import Entry
from kundig.server.privacy import keeper, keeping
from kundig.server.privacy.models import Request, Retention
from kundig.server.roles import ROLES, Caller

BY = Caller("officer@example.org", ROLES["privacy"])


@pytest.fixture
def officer(client_as: Callable[..., Client]) -> Client:
    return client_as("privacy")


def quantile(site: Any, share: float) -> dt.datetime:
    """The time before which ``share`` of all texts were said."""
    rows = site.workspace.sql(
        "select e.occurred_at from texts t join events e on e.event_id = t.event_id order by 1", purpose="privacy"
    )
    times = rows["occurred_at"].to_pylist()
    return times[int(len(times) * share)]  # type: ignore[no-any-return]


def rule_for(before: dt.datetime, now: dt.datetime, what: str = "texts") -> Retention:
    rule: Retention = Retention.objects.create(what=what, days=max(1, (now - before).days), purpose="service")
    return rule


def texts(site: Any) -> int:
    return int(site.workspace.sql("select count(*) as n from texts", purpose="privacy")["n"][0].as_py())


def test_what_is_previewed_is_deleted_and_noted(site: Any) -> None:
    now = timezone.now()
    rule = rule_for(quantile(site, 0.1), now)
    found = keeping.due(site.workspace, rule, now)
    before = texts(site)
    assert 0 < found.rows < before == found.of and found.oldest is not None
    assert keeping.warnings(site.folder, found, now) == []
    assert keeping.run(site.workspace, rule, BY, now) == found.rows
    assert texts(site) == before - found.rows
    assert keeping.due(site.workspace, rule, now).rows == 0
    assert Entry.objects.get(act="deleted by age").about["rows"] == found.rows


def test_too_much_at_once_is_stopped(site: Any) -> None:
    now = timezone.now()
    rule = rule_for(quantile(site, 0.9), now)
    before = texts(site)
    with pytest.raises(PrivacyError, match="would go at once"):
        keeping.run(site.workspace, rule, BY, now)
    assert texts(site) == before
    assert keeping.run(site.workspace, rule, BY, now, confirmed=True) > before / 2


@pytest.mark.parametrize(("days", "said"), [(400, "nothing was written since"), (-400, "but the newest data are from")])
def test_a_wrong_clock_deletes_nothing(site: Any, days: int, said: str) -> None:
    now = timezone.now() + dt.timedelta(days=days)
    before = texts(site)
    with pytest.raises(PrivacyError, match=said):
        keeping.run(site.workspace, rule_for(now - dt.timedelta(days=1), now), BY, now)
    assert texts(site) == before


def test_rejected_rows_letters_and_requests(site: Any) -> None:
    from kundig.server.sources.models import DeadLetter

    now = timezone.now()
    old = site.workspace.rejected / "old.jsonl"
    old.write_text("{}\n")
    os.utime(old, (now.timestamp() - 40 * 86400,) * 2)
    new = site.workspace.rejected / "new.jsonl"
    new.write_text("{}\n")
    letter = DeadLetter.objects.create(payload=b"{}", source="x", reason="x", received_at=now)
    DeadLetter.objects.filter(pk=letter.pk).update(died_at=now - dt.timedelta(days=40))
    day = now.date()
    Request.objects.create(kind="access", state="done", received_on=day, due_on=day, done_at=now - dt.timedelta(days=40))
    Request.objects.create(kind="access", state="open", received_on=day, due_on=day)
    for what in ("rejected", "letters", "requests"):
        rule = Retention.objects.create(what=what, days=30)
        assert keeping.run(site.workspace, rule, BY, now) == 1
    assert not old.exists() and new.exists()
    assert not DeadLetter.objects.exists() and Request.objects.get().state == "open"


@pytest.mark.parametrize("told", [("dreams", 30, "service", ""), ("texts", 0, "service", ""), ("texts", 30, "fun", ""), ("events", 30, "service", "dance")])  # fmt: skip
def test_a_rule_without_sense_is_refused(told: tuple[str, int, str, str]) -> None:
    with pytest.raises(QuestionError):
        keeping.check(*told)


def test_by_hand_in_the_browser(officer: Client, site: Any) -> None:
    days = (timezone.now() - quantile(site, 0.1)).days
    made = officer.post("/privacy/retention/add", {"what": "texts", "purpose": "service", "days": days, "source": "", "kind": ""})
    assert made.status_code == 302
    page = officer.get(made["Location"]).content.decode()
    assert "Rows that would go" in page and "Delete now" in page
    rule = Retention.objects.get()
    before = texts(site)
    officer.post(f"/privacy/retention/{rule.pk}/run")
    assert Retention.objects.get().wanted_at is not None
    assert keeper.work(site.workspace) == 1
    done = Retention.objects.get()
    assert done.wanted_at is None and done.rows == before - texts(site) > 0
    assert "rows deleted" in officer.get("/privacy/retention").content.decode()


def test_what_the_guard_said_stands_on_the_page(officer: Client, site: Any) -> None:
    rule = rule_for(quantile(site, 0.9), timezone.now())
    page = officer.get(f"/privacy/retention/{rule.pk}").content.decode()
    assert "would go at once" in page and "delete all the same" in page
    officer.post(f"/privacy/retention/{rule.pk}/run")
    keeper.work(site.workspace)
    assert "That is more than usual." in officer.get("/privacy/retention").content.decode()
    officer.post(f"/privacy/retention/{rule.pk}/run", {"sure": "yes"})
    keeper.work(site.workspace)
    assert Retention.objects.get().rows > 0 and not Retention.objects.get().problem


def test_rules_are_switched_off_and_removed(officer: Client) -> None:
    rule = Retention.objects.create(what="texts", days=30)
    officer.post(f"/privacy/retention/{rule.pk}/change")
    assert not Retention.objects.get().active
    assert officer.post(f"/privacy/retention/{rule.pk}/run").status_code == 404
    officer.post(f"/privacy/retention/{rule.pk}/change", {"remove": "1"})
    assert not Retention.objects.exists()
    assert officer.post("/privacy/retention/add", {"what": "texts", "days": "0", "purpose": "x"}).status_code == 422


def test_by_the_command(site: Any) -> None:
    run = CliRunner()
    rule_for(quantile(site, 0.9), timezone.now())
    shown = run.invoke(root, ["retention", "show", "-w", str(site.folder)])
    assert "would go" in shown.output
    stopped = run.invoke(root, ["retention", "run", "-w", str(site.folder)])
    assert stopped.exit_code == 1 and "That is more than usual." in stopped.output
    done = run.invoke(root, ["retention", "run", "--sure", "-w", str(site.folder)])
    assert done.exit_code == 0 and "rows deleted" in done.output
