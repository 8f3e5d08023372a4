"""How allauth behaves here: nobody signs up by himself; accounts are made by the owner."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Closed sign-up; mails in the language of the page."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come from the owner's invitation or the identity provider, never from a form on the web."""
        return False
