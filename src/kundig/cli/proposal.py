"""What an import would do, before it does it: the mapping proposed, the first events, what is unused, what would be rejected."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig.cli.screen import Screen
from kundig.cli.telling import bare, in_zone
from kundig.cli.wording import spoken, worded
from kundig.message import Message, Share, sentence, sentences, show

if TYPE_CHECKING:
    import pyarrow as pa

    from kundig.ingest import FilePreview, Preview, Proposal
    from kundig.workspace import Workspace

ORIGINS = {
    "given": sentence("{file}: with the mapping given"),
    "saved": sentence("{file}: with a mapping saved before"),
    "proposed": sentence("{file}: with the mapping proposed here"),
}
SHOWN = (
    "occurred_at", "case_id", "activity", "kind", "channel", "person_id", "direction", "actor", "team", "reason",
    "score", "promise_id", "due_at", "duration_s", "cost", "text",
)  # fmt: skip
"""Columns of the first events, where they hold anything; the most telling first."""
PROPOSALS = (sentence("Column"), sentence("Field"), sentence("Sure"), sentence("Why"))
MOST_REJECTED = 5
STORED_NOTHING = sentence("Nothing was stored. To import, leave --dry-run out; the mapping is saved then and can be corrected.")


def propose(
    screen: Screen,
    workspace: Workspace,
    paths: Sequence[Path],
    *,
    as_json: bool,
    mapping: Path | None,
    source: str,
    time_zone: str,
) -> None:
    """Show it file by file. DataError, when all is shown, where nothing could be imported."""
    from kundig.ingest import preview

    places = workspace.places(time_zone)
    seen = preview(paths, places, mapping=mapping, source=source, now=workspace.lake.clock())
    if as_json:
        screen.json({"files": [_plain(file) for file in seen.files], "left_out": [worded(message) for message in seen.left_out]})
    else:
        _show_all(screen, seen, places.time_zone)
    if seen.error:
        raise seen.error
    if not as_json:
        screen.note(STORED_NOTHING)


def _show_all(screen: Screen, seen: Preview, zone: str) -> None:
    for file in seen.files:
        _show(screen, file, zone)
    for message in seen.left_out:
        if seen.error is None or message != Message(seen.error.text, seen.error.values):
            screen.say(message)


def _show(screen: Screen, file: FilePreview, zone: str) -> None:
    screen.title(worded(Message(ORIGINS[file.origin], {"file": file.file})))
    if file.proposals:
        rows = [(one.column, one.field or "–", _sure(one), worded(one.reason)) for one in file.proposals]
        screen.table([worded(header) for header in PROPOSALS], rows, (False, False, True))
        screen.data()
    if file.unused:
        screen.paragraph(Message("Without a field, kept in extra: {columns}", {"columns": ", ".join(file.unused)}))
    _events(screen, file.events, zone)
    _accounts(screen, file)
    for warning in file.warnings:
        screen.paragraph(warning)
    screen.data()


def _sure(one: Proposal) -> str:
    return show(Share(one.confidence, 0), spoken()) if one.field else ""


def _events(screen: Screen, events: pa.Table, zone: str) -> None:
    from kundig.answer.plain import as_rows, numeric

    shown = bare(_telling(events, zone))
    if shown.table.num_rows:
        screen.data()
        screen.table(*as_rows(shown, spoken()), numeric(shown))
        screen.data()


def _telling(events: pa.Table, zone: str) -> pa.Table:
    """The columns that hold anything, times in ``zone``, pseudonyms cut to what tells them apart."""
    import pyarrow.compute as pc

    table = events.select([name for name in SHOWN if name in events.column_names and events[name].null_count < events.num_rows])
    for n, field in enumerate(table.schema):
        if field.name == "person_id":
            table = table.set_column(n, field.name, pc.utf8_slice_codeunits(table[n], 0, 8))
    return in_zone(table, zone)


def _accounts(screen: Screen, file: FilePreview) -> None:
    rows = file.rows
    values = {"used": rows.used, "rejected": rows.rejected, "without_event": rows.without_event}
    screen.say(
        sentences(
            "Of {n} row: {used} with events, {rejected} rejected, {without_event} without event.",
            "Of {n} rows: {used} with events, {rejected} rejected, {without_event} without event.",
            rows.read, **values,
        )
    )  # fmt: skip
    if not file.whole:
        screen.say(sentence("The file has more rows than were looked at."))
    for row in file.rejected[:MOST_REJECTED]:
        where = {"row": row.row, "column": row.column or "–", "value": row.value or "–", "why": row.message}
        screen.paragraph(Message("Row {row}, {column}, {value}: {why}", where), indent="  ")


def _plain(file: FilePreview) -> dict[str, Any]:
    from kundig.answer.plain import plain
    from kundig.ingest.mapping_file import write

    return {
        "file": file.file, "origin": file.origin, "mapping": write(file.mapping),
        "proposals": [_plain_proposal(one) for one in file.proposals], "unused": list(file.unused),
        "events": plain(file.events.to_pylist()), "rows": dataclasses.asdict(file.rows), "whole": file.whole,
        "rejected": [{"row": r.row, "column": r.column, "value": r.value, "reason": worded(r.message)} for r in file.rejected],
        "warnings": [worded(message) for message in file.warnings],
    }  # fmt: skip


def _plain_proposal(one: Proposal) -> dict[str, Any]:
    return {"column": one.column, "field": one.field, "confidence": one.confidence, "reason": worded(one.reason)}
