"""What people set going: pouring a file, playing rejected rows again, making and removing the sample firm; each is audited.

The audit names an upload by its id: a file's name may say something about a person.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from kundig.errors import KundigError, QuestionError
from kundig.message import sentence
from kundig.server import asker, children, firm
from kundig.server.people import audit
from kundig.server.roles import Caller
from kundig.server.sources import pour, sample
from kundig.server.sources.models import Import

STARTED = dt.timedelta(seconds=30)
"""Within which a child must have begun."""
STOPPED = sentence("The import was interrupted.")
AGAIN = sentence("Start it again: what is stored already is known, and nothing counts twice.")


def received(caller: Caller, upload: Import) -> None:
    """A new file begins to come in."""
    audit.note(caller, "upload", upload=str(upload.pk), bytes=upload.size)


def choose(upload: Import, choices: dict[str, Any]) -> None:
    """Keep what was changed in the mapping."""
    Import.objects.filter(pk=upload.pk, state__in=(Import.READY, Import.FAILED)).update(choices=choices, state=Import.READY)


def start(caller: Caller, upload: Import) -> None:
    """Pour a file that has come in whole; QuestionError where it is being poured, or was."""
    with transaction.atomic():
        waiting = Import.objects.filter(pk=upload.pk, state__in=(Import.READY, Import.FAILED)).update(
            state=Import.WAITING, started_at=timezone.now(), rows=0, phase="", result={}
        )
        if not waiting:
            raise QuestionError("This file is being imported already, or was.", "Look at Data.")
        audit.note(caller, "import", upload=str(upload.pk), sample=upload.sample)
        transaction.on_commit(lambda: children.start(pour.MODULE, str(upload.pk)))


def replay(caller: Caller, mended: Import | None, *, sample_firm: bool) -> Import:
    """Play rejected rows again, as they are in ``mended`` where it is given."""
    with transaction.atomic():
        work = mended or Import(kind="replay", sample=sample_firm)
        work.state, work.started_at = Import.WAITING, timezone.now()
        work.save()
        audit.note(caller, "replay rejected rows", upload=str(work.pk), sample=sample_firm)
        transaction.on_commit(lambda: children.start(pour.MODULE, str(work.pk)))
    return work


def make_sample(caller: Caller, lang: str) -> Import:
    """Make the sample firm; the one that is being made where somebody was quicker."""
    with transaction.atomic():
        going = Import.objects.filter(kind="sample", state__in=(Import.WAITING, Import.RUNNING)).first()
        if going and looked_after(going).is_under_way:
            return going
        work = Import(kind="sample", sample=True, state=Import.WAITING, started_at=timezone.now())
        work.save(force_insert=True)
        audit.note(caller, "make sample data")
        transaction.on_commit(lambda: children.start(sample.MODULE, str(work.pk), lang))
    return work


def remove_sample(caller: Caller) -> None:
    """Delete the sample firm; the own data are not touched."""
    audit.note(caller, "remove sample data")
    Import.objects.filter(sample=True).exclude(state__in=(Import.WAITING, Import.RUNNING)).delete()
    firm.remove_sample()
    Path(asker.address()).unlink(missing_ok=True)  # it holds the firm open; the next question starts another one


def looked_after(work: Import) -> Import:
    """The work as it stands; failed where the child that did it is gone."""
    work.refresh_from_db()
    module = sample.MODULE if work.kind == "sample" else pour.MODULE
    begun = work.state == Import.RUNNING or (work.started_at is not None and timezone.now() - work.started_at > STARTED)
    if work.is_under_way and begun and not children.is_running(module):
        work.refresh_from_db()
        if work.is_under_way:
            work.state, work.result = Import.FAILED, {"problem": pour.problem(KundigError(STOPPED, AGAIN))}
            work.save(update_fields=["state", "result"])
    return work
