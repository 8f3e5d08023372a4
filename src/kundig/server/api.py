"""The API: who calls, problems as problem+json (RFC 9457), and the routers of the apps under one OpenAPI document."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer
from ninja.security.session import SessionAuth

from kundig.errors import KundigError
from kundig.message import Message, say, sentence
from kundig.server import limits
from kundig.server.access import caller_of
from kundig.server.asking import Pending
from kundig.server.language import spoken
from kundig.server.people import tokens
from kundig.server.roles import Caller
from kundig.server.security import status_of

log = logging.getLogger("kundig.api")

UNLIMITED = "/api/events"
"""Live events: how many may come is for the inbox to say."""


class BearerToken(HttpBearer):
    """``Authorization: Bearer kdg_...``"""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        """The caller the token stands for."""
        found = tokens.caller_with(token)
        if found is None:
            limits.failed(request)
            return None
        if found.token_id and request.path != UNLIMITED:
            limits.asked(found.token_id)
        request.caller = found  # type: ignore[attr-defined]
        return found


class LoggedIn(SessionAuth):
    """The session of a person in a browser; writing needs the CSRF token."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:
        """The person's caller."""
        return caller_of(request)


api = NinjaAPI(
    title="kundig", version="1", docs_url=None, openapi_url="/openapi.json", auth=[BearerToken(), LoggedIn()],
    description="Events in, insights and memories out. Every call reads for a purpose that the caller's role allows.",
)  # fmt: skip


def needs(request: HttpRequest, act: str) -> Caller:
    """The caller, if his role allows ``act``; else problem 403."""
    caller = caller_of(request)
    if caller is None:
        raise AuthenticationError
    if not caller.may(act):
        raise HttpError(403, Message("The role {role} may not do this.", {"role": caller.role.name}).say(spoken()))
    return caller


def problem(status: int, title: str, detail: str = "", **more: Any) -> JsonResponse:
    """A problem document."""
    told = {"type": "about:blank", "title": title, "status": status, **({"detail": detail} if detail else {}), **more}
    return JsonResponse(told, status=status, content_type="application/problem+json")


@api.exception_handler(KundigError)
def _of_the_core(request: HttpRequest, error: KundigError) -> HttpResponse:
    hint = Message(error.hint, error.values).say(spoken()) if error.hint else ""
    response = problem(status_of(error), Message(error.text, error.values).say(spoken()), hint)
    if response.status_code == 503:
        response["Retry-After"] = "5"
    return response


@api.exception_handler(Pending)
def _pending(request: HttpRequest, error: Pending) -> HttpResponse:
    response = problem(503, say("The answer is being computed.", spoken()), say("Ask again in a few seconds.", spoken()))
    response["Retry-After"] = "2"
    return response


@api.exception_handler(limits.Limited)
def _limited(request: HttpRequest, error: limits.Limited) -> HttpResponse:
    detail = Message(sentence("Come back in {n} seconds."), {"n": error.again_s})
    response = problem(429, say(sentence("Too many calls in a minute."), spoken()), detail.say(spoken()))
    response["Retry-After"] = str(error.again_s)
    return response


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    pointers = [{"pointer": "/" + "/".join(map(str, e.get("loc", ())[1:])), "detail": e.get("msg", "")} for e in error.errors]
    return problem(422, say("The request does not fit.", spoken()), errors=pointers)


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = problem(
        401, say("A token is needed.", spoken()), say("Send Authorization: Bearer, with a token of kundig.", spoken())
    )
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, str(error))


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, say("There is nothing here.", spoken()))


@cache
def assemble() -> NinjaAPI:
    """The API with every app's router."""
    from kundig.server.desk.api import router as desk
    from kundig.server.explore.api import router as explore
    from kundig.server.privacy.api import router as privacy
    from kundig.server.sources.api import router as sources

    for router in (sources, explore, desk, privacy):
        api.add_router("", router)
    return api
