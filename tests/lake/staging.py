"""A real lake in a folder, fed with rows written by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kundig import event
from kundig.lake import Appended, Lake, Staged
from tests.rows import NOW, events_table


def lake_in(folder: Path, clock: dt.datetime = NOW) -> Lake:
    """A new lake below ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    lake = Lake(folder, clock=lambda: clock)
    lake.create()
    return lake


def staged(lake: Lake, rows: Iterable[Mapping[str, Any]], people: Iterable[Mapping[str, Any]] = ()) -> Staged:
    """Rows as an import would stage them; the staging folder is left to the caller."""
    listed = list(rows)
    folder = lake.staging()
    table = events_table({k: v for k, v in row.items() if k != "row"} for row in listed)
    table = table.append_column("text", pa.array([row.get("text") for row in listed], pa.string()))
    table = table.append_column("row", pa.array([row.get("row", n) for n, row in enumerate(listed)], pa.int64()))
    pq.write_table(table, folder / "events.parquet")
    named = [{**dict.fromkeys(event.PEOPLE.names), "received_at": NOW, "identifier_kind": "customer", **p} for p in people]
    pq.write_table(pa.Table.from_pylist(named, schema=event.PEOPLE.arrow()), folder / "people.parquet")
    return Staged([folder / "events.parquet"], [folder / "people.parquet"])


def put(lake: Lake, rows: Iterable[Mapping[str, Any]], people: Iterable[Mapping[str, Any]] = ()) -> Appended:
    """Append rows and clear the staging folder; outcome files are gone with it."""
    ready = staged(lake, rows, people)
    appended = lake.append(ready)
    lake.discard(ready.events[0].parent)
    return appended


def rows_of(lake: Lake, sql: str, purpose: str = "privacy", **params: Any) -> list[dict[str, Any]]:
    """Rows of a question."""
    with lake.read(purpose) as reading:
        return reading.query(sql, params).to_pylist()
