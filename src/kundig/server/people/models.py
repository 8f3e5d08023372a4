"""Accounts, tokens of other systems, and the audit log."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from kundig.server.roles import ROLES


class Users(BaseUserManager["User"]):
    """Makes accounts; an address is compared without regard to letter case."""

    def create_user(self, email: str, password: str | None = None, role: str = "agent", **fields: Any) -> User:
        """A new account with a hashed password; ValueError where the role is unknown."""
        if role not in ROLES:
            raise ValueError(f"there is no role {role!r}")
        user = self.model(email=email.strip().lower(), role=role, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person with an account: an address, a role, and nothing else about him."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=20, default="agent")
    team = models.CharField(max_length=80, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Users] = Users()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email


class Token(models.Model):
    """A key of another system: hashed, scoped by its role, expiring, shown once."""

    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True)
    start = models.CharField(max_length=12)
    role = models.CharField(max_length=20)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.CharField(max_length=254, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """One line of the audit log: who did what to whose data; each line carries the hash of the one before it."""

    at = models.DateTimeField()
    who = models.CharField(max_length=254)
    role = models.CharField(max_length=20)
    act = models.CharField(max_length=60)
    person_id = models.CharField(max_length=64, blank=True, db_index=True)
    about = models.JSONField(default=dict)
    before = models.CharField(max_length=64, unique=True)  # so that the chain cannot fork
    digest = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
