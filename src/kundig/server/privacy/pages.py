"""The pages of the privacy officer: what waits, a person and his decisions, the register of processing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from kundig.errors import KundigError, QuestionError
from kundig.message import Message, say, sentence
from kundig.server import firm
from kundig.server.access import caller, may
from kundig.server.asking import ask
from kundig.server.firm import folder_of, is_sample
from kundig.server.language import spoken
from kundig.server.people import audit
from kundig.server.privacy import acts, forms, receipts
from kundig.server.privacy import register as registers
from kundig.server.privacy.models import KINDS, Request
from kundig.server.privacy.standing import WHY
from kundig.server.privacy.vocabulary import CATEGORIES

SOON = 7
"""Days before the last day from which on a request is shown as urgent."""
_AT_ONCE = 50


@may("privacy")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What waits, and where to begin."""
    return _home(request)


def _home(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    mine = Request.objects.filter(sample=is_sample(request))
    waiting = mine.exclude(state__in=("done", "refused")).order_by("due_on", "id")
    today = timezone.localdate()
    told = {
        "waiting": waiting[:500], "n": waiting.count(), "overdue": waiting.filter(due_on__lt=today).count(),
        "soon": waiting.filter(due_on__gte=today, due_on__lte=today + dt.timedelta(days=SOON)).count(),
        "over": Paginator(mine.filter(state__in=("done", "refused")).order_by("-done_at"), _AT_ONCE).get_page(request.GET.get("page")),
        "kinds": _kinds(), "today": today, "purposes": forms.purposes(), **more,
    }  # fmt: skip
    return render(request, "privacy/home.html", told, status=status)


def _kinds() -> list[tuple[str, str]]:
    return [(name, say(title, spoken())) for name, title in KINDS.items()]


@may("privacy")
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """Go to the person known by an identifier, or say that there is none or several."""
    key, kind = request.POST.get("key", "").strip()[:400], request.POST.get("kind", "").strip()[:40]
    if not key:
        return HttpResponseRedirect(reverse("privacy:home"))
    try:
        found = ask(folder_of(request), "privacy.person", {"key": key, "kind": kind})
    except QuestionError as error:
        kinds = str(error.values.get("kinds", ""))
        told = {"problem": Message(error.text, error.values), "key": key, "choices": kinds.split(", ") if kinds else []}
        return _home(request, 404, **told)
    return HttpResponseRedirect(reverse("privacy:person", args=[found["person_id"]]))


@may("privacy")
@require_safe
def person(request: HttpRequest, person_id: str) -> HttpResponse:
    """Who it is, where he stands for each purpose, every decision, his requests."""
    return _person(request, person_id)


def _person(request: HttpRequest, person_id: str, status: int = 200, **more: Any) -> HttpResponse:
    found = _found(request, person_id)
    audit.note(caller(request), "saw decisions", found["person_id"])
    told = {
        "person": found, "rows": decided(found), "standing": stood(found), "why": WHY,
        "requests": Request.objects.filter(person_id__in=found["ids"], sample=is_sample(request)).order_by("-received_on"),
        "purposes": forms.purposes(), "statuses": forms.statuses(), "kinds": _kinds(), "today": timezone.localdate(), **more,
    }  # fmt: skip
    return render(request, "privacy/person.html", told, status=status)


def _found(request: HttpRequest, person_id: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = ask(folder_of(request), "privacy.person", {"key": person_id})
    except QuestionError:
        raise Http404 from None
    return found


def decided(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The decisions, newest first, times as times."""
    rows = [{**row, "at": parse_datetime(row["decided_at"]), "all": row["purpose"] == "*"} for row in found["decisions"]]
    return rows[::-1]


def stood(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Where the person stands, with the reasons in words."""
    return [{**row, "reason": WHY[row["why"]]} for row in found["standing"]]


@may("privacy")
@require_POST
def decide(request: HttpRequest, person_id: str) -> HttpResponse:
    """Write a decision down."""
    form = forms.Decision(request.POST)
    if not form.is_valid():
        return _person(request, person_id, 422, form=form)
    try:
        acts.record(folder_of(request), caller(request), person_id, form.told())
    except KundigError as error:
        return _person(request, person_id, 422, form=form, problem=Message(error.text, error.values))
    messages.success(request, say(sentence("Written down. It counts from the next question on."), spoken()))
    return HttpResponseRedirect(reverse("privacy:person", args=[person_id]))


@may("privacy")
@require_safe
def receipt(request: HttpRequest, person_id: str) -> HttpResponse:
    """The person's consent receipt, to be printed."""
    told = _receipt(request, person_id)
    found = _found(request, person_id)
    shown = {"receipt": told, "person": found, "rows": decided(found), "standing": stood(found), "categories": CATEGORIES}
    return render(request, "privacy/receipt.html", shown)


@may("privacy")
@require_safe
def receipt_json(request: HttpRequest, person_id: str) -> HttpResponse:
    """The same for machines."""
    response = JsonResponse(_receipt(request, person_id), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="consent-receipt.json"'
    return response


def _receipt(request: HttpRequest, person_id: str) -> dict[str, Any]:
    found = _found(request, person_id)
    audit.note(caller(request), "made consent receipt", found["person_id"])
    settings = firm.workspace_of(request).settings
    return receipts.receipt(found, settings, registers.rules(spoken()), spoken(), timezone.now())


@may("privacy")
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """The register of processing, to be printed."""
    told = register_of(request)
    times = {name: parse_datetime(told[name]) if told[name] else None for name in ("first", "last", "made_at")}
    return render(request, "privacy/register.html", {"register": told, "times": times})


@may("privacy")
@require_safe
def register_json(request: HttpRequest) -> HttpResponse:
    """The same for machines."""
    response = JsonResponse(register_of(request), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="register.json"'
    return response


def register_of(request: HttpRequest) -> dict[str, Any]:
    """The register in the language of the page."""
    facts = ask(folder_of(request), "privacy.sources")
    return registers.register(firm.workspace_of(request).settings, facts, spoken(), timezone.now())
