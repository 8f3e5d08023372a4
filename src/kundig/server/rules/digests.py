"""The weekly mail: the overview's findings, as text and as a quiet page without anything loaded from elsewhere."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string

from kundig.errors import KundigError
from kundig.message import Message, date, sentence
from kundig.server import asking, firm
from kundig.server.rules import outbox
from kundig.server.rules.models import Digest

SUBJECT = sentence("{firm}: your week with customers, {day}")


def is_due(digest: Digest, now: dt.datetime) -> bool:
    """Whether the weekday and hour have come since the last one, in the workspace's time zone."""
    local = now.astimezone(ZoneInfo(settings.KUNDIG.time_zone))
    at = local.replace(hour=digest.hour, minute=0, second=0, microsecond=0)
    at -= dt.timedelta(days=(local.weekday() - digest.weekday) % 7)
    if at > local:
        at -= dt.timedelta(days=7)
    return digest.sent_at is None or digest.sent_at < at


def send_due(now: dt.datetime) -> int:
    """Put every digest that is due into the outbox; how many."""
    due = [d for d in Digest.objects.filter(active=True, user__is_active=True).select_related("user") if is_due(d, now)]
    for digest in due:
        _send(digest, now)
    return len(due)


def _send(digest: Digest, now: dt.datetime) -> None:
    try:
        found = asking.ask(firm.folder(), "rules.digest", {"lang": digest.lang}, wait=180)
    except (KundigError, asking.Pending) as error:
        Digest.objects.filter(pk=digest.pk).update(problem=str(error)[:300])
        return
    outbox.put("mail", digest.user.email, "digest", mail(found, digest.lang, now))
    Digest.objects.filter(pk=digest.pk).update(sent_at=now, problem="")


def mail(found: dict[str, Any], lang: str, now: dt.datetime) -> dict[str, str]:
    """Subject, text and page of one digest."""
    name = settings.KUNDIG.firm or "kundig"
    subject = Message(SUBJECT, {"firm": name, "day": date(now.date(), lang)}).say(lang)
    address = settings.KUNDIG.public_url.rstrip("/")
    told = {**found, "subject": subject, "lang": lang, "address": address}
    return {"subject": subject, "text": _text(told), "html": render_to_string("rules/digest.html", told)}


def _text(told: dict[str, Any]) -> str:
    lines = [told["subject"], ""]
    for finding in told["wrong"]:
        lines += [f"- {finding['said']}", *(f"  {finding[key]}" for key in ("sure", "do") if finding[key]), ""]
    lines += [f"+ {good}" for good in told["good"]]
    return "\n".join([*lines, "", told["address"]]).strip()
