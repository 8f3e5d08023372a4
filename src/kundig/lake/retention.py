"""Deleting by age: what a purpose no longer needs is taken out of the lake, and nothing of older versions stays.

Only files that hold a row concerned are rewritten. The cases that lose an event are knitted again from the events that
stay: these are stored as fresh in the same commit, so every answer is right at once and the fold that follows is no matter
of correctness. Rewriting is safe at every point of a crash: files that never counted are removed by the next writer.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kundig import event
from kundig.engine import Engine, Session
from kundig.errors import QuestionError
from kundig.lake.append import ROWS_PER_FILE
from kundig.lake.compact import order_of
from kundig.lake.fold import fold_now
from kundig.lake.state import File
from kundig.lake.store import Store

WHAT = ("texts", "events", "people")
"""Free texts; whole events with their texts and labels; identifying fields of persons nothing has happened to since."""


@dataclass(frozen=True)
class Rule:
    """What goes: rows of ``what`` from before a time, where ``source`` or ``kind`` is given only those of such events."""

    what: str
    before: dt.datetime
    source: str = ""
    kind: str = ""

    def __post_init__(self) -> None:
        if self.what not in WHAT:
            raise QuestionError("There is no rule for {what}.", "Use one of: {known}.", what=self.what, known=", ".join(WHAT))


@dataclass(frozen=True)
class Expired:
    """How many rows a rule concerns, of how many, how many persons', and the time of the oldest."""

    rows: int
    of: int
    persons: int
    oldest: dt.datetime | None


def preview(store: Store, engine: Engine, rule: Rule) -> Expired:
    """What :func:`remove` would take out now; changes nothing."""
    work = store.new_folder("retention")
    session = engine.session([store.folder], work)
    try:
        return _Removal(store, session, work, rule).expired()
    finally:
        session.close()
        shutil.rmtree(work, ignore_errors=True)


def remove(store: Store, engine: Engine, rule: Rule) -> Expired:
    """Take out what the rule concerns, for good; returns when it is on the disk. StorageError where the disk is full."""
    with store.writing():
        fold_now(store, engine)
        work = store.new_folder("retention")
        session = engine.session([store.folder], work)
        try:
            removal = _Removal(store, session, work, rule)
            expired = removal.expired()
            if expired.rows:
                removal.rewrite()
                store.commit(removal.add, removal.remove, "retention")
        finally:
            session.close()
            shutil.rmtree(work, ignore_errors=True)
        if expired.rows:
            fold_now(store, engine)
            store.clean()
        return expired


def newest(store: Store, engine: Engine) -> dt.datetime | None:
    """When the lake last stored an event; None where it holds none."""
    work = store.new_folder("retention")
    session = engine.session([store.folder], work)
    try:
        paths = [str(store.table("events") / f.path) for f in store.files("events")]
        session.files("all_events", paths, event.EVENTS.arrow())
        found: dt.datetime | None = session.query("select max(received_at) as at from all_events")["at"][0].as_py()
        return found
    finally:
        session.close()
        shutil.rmtree(work, ignore_errors=True)


_EXPIRED = "select event_id, case_id, person_id, occurred_at from events where occurred_at < :before{more}"
_GONE = """
select person_id, max(received_at) as occurred_at from people
where person_id not in (select person_id from events where occurred_at >= :before and person_id is not null)
group by person_id having max(received_at) < :before
"""
_COUNTS = {
    "events": (
        "select count(*) as n, count(distinct person_id) as persons, min(occurred_at) as oldest, "
        "(select count(*) from events) as total from expired"
    ),
    "texts": (
        "select count(*) as n, count(distinct e.person_id) as persons, min(e.occurred_at) as oldest, "
        "(select count(*) from texts) as total from texts t join expired e on e.event_id = t.event_id"
    ),
    "people": (
        "select count(*) as n, count(distinct g.person_id) as persons, min(g.occurred_at) as oldest, "
        "(select count(*) from people) as total from people p join gone g on g.person_id = p.person_id"
    ),
}
_IS_EXPIRED = "event_id in (select event_id from expired)"
_IS_TOUCHED = "coalesce(case_id in (select case_id from touched), false)"


class _Removal:
    """One rule put to the lake: what it concerns, and the files of the change."""

    def __init__(self, store: Store, session: Session, work: Path, rule: Rule) -> None:
        self.store, self.session, self.work, self.rule = store, session, work, rule
        self.add: list[File] = []
        self.remove: list[File] = []
        for table in event.TABLES:
            session.files(table.name, self._paths(store.files(table.name)), table.arrow())

    def expired(self) -> Expired:
        """Define what is concerned and count it."""
        params: dict[str, Any] = {"before": self.rule.before}
        if self.rule.what == "people":
            self.session.define("gone", _GONE, params, stored=True)
        else:
            named = {k: v for k, v in (("source", self.rule.source), ("kind", self.rule.kind)) if v}
            more = "".join(f" and {name} = :{name}" for name in named)
            self.session.define("expired", _EXPIRED.format(more=more), {**params, **named}, stored=True)
        row = self.session.query(_COUNTS[self.rule.what]).to_pylist()[0]
        return Expired(row["n"], row["total"], row["persons"], row["oldest"])

    def rewrite(self) -> None:
        """Write what stays of the files concerned."""
        if self.rule.what == "people":
            self._rewrite("people", "person_id in (select person_id from gone)")
            return
        self._rewrite("texts", _IS_EXPIRED)
        if self.rule.what == "events":
            self._rewrite("labels", _IS_EXPIRED)
            self._rewrite_journeys()

    def _rewrite_journeys(self) -> None:
        """Events go; what stays of their cases is knitted again."""
        touched = "select distinct case_id from expired where case_id is not null"
        self.session.define("touched", touched, stored=True)
        held = self._held("events", f"{_IS_EXPIRED} or {_IS_TOUCHED}")
        self._keep("events", held, f"not {_IS_EXPIRED} and not {_IS_TOUCHED}")
        self._keep("events", held, f"not {_IS_EXPIRED} and {_IS_TOUCHED}", fresh=True)
        self.remove += held
        for name in ("steps", "cases"):
            self._rewrite(name, _IS_TOUCHED)

    def _rewrite(self, name: str, goes: str) -> None:
        held = self._held(name, goes)
        self._keep(name, held, f"not ({goes})")
        self.remove += held

    def _held(self, name: str, goes: str) -> list[File]:
        """The files of a table with a row that goes."""
        live = {f.path: f for f in self.store.files(name)}
        if not live:
            return []
        self.session.files("sought", self._paths(list(live.values())), event.table(name).arrow(), named=True)
        found = self.session.query(f"select distinct filename from sought where {goes}")["filename"].to_pylist()
        return [live[Path(str(path)).name] for path in found]

    def _keep(self, name: str, held: Sequence[File], stays: str, *, fresh: bool = False) -> None:
        if not held:
            return
        table = event.table(name)
        self.session.files("held", self._paths(held), table.arrow())
        sql = f"select {', '.join(table.names)} from held where {stays} order by {order_of(table)}"
        stem = f"{name}-fresh" if fresh else name
        written = self.session.write(sql, self.work, rows_per_file=ROWS_PER_FILE, stem=stem)
        self.add += self.store.adopt(name, written, fresh=fresh)

    def _paths(self, files: Sequence[File]) -> list[str]:
        return [str(self.store.table(f.table) / f.path) for f in files]
