"""What people set up here; each act is one transaction and one line of the audit log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone

from kundig import insight
from kundig.errors import QuestionError
from kundig.server.explore import form
from kundig.server.explore.models import View
from kundig.server.people import audit
from kundig.server.roles import Caller
from kundig.server.rules import alerts, mails, outbox, posting, signing
from kundig.server.rules.models import Alert, Delivery, Digest, Webhook

WAYS = ("mail", "hook", "webhook")


@transaction.atomic
def add_alert(caller: Caller, lang: str, given: dict[str, Any]) -> Alert:
    """A new alert; QuestionError naming what does not fit."""
    view = given.pop("view", None)
    if view:
        given |= _saved(caller, view)
    insight.find(given["insight"])
    if given["operator"] not in alerts.OPERATORS:
        raise QuestionError("There is no comparison {name}.", "Use one of: {known}.", name=given["operator"], known="> >= < <=")
    _check_way(given["way"], given["target"])
    alert = Alert.objects.create(user_id=_account(caller), lang=lang, **given)
    audit.note(caller, "add alert", alert=alert.pk)
    return alert


def _saved(caller: Caller, pk: int) -> dict[str, Any]:
    """The question of one of the caller's saved views; QuestionError where it is not his or no longer fits."""
    view = View.objects.filter(pk=pk, user_id=_account(caller)).first()
    if view is None:
        raise QuestionError("There is no such saved view.", "Choose one of yours, or all data.")
    asked = form.read(view.insight, QueryDict(view.query).dict())
    if asked.wrong:
        raise QuestionError("The saved view {name} no longer fits.", "Save it anew.", name=view.name)
    inputs = {key: value.isoformat() if isinstance(value, dt.date) else value for key, value in asked.inputs.items()}
    return {"insight": view.insight, "query": {"inputs": inputs, "where": dict(asked.where)}}


def _check_way(way: str, target: str) -> None:
    if way not in WAYS:
        raise QuestionError("There is no way {name}.", "Use one of: {known}.", name=way, known=", ".join(WAYS))
    if way == "hook":
        posting.checked(target, outbox.allowed_hosts())
    if way == "mail":
        mails.connection_settings()
        if "@" not in target:
            raise QuestionError("{value} is no mail address.", "Write name@example.org.", value=target)


@transaction.atomic
def add_webhook(caller: Caller, url: str, kinds: Sequence[str]) -> Webhook:
    """A new webhook with a secret of its own; QuestionError where the address may not be posted to."""
    unknown = [kind for kind in kinds if kind not in outbox.KINDS]
    if unknown or not kinds:
        raise QuestionError("Choose what it is to be told.", "One or more of: {known}.", known=", ".join(outbox.KINDS))
    posting.checked(url, outbox.allowed_hosts())
    hook = Webhook.objects.create(url=url, secret=signing.new_secret(), kinds=list(kinds), made_by=caller.name)
    audit.note(caller, "add webhook", webhook=hook.pk)
    return hook


@transaction.atomic
def remove_alert(caller: Caller, pk: int) -> None:
    """An alert is gone."""
    Alert.objects.filter(pk=pk).delete()
    audit.note(caller, "remove alert", alert=pk)


@transaction.atomic
def remove_webhook(caller: Caller, pk: int) -> None:
    """A webhook is gone, with its log."""
    Webhook.objects.filter(pk=pk).delete()
    audit.note(caller, "remove webhook", webhook=pk)


@transaction.atomic
def try_webhook(caller: Caller, pk: int) -> Delivery:
    """A message that says only that this is a trial; wakes a webhook that was given up."""
    hook = Webhook.objects.get(pk=pk)
    Webhook.objects.filter(pk=pk).update(active=True, problem="")
    audit.note(caller, "try webhook", webhook=pk)
    return outbox.put("webhook", hook.url, "trial", {"trial": True, "at": timezone.now().isoformat()}, hook)


@transaction.atomic
def set_digest(caller: Caller, lang: str, weekday: int, hour: int, active: bool) -> Digest:
    """The caller's own weekly mail, on or off."""
    if active:
        mails.connection_settings()
    if not (0 <= weekday <= 6 and 0 <= hour <= 23):
        raise QuestionError("This is no weekday and hour.", "Choose from the lists.")
    now = timezone.now()
    told = {"weekday": weekday, "hour": hour, "lang": lang, "active": active, "sent_at": now}
    digest, _ = Digest.objects.update_or_create(user_id=_account(caller), defaults=told)
    return digest


def _account(caller: Caller) -> int:
    """The account behind a page's caller; a token has none, and no page."""
    if caller.user_id is None:
        raise PermissionError("a token set up something of its own")
    return caller.user_id
