"""The pages about dead letters: what was accepted and could not be brought in, why, and what to do with it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kundig.message import Message, say, sentence, sentences
from kundig.server.access import caller, may
from kundig.server.language import spoken
from kundig.server.people import audit
from kundig.server.roles import Caller
from kundig.server.sources import inbox, waking
from kundig.server.sources.models import DeadLetter

ON_A_PAGE = 50
MOST_AT_ONCE = 500
"""Replayed by one click; more would hold the page up."""
_PERSONAL = (
    "person_key",
    "person_name",
    "person_email",
    "person_phone",
    "account_key",
    "agent_key",
    "text",
    "extra",
    "unreadable",
)
DISCARDED = sentence("Discarded.")


@may("import")
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """All dead letters, the newest first; without what tells who they are about."""
    page = Paginator(DeadLetter.objects.defer("payload"), ON_A_PAGE).get_page(request.GET.get("page"))
    told = {"page": page, "count": page.paginator.count, "waiting": inbox.waiting()}
    return render(request, "sources/deadletters.html", told)


@may("import")
@require_safe
def one(request: HttpRequest, letter: int) -> HttpResponse:
    """One dead letter with the fields its reader's purposes allow."""
    found = get_object_or_404(DeadLetter, pk=letter)
    sees_all = _sees_all(caller(request))
    if sees_all and found.person_id:
        audit.note(caller(request), "read dead letter", found.person_id, letter=found.pk)
    return render(request, "sources/deadletter.html", {"letter": found, "fields": _fields(found, sees_all)})


def _sees_all(who: Caller) -> bool:
    """Names and texts are for those who serve customers or answer for their data."""
    return bool(who.purpose("service", "privacy"))


def _fields(letter: DeadLetter, sees_all: bool) -> list[tuple[str, Any]]:
    """Name and value; None for what the reader may not see."""
    return [(name, value if sees_all or name not in _PERSONAL else None) for name, value in sorted(letter.event.items())]


@may("import")
@require_POST
def replay(request: HttpRequest, letter: int) -> HttpResponse:
    """Send one on its way again."""
    return _replayed(request, [get_object_or_404(DeadLetter, pk=letter)])


@may("import")
@require_POST
def replay_all(request: HttpRequest) -> HttpResponse:
    """Send the oldest on their way again, up to a bound."""
    return _replayed(request, list(DeadLetter.objects.order_by("id")[:MOST_AT_ONCE]))


@may("import")
@require_POST
def discard(request: HttpRequest, letter: int) -> HttpResponse:
    """Delete one for good."""
    inbox.discard(get_object_or_404(DeadLetter, pk=letter), caller(request))
    return _back(request, say(DISCARDED, spoken()))


def _replayed(request: HttpRequest, letters: list[DeadLetter]) -> HttpResponse:
    count = inbox.replay(letters, caller(request))
    waking.wake()
    told: Message = sentences(
        "{n} event is on its way into the lake again.", "{n} events are on their way into the lake again.", count
    )
    return _back(request, told.say(spoken()))


def _back(request: HttpRequest, told: str) -> HttpResponse:
    messages.success(request, told)
    return HttpResponseRedirect(reverse("sources:dead-letters"))
