"""Tokens of other systems: 256 random bits, stored as a hash, found by it."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.db.models import Q
from django.utils import timezone

from kundig.errors import QuestionError
from kundig.server.people.models import Token
from kundig.server.roles import ROLES, Caller

PREFIX = "kdg_"


def create(name: str, role: str, *, days: int = 0, by: str = "") -> str:
    """A new token, which cannot be shown again; QuestionError where the role is unknown. ``days`` 0: it does not expire."""
    if role not in ROLES:
        raise QuestionError("There is no role {name}.", "Use one of: {known}.", name=role, known=", ".join(ROLES))
    token = PREFIX + secrets.token_urlsafe(32)
    expires = timezone.now() + dt.timedelta(days=days) if days else None
    Token.objects.create(name=name, role=role, digest=_digest(token), start=token[:8], expires_at=expires, made_by=by)
    return token


def caller_with(token: str) -> Caller | None:
    """The caller a token stands for; None where it is unknown, expired or revoked."""
    if not token.startswith(PREFIX):
        return None
    valid = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    found = Token.objects.filter(valid, digest=_digest(token), revoked_at=None).first()
    if found is None or found.role not in ROLES:
        return None
    today = timezone.now().date()
    if found.last_used_on != today:
        Token.objects.filter(pk=found.pk).update(last_used_on=today)
    return Caller(found.name, ROLES[found.role], token_id=found.pk)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
