"""Erasing a person over all stores, as one saga that may be begun again at every point.

The order matters: what is sought is written into the lake's own book first; then the server's stores are swept and searched
while that book still knows what to look for; then the lake erases, proves and forgets. Whoever looked at the person meanwhile
has left a new line in the audit log, so that is sealed once more at the end.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.utils import timezone

from kundig.errors import PrivacyError, QuestionError
from kundig.lake import erase as lake_erasure
from kundig.lake.traces import Traces, traces_of
from kundig.message import sentence
from kundig.server.people import audit
from kundig.server.privacy import stores
from kundig.server.privacy.models import Request
from kundig.server.roles import ROLES, Caller
from kundig.server.rules import outbox
from kundig.workspace import Workspace

CLOSED = sentence("The person was erased meanwhile.")
"""Why his other requests are over."""


def erase(workspace: Workspace, request: Request) -> None:
    """Erase the request's person everywhere and write the receipt; PrivacyError where something of him is left."""
    traces = _planned(workspace, request)
    if traces is not None:
        _sweep(request, traces)
    receipt = lake_erasure.finish(workspace.lake.store, workspace.lake.engine, request.saga)
    request.stores["lake"] = {"removed": sum(receipt.rows.values()), "redacted": receipt.redacted}
    stores.forget_answers()
    request.stores["answers"] = {"removed": 0}
    _seal_again(workspace, receipt.person_hash)
    _finish(request, receipt)


def erase_person(workspace: Workspace, person_id: str, author: str) -> lake_erasure.Receipt:
    """The same where nobody asked by a request: the erasure gets one of its own, so that its receipt is kept."""
    today = timezone.localdate()
    request = Request.objects.create(
        kind="erasure", person_id=person_id, received_on=today, due_on=today, state="running", made_by=author, done_by=author,
    )  # fmt: skip
    erase(workspace, request)
    return lake_erasure.Receipt.of(request.receipt["lake"])


def _planned(workspace: Workspace, request: Request) -> Traces | None:
    """What is sought; written down at the first call, None where the lake has ended its part."""
    if not request.saga:
        request.saga = uuid.uuid4().hex
        request.save(update_fields=["saga"])
    lake = workspace.lake
    try:
        return lake_erasure.planned(lake.store, request.saga)
    except KeyError:
        traces = _traces(workspace, request.person_id)
        lake_erasure.begin(lake.store, traces, lake.clock(), request.saga)
        return traces


def _traces(workspace: Workspace, person_id: str) -> Traces:
    """What betrays the person; of one the lake does not know (any more) the pseudonym alone."""
    try:
        person = workspace.find(person_id)
    except QuestionError:
        return Traces((person_id,), ())
    with workspace.lake.read("privacy") as reading:
        return traces_of(reading, person)


def _sweep(request: Request, traces: Traces) -> None:
    """Every store of the server, then a search through all of them."""
    words = stores.Words(traces)
    for name, removed in stores.sweep(words):
        before = request.stores.get(name, {}).get("removed", 0)
        request.stores[name] = {"removed": before + removed}
        request.person_id = audit.sealed(request.person_id)
        request.notes = ""
        request.save(update_fields=["stores"])
    stores.scrub(words)
    found, searched = stores.left(words)
    request.stores["searched"] = {"rows": searched}
    request.save(update_fields=["stores"])
    if found:
        raise PrivacyError(
            "The erasure is not complete: traces are left in {where}.", "Look into these tables, then go on.",
            where=", ".join(found),
        )  # fmt: skip


def _seal_again(workspace: Workspace, person_hash: str) -> None:
    """The lake's tombstones know the pseudonym, so that lines written meanwhile can be found by its hash."""
    buried = workspace.lake.store.state.tombstones()
    ids = tuple(person for person in buried if lake_erasure.person_hash(person) == person_hash)
    if audit.forget(ids):
        stores.scrub(stores.Words(Traces(ids, ())))


def _finish(request: Request, receipt: lake_erasure.Receipt) -> None:
    now = timezone.now()
    request.receipt = _receipt(request, receipt, now)
    request.state, request.done_at, request.problem = "done", now, {}
    request.save(update_fields=["receipt", "state", "done_at", "problem", "stores"])
    others = Request.objects.filter(person_id=request.person_id).exclude(pk=request.pk).exclude(state__in=("done", "refused"))
    others.update(state="done", reason=CLOSED, done_at=now, done_by=request.done_by, problem={})
    by = Caller(request.done_by or "kundig", ROLES["privacy"])
    audit.note(by, "erased", request.person_id, request=request.pk, lake_version=receipt.version)
    outbox.tell("erasure.done", {"request": request.pk, "person_hash": receipt.person_hash, "erased_at": now.isoformat()})


def _receipt(request: Request, receipt: lake_erasure.Receipt, now: dt.datetime) -> dict[str, Any]:
    """What can be shown and kept: counts and places, nothing of the person but the hash of his pseudonym."""
    swept = {name: counts for name, counts in request.stores.items() if name != "searched"}
    return {
        "request": request.pk, "person_hash": receipt.person_hash, "received_on": request.received_on.isoformat(),
        "erased_at": now.isoformat(), "stores": swept, "lake": receipt.to_json(),
        "searched": {"lake_files": receipt.files_searched, "server_rows": request.stores.get("searched", {}).get("rows", 0)},
        "comes_back": False,
    }  # fmt: skip
