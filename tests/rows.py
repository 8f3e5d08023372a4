"""Small lakes written by hand: events as dictionaries, read through the real relations for a purpose."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from kundig import event
from kundig.engine import find
from kundig.lake import Reading, Snapshot, Where
from kundig.lake.reading import open_reading

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def at(text: str) -> dt.datetime:
    """A UTC time from ISO text."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def events_table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """An events table; what a row leaves out is filled: event_id, position, received_at, kind "other", source "test"."""
    filled = []
    for n, row in enumerate(rows):
        base = {
            "event_id": f"{n:032x}", "position": n, "received_at": NOW, "kind": "other", "activity": row.get("kind", "something"),
            "source": "test", "content_hash": n,
        }  # fmt: skip
        values = {k: v for k, v in row.items() if k != "text"}
        if isinstance(values.get("occurred_at"), str):
            values["occurred_at"] = at(values["occurred_at"])
        if isinstance(values.get("due_at"), str):
            values["due_at"] = at(values["due_at"])
        filled.append({**dict.fromkeys(event.EVENTS.names), **base, **values})
    return pa.Table.from_pylist(filled, schema=event.EVENTS.arrow())


def texts_table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """The texts of rows that have one."""
    made = [
        {"event_id": row.get("event_id", f"{n:032x}"), "person_id": row.get("person_id"), "text": row["text"]}
        for n, row in enumerate(rows)
        if row.get("text")
    ]
    return pa.Table.from_pylist(made, schema=event.TEXTS.arrow())


class RowsSession:
    """An engine session in which the stored tables are the given rows, none of them folded yet."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        listed = list(rows)
        self._session = find("duckdb").session([])
        self._given = {"stored_events": events_table(listed), "stored_texts": texts_table(listed)}
        self._given["fresh_events"] = self._given["stored_events"]

    def files(self, name: str, paths: Any, schema: pa.Schema) -> None:
        self._session.arrow(name, self._given.get(name, schema.empty_table()))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


class RowsLake:
    """Enough of a lake to ask insights: ``ask(RowsLake(rows), JourneyMap())``."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], clock: dt.datetime = NOW) -> None:
        self._rows, self._clock = list(rows), clock

    def read(self, purpose: str, where: Where | None = None) -> Reading:
        session: Any = RowsSession(self._rows)
        return open_reading(session, Snapshot(1, {}, ["rows"]), purpose, where or Where(), self._clock)
