"""Where people leave for the identity provider, and where they come back to."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from kundig.server.people.identity.configured import ID
from kundig.server.people.identity.proof import Proof


class Callback(OAuth2CallbackView):  # type: ignore[misc] # allauth has no types
    """Hands the nonce that belongs to the state over to the proof."""

    def _get_state(self, request: HttpRequest, provider: Any) -> tuple[Any, Any]:
        state, response = super()._get_state(request, provider)
        self.adapter.nonce = str((state or {}).get("nonce", ""))
        return state, response


@login_not_required  # type: ignore[untyped-decorator]
@require_safe
def login(request: HttpRequest) -> HttpResponse:
    """Off to the provider."""
    response: HttpResponse = OAuth2LoginView.adapter_view(Proof(request, ID))(request)
    return response


@login_not_required  # type: ignore[untyped-decorator]
@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """Back from the provider, with a code."""
    response: HttpResponse = Callback.adapter_view(Proof(request, ID))(request)
    return response


urlpatterns = [
    path("provider/login/", login, name="identity_login"),
    path("provider/callback/", callback, name="identity_callback"),
]
