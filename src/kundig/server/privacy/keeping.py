"""Deleting by age, for a purpose that has ended: what would go, the guard that stops a mistake, and the run itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models

from kundig import event
from kundig.errors import PrivacyError, QuestionError
from kundig.lake.retention import WHAT as IN_LAKE
from kundig.lake.retention import Rule, newest, preview, remove
from kundig.message import Share, sentence
from kundig.server.people import audit
from kundig.server.privacy.models import WHAT, Request, Retention
from kundig.server.roles import Caller
from kundig.workspace import Workspace

MOST_AT_ONCE = 0.2
"""The share of all rows that a rule takes out without asking again."""
FEW = 100
"""So few rows go without asking, whatever share they are."""
AHEAD = dt.timedelta(days=3)
"""How far the clock may be ahead of the newest file of the lake: a weekend passes, a clock set to next year does not."""
TOO_MANY = sentence("{share} of all rows would go at once ({n} of {of}). That is more than usual.")
BEHIND = sentence("The clock says {now}, but the newest data are from {newest}.")
TOO_FAR = sentence("The clock says {now}, but nothing was written since {newest}.")
SURE = sentence("If that is right, confirm it.")


@dataclass(frozen=True)
class Due:
    """What a rule would take out now."""

    rows: int
    of: int
    persons: int | None
    oldest: dt.datetime | None
    newest: dt.datetime | None


def check(what: str, days: int, purpose: str, kind: str = "") -> None:
    """QuestionError where a rule makes no sense."""
    if what not in WHAT:
        raise QuestionError("There is no rule for {what}.", "Use one of: {known}.", what=what, known=", ".join(WHAT))
    if event.purpose(purpose) is None:
        raise QuestionError("There is no purpose {name}.", name=purpose)
    if kind and kind not in event.KINDS:
        raise QuestionError("There is no kind {kind}.", kind=kind)
    if not 1 <= days <= 36500:
        raise QuestionError("Data are kept for at least one day.", "Write a number of days.")


def due(workspace: Workspace, rule: Retention, now: dt.datetime) -> Due:
    """What the rule would take out now."""
    before = rule.before(now)
    if rule.what in IN_LAKE:
        lake = workspace.lake
        found = preview(lake.store, lake.engine, Rule(rule.what, before, rule.source, rule.kind))
        return Due(found.rows, found.of, found.persons, found.oldest, newest(lake.store, lake.engine))
    return due_here(workspace.rejected, rule, now)


def due_here(rejected: Path, rule: Retention, now: dt.datetime) -> Due:
    """The same for what lies beside the lake."""
    before = rule.before(now)
    if rule.what == "rejected":
        times = {path: _written(path) for path in _files(rejected)}
        gone = [at for at in times.values() if at < before]
        return Due(len(gone), len(times), None, min(gone, default=None), None)
    rows, field = _rows(rule.what)
    old = rows.filter(**{f"{field}__lt": before})
    first = old.order_by(field).values_list(field, flat=True).first()
    return Due(old.count(), rows.count(), None, first, None)


def warnings(workspace: Path, found: Due, now: dt.datetime) -> list[tuple[str, dict[str, Any]]]:
    """What speaks against deleting now: (text, values) of messages; none where nothing does."""
    told: list[tuple[str, dict[str, Any]]] = []
    last = _last_written(workspace)
    if found.newest and now < found.newest:
        told.append((BEHIND, {"now": now, "newest": found.newest}))
    elif last and now > last + AHEAD:
        told.append((TOO_FAR, {"now": now, "newest": last}))
    if found.rows > FEW and found.of and found.rows / found.of > MOST_AT_ONCE:
        told.append((TOO_MANY, {"share": Share(found.rows / found.of, 0), "n": found.rows, "of": found.of}))
    return told


def run(workspace: Workspace, rule: Retention, caller: Caller, now: dt.datetime, *, confirmed: bool = False) -> int:
    """Take out what is too old; how many rows. PrivacyError where the guard stops it and nobody has confirmed."""
    found = due(workspace, rule, now)
    against = warnings(workspace.folder, found, now)
    if against and not confirmed and found.rows:
        text, values = against[0]
        raise PrivacyError(text, SURE, **values)
    rows = _remove(workspace, rule, now) if found.rows else 0
    audit.note(caller, "deleted by age", rule=rule.pk, what=rule.what, days=rule.days, rows=rows, confirmed=confirmed)
    return rows


def _remove(workspace: Workspace, rule: Retention, now: dt.datetime) -> int:
    before = rule.before(now)
    if rule.what in IN_LAKE:
        lake = workspace.lake
        return remove(lake.store, lake.engine, Rule(rule.what, before, rule.source, rule.kind)).rows
    if rule.what == "rejected":
        gone = [path for path in _files(workspace.rejected) if _written(path) < before]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)
    rows, field = _rows(rule.what)
    return int(rows.filter(**{f"{field}__lt": before}).delete()[0])


def _rows(what: str) -> tuple[models.QuerySet[Any], str]:
    """The rows of the server that a rule is about, and the field that says how old they are."""
    if what == "letters":
        return apps.get_model("sources", "DeadLetter").objects.all(), "died_at"
    return Request.objects.filter(state__in=("done", "refused")), "done_at"


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".part")


def _written(path: Path) -> dt.datetime:
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)


def _last_written(workspace: Path) -> dt.datetime | None:
    """When the lake was last written. (The server's own tables are written by whoever asks for the run.)"""
    return max((_written(path) for path in (workspace / "lake").glob("*/*.parquet")), default=None)
