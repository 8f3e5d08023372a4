"""How allauth behaves here: nobody signs up by himself; accounts are made by the owner.

What concerns the identity provider is in :mod:`kundig.server.people.identity`, which is loaded only where one is configured.
"""

from __future__ import annotations

import base64
import hashlib

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest

from kundig.server import limits

SECOND_FACTOR = "allauth.mfa.stages.AuthenticateStage"


class Adapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Closed sign-up; mails in the language of the page."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come from the owner's invitation or the identity provider, never from a form on the web."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whose address the limits on logging in count by."""
        return limits.address(request)

    def get_login_stages(self) -> list[str]:
        """Who has just come from the identity provider has shown there whatever factors the firm demands."""
        stages: list[str] = super().get_login_stages()
        records = self.request.session.get(AUTHENTICATION_METHODS_SESSION_KEY) if self.request else None
        if records and records[-1].get("method") == "socialaccount":
            return [stage for stage in stages if stage != SECOND_FACTOR]
        return stages


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors are stored encrypted with a key made from the workspace's."""

    def encrypt(self, text: str) -> str:
        """The text as it is stored."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The text as it was."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"second factor" + settings.SECRET_KEY.encode()).digest()))
