"""Links with which a person sets the password of an account the owner made for him: good once, for three days."""

from __future__ import annotations

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse

from kundig.server.people.models import User


class _Invitation(PasswordResetTokenGenerator):
    """Its hash holds the password's, so the link dies when a password is set."""

    key_salt = "kundig.server.people.invite"


_links = _Invitation()


def link(user: User, address: str) -> str:
    """The link for an account."""
    return address.rstrip("/") + reverse("people:invited", args=[user.pk, _links.make_token(user)])


def invited(pk: int, code: str) -> User | None:
    """The account a link is good for."""
    user = User.objects.filter(pk=pk, is_active=True).first()
    return user if user and _links.check_token(user, code) else None
