"""What the import page shows of a file: each column's part with the reason, ten events as they would be stored, what would
be rejected. Plain values, worded in one language, computed in the asker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig.errors import DataError
from kundig.ingest import mapping_file, preview
from kundig.ingest.plan import Job, sample
from kundig.message import Message, percent, say, sentence
from kundig.server.sources.imports import reading
from kundig.server.sources.imports.columns import Choices, changed, parts_of
from kundig.server.sources.imports.parts import FIXED

if TYPE_CHECKING:
    import pyarrow as pa

    from kundig.ingest import FilePreview, Places
    from kundig.workspace import Workspace

SHOWN = (
    "occurred_at", "case_id", "activity", "kind", "channel", "person_id", "direction", "actor", "team", "reason",
    "score", "promise_id", "due_at", "duration_s", "cost", "text",
)  # fmt: skip
"""Columns of the first events, where they hold anything; the most telling first."""
MOST_COLUMNS = 100
MOST_TABLES = 20
MOST_REJECTED = 10
LONGEST = 60
SURE = 0.75
"""From here on a proposal need not be looked at twice."""
CHOSEN = sentence("You chose this.")
SAVED = sentence("The saved mapping says so.")
NOTHING = sentence("No field fits; it is kept in extra.")
TIMELESS = sentence("No column here looks like a time. Without one nothing happened: choose the column, or leave this table out.")


def look(workspace: Workspace, path: Path, choices: Mapping[str, Choices], lang: str) -> dict[str, Any]:
    """``files``: the tables to be poured; ``timeless``: those without a time; ``left_out``: why the rest cannot be read."""
    with reading.scratch() as folder:
        places = reading.renamed(workspace.places(), folder)
        found = reading.found(path, places, folder / "found")
        seen, problem = _seen(workspace, path, places, found, choices)
        told = [
            _file(job, seen.get(job.source.name), choices.get(job.source.name, Choices()), places, lang) for job in found.jobs
        ]
        timeless = [
            _file(job, seen.get(job.source.name), choices.get(job.source.name, Choices()), places, lang) for job in found.timeless
        ]
        return {
            "files": told[:MOST_TABLES], "timeless": timeless[:MOST_TABLES], "n": len(told[:MOST_TABLES]),
            "more": max(0, len(told) - MOST_TABLES) + max(0, len(timeless) - MOST_TABLES),
            "left_out": [message.say(lang) for message in found.left_out],
            "problem": _told(problem, lang) if problem else None,
            "ready": not problem and any(one["tells"] for one in (*told, *timeless)),
        }  # fmt: skip


def _seen(
    workspace: Workspace, path: Path, places: Places, found: reading.Found, choices: Mapping[str, Choices]
) -> tuple[dict[str, FilePreview], DataError | None]:
    """The preview of each table with the choices made; none, and the error, where they cannot be followed."""
    if not found.all:
        return {}, None
    try:
        # what was proposed stands there too, so that nothing has to be found out a second time
        proposed = {job.path: job.mapping for job in found.all if job.path}
        for file, mapping in {**proposed, **reading.decided(found, choices)}.items():
            mapping_file.save(mapping, file)
        told = preview([path], places, now=workspace.lake.clock())
    except DataError as error:
        return {}, error
    timeless = {job.source.name for job in found.timeless}
    return {file.file: file for file in told.files if file.table.tells or file.file not in timeless}, None


def _told(error: DataError, lang: str) -> dict[str, str]:
    return {
        "title": Message(error.text, error.values).say(lang),
        "hint": Message(error.hint, error.values).say(lang) if error.hint else "",
    }


def _file(job: Job, seen: FilePreview | None, chosen: Choices, places: Places, lang: str) -> dict[str, Any]:
    mapping = seen.mapping if seen else changed(job.mapping, job.table.name, chosen, lambda _: (0.0, 0.0))
    table = seen.table if seen else mapping.table(job.table.name)
    score, length = table.fields.get("score"), table.fields.get("duration_s")
    rows = sample(job.source)
    return {
        "file": job.source.name, "origin": job.origin, "source": mapping.source,
        "time_zone": mapping.time_zone or places.time_zone, "decimal": mapping.decimal, "date_order": mapping.date_order,
        "scale": score.scale if score else None, "unit": length.unit if length else None,
        "columns": _columns(job, table, chosen, rows, lang), "hidden": max(0, len(reading.columns_of(rows)) - MOST_COLUMNS),
        "tells": bool(seen) and table.tells, "is_looked_up": bool(seen) and not table.tells,
        **(_events(seen, places.time_zone, lang) if seen else {"headers": [], "rows": []}),
        "account": vars(seen.rows) if seen else {}, "whole": bool(seen and seen.whole),
        "rejected": [_rejected(row, lang) for row in seen.rejected[:MOST_REJECTED]] if seen else [],
        "unused": list(seen.unused)[:MOST_COLUMNS] if seen else [],
        "warnings": [message.say(lang) for message in (*job.warnings, *seen.warnings)] if seen else [say(TIMELESS, lang)],
    }  # fmt: skip


def _columns(job: Job, table: Any, chosen: Choices, rows: pa.Table, lang: str) -> list[dict[str, Any]]:
    """Every column with its part; of very many only those that play one, and the first others."""
    names = reading.columns_of(rows)
    before, now = parts_of(job.table), parts_of(table)
    proposals = {one.column: one for one in job.proposals}
    listed = sorted(names, key=lambda name: name not in now)[:MOST_COLUMNS] if len(names) > MOST_COLUMNS else names
    told = []
    for name in listed:
        part = now.get(name, "")
        one = proposals.get(name)
        if name in chosen.parts and part != before.get(name, ""):
            reason, sure = say(CHOSEN, lang), None
        elif one:
            reason, sure = one.reason.say(lang), one.confidence if one.field else None
        else:
            reason, sure = say(SAVED if part and job.origin == "saved" else NOTHING, lang), None
        shown = {"sure": percent(sure, lang, 0) if sure else "", "grade": _grade(sure), "examples": _examples(rows, name)}
        told.append({"name": name, "part": part, "fixed": part in FIXED, "reason": reason, **shown})
    return told


def _grade(sure: float | None) -> str:
    return "" if not sure else "good" if sure >= SURE else "warn"


def _examples(rows: pa.Table, name: str) -> list[str]:
    """The first three different values."""
    values = dict.fromkeys(value.strip() for value in rows[name].slice(0, 200).to_pylist() if value and value.strip())
    return [_cut(value) for value in list(values)[:3]]


def _events(seen: FilePreview, zone: str, lang: str) -> dict[str, Any]:
    from kundig.answer import Answer
    from kundig.answer.plain import as_rows

    events = _in_zone(_telling(seen.events), zone)
    shown = Answer(
        "preview", "", "", {}, (), None, events, "", events.num_rows, 0, words=("kind", "channel", "direction", "actor")
    )
    headers, rows = as_rows(shown, lang) if events.num_columns else ([], [])
    return {"headers": headers, "rows": [[_cut(cell) for cell in row] for row in rows]}


def _telling(events: pa.Table) -> pa.Table:
    """The columns that hold anything, pseudonyms cut to what tells them apart."""
    import pyarrow.compute as pc

    table = events.select([name for name in SHOWN if name in events.column_names and events[name].null_count < events.num_rows])
    for n, field in enumerate(table.schema):
        if field.name == "person_id":
            table = table.set_column(n, field.name, pc.utf8_slice_codeunits(table[n], 0, 8))
    return table


def _in_zone(table: pa.Table, zone: str) -> pa.Table:
    import pyarrow as pa

    for n, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz:
            table = table.set_column(n, field.name, table[n].cast(pa.timestamp(field.type.unit, tz=zone)))
    return table


def _rejected(row: Any, lang: str) -> dict[str, Any]:
    return {"row": row.row, "column": row.column, "value": _cut(row.value), "reason": row.message.say(lang)}


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def choices_of(given: Mapping[str, Mapping[str, Any]]) -> dict[str, Choices]:
    """Choices by table as they were kept: plain values, from a form that was checked."""
    return {file: Choices(**one) for file, one in given.items()}


def all_rejected(rows: Sequence[Any], lang: str, most: int) -> list[dict[str, Any]]:
    """Rejected rows for a page."""
    return [{"id": row.id, "file": row.file, "cells": len(row.cells), **_rejected(row, lang)} for row in rows[:most]]
