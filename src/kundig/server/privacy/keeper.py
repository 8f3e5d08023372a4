"""The child that deletes by age: ``python -m kundig.server.privacy.keeper``. It runs the rules somebody wants to be run."""

from __future__ import annotations

import logging
import sys
from typing import Any

from django.utils import timezone

from kundig.errors import KundigError
from kundig.message import Share, sentence
from kundig.server import children, firm
from kundig.server.roles import ROLES, Caller
from kundig.workspace import Workspace

MODULE = "privacy.keeper"
FAILED = sentence("Deleting stopped: {why}. Nothing is half deleted; run it again.")
log = logging.getLogger("kundig.keeper")


def work(workspace: Workspace) -> int:
    """Run every rule that is wanted; how many were run."""
    from kundig.server.privacy.models import Retention

    n = 0
    while rule := Retention.objects.exclude(wanted_at=None).order_by("wanted_at").first():
        run_one(workspace, rule, Caller(rule.made_by or "kundig", ROLES["privacy"]), confirmed=rule.confirmed)
        n += 1
    return n


def run_one(workspace: Workspace, rule: Any, caller: Caller, *, confirmed: bool) -> int | None:
    """Run one rule and note how it ended in it; the number of rows, None where it did not delete."""
    from kundig.server.privacy import keeping

    rows: int | None = None
    rule.problem, rule.wanted_at, rule.confirmed = {}, None, False
    try:
        rows = keeping.run(workspace, rule, caller, timezone.now(), confirmed=confirmed)
        rule.ran_at, rule.rows = timezone.now(), rows
    except KundigError as error:
        rule.problem = {"text": error.text, "values": {name: _plain(value) for name, value in error.values.items()}}
    except Exception as error:
        log.exception("deleting by age stopped")
        rule.problem = {"text": FAILED, "values": {"why": type(error).__name__}}
    rule.save()
    return rows


def _plain(value: Any) -> Any:
    if isinstance(value, Share):
        return f"{value.value:.0%}"
    return value if isinstance(value, (int, float)) else f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "year") else str(value)


def main() -> int:
    """Work until nothing is wanted; ends at once where another one works."""
    from kundig.server import logs, serve

    serve.configure(firm.folder())
    logs.configure({})
    lock = children.hold(MODULE)
    if lock is None:
        return 0
    work(firm.own())
    return 0


if __name__ == "__main__":
    sys.exit(main())
