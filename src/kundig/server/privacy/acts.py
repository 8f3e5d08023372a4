"""What the privacy officer does: requests taken in and worked off, decisions written down. Each leaves a line in the audit log."""

from __future__ import annotations

import datetime as dt
import io
import json
import secrets
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from kundig import event
from kundig.errors import PrivacyError, QuestionError
from kundig.message import sentence
from kundig.server import children, firm
from kundig.server.asking import ask
from kundig.server.people import audit
from kundig.server.privacy import deadlines, eraser, stores
from kundig.server.privacy.models import KINDS, Request
from kundig.server.roles import Caller
from kundig.server.rules import outbox

UNCHECKED = sentence("First make sure that it is the person who asks.")
OVER = sentence("This request is over.")
SOURCE = sentence("privacy officer")
_BUSY = ("running", "done", "refused")


def record(folder: Path, caller: Caller, key: str, told: Mapping[str, str]) -> dict[str, Any]:
    """Write a decision into the ledger; PrivacyError where purpose or status is unknown, QuestionError where nobody is known."""
    found: dict[str, Any] = ask(folder, "privacy.do_consent", {"key": key, "source": SOURCE, **told, "author": caller.name})
    audit.note(caller, "recorded decision", found["person_id"], purpose=told["purpose"], status=told["status"])
    return found


@transaction.atomic
def receive(caller: Caller, kind: str, person_id: str, received: dt.date, notes: str = "", *, sample: bool = False) -> Request:
    """Take a request in; QuestionError where the kind is unknown or the day lies in the future."""
    if kind not in KINDS:
        raise QuestionError("There is no request for {kind}.", "Use one of: {known}.", kind=kind, known=", ".join(KINDS))
    if received > timezone.localdate():
        raise QuestionError("The request cannot have come in the future.", "Write the day it came in.")
    request = Request.objects.create(
        kind=kind, person_id=person_id, sample=sample, received_on=received, due_on=deadlines.due(received), notes=notes[:5000],
        made_by=caller.name,
    )  # fmt: skip
    audit.note(caller, "received request", person_id, request=request.pk, kind=kind)
    outbox.tell("request.received", {"request": request.pk, "kind": kind, "due_on": request.due_on.isoformat()})
    return request


@transaction.atomic
def identify(caller: Caller, pk: int, how: str) -> Request:
    """Write down how somebody made sure that the person asks."""
    request = _open(pk)
    how = " ".join(how.split())[:200]
    if not how:
        raise QuestionError("Say how you made sure of it.")
    request.identity_how, request.identity_by, request.identity_at = how, caller.name, timezone.now()
    if request.state == "waiting":
        request.state = "open"
    request.save()
    audit.note(caller, "checked identity", request.person_id, request=pk)
    return request


@transaction.atomic
def extend(caller: Caller, pk: int, why: str) -> Request:
    """Two months more, once, in time, and with the reason the person is told (Art. 12 (3))."""
    request = _open(pk)
    why = " ".join(why.split())[:500]
    if not why:
        raise QuestionError("Say why it takes longer; the person must be told.")
    if request.extended_on:
        raise QuestionError("The time was extended already.", "It can be extended once.")
    today = timezone.localdate()
    if today > request.due_on:
        raise QuestionError("The time is over and can no longer be extended.", "Answer the request at once.")
    request.due_on = deadlines.due(request.received_on, extended=True)
    request.extended_on, request.extended_why = today, why
    request.save()
    audit.note(caller, "extended request", request.person_id, request=pk)
    return request


@transaction.atomic
def change(caller: Caller, pk: int, *, notes: str, waiting: bool) -> Request:
    """Notes, and whether the person must say something first. The time runs on."""
    request = _open(pk)
    request.notes, request.state = notes[:5000], "waiting" if waiting else "open"
    request.save()
    audit.note(caller, "changed request", request.person_id, request=pk, waiting=waiting)
    return request


@transaction.atomic
def finish(caller: Caller, pk: int, *, refused: bool, reason: str) -> Request:
    """Done, or refused with a reason the person is told."""
    request = _open(pk)
    reason = " ".join(reason.split())[:1000]
    if refused and not reason:
        raise QuestionError("A refusal needs a reason; the person must be told.")
    if not refused and request.kind == "erasure" and request.person_id:
        raise QuestionError("This person is not erased yet.", "Erase, or refuse with a reason.")
    request.state, request.reason = "refused" if refused else "done", reason
    request.done_at, request.done_by = timezone.now(), caller.name
    request.save()
    audit.note(caller, "refused request" if refused else "finished request", request.person_id, request=pk)
    return request


def package(folder: Path, caller: Caller, pk: int, lang: str, register: Mapping[str, Any]) -> bytes:
    """Everything about the person as a zip; nothing of it stays on the disk. PrivacyError where the identity is unchecked."""
    request = _ready(pk)
    place = firm.run_folder() / stores.EXPORTS / secrets.token_hex(16)
    place.mkdir(parents=True, mode=0o700)
    try:
        ask(folder, "privacy.do_export", {"key": request.person_id, "folder": str(place / "files"), "lang": lang})
        data = _zipped(place / "files", register, readable=request.kind == "access")
    finally:
        shutil.rmtree(place, ignore_errors=True)
    Request.objects.filter(pk=pk).update(handed_at=timezone.now())
    audit.note(caller, "handed out data", request.person_id, request=pk, kind=request.kind)
    return data


def _zipped(folder: Path, register: Mapping[str, Any], *, readable: bool) -> bytes:
    """Files of the person and what they are used for. Portability asks for what machines read; access for both."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(folder.iterdir()):
            if readable or path.suffix != ".html":
                packed.write(path, path.name)
        packed.writestr("processing.json", json.dumps(register, ensure_ascii=False, indent=2))
    return out.getvalue()


def decide(folder: Path, caller: Caller, pk: int, purpose: str) -> Request:
    """Restriction or objection, written into the ledger: it counts at the next query."""
    request = Request.objects.get(pk=pk)
    _must_be_open(request)
    status = {"restriction": "restricted", "objection": "objected"}.get(request.kind)
    if status is None or not request.person_id:
        raise QuestionError("This request asks for something else.")
    if purpose != "*" and event.purpose(purpose) is None:
        raise QuestionError("There is no purpose {name}.", name=purpose)
    record(folder, caller, request.person_id, {"purpose": purpose, "status": status, "evidence": f"request {pk}"})
    return _done(caller, request)


def correct(folder: Path, caller: Caller, pk: int, note: str, fields: Mapping[str, str]) -> Request:
    """Write the correction into the lake: an event with the note, and the fields that are given."""
    request = _ready(pk)
    if request.kind != "correction":
        raise QuestionError("This request asks for something else.")
    note = note.strip()[:5000]
    if not note:
        raise QuestionError("Say what was wrong and what is right.")
    ask(folder, "privacy.do_correct", {"key": request.person_id, "note": note, "author": caller.name, **fields})
    return _done(caller, request, fields=[name for name, value in sorted(fields.items()) if value.strip()])


def _done(caller: Caller, request: Request, **about: Any) -> Request:
    request.state, request.done_at, request.done_by = "done", timezone.now(), caller.name
    request.save()
    audit.note(caller, "finished request", request.person_id, request=request.pk, kind=request.kind, **about)
    return request


def erase(caller: Caller, pk: int) -> Request:
    """Begin the erasure, or let one that stopped go on; a child does it."""
    with transaction.atomic():
        request = Request.objects.select_for_update().get(pk=pk)
        if request.state != "running":
            _must_be_ready(request)
            if request.kind != "erasure":
                raise QuestionError("This request asks for something else.")
            request.state, request.done_by = "running", caller.name
            audit.note(caller, "began erasure", request.person_id, request=pk)
        request.problem = {}
        request.save()
    wake()
    return request


def wake() -> None:
    """Start the child that erases, unless it works already."""
    children.start_once(eraser.MODULE)


def _open(pk: int) -> Request:
    request = Request.objects.select_for_update().get(pk=pk)
    _must_be_open(request)
    return request


def _must_be_open(request: Request) -> None:
    if request.state in _BUSY:
        raise QuestionError(OVER)


def _ready(pk: int) -> Request:
    request = Request.objects.get(pk=pk)
    _must_be_ready(request)
    return request


def _must_be_ready(request: Request) -> None:
    """Nothing is handed out, changed or erased for somebody unknown."""
    _must_be_open(request)
    if not request.is_identified:
        raise PrivacyError(UNCHECKED)
    if not request.person_id:
        raise QuestionError("Nobody is known who could be meant.", "Find the person first and take the request in from there.")
