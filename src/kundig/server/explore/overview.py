"""The overview: what a manager reads in one minute. Each part is there at once, or comes when it is computed."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from kundig.server import navigation
from kundig.server.access import caller, logged_in
from kundig.server.asking import Pending, ask
from kundig.server.explore import pages
from kundig.server.firm import folder_of
from kundig.server.language import spoken

PARTS = ("today", "story", "changes")
WAIT = 0.2
MOST_KEPT = 32
_last: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
"""The last answer of each part, shown while the one for newer data is computed; sums only, nothing of single persons."""


@logged_in
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The start page; who may not ask is led to where his work is."""
    if not caller(request).may("ask"):
        return _elsewhere(request)
    part = request.GET.get("part", "")
    if request.headers.get("HX-Request") and part in PARTS:
        return render(request, f"explore/overview.html#{part}", {part: _part(request, part)})
    state = _part(request, "state")
    told = {part: _part(request, part) for part in PARTS} if state["told"] and not state["told"]["empty"] else {}
    waits = state["told"] is None or any(one["waits"] for one in told.values())
    links = {"sample": _href("sources:sample"), "import": _href("sources:import")}
    context = {"state": state["told"], **told, "waits": waits, "views": pages.saved(request), "links": links}
    return render(request, "explore/overview.html", context)


def _part(request: HttpRequest, part: str) -> dict[str, Any]:
    """``told``: the part, None where it was never computed; ``waits``: whether a newer one is on its way."""
    folder = folder_of(request)
    arguments: dict[str, Any] = {"lang": spoken()}
    if part in PARTS:
        arguments["purposes"] = list(caller(request).role.purposes)
    key = (str(folder), part, *map(str, arguments.values()))
    try:
        told = ask(folder, f"explore.{part}", arguments, wait=WAIT)
    except Pending:
        return {"told": _last.get(key), "waits": True}
    _last[key] = told
    while len(_last) > MOST_KEPT:
        _last.popitem(last=False)
    return {"told": told, "waits": False}


def _elsewhere(request: HttpRequest) -> HttpResponse:
    """The first place this role may go to."""
    places = [place["href"] for place in navigation.entries(request) if place["href"] != request.path]
    return HttpResponseRedirect(places[0]) if places else render(request, "forbidden.html", status=403)


def _href(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
