"""Compaction: many small files become few sorted ones. It touches no case and changes no answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kundig import event
from kundig.engine import Engine, Written
from kundig.lake.append import ROWS_PER_FILE
from kundig.lake.fold import fold_now
from kundig.lake.state import File
from kundig.lake.store import Store

SMALL = ROWS_PER_FILE // 2
"""A file with fewer rows is merged with its like."""


@dataclass(frozen=True)
class Compacted:
    """How many files there were and are, and the lake's version."""

    before: int
    after: int
    version: int


def compact(store: Store, engine: Engine) -> Compacted:
    """Fold what is fresh, merge small files, and delete replaced ones whose grace is over."""
    with store.writing():
        before = len(store.state.snapshot()[2])
        fold_now(store, engine)
        work = store.new_folder("compact")
        add: list[File] = []
        remove: list[File] = []
        for table in event.TABLES:
            small = [f for f in store.files(table.name) if f.rows < SMALL]
            if len(small) > 1:
                add += store.adopt(table.name, _merged(store, engine, table, small, work))
                remove += small
        version = store.commit(add, remove, "compact") if remove else store.state.version()
        store.sweep()
        return Compacted(before, len(store.state.snapshot()[2]), version)


def _merged(store: Store, engine: Engine, table: event.Table, small: list[File], work: Path) -> list[Written]:
    session = engine.session([store.folder], work)
    try:
        session.files("small", [str(store.table(table.name) / f.path) for f in small], table.arrow())
        sql = f"select {', '.join(table.names)} from small order by {order_of(table)}"
        return session.write(sql, work, rows_per_file=ROWS_PER_FILE, stem=table.name)
    finally:
        session.close()


def order_of(table: event.Table) -> str:
    """A table's sort order as SQL; "month" is the event's month."""
    return ", ".join("date_trunc('month', occurred_at)" if c == "month" else c for c in table.sorted_by)
