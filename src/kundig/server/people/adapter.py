"""How allauth behaves here: nobody signs up by himself; accounts are made by the owner."""

from __future__ import annotations

import base64
import hashlib

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Closed sign-up; mails in the language of the page."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come from the owner's invitation or the identity provider, never from a form on the web."""
        return False


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
