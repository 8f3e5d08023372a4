"""The API of ``sources``: events in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException, UnreadablePostError
from ninja import Router

from kundig.message import Message, sentence
from kundig.server.api import api, needs, problem
from kundig.server.language import spoken
from kundig.server.roles import Caller
from kundig.server.sources import envelopes, inbox, waking
from kundig.server.sources.inbox import Conflict, Crowded, Unavailable
from kundig.server.sources.live import Plain, Wrong

router = Router(tags=["sources"])

MOST_BYTES = 8 * 1024 * 1024
"""Of one request's body."""
AGAIN_S = "5"

NO_BODY = sentence("The body is no JSON.")
AWAY = sentence("The database is busy or away: nothing was stored.")
KNOWN = sentence("An event with this source and id is stored with other content.")
_EXAMPLE = {
    "specversion": "1.0", "id": "c-81", "source": "shop", "type": "Complaint received", "time": "2026-11-22T09:30:00+01:00",
    "data": {"person_key": "K-1007", "case_id": "R-55", "kind": "contact", "channel": "email", "reason": "delivery"},
}  # fmt: skip
_PLAIN = {
    "id": "c-81", "source": "shop", "occurred_at": "2026-11-22T09:30:00+01:00", "activity": "Complaint received",
    "person_key": "K-1007", "case_id": "R-55", "kind": "contact", "channel": "email",
}  # fmt: skip
_ANY: dict[str, Any] = {"type": "object", "additionalProperties": True}
_LIST: dict[str, Any] = {"type": "array", "items": _ANY, "maxItems": envelopes.MOST_EVENTS}
_PROBLEM = {"content": {"application/problem+json": {"schema": _ANY}}}
_DOCUMENTED: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            envelopes.CLOUD: {"schema": _ANY, "example": _EXAMPLE},
            envelopes.CLOUD_BATCH: {"schema": _LIST, "example": [_EXAMPLE]},
            "application/json": {"schema": {"oneOf": [_ANY, _LIST]}, "example": [_PLAIN]},
        },
    },
    "responses": {
        202: {
            "description": "Stored, synced to the disk.",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object", "required": ["accepted", "duplicates"],
                        "properties": {"accepted": {"type": "integer"}, "duplicates": {"type": "integer"}},
                    }
                }
            },
        },
        400: {"description": "The body is no JSON.", **_PROBLEM},
        401: {"description": "A token is needed.", **_PROBLEM},
        403: {"description": "The role may not send events.", **_PROBLEM},
        409: {"description": "Known with other content; nothing of the request was stored.", **_PROBLEM},
        413: {"description": "Too much for one request.", **_PROBLEM},
        415: {"description": "A content type that is not read.", **_PROBLEM},
        422: {"description": "Something does not fit; nothing of the request was stored.", **_PROBLEM},
        429: {"description": "Too many events wait; come back later.", **_PROBLEM},
        503: {"description": "The database is busy; come back later.", **_PROBLEM},
        507: {"description": "The disk is full; come back later.", **_PROBLEM},
    },
}  # fmt: skip


@router.post("/events", openapi_extra=_DOCUMENTED, summary="Send events")
def events(request: HttpRequest) -> HttpResponse:
    """Store events: CloudEvents 1.0, Segment's calls, or kundig's own fields. 202 means stored and synced to the disk.

    All or nothing: where one event does not fit or is known with other content, nothing of the request is stored.
    """
    caller = needs(request, "ingest")
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return too_large()
    try:
        body = request.body
    except (UnreadablePostError, RawPostDataException):
        return _problem(400, NO_BODY)
    return answer(body, request.META, caller)


def answer(body: bytes, environ: Mapping[str, Any], caller: Caller) -> HttpResponse:
    """What becomes of a request's body, for a caller who may send; ``environ`` holds its headers as WSGI names them."""
    if len(body) > MOST_BYTES:
        return too_large()
    headers = {name[5:].lower().replace("_", "-"): str(value) for name, value in environ.items() if name.startswith("HTTP_CE_")}
    try:
        found, pointers = envelopes.read(body, environ.get("CONTENT_TYPE", ""), headers, caller.name if caller.token_id else "")
    except Wrong as wrong:
        return _faults(422, sentence("Nothing was stored: {n} values do not fit."), wrong.found)
    except envelopes.Unreadable:
        return _problem(400, NO_BODY)
    except envelopes.TooMany:
        return _problem(413, sentence("A request holds at most {n} events."), n=envelopes.MOST_EVENTS)
    except envelopes.OtherType:
        return _problem(
            415, sentence("Send application/json, application/cloudevents+json or application/cloudevents-batch+json.")
        )
    return _stored(found, pointers)


def too_large() -> HttpResponse:
    """The body is larger than one request may be."""
    return _problem(413, sentence("A request holds at most {n} MB."), n=MOST_BYTES // 1_048_576)


def _stored(found: Sequence[Plain], pointers: Sequence[str]) -> HttpResponse:
    try:
        stored = inbox.store(found)
    except Conflict as conflict:
        known = [(pointers[place] or "/", Message(KNOWN)) for place in conflict.places[: envelopes.MOST_TOLD]]
        return _faults(409, sentence("Nothing was stored: {n} events are known with other content."), known)
    except Crowded:
        return later(429, sentence("Too many events wait to be taken in."))
    except Unavailable as error:
        if error.is_disk:
            return later(507, sentence("The disk is full: nothing can be stored."))
        return later(503, AWAY)
    if stored.accepted:
        waking.wake()
    return JsonResponse({"accepted": stored.accepted, "duplicates": stored.duplicates}, status=202)


def _problem(status: int, text: str, **values: Any) -> HttpResponse:
    return problem(status, Message(text, values).say(spoken()))


def _faults(status: int, text: str, found: Sequence[tuple[str, Message]]) -> HttpResponse:
    told = [{"pointer": pointer, "detail": reason.say(spoken())} for pointer, reason in found]
    return problem(status, Message(text, {"n": len(told)}).say(spoken()), errors=told)


def later(status: int, text: str) -> HttpResponse:
    """A problem that passes: come back."""
    response = _problem(status, text)
    response["Retry-After"] = AGAIN_S
    return response


@api.exception_handler(Error)
def no_database(request: HttpRequest | None, error: Error) -> HttpResponse:
    """The database did not answer, such as when the token was looked up: nobody's fault, and it passes."""
    return later(503, AWAY)
