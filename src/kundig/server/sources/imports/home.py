"""The page "Data": what has come in and what became of it, and the ways in; the sample firm, made and removed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kundig.server import firm
from kundig.server.access import caller, logged_in, may
from kundig.server.asking import Pending, ask
from kundig.server.language import spoken
from kundig.server.sources.imports import acts, uploads
from kundig.server.sources.imports.pages import PHASES
from kundig.server.sources.models import DeadLetter, Import

WAIT_S = 5.0


@may("import")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What has come in, what waits, and where to go on."""
    uploads.sweep()
    told = _runs(firm.folder_of(request))
    context = {
        "told": told, "open": _open(request), "dead": DeadLetter.objects.count(), "letters": _href("sources:dead-letters"),
        "api": request.build_absolute_uri("/api/events"), "has_sample": firm.has_sample(),
    }  # fmt: skip
    return render(request, "sources/imports/home.html", context)


def _runs(folder: Path) -> dict[str, Any] | None:
    """The accounting of all imports; None where it takes too long just now."""
    try:
        told: dict[str, Any] = ask(folder, "sources.runs", {"stamp": accounted(folder)}, wait=WAIT_S)
    except Pending:
        return None
    for run in told["runs"]:
        run["at"] = dt.datetime.fromisoformat(run["at"])
    return told


def accounted(folder: Path) -> str:
    """Changes whenever the core's notebook or the rejected rows do."""
    files = [*(folder / f"state.sqlite3{ending}" for ending in ("", "-wal")), *sorted((folder / "rejected").glob("*.jsonl"))]
    return "/".join(f"{s.st_mtime_ns}:{s.st_size}" for file in files if file.exists() and (s := file.stat()))


def _open(request: HttpRequest) -> list[Import]:
    """Files and mended rows that are not done yet."""
    found = Import.objects.exclude(state=Import.DONE).exclude(kind="sample").filter(sample=firm.is_sample(request))
    return [acts.looked_after(work) for work in found[:20]]


def _href(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@may("import")
@require_http_methods(["GET", "POST"])
def sample(request: HttpRequest) -> HttpResponse:
    """Make the sample firm and look at it; how far it is while it is being made."""
    work = Import.objects.filter(kind="sample").first()
    if request.method == "POST":
        request.session[firm.SAMPLE] = True
        if not firm.has_sample():
            acts.make_sample(caller(request), spoken())
            return HttpResponseRedirect(reverse("sources:sample"))
        return HttpResponseRedirect("/")
    if work:
        work = acts.looked_after(work)
    is_partial = bool(request.headers.get("HX-Request"))
    if is_partial and firm.is_sample(request):
        return HttpResponse(headers={"HX-Redirect": "/"})
    context = {"work": work, "has_sample": firm.has_sample(), "phase": PHASES.get(work.phase, "") if work else ""}
    return render(request, "sources/imports/sample.html" + ("#progress" if is_partial else ""), context)


@may("import")
@require_POST
def remove_sample(request: HttpRequest) -> HttpResponse:
    """Delete the sample firm and look at the own data again."""
    acts.remove_sample(caller(request))
    request.session.pop(firm.SAMPLE, None)
    return HttpResponseRedirect("/")


@logged_in
@require_POST
def leave_sample(request: HttpRequest) -> HttpResponse:
    """Look at the own data again; the sample firm stays."""
    request.session.pop(firm.SAMPLE, None)
    return HttpResponseRedirect("/")
