"""The proof of who somebody is: the provider's own description, the ID token's signature and claims, the user info."""

from __future__ import annotations

import hmac
from typing import Any

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from kundig.server.people.identity.refusing import refused, unreachable

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a key pair; a secret both sides know, or none, proves nothing here."""


class UnprovedError(OAuth2Error):  # type: ignore[misc]
    """What the provider sent proves nothing; the text says why, and names nobody."""


class Proof(OpenIDConnectOAuth2Adapter):  # type: ignore[misc] # allauth has no types
    """Checks what the provider answers."""

    nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        """The provider's description of itself; a page for the person where it cannot be had or names another issuer."""
        try:
            found: dict[str, Any] = super().openid_config
        except (requests.RequestException, ValueError) as error:
            raise ImmediateHttpResponse(unreachable(self.request)) from error
        if str(found.get("issuer", "")).rstrip("/") != settings.KUNDIG.oidc_issuer.rstrip("/"):
            raise ImmediateHttpResponse(refused(self.request, "another issuer"))
        return found

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """The address registered with the provider: that of the setting ``public_url``, where there is one."""
        path = reverse("identity_callback")
        return settings.KUNDIG.public_url.rstrip("/") + path if settings.KUNDIG.public_url else request.build_absolute_uri(path)

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        """Who it is, from the ID token; what it does not say, from the user info of the same person."""
        claims = self._proved(app, str(kwargs["response"].get("id_token") or ""))
        about = self._fetch_user_info(token.token) if "userinfo_endpoint" in self.openid_config else {}
        if about and about.get("sub") != claims["sub"]:
            raise UnprovedError("the user info is another person's")
        return self.get_provider().sociallogin_from_response(request, {**claims, **about})

    def _proved(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """The claims of a token that is signed by the provider, for us, for this browser, and not old."""
        jwt = jwtkit.jwt
        try:
            if jwt.get_unverified_header(id_token).get("alg") not in ALGORITHMS:
                raise UnprovedError("the ID token is not signed by a key pair")
            claims: dict[str, Any] = jwtkit.verify_and_decode(
                credential=id_token, keys_url=self.openid_config["jwks_uri"], issuer=self.openid_config["issuer"],
                audience=app.client_id, lookup_kid=jwtkit.lookup_kid_jwk,
            )  # fmt: skip
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            raise UnprovedError("the ID token cannot be read") from error
        if not {"sub", "exp"} <= claims.keys() or claims.get("azp", app.client_id) != app.client_id:
            raise UnprovedError("the ID token is not for this client")
        if not self.nonce or not hmac.compare_digest(str(claims.get("nonce", "")), self.nonce):
            raise UnprovedError("the ID token is for another browser")
        return claims
