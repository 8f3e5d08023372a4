"""The pages of the memory: search, one person, one case, one firm."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from kundig.errors import QuestionError
from kundig.server.access import caller, may
from kundig.server.desk import folding, looks, recalling

PART = 60
"""Events of a timeline on one page."""


@may("memory")
@require_http_methods(["GET", "HEAD", "POST"])
@recalling.patient
def search(request: HttpRequest) -> HttpResponse:
    """Find by whatever is known. The words come by POST, so that no log and no history keeps them."""
    words = request.POST.get("words", "").strip()[:200]
    if not words:
        return render(request, "desk/search.html" + _part(request, "results"), {"words": ""})
    found = recalling.put(request, "search", words=words)
    looks.seen(caller(request), [person["person_id"] for person in found["persons"]], looks.SAW_SUMMARY)
    return render(request, "desk/search.html" + _part(request, "results"), {"words": words, "found": found})


@may("memory")
@require_safe
@recalling.patient
def person(request: HttpRequest, person_id: str) -> HttpResponse:
    """One person: the glance on top, then one timeline over all channels."""
    found = recalling.memory(request, person_id, limit=PART, cursor=request.GET.get("before", ""))
    if found["person"]["restricted"]:
        return render(request, "desk/restricted.html", {"person_id": person_id})
    looks.seen(caller(request), [found["person"]["person_id"]])
    return render(request, "desk/person.html", _shown(request, found))


@may("memory")
@require_safe
@recalling.patient
def live(request: HttpRequest, person_id: str) -> HttpResponse:
    """What the page shows again when something has happened; 304 while nothing has."""
    before, _, mark = request.headers.get("If-None-Match", "").removeprefix("W/").strip('"').partition(".")
    if before and before == str(recalling.version(request)):
        return _unchanged()
    found = recalling.memory(request, person_id, limit=PART)
    if found["person"]["restricted"]:
        return render(request, "desk/restricted.html#said")
    if mark == found["mark"]:
        return _unchanged()
    looks.seen(caller(request), [found["person"]["person_id"]])
    return render(request, "desk/person.html#live", {**_shown(request, found), "again": True})


@may("memory")
@require_safe
@recalling.patient
def case(request: HttpRequest, case_id: str) -> HttpResponse:
    """One case with everybody who took part."""
    try:
        found = recalling.put(request, "case", case_id=case_id)
    except QuestionError:
        raise Http404 from None
    looks.seen(caller(request), [person["person_id"] for person in found["persons"]])
    entries = folding.folded(found["timeline"], found["promises"])
    return render(request, "desk/case.html", {"found": found, "case_id": case_id, "parts": entries})


@may("memory")
@require_safe
@recalling.patient
def account(request: HttpRequest, account_id: str) -> HttpResponse:
    """All persons of one firm."""
    try:
        found = recalling.put(request, "account", account_id=account_id)
    except QuestionError:
        raise Http404 from None
    looks.seen(caller(request), [person["person_id"] for person in found["persons"]], looks.SAW_SUMMARY)
    return render(request, "desk/account.html", {"found": found})


def _shown(request: HttpRequest, found: dict[str, Any]) -> dict[str, Any]:
    """What the templates of a person need."""
    chosen = recalling.filters(request)
    return {
        "found": found,
        "person": found["person"],
        "glance": found["glance"],
        "parts": folding.folded(found["timeline"], found["promises"]),
        "chosen": chosen,
        "query": urlencode(chosen),
        "older": urlencode({**chosen, "before": found["next"]}) if found["next"] else "",
        "newest": not request.GET.get("before"),
        "headers": json.dumps({"If-None-Match": f'"{found["lake_version"]}.{found["mark"]}"'}),
        "may_merge": caller(request).may("merge"),
    }


def _part(request: HttpRequest, name: str) -> str:
    return f"#{name}" if request.headers.get("HX-Request") else ""


def _unchanged() -> HttpResponse:
    """304, and htmx leaves the page alone."""
    response = HttpResponse(status=304)
    response["HX-Reswap"] = "none"
    return response
