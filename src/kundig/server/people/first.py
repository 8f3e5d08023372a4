"""The first account: a one-time link, printed where the server was started, makes the owner. There is no default password."""

from __future__ import annotations

from django.core import signing

from kundig.server.people.models import User

_SALT = "first owner"
LASTS_S = 24 * 3600


def link(address: str) -> str:
    """The link; "" where there is an account already."""
    return "" if User.objects.exists() else f"{address}/people/first/{signing.dumps('owner', salt=_SALT)}"


def holds(code: str) -> bool:
    """Whether the link's code is good: signed by this workspace, not older than a day, and nobody has used it."""
    if User.objects.exists():
        return False
    try:
        return bool(signing.loads(code, salt=_SALT, max_age=LASTS_S) == "owner")
    except signing.BadSignature:
        return False
