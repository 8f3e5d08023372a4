"""What an import did, in words: every row is accounted for, and what was left out stands out."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from kundig.cli.screen import Screen
from kundig.cli.wording import spoken, worded
from kundig.message import sentence, show

if TYPE_CHECKING:
    from kundig.ingest import ImportReport

HEADERS = {
    "read": sentence("Read"),
    "used": sentence("Used"),
    "rejected": sentence("Rejected"),
    "duplicate": sentence("Duplicate"),
    "without_event": sentence("Without event"),
    "withheld": sentence("Withheld"),
}
ALWAYS = ("read", "used")
SUMS = 2
"""The report's first sentences: the sum of the rows, and that of the events."""
FILE, EVENTS = sentence("File"), sentence("Events")


def account(screen: Screen, report: ImportReport, *, sums_only: bool = False) -> None:
    """A line for each file, the sums, and (unless ``sums_only``) what else to know."""
    if len(report.files) > 1:
        _table(screen, report)
    for message in report.sentences[: SUMS if sums_only else None]:
        screen.say(message)


def plain(report: ImportReport) -> dict[str, Any]:
    """The same for programs."""
    return {
        "run": report.run, "rows": dataclasses.asdict(report.rows), "looked_up": report.looked_up,
        "events": {
            "new": report.events_new, "duplicate": report.events_duplicate,
            "conflict": report.events_conflict, "withheld": report.events_withheld,
        },
        "files": [_plain_file(file) for file in report.files],
        "new_columns": [dataclasses.asdict(column) for column in report.new_columns],
        "mappings": [str(path) for path in report.mappings],
        "rejected": str(report.rejected) if report.rejected else None,
        "sentences": [worded(message) for message in report.sentences],
        "lake_version": report.lake_version,
    }  # fmt: skip


def _plain_file(file: Any) -> dict[str, Any]:
    return {
        "file": file.file, "mapping": file.mapping, "table": file.table, "rows": dataclasses.asdict(file.rows),
        "looked_up": file.looked_up, "events": file.events, "problem": worded(file.problem) if file.problem else None,
    }  # fmt: skip


def _table(screen: Screen, report: ImportReport) -> None:
    """What never happened has no column."""
    names = [name for name in HEADERS if name in ALWAYS or getattr(report.rows, name)]
    rows = [[file.file, *(_number(getattr(file.rows, name)) for name in names), _number(file.events)] for file in report.files]
    headers = [worded(text) for text in (FILE, *(HEADERS[name] for name in names), EVENTS)]
    screen.table(headers, rows, [False, *[True] * (len(headers) - 1)])


def _number(n: int) -> str:
    return show(n, spoken())
