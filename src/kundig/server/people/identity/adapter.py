"""Whom the identity provider may let in: those with an account that the owner made, found by their verified mail address."""

from __future__ import annotations

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.http import HttpRequest

from kundig.server.people.identity import refusing
from kundig.server.people.identity.proof import UnprovedError
from kundig.server.people.models import User


class Identities(DefaultSocialAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Links, and never creates."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let in or refuse, at every login anew: the address must still be verified, and the account still open.

        A link made earlier does not count by itself, so that whoever is renamed at the provider loses nothing but access,
        and whoever gets a freed address gets no old link with it.
        """
        email = next((one.email.lower() for one in sociallogin.email_addresses if one.verified), "")
        if not email:
            raise ImmediateHttpResponse(refusing.unverified(request))
        user = User.objects.filter(email=email, is_active=True).first()
        if user is None or (sociallogin.is_existing and sociallogin.user.pk != user.pk):
            raise ImmediateHttpResponse(refusing.unknown(request))
        if not sociallogin.is_existing:
            sociallogin.connect(request, user)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Nobody is created by logging in."""
        return False

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> None:
        """One page for all that went wrong; going back there on purpose is no error."""
        if error != "cancelled":
            why = str(exception) if isinstance(exception, UnprovedError) else type(exception).__name__
            raise ImmediateHttpResponse(refusing.refused(request, why if exception else "no such state, or the provider said no"))
