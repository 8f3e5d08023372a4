"""Rows that are many events: a ticket or an order with a date column for each thing that happened to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kundig.ingest.guess import SURE, Guess
from kundig.ingest.headers import hint, is_ignored
from kundig.ingest.mapping import Event, Field, Promise, Table
from kundig.ingest.profile import Column
from kundig.ingest.words import Words, plain

_FILL = frozenset({"at", "on", "date", "time", "timestamp", "am", "um", "datum", "zeit", "zeitpunkt", "ts", "dt"})
_ORDER = ("contact", "purchase", "handover", "answer", "other", "closed", "reopened", "survey_answer")


@dataclass(frozen=True)
class Dated:
    """A date column and what its header says happened then."""

    column: str
    kind: str
    sure: float


def many_events(columns: Mapping[str, Column], chosen: Mapping[str, Guess], words: Words, table: Table) -> Table | None:
    """The table with an event per date column and a promise per due column; None where a row is one event."""
    dated = [d for column in columns.values() if (d := _dated(column, words))]
    happened = [d for d in dated if d.kind != "due"]
    due = [d for d in dated if d.kind == "due"]
    if len(happened) + bool(due) < 2 or not happened or _is_log(columns, chosen):
        return None
    once = {name: table.fields[name] for name in ("score",) if name in table.fields}
    fields = {n: f for n, f in table.fields.items() if n not in ("occurred_at", "activity", "due_at", *once)}
    events = _with_score([_event(d) for d in _in_order(happened)], once)
    return replace(table, fields=fields, events=tuple(events), promises=_promises(happened, due), event_id=_row_id(columns, chosen, table))


def _dated(column: Column, words: Words) -> Dated | None:
    if not (column.is_date or column.is_epoch) or is_ignored(column.name, words):
        return None
    names = {k: v for k, v in words.of("dates").items() if k not in ("ignored", "kept_by")}
    found = hint(column.name, names)
    return Dated(column.name, found.name, found.confidence) if found else None


def _is_log(columns: Mapping[str, Column], chosen: Mapping[str, Guess]) -> bool:
    """True where an activity column and a case that repeats show that each row is one event."""
    activity = next((c for c, guess in chosen.items() if guess.field == "activity" and guess.confidence >= SURE), "")
    case = next((c for c, guess in chosen.items() if guess.field == "case"), "")
    return bool(activity) and not (case and columns[case].distinct >= 0.99 * columns[case].filled)


def _event(dated: Dated) -> Event:
    words = [word for word in plain(dated.column).split() if word not in _FILL]
    name = " ".join(words) or dated.column
    return Event({"occurred_at": Field((dated.column,)), "activity": Field(value=name), "kind": Field(value=dated.kind)})


def _in_order(happened: Sequence[Dated]) -> list[Dated]:
    return sorted(happened, key=lambda d: _ORDER.index(d.kind))


def _with_score(events: list[Event], once: Mapping[str, Field]) -> list[Event]:
    """A rating belongs to the survey's answer, else to the last event of the row."""
    if not once or not events:
        return events
    kinds = [event.fields["kind"].value for event in events]
    place = next((i for kind in ("survey_answer", "closed") for i, k in enumerate(kinds) if k == kind), len(events) - 1)
    return [replace(e, fields={**e.fields, **once}) if i == place else e for i, e in enumerate(events)]


def _promises(happened: Sequence[Dated], due: Sequence[Dated]) -> tuple[Promise, ...]:
    made = next((d.column for kind in ("purchase", "contact") for d in happened if d.kind == kind), "")
    if not made:
        return ()
    return tuple(Promise(made=made, due=d.column, kept=_kept(happened, made), name=_promise_name(d.column)) for d in due)


def _kept(happened: Sequence[Dated], made: str) -> str:
    """The column that says when the promise was kept: what was delivered, else what was resolved, else closed."""
    rest = [d.column for d in happened if d.column != made]
    for word in ("delivered customer", "delivered", "geliefert", "zugestellt", "resolved", "solved", "geloest", "erledigt", "completed", "closed", "geschlossen", "abgeschlossen", "end"):
        found = next((column for column in rest if word in plain(column)), "")
        if found:
            return found
    return ""


def _promise_name(column: str) -> str:
    dropped = _FILL | {"due", "faellig", "estimated", "expected", "promised", "zugesagt", "zugesagte", "bis", "order"}
    words = [word for word in plain(column).split() if word not in dropped]
    return " ".join(words) or "promise"


def _row_id(columns: Mapping[str, Column], chosen: Mapping[str, Guess], table: Table) -> str:
    """The row's own id, else the case's where each row is a case of its own."""
    case = next((c for c, guess in chosen.items() if guess.field == "case"), "")
    if table.event_id or not case:
        return table.event_id
    whole = columns[case].distinct == columns[case].filled == columns[case].rows
    return case if whole else ""
