"""Rows that did not fit: seen with their reasons, taken away as a CSV, mended, and played again."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from kundig.errors import KundigError
from kundig.message import Message
from kundig.server import firm
from kundig.server.access import caller, may
from kundig.server.asking import Pending, ask
from kundig.server.language import spoken
from kundig.server.people import audit
from kundig.server.sources.imports import acts, uploads
from kundig.server.sources.imports.pages import NO_FILE, TOO_LARGE

WAIT_S = 5.0


@may("import")
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The rejected rows with what is wrong, and what can be done."""
    return _listed(request)


def _listed(request: HttpRequest, wrong: Message | None = None, hint: Message | None = None, status: int = 200) -> HttpResponse:
    folder = firm.folder_of(request)
    told: dict[str, Any] | None
    try:
        told = ask(folder, "sources.rejected", {"lang": spoken(), "stamp": _stamp(folder)}, wait=WAIT_S)
    except Pending:
        told = None
    if told and told["rows"] and not wrong:
        audit.note(caller(request), "read rejected rows", n=len(told["rows"]), sample=firm.is_sample(request))
    context = {"told": told, "wrong": wrong, "hint": hint if hint and hint.text else None}
    return render(request, "sources/imports/rejected.html", context, status=status)


def _stamp(folder: Path) -> str:
    return "/".join(f"{path.name}:{path.stat().st_mtime_ns}" for path in sorted((folder / "rejected").glob("*.jsonl")))


@may("import")
@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """All of them as a CSV, with the reason in a column; written by the child, handed out from the disk."""
    handle, name = tempfile.mkstemp(prefix="rejected-", suffix=".csv", dir=firm.run_folder())
    os.close(handle)
    path = Path(name)
    try:
        n = ask(firm.folder_of(request), "sources.do_rejected_csv", {"path": name, "lang": spoken()}, wait=120)
        audit.note(caller(request), "download rejected rows", n=n, sample=firm.is_sample(request))
        response: HttpResponse = _taken_away(path)
        return response
    finally:
        path.unlink(missing_ok=True)


def _taken_away(path: Path) -> Any:
    return FileResponse(path.open("rb"), as_attachment=True, filename="rejected.csv", content_type="text/csv; charset=utf-8")


@csrf_exempt  # the size is looked at before the body is read; _mended checks the token
@may("import")
@require_POST
def mended(request: HttpRequest) -> HttpResponse:
    """The CSV with mended cells, played again."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > uploads.PLAIN_BYTES + uploads.MIB:
        return _listed(request, Message(TOO_LARGE, {"n": uploads.PLAIN_BYTES // uploads.MIB}), status=413)
    return _mended(request)


@csrf_protect
def _mended(request: HttpRequest) -> HttpResponse:
    file = request.FILES.get("file")
    if file is None:
        return _listed(request, Message(NO_FILE), status=422)
    is_sample = firm.is_sample(request)
    try:
        upload = uploads.begin(caller(request), file.name or "", file.size or 0, "whole", "replay", sample=is_sample)
        uploads.receive_whole(upload, file.chunks(uploads.MIB))
    except KundigError as error:
        return _listed(request, Message(error.text, error.values), Message(error.hint, error.values), 422)
    upload.refresh_from_db()
    work = acts.replay(caller(request), upload, sample_firm=is_sample)
    return HttpResponseRedirect(reverse("sources:one", args=[work.pk]))


@may("import")
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """All of them as they are, after a mapping was corrected."""
    work = acts.replay(caller(request), None, sample_firm=firm.is_sample(request))
    return HttpResponseRedirect(reverse("sources:one", args=[work.pk]))
