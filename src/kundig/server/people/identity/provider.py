"""One identity provider, told by the settings: allauth's OpenID Connect, with what it leaves open closed.

Source of each check: OpenID Connect Core 1.0, sections 3.1.2.1 (nonce), 3.1.3.7 (ID token) and 5.3.2 (sub of the user info);
Discovery 1.0, section 4.3 (issuer).
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from kundig.server.people.identity.proof import Proof


class IdentityProvider(OpenIDConnectProvider):  # type: ignore[misc] # allauth has no types
    """What is sent there, and what is taken from its answer: who it is, and his mail address if it is verified."""

    oauth2_adapter_class = Proof

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:
        """Where the button leads; whatever else a link may ask for is not passed on."""
        following = kwargs.get("next")
        return str(reverse("identity_login", query={"next": following} if following else None))

    def get_callback_url(self) -> str:
        """Where the provider sends people back to."""
        return reverse("identity_callback")

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        """Who it is and his mail address, nothing else about him."""
        return ["openid", "email"]

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:
        """Nothing that a foreign link could add."""
        return {}

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **more: Any
    ) -> HttpResponse:
        """Send the browser there, with a nonce that only this browser's ID token may carry."""
        nonce = secrets.token_urlsafe(24)
        params = {**(more.pop("auth_params", None) or {}), "nonce": nonce}
        found: HttpResponse = super().redirect(request, "login", next_url, data, auth_params=params, nonce=nonce, **more)
        return found

    def extract_uid(self, data: Any) -> str:
        """One name for a person at one provider, which tells nothing about him."""
        return hashlib.sha256(f"{data['iss']} {data['sub']}".encode()).hexdigest()

    def extract_extra_data(self, data: Any) -> dict[str, Any]:
        """Nothing of what the provider knows about a person is kept."""
        return {}

    def extract_common_fields(self, data: Any) -> dict[str, Any]:
        """The mail address."""
        return {"email": data.get("email")}

    def extract_email_addresses(self, data: Any) -> list[EmailAddress]:
        """His address; verified only where the provider says so with a plain true."""
        email = data.get("email")
        return [EmailAddress(email=email, verified=data.get("email_verified") is True, primary=True)] if email else []


provider_classes = [IdentityProvider]
