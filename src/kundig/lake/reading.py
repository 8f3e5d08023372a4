"""Reading for a purpose: the only way to rows.

A reading gives the relations ``events, steps, cases, texts, people, agents, links, consents, labels`` as views that
leave out the persons and columns the purpose may not see and the cases the filter does not select. Journeys are exact
at the snapshot by base + fresh: stored steps of untouched cases, united with steps knitted on the fly for cases that
events were added to since the last folding, or that lose the events of a person who may not be seen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from kundig import event
from kundig.engine import Session
from kundig.errors import PrivacyError, QuestionError
from kundig.lake import knit
from kundig.lake.lazily import LazySession
from kundig.lake.where import Where

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Snapshot:
    """Which files make up the lake at one version: all of each table, and the events files not yet folded."""

    version: int
    files: Mapping[str, Sequence[str]]
    fresh: Sequence[str] = ()


@dataclass
class Reading:
    """Relations for one purpose and filter at one version; a context manager."""

    session: Session
    snapshot: Snapshot
    purpose: event.Purpose
    where: Where
    clock: dt.datetime
    visible: str = "true"
    """An SQL condition on a ``person_id``: who the purpose may see. For reading stored tables by person."""
    _known: dict[str, bool] = field(default_factory=dict)

    @property
    def version(self) -> int:
        """The lake version every answer of this reading is true for."""
        return self.snapshot.version

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """The rows of ``sql`` over the purpose's relations."""
        return self.session.query(sql, params)

    def has(self, need: str) -> bool:
        """Whether a declared need is there: "team", "team | agent_id", "kind=contact", "text" or "events"."""
        return any(self._has(part.strip()) for part in need.split("|"))

    @cached_property
    def now(self) -> dt.datetime | None:
        """The newest time in the data that is not later than the clock; None for an empty lake."""
        # Not max(): the newest first lets the engine pass over all but the newest row groups.
        sql = "select occurred_at from events where occurred_at <= :clock order by occurred_at desc limit 1"
        rows = self.query(sql, {"clock": self.clock}).to_pylist()
        newest: dt.datetime | None = rows[0]["occurred_at"] if rows else None
        return newest

    def close(self) -> None:
        """End the session."""
        self.session.close()

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _has(self, need: str) -> bool:
        if need not in self._known:
            self._known[need] = self.query(_presence(need)).num_rows > 0
        return self._known[need]


def _presence(need: str) -> str:
    if need == "events":
        return "select 1 from events limit 1"
    if need == "text":
        return "select 1 from texts limit 1"
    if need.startswith("kind="):
        kind = need.removeprefix("kind=")
        if kind not in event.KINDS:
            raise QuestionError("There is no kind {kind}.", kind=kind)
        return f"select 1 from events where kind = '{kind}' limit 1"
    if need not in event.EVENTS.names:
        raise QuestionError("There is no column {name}.", name=need)
    return f"select 1 from events where {need} is not null limit 1"


def open_reading(
    session: Session,
    snapshot: Snapshot,
    purpose: str,
    where: Where,
    clock: dt.datetime,
    intake: Sequence[Mapping[str, Any]] = (),
) -> Reading:
    """Define the relations in ``session``; PrivacyError where the purpose is unknown.

    ``intake`` is the accounting of imports, one row per file.
    """
    known = event.purpose(purpose)
    if known is None:
        names = ", ".join(p.name for p in event.PURPOSES)
        raise PrivacyError("There is no purpose {name}.", "Use one of: {names}.", name=purpose, names=names)
    lazy = LazySession(session)
    for table in event.TABLES:
        lazy.files(f"stored_{table.name}", snapshot.files.get(table.name, ()), table.arrow())
    lazy.files("fresh_events", snapshot.fresh, event.EVENTS.arrow())
    persons = _persons(lazy, known, snapshot)
    _define_events(lazy, known, persons)
    _define_journeys(lazy, known, persons, bool(snapshot.fresh))
    _select(lazy, where)
    _define_others(lazy, known, persons, bool(where.given()))
    lazy.arrow("intake", _intake(intake))
    return Reading(lazy, snapshot, known, where, clock, persons.visible())


@dataclass(frozen=True)
class _Persons:
    """How persons are seen: ``hidden`` and ``linked`` say whether the relations of these names have rows."""

    hidden: bool
    linked: bool
    only_consenting: bool

    def visible(self, column: str = "person_id") -> str:
        """An SQL condition on a person column."""
        if self.only_consenting:
            return f"{column} in (select person_id from consenting)"
        if self.hidden:
            return f"({column} is null or {column} not in (select person_id from hidden))"
        return "true"

    def named(self, relation: str, columns: Sequence[str]) -> str:
        """``relation`` with linked persons read as one, hidden ones left out."""
        if not self.linked:
            return f"select {', '.join(columns)} from {relation} where {self.visible()}"
        listed = ", ".join("coalesce(l.same_as, r.person_id) as person_id" if c == "person_id" else f"r.{c}" for c in columns)
        return (
            f"select {listed} from {relation} r left join same_person l on l.person_id = r.person_id "
            f"where {self.visible('r.person_id')}"
        )


_LAST_DECISIONS = """
with timed as (
  select *, unix_micros(decided_at) * 2 + case when status in ('withdrawn', 'restricted', 'objected') then 1 else 0 end as latest
  from stored_consents where purpose in (:purpose, '*'))
select person_id, purpose, max_by(status, latest) filter (where status in ('given', 'withdrawn')) as consent,
  max_by(status, latest) filter (where status in ('restricted', 'unrestricted')) as restriction,
  max_by(status, latest) filter (where status in ('objected', 'unobjected')) as objection
from timed group by person_id, purpose
"""
"""The last decision of each person and purpose; of two at the same time the stricter one."""


def _persons(session: Session, purpose: event.Purpose, snapshot: Snapshot) -> _Persons:
    linked = _define_links(session, snapshot)
    if not snapshot.files.get("consents"):
        nobody = _nobody()
        session.arrow("hidden", nobody)
        session.arrow("consenting", nobody)
        return _Persons(False, linked, purpose.needs_consent)
    session.define("decisions", _LAST_DECISIONS, {"purpose": purpose.name})
    session.define("hidden", _with_linked(f"select person_id from decisions where {_hides(purpose)}"), stored=True)
    session.define("refusing", _with_linked("select person_id from decisions where consent = 'withdrawn'"), stored=True)
    session.define("consenting", _CONSENTING, stored=True)
    hidden = session.query("select 1 from hidden limit 1").num_rows > 0
    return _Persons(hidden, linked, purpose.needs_consent)


_CONSENTING = """
select distinct person_id from decisions where consent = 'given' and person_id not in (select person_id from hidden)
  and person_id not in (select person_id from refusing)
"""


def _hides(purpose: event.Purpose) -> str:
    """Whose decisions keep him out: a restriction everywhere but for privacy, an objection also not for service."""
    if purpose.name == "privacy":
        return "false"
    return "restriction = 'restricted'" + (" or objection = 'objected'" if purpose.name != "service" else "")


def _nobody() -> pa.Table:
    import pyarrow as pa

    return pa.table({"person_id": pa.array([], pa.string())})


def _define_links(session: Session, snapshot: Snapshot) -> bool:
    """Define ``same_person``: each linked identifier with the person it is read as; False where there is none."""
    links = _canonical(session) if snapshot.files.get("links") else _nobody().append_column("same_as", _nobody()["person_id"])
    session.arrow("same_person", links)
    return bool(links.num_rows)


def _with_linked(persons: str) -> str:
    """All identifiers of the persons, so that a decision holds however the person is met."""
    group = "select person_id, same_as from same_person union all select distinct same_as, same_as from same_person"
    return (
        f"with named as ({persons}), groups as ({group}) "
        "select person_id from named union "
        "select o.person_id from named n join groups g on g.person_id = n.person_id join groups o on o.same_as = g.same_as"
    )


def _canonical(session: Session) -> pa.Table:
    """Each linked identifier with the person it is read as; undone links left out, chains followed."""
    import pyarrow as pa

    rows = session.query("select person_id, same_as, undone from stored_links order by linked_at").to_pylist()
    last = {(r["person_id"], r["same_as"]): r["undone"] for r in rows}
    parent: dict[str, str] = {}

    def root(person: str) -> str:
        while person in parent:
            person = parent[person]
        return person

    for (one, other), undone in last.items():
        if not undone and root(one) != root(other):
            parent[root(one)] = root(other)
    pairs = [(person, root(person)) for person in parent]
    schema = pa.schema([("person_id", pa.string()), ("same_as", pa.string())])
    return pa.table({"person_id": [p for p, _ in pairs], "same_as": [s for _, s in pairs]}, schema=schema)


def _define_events(session: Session, purpose: event.Purpose, persons: _Persons) -> None:
    hidden = {"content_hash"} if purpose.texts else {"content_hash", "extra"}
    columns = [c for c in event.EVENTS.names if c not in hidden]
    session.define("seen_events", persons.named("stored_events", columns))
    session.define("events", "select * from seen_events")


def _define_journeys(session: LazySession, purpose: event.Purpose, persons: _Persons, fresh: bool) -> None:
    if purpose.needs_consent:
        session.define("knots", knit.KNOTS_OF_EVENTS.format(relation="seen_events") + " where case_id is not null")
        session.define("seen_steps", knit.STEPS, stored=True)
        session.define("seen_cases", knit.CASES.format(steps="seen_steps"), stored=True)
    elif fresh or persons.hidden or persons.linked:
        _base_and_fresh(session, persons)
    else:
        session.define("seen_steps", "select * from stored_steps")
        session.define("seen_cases", "select * from stored_cases")
    session.define("steps", "select * from seen_steps")
    session.define("cases", "select * from seen_cases")


def _base_and_fresh(session: LazySession, persons: _Persons) -> None:
    touched = ["select case_id from fresh_events where case_id is not null"]
    if persons.hidden:
        touched.append("select case_id from stored_steps where person_id in (select person_id from hidden)")
    if persons.linked:
        touched.append("select case_id from stored_steps where person_id in (select person_id from same_person)")
    session.define("touched", " union ".join(touched), stored=True)
    knots = " union all ".join((
        knit.KNOTS_OF_STEPS.format(relation="stored_steps") + " where case_id in (select case_id from touched)",
        knit.KNOTS_OF_EVENTS.format(relation="fresh_events") + " where case_id is not null",
    ))  # fmt: skip
    session.define("all_knots", knots)
    session.define("knots", persons.named("all_knots", knit.KNOTS))
    _knit(session)
    for table in (event.STEPS, event.CASES):
        columns = ", ".join(table.names)
        session.define(
            f"seen_{table.name}",
            f"select {columns} from stored_{table.name} where case_id not in (select case_id from touched) "
            f"union all select {columns} from fresh_{table.name}",
        )


def _knit(session: LazySession) -> None:
    """Steps and cases of the touched cases: by SQL on a cluster, woven in memory here, which is several times quicker."""
    if not session.embedded:
        session.define("fresh_steps", knit.STEPS, stored=True)
        session.define("fresh_cases", knit.CASES.format(steps="fresh_steps"), stored=True)
        return
    from kundig.lake.weave import weave

    woven = cache(lambda: weave(session.query("select * from knots")))
    session.computed("fresh_steps", lambda: woven()[0])
    session.computed("fresh_cases", lambda: woven()[1])


def _select(session: Session, where: Where) -> None:
    if not where.given():
        return
    session.define("selected", where.cases("seen_cases", "seen_steps"), where.given())
    chosen = "case_id in (select case_id from selected)"
    session.define("cases", f"select * from seen_cases where {chosen}")
    session.define("steps", f"select * from seen_steps where {chosen}")
    own = " and ".join(where.event_conditions())
    session.define("caseless", f"select event_id from seen_events where case_id is null and {own}", where.given())
    session.define(
        "events", f"select * from seen_events where {chosen} or (case_id is null and event_id in (select event_id from caseless))"
    )


_LATEST_PEOPLE = """
select person_id, max_by(identifier_kind, unix_micros(received_at)) as identifier_kind,
  max_by(identifier, unix_micros(received_at)) as identifier,
  max_by(name, unix_micros(received_at)) filter (where name is not null) as name,
  max_by(email, unix_micros(received_at)) filter (where email is not null) as email,
  max_by(phone, unix_micros(received_at)) filter (where phone is not null) as phone,
  max_by(account_id, unix_micros(received_at)) filter (where account_id is not null) as account_id
from ({rows}) group by person_id
"""


_LATEST_LABELS = f"""
select {", ".join(event.LABELS.names)} from (
  select *, row_number() over (partition by event_id, name order by model_version desc) as place
  from stored_labels where event_id in (select event_id from events)) ranked
where place = 1 and value <> ''
"""


def _define_others(session: Session, purpose: event.Purpose, persons: _Persons, filtered: bool) -> None:
    only = " and event_id in (select event_id from events)" if filtered else ""
    if purpose.texts:
        session.define("texts", persons.named("stored_texts", event.TEXTS.names) + only)
    if purpose.names:
        visible = f"select * from stored_people where {persons.visible()}"
        session.define("people", _LATEST_PEOPLE.format(rows=visible))
        session.define("agents", "select distinct agent_id, identifier, team from stored_agents")
    session.define("labels", _LATEST_LABELS)
    session.define("links", f"select * from stored_links where {persons.visible()}")
    session.define("consents", f"select * from stored_consents where {persons.visible()}")


_COUNTS = ("read", "used", "rejected", "duplicate", "without_event", "withheld", "events")


def _intake(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    import pyarrow as pa

    names = (
        [(n, pa.string()) for n in ("run", "file", "source")]
        + [(n, pa.int64()) for n in _COUNTS]
        + [("finished_at", pa.string())]
    )
    return pa.Table.from_pylist([dict(row) for row in rows], schema=pa.schema(names))
