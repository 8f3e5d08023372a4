"""Putting the desk's questions for a request: for the caller's purpose, about the workspace he looks at."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable
from typing import Any, TypeVar

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from kundig.errors import QuestionError
from kundig.message import sentence
from kundig.server.access import caller
from kundig.server.asking import Pending, ask
from kundig.server.firm import folder_of

PSEUDONYM = re.compile(r"[0-9a-f]{32}")
FILTERS = ("channel", "kind", "case_id", "text")
EVERY_MINUTES = 10
View = TypeVar("View", bound=Callable[..., HttpResponse])


def purpose_of(request: HttpRequest) -> str:
    """What the caller reads persons for."""
    return caller(request).purpose("service", "privacy")


def put(request: HttpRequest, question: str, wait: float = 20.0, **arguments: Any) -> Any:
    """The answer to ``desk.<question>``; Pending where it takes too long."""
    told = {**arguments, "purpose": purpose_of(request), "now": tick()}
    return ask(folder_of(request), f"desk.{question}", told, wait=wait)


def version(request: HttpRequest) -> int:
    """The lake's version."""
    return int(ask(folder_of(request), "desk.version"))


def tick() -> str:
    """The time to ten minutes, so that kept answers serve for a while and what falls due is noticed."""
    now = timezone.now().astimezone(dt.UTC)
    return now.replace(minute=now.minute - now.minute % EVERY_MINUTES, second=0, microsecond=0).isoformat()


def memory(request: HttpRequest, person_id: str, *, limit: int, cursor: str = "") -> dict[str, Any]:
    """The memory of a pseudonym, as the page's filters want it; 404 where there is nobody."""
    if not PSEUDONYM.fullmatch(person_id):
        raise Http404
    try:
        found: dict[str, Any] = put(request, "memory", key=person_id, filters=filters(request), limit=limit, cursor=cursor)
    except QuestionError as error:
        if cursor and "key" not in error.values:
            raise
        raise Http404 from None
    return found


def filters(request: HttpRequest) -> dict[str, str]:
    """What the page's address says about the timeline."""
    return {name: request.GET[name].strip()[:200] for name in FILTERS if request.GET.get(name, "").strip()}


def patient(view: View) -> View:
    """A page that says so where the answer is still being computed."""

    @functools.wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Pending:
            told = {"title": sentence("The answer is being computed."), "hint": sentence("Ask again in a few seconds.")}
            response = render(request, "problem.html", told, status=503)
            response["Retry-After"] = "2"
            return response

    return answered  # type: ignore[return-value]
