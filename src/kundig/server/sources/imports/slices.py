"""Where static/upload.js sends a file to: slice by slice, with the offset, so that it can go on after any interruption."""

from __future__ import annotations

import uuid

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from kundig.errors import DataError, KundigError
from kundig.message import Message, sentence
from kundig.server.access import caller, may
from kundig.server.language import spoken
from kundig.server.security import status_of
from kundig.server.sources.imports import acts, uploads
from kundig.server.sources.models import Import

TOO_LARGE = sentence("A part of a file holds at most {n} MB.")
NO_LENGTH = sentence("The part of the file is empty or has no length.")
NO_OFFSET = sentence("The offset must be a whole number.")
CUT_OFF = sentence("The connection broke; the rest can be sent again.")


@may("import")
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Announce a file by name, size and date of change; the answer says where to send it and how much has come already."""
    try:
        size = int(request.POST.get("size", "0"))
    except ValueError:
        size = 0
    try:
        upload = uploads.begin(caller(request), request.POST.get("name", ""), size, request.POST.get("modified", "")[:40])
    except KundigError as error:
        return _refused(error)
    if not uploads.stored(upload):
        acts.received(caller(request), upload)
    request.session.pop("sample", None)
    return JsonResponse({**_told(upload), "slice": uploads.SLICE}, status=201)


@may("import")
@require_http_methods(["GET", "HEAD", "PUT"])
def slice_(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """GET: how much has come. PUT with ``?offset=``: the next part; 409 says where it should begin."""
    upload = Import.objects.filter(pk=pk, kind="file").first()
    if upload is None:
        raise Http404
    if request.method != "PUT":
        return JsonResponse(_told(upload))
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    offset = request.GET.get("offset", "")
    if length > uploads.SLICE:
        return _wrong(413, Message(TOO_LARGE, {"n": uploads.SLICE // uploads.MIB}))
    if length <= 0:
        return _wrong(400, Message(NO_LENGTH))
    if not offset.isascii() or not offset.isdigit() or len(offset) > 15:
        return _wrong(400, Message(NO_OFFSET))
    return _received(request, upload, int(offset), length)


def _received(request: HttpRequest, upload: Import, offset: int, length: int) -> HttpResponse:
    try:
        body = request.body
    except (UnreadablePostError, RequestDataTooBig):
        return _wrong(400, Message(CUT_OFF))
    if len(body) != length:
        return _wrong(400, Message(CUT_OFF))
    try:
        uploads.receive(upload, offset, body, request.headers.get("X-Slice-SHA256", ""))
    except uploads.Misplaced as misplaced:
        return JsonResponse({**_told(upload), "stored": misplaced.stored}, status=409)
    except KundigError as error:
        return _refused(error)
    return JsonResponse(_told(upload))


def _told(upload: Import) -> dict[str, object]:
    stored = uploads.stored(upload)
    return {
        "stored": stored, "size": upload.size, "done": stored == upload.size,
        "to": reverse("sources:slice", args=[upload.pk]), "next": reverse("sources:one", args=[upload.pk]),
    }  # fmt: skip


def _wrong(status: int, message: Message) -> HttpResponse:
    return JsonResponse({"error": message.say(spoken())}, status=status)


def _refused(error: KundigError) -> HttpResponse:
    text = Message(error.text, error.values).say(spoken())
    hint = Message(error.hint, error.values).say(spoken()) if error.hint else ""
    status = 422 if isinstance(error, DataError) else status_of(error)
    return JsonResponse({"error": f"{text} {hint}".strip()}, status=status)
