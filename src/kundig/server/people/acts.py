"""What the owner does to accounts and tokens; each is written into the audit log."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from kundig.errors import QuestionError
from kundig.server.people import audit
from kundig.server.people.models import Token, User
from kundig.server.roles import ROLES, Caller


@transaction.atomic
def invite(caller: Caller, email: str, role: str) -> User:
    """A new account without a password; QuestionError where the address has one already."""
    if User.objects.filter(email=email.strip().lower()).exists():
        raise QuestionError("This address has an account already.", "Change its role in the list.")
    user = User.objects.create_user(email, None, role=role)
    audit.note(caller, "invite", account=user.pk, role=role)
    return user


@transaction.atomic
def change(caller: Caller, pk: int, role: str, active: bool) -> User:
    """Another role, locked or unlocked; QuestionError where that would leave no owner."""
    user = User.objects.select_for_update().get(pk=pk)
    if role not in ROLES:
        raise QuestionError("There is no role {name}.", "Use one of: {known}.", name=role, known=", ".join(ROLES))
    owners = User.objects.filter(role="owner", is_active=True).exclude(pk=pk)
    if not owners.exists() and (role != "owner" or not active):
        raise QuestionError("There must be an owner.", "Make somebody else the owner first.")
    user.role, user.is_active = role, active
    user.save(update_fields=["role", "is_active"])
    audit.note(caller, "change account", account=pk, role=role, active=active)
    return user


@transaction.atomic
def revoke(caller: Caller, pk: int) -> None:
    """A token no longer counts."""
    Token.objects.filter(pk=pk, revoked_at=None).update(revoked_at=timezone.now())
    audit.note(caller, "revoke token", token=pk)
