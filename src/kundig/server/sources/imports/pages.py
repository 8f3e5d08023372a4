"""The import wizard: choose a file, see and change how it is read, pour it, see what became of every row."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kundig.errors import KundigError
from kundig.message import Message, sentence
from kundig.server import firm
from kundig.server.access import caller, may
from kundig.server.asking import Pending, ask
from kundig.server.language import spoken
from kundig.server.sources.imports import acts, uploads
from kundig.server.sources.imports.choosing import DECIMALS, ORDERS, SCALES, UNITS, chosen
from kundig.server.sources.imports.parts import FIXED, PARTS
from kundig.server.sources.models import Import

LOOK_S = 1.5
"""Seconds a page waits for the preview before it asks again by itself."""
PATIENT_S = 60.0
TOO_LARGE = sentence("Without script a file may have {n} MB at most.")
SCRIPT = sentence("Allow script for this page, zip the file, or use `kundig import` on the server.")
NO_FILE = sentence("No file was chosen.")
PIECES = ("progress", "mapping", "answers")
PHASES = {
    "": sentence("Waiting for its turn"), "inventing": sentence("Inventing the firm and its customers"),
    "reading": sentence("Reading rows"), "storing": sentence("Storing"), "folding": sentence("Laying down journeys"),
}  # fmt: skip


@csrf_exempt  # the size is looked at before the body is read; _whole checks the token
@may("import")
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Choose a file. A form without script may bring it whole, where it is small."""
    if request.method != "POST":
        return _choose(request)
    if int(request.META.get("CONTENT_LENGTH") or 0) > uploads.PLAIN_BYTES + uploads.MIB:
        return _choose(request, 413, Message(TOO_LARGE, {"n": uploads.PLAIN_BYTES // uploads.MIB}), Message(SCRIPT))
    return _whole(request)


@csrf_protect
def _whole(request: HttpRequest) -> HttpResponse:
    file = request.FILES.get("file")
    if file is None:
        return _choose(request, 422, Message(NO_FILE))
    try:
        upload = uploads.begin(caller(request), file.name or "", file.size or 0, "whole")
        acts.received(caller(request), upload)
        uploads.receive_whole(upload, file.chunks(uploads.MIB))
    except KundigError as error:
        return _choose(request, 422, Message(error.text, error.values), Message(error.hint, error.values))
    request.session.pop(firm.SAMPLE, None)
    return HttpResponseRedirect(reverse("sources:one", args=[upload.pk]))


def _choose(request: HttpRequest, status: int = 200, wrong: Message | None = None, hint: Message | None = None) -> HttpResponse:
    context = {
        "wrong": wrong, "hint": hint if hint and hint.text else None, "most": uploads.MOST_BYTES // (1024 * uploads.MIB),
        "plain": uploads.PLAIN_BYTES // uploads.MIB,
    }  # fmt: skip
    return render(request, "sources/imports/choose.html", context, status=status)


@may("import")
@require_safe
def one(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Where an import stands: still coming in, to be looked at, being poured, or done."""
    work = acts.looked_after(get_object_or_404(Import, pk=pk))
    if work.kind == "sample":
        return HttpResponseRedirect(reverse("sources:sample"))
    if _part(request) == "progress" and not work.is_under_way:
        return HttpResponse(headers={"HX-Redirect": reverse("sources:one", args=[pk])})
    if work.is_under_way:
        return _progress(request, work)
    if work.state == Import.DONE or (work.kind == "replay" and work.state == Import.FAILED):
        return _result(request, work)
    if work.state == Import.RECEIVING:
        return render(
            request, "sources/imports/receiving.html", {"work": work, "stored": _mb(uploads.stored(work)), "size": _mb(work.size)}
        )
    return _mapping(request, work)


def _part(request: HttpRequest) -> str:
    """The piece of the page that asks again by itself; "" for the whole page."""
    part = request.GET.get("part", "")
    return part if request.headers.get("HX-Request") and part in PIECES else ""


def _named(request: HttpRequest, part: str) -> str:
    return f"#{part}" if _part(request) == part else ""


def _mb(size: int) -> float:
    return round(size / uploads.MIB, 1)


def _progress(request: HttpRequest, work: Import) -> HttpResponse:
    return render(
        request,
        "sources/imports/progress.html" + _named(request, "progress"),
        {"work": work, "phase": PHASES.get(work.phase, work.phase)},
    )


def _mapping(request: HttpRequest, work: Import, wrong: list[Message] | None = None, status: int = 200) -> HttpResponse:
    """How the file would be read; the page asks again by itself while that is being found out."""
    refused: dict[str, Message | None] | None = None
    told: dict[str, Any] | None = None
    try:
        told = look(work, LOOK_S)
    except Pending:
        pass
    except KundigError as error:
        hint = Message(error.hint, error.values) if error.hint else None
        refused = {"title": Message(error.text, error.values), "hint": hint}
    context = {
        "work": work, "told": told, "wrong": wrong, "refused": refused, "pending": told is None and refused is None,
        "problem": work.result.get("problem") if work.state == Import.FAILED else None, "parts": PARTS, "fixed": FIXED,
        "orders": ORDERS, "decimals": DECIMALS, "units": UNITS, "scales": SCALES,
    }  # fmt: skip
    return render(request, "sources/imports/mapping.html" + _named(request, "mapping"), context, status=status)


def look(work: Import, wait: float) -> dict[str, Any]:
    """What ``looking.look`` says of the file with the choices made so far."""
    arguments = {
        "id": str(work.pk), "name": work.name, "choices": work.choices, "lang": spoken(),
        "stamp": _changed(firm.folder() / "mappings"),
    }  # fmt: skip
    told: dict[str, Any] = ask(firm.folder(), "sources.preview", arguments, wait=wait)
    return told


def _changed(folder: Path) -> str:
    """Changes whenever a saved mapping does."""
    return "/".join(f"{path.name}:{path.stat().st_mtime_ns}" for path in sorted(folder.glob("*.toml")))


@may("import")
@require_POST
def mapping(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Keep what was changed in the form; then look again, or pour."""
    work = get_object_or_404(Import, pk=pk, kind="file", state__in=(Import.READY, Import.FAILED))
    if request.POST.get("act") == "reset":
        acts.choose(work, {})
        return HttpResponseRedirect(reverse("sources:one", args=[pk]))
    told = look(work, PATIENT_S)
    choices, wrong = chosen(request.POST, [*told["files"], *told["timeless"]], work.choices)
    if wrong:
        return _mapping(request, work, wrong, 422)
    acts.choose(work, choices)
    work.refresh_from_db()
    if request.POST.get("act") == "pour" and look(work, PATIENT_S)["ready"]:
        acts.start(caller(request), work)
    return HttpResponseRedirect(reverse("sources:one", args=[pk]))


@may("import")
@require_POST
def drop(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete a file that is not to be imported after all."""
    work = get_object_or_404(Import, pk=pk)
    if not acts.looked_after(work).is_under_way:
        uploads.drop(work)
    return HttpResponseRedirect(reverse("sources:home"))


def _result(request: HttpRequest, work: Import) -> HttpResponse:
    context: dict[str, Any] = {"work": work, "result": work.result, "lang": spoken()}
    if work.state == Import.DONE:
        context["answers"] = _answers(request, work)
    return render(request, "sources/imports/result.html" + _named(request, "answers"), context)


def _answers(request: HttpRequest, work: Import) -> list[dict[str, str]] | None:
    """The first answers for the caller's purposes; None while they are being computed."""
    folder = firm.folder() / firm.SAMPLE if work.sample else firm.folder()
    arguments = {"purposes": list(caller(request).role.purposes), "lang": spoken()}
    try:
        told: list[dict[str, str]] = ask(folder, "sources.first_answers", arguments, wait=0.3)
    except Pending:
        return None
    return told
