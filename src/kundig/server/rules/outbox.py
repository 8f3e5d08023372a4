"""What is to be told goes into the outbox in the same transaction as what it tells of, and is tried over days."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import random
import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from kundig.errors import KundigError
from kundig.message import sentence
from kundig.server.rules import posting, signing
from kundig.server.rules.mails import connection_settings
from kundig.server.rules.models import Delivery, Webhook

KINDS = {
    "alert.raised": sentence("An alert was raised."),
    "alert.ended": sentence("An alert ended."),
    "import.finished": sentence("An import was finished."),
    "erasure.done": sentence("A person was erased."),
    "request.received": sentence("A person's request was received."),
}
PAUSES_S = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
"""Between the tries: ten tries over about 75 hours, as Standard Webhooks advises; each varied by a tenth."""


def tell(kind: str, body: Mapping[str, Any]) -> int:
    """Put a message for every webhook that wants this kind into the outbox; how many."""
    if kind not in KINDS:
        raise ValueError(f"there is no message {kind!r}")
    wanting = [hook for hook in Webhook.objects.filter(active=True) if kind in hook.kinds]
    for hook in wanting:
        put("webhook", hook.url, kind, body, hook)
    return len(wanting)


def put(way: str, target: str, kind: str, body: Mapping[str, Any], webhook: Webhook | None = None) -> Delivery:
    """One message into the outbox; due at once."""
    now = timezone.now()
    told = {"type": kind, "timestamp": now.isoformat(), "data": dict(body)} if way == "webhook" else dict(body)
    return Delivery.objects.create(
        message_id=f"msg_{uuid.uuid4().hex}", webhook=webhook, way=way, target=target, kind=kind, body=told, made_at=now,
        next_at=now,
    )  # fmt: skip


def send_due(now: dt.datetime) -> int:
    """Try every message that is due; how many were tried."""
    tried = 0
    while pk := _claimed(now):
        _try(Delivery.objects.get(pk=pk), now)
        tried += 1
    return tried


def _claimed(now: dt.datetime) -> int | None:
    """The next message due, set aside for a minute so that no other process sends it too."""
    with transaction.atomic():
        due = Delivery.objects.select_for_update().filter(next_at__lte=now).order_by("next_at").first()
        if due is None:
            return None
        due.next_at = now + dt.timedelta(minutes=1)
        due.save(update_fields=["next_at"])
        return due.pk


def resend(delivery: Delivery) -> Delivery:
    """The same message once more, with the same id, so that the receiver can tell."""
    Delivery.objects.filter(pk=delivery.pk).update(next_at=timezone.now(), tries=0, problem="")
    return delivery


def _try(delivery: Delivery, now: dt.datetime) -> None:
    delivery.tries += 1
    try:
        delivery.status = _WAYS[delivery.way](delivery, int(now.timestamp()))
        delivery.problem = "" if 200 <= delivery.status < 300 else f"HTTP {delivery.status}"
    except (OSError, http.client.HTTPException, KundigError, ValueError) as error:
        delivery.status, delivery.problem = 0, str(error)[:300] or type(error).__name__
    if not delivery.problem:
        delivery.sent_at, delivery.next_at = now, None
    else:
        delivery.next_at = _again(delivery.tries, now)
    delivery.save()
    if delivery.webhook and (delivery.status == 410 or (delivery.problem and delivery.next_at is None)):
        Webhook.objects.filter(pk=delivery.webhook.pk).update(active=False, problem=delivery.problem)


def _again(tries: int, now: dt.datetime) -> dt.datetime | None:
    """When to try next; None where it is given up."""
    if tries > len(PAUSES_S):
        return None
    return now + dt.timedelta(seconds=PAUSES_S[tries - 1] * random.uniform(0.9, 1.1))  # noqa: S311 - spreads load, hides nothing


def _by_webhook(delivery: Delivery, timestamp: int) -> int:
    body = json.dumps(delivery.body, ensure_ascii=False).encode()
    secret = delivery.webhook.secret if delivery.webhook else signing.new_secret()
    target = posting.checked(delivery.target, allowed_hosts())
    return posting.post(target, body, signing.headers(secret, delivery.message_id, timestamp, body))


def _by_hook(delivery: Delivery, timestamp: int) -> int:
    """An incoming hook of a chat (Teams, Mattermost, Matrix bridges): a text."""
    target = posting.checked(delivery.target, allowed_hosts())
    return posting.post(target, json.dumps({"text": delivery.body["text"]}, ensure_ascii=False).encode(), {})


def _by_mail(delivery: Delivery, timestamp: int) -> int:
    body = delivery.body
    with _mail_connection() as connection:
        mail = EmailMultiAlternatives(
            " ".join(body["subject"].split()), body["text"], settings.DEFAULT_FROM_EMAIL, [delivery.target], connection=connection,
            headers={"Message-ID": f"<{delivery.message_id}@kundig>", "Auto-Submitted": "auto-generated"},
        )  # fmt: skip
        if body.get("html"):
            mail.attach_alternative(body["html"], "text/html")
        mail.send()
    return 250


def _mail_connection() -> BaseEmailBackend:
    found: BaseEmailBackend = get_connection("django.core.mail.backends.smtp.EmailBackend", **connection_settings())
    return found


_WAYS = {"webhook": _by_webhook, "hook": _by_hook, "mail": _by_mail}


def allowed_hosts() -> frozenset[str]:
    """Hosts of the firm's own network that may be posted to."""
    return frozenset(host.strip() for host in settings.KUNDIG.webhook_hosts.split(",") if host.strip())
