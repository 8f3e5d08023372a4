"""Alerts: a figure compared with a threshold whenever the lake has changed; a message when it crosses, and when it ends."""

from __future__ import annotations

import datetime as dt
import operator
from typing import Any

from django.conf import settings
from django.db import transaction

from kundig.errors import KundigError
from kundig.message import Message, sentence
from kundig.server import asking, firm
from kundig.server.rules import outbox
from kundig.server.rules.models import Alert

OPERATORS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
RAISED = sentence("{name}: {figure} is {value} (limit {operator} {threshold}).")
ENDED = sentence("{name} is over: {figure} is {value} (limit {operator} {threshold}).")


def check_all(now: dt.datetime) -> int:
    """Look at every alert whose lake has changed since; how many."""
    version = firm.own().lake.version
    waiting = Alert.objects.filter(active=True).exclude(lake_version=version)
    for alert in waiting:
        check(alert, now)
    return len(waiting)


def check(alert: Alert, now: dt.datetime) -> None:
    """Look at one, and put a message into the outbox where it was raised or ended."""
    try:
        found = asking.ask(
            firm.folder(), "rules.figure", {"name": alert.insight, "query": alert.query, "figure": alert.figure}, wait=120
        )
    except asking.Pending:
        return  # it is being computed; the next look finds it
    except KundigError as error:
        # Not asked again before the data change: the same question would fail the same way.
        version = firm.own().lake.version
        Alert.objects.filter(pk=alert.pk).update(problem=str(error)[:300], checked_at=now, lake_version=version)
        return
    value = found["value"]
    raised = value is not None and OPERATORS[alert.operator](value, alert.threshold)
    with transaction.atomic():
        before = Alert.objects.select_for_update().get(pk=alert.pk).raised
        if raised != before:
            _tell(alert, found, raised)
        Alert.objects.filter(pk=alert.pk).update(
            value=value, raised=raised, lake_version=found["version"], checked_at=now, problem=""
        )


def _tell(alert: Alert, found: dict[str, Any], raised: bool) -> None:
    values = {
        "name": alert.name, "figure": alert.figure.replace("_", " "), "value": found["value"], "operator": alert.operator,
        "threshold": alert.threshold,
    }  # fmt: skip
    text = Message(RAISED if raised else ENDED, values).say(alert.lang)
    kind = "alert.raised" if raised else "alert.ended"
    public = settings.KUNDIG.public_url.rstrip("/")
    link = f"{public}/insights/{alert.insight}" if public else ""
    outbox.tell(kind, {"alert": alert.pk, "figure": alert.figure, "value": found["value"], "threshold": alert.threshold})
    if alert.way == "mail":
        body = "\n\n".join(part for part in (text, found["said"][alert.lang], link) if part)
        outbox.put("mail", alert.target, kind, {"subject": text, "text": body})
    elif alert.way == "hook":
        outbox.put("hook", alert.target, kind, {"text": f"{text} {link}".strip()})
