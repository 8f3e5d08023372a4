"""Append: staged events become stored ones, each exactly once.

An event counts once however often it is delivered: within a batch, across batches, days and processes. The same id
with other content is refused and shown. Events of erased persons up to their erasure are withheld.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kundig import event
from kundig.engine import Engine, Session, Written
from kundig.lake.staged import Appended, Staged
from kundig.lake.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_PER_FILE = 245_760
"""Four row groups: small enough that erasing a person rewrites little, large enough that opening files costs little."""

_SUSPECTS = """
select event_id from incoming_ids where id_hash in (
  select id_hash from incoming_ids group by id_hash having count(*) > 1)
union select i.event_id from stored_events s join incoming_ids i on i.event_id = s.event_id
union select i.event_id from incoming i join tombstones t on t.person_id = i.person_id and i.occurred_at <= t.erased_at
"""

_JUDGED = """
select i.row, i.event_id, i.position,
  case
    when t.person_id is not null then 'withheld'
    when s.event_id is not null then case when s.content_hash = i.content_hash then 'duplicate' else 'conflict' end
    when row_number() over same_id = 1 then 'new'
    when i.content_hash = first_value(i.content_hash) over same_id then 'duplicate'
    else 'conflict' end as outcome
from incoming i
left join (select event_id, min(content_hash) as content_hash from stored_events
           where event_id in (select event_id from suspects) group by event_id) s on s.event_id = i.event_id
left join tombstones t on t.person_id = i.person_id and i.occurred_at <= t.erased_at
where i.event_id in (select event_id from suspects)
window same_id as (partition by i.event_id order by t.person_id is null desc, i.position, i.row)
"""

_NEW = """
select i.* from incoming i where i.event_id not in (select event_id from suspects)
union all
select i.* from incoming i join judged j on j.event_id = i.event_id and j.row = i.row and j.position = i.position
where j.outcome = 'new'
"""

_DAYS = """
select cast(floor(unix_micros(occurred_at) / 86400000000.0) as bigint) as day, count(*) as n from new_events group by 1
"""


def append(store: Store, engine: Engine, staged: Staged, why: str) -> Appended:
    """Store what is new of ``staged`` and say what became of the rest; returns only when it is on the disk."""
    with store.writing():
        work = store.new_folder("append")
        session = engine.session([store.folder], work)
        try:
            return _append(store, session, staged, work, why)
        finally:
            session.close()
            shutil.rmtree(work, ignore_errors=True)


def _append(store: Store, session: Session, staged: Staged, work: Path, why: str) -> Appended:
    snapshot = store.snapshot()
    session.files("incoming", [str(p) for p in staged.events], _staged_schema())
    session.files("stored_events", snapshot.files["events"], event.EVENTS.arrow())
    counts = _judge(session, store.state.tombstones())
    told = "select row, event_id, outcome from judged where outcome <> 'new'"
    outcomes = session.write(told, _outcome_folder(staged, work), rows_per_file=10_000_000, stem="outcomes")
    added = store.adopt("events", _sorted_events(session, staged, work), fresh=True)
    added += store.adopt("texts", _texts(session, work))
    added += store.adopt("people", _new_rows(session, "people", staged.people, snapshot.files["people"], work))
    added += store.adopt("agents", _new_rows(session, "agents", staged.agents, snapshot.files["agents"], work))
    version = store.commit(added, [], why) if added else snapshot.version
    new = sum(f.rows for f in added if f.table == "events")
    return Appended(
        new=new, duplicate=counts.get("duplicate", 0), conflict=counts.get("conflict", 0), withheld=counts.get("withheld", 0),
        version=version, outcomes=[w.path for w in outcomes],
    )  # fmt: skip


def _judge(session: Session, tombstones: Mapping[str, str]) -> dict[str, int]:
    """Decide about every staged event whose id is met twice, is stored already, or belongs to an erased person."""
    session.arrow("tombstones", _buried(tombstones))
    session.define("incoming_ids", "select event_id, hash(event_id) as id_hash from incoming")
    session.define("suspects", _SUSPECTS, stored=True)
    session.define("judged", _JUDGED, stored=True)
    session.define("new_events", _NEW if _has_suspects(session) else "select * from incoming")
    rows = session.query("select outcome, count(*) as n from judged group by outcome").to_pylist()
    return {r["outcome"]: r["n"] for r in rows}


def _has_suspects(session: Session) -> bool:
    return session.query("select 1 from suspects limit 1").num_rows > 0


def _staged_schema() -> pa.Schema:
    import pyarrow as pa

    return event.EVENTS.arrow().append(pa.field("text", pa.string())).append(pa.field("row", pa.int64()))


def _buried(tombstones: Mapping[str, str]) -> pa.Table:
    import datetime as dt

    import pyarrow as pa

    times = pa.array([dt.datetime.fromisoformat(t) for t in tombstones.values()], pa.timestamp("us", tz="UTC"))
    return pa.table({"person_id": pa.array(list(tombstones), pa.string()), "erased_at": times})


def _sorted_events(session: Session, staged: Staged, work: Path) -> list[Written]:
    if session.embedded:
        return _sorted_here(session, staged, work)
    columns = ", ".join(event.EVENTS.names)
    order = "date_trunc('month', occurred_at), person_id, occurred_at, position"
    return session.write(f"select {columns} from new_events order by {order}", work, rows_per_file=ROWS_PER_FILE, stem="events")


def _sorted_here(session: Session, staged: Staged, work: Path) -> list[Written]:
    """The same by Arrow, at less than half the cost."""
    from kundig.lake.sorting import sorted_events

    files = staged.events
    if _has_suspects(session):
        files = [w.path for w in session.write("select * from new_events", work, rows_per_file=ROWS_PER_FILE, stem="new")]
        if not files:
            return []
        session.files("new_events", [str(path) for path in files], _staged_schema())
    return sorted_events(files, session.query(_DAYS), work, ROWS_PER_FILE)


def _texts(session: Session, work: Path) -> list[Written]:
    sql = "select event_id, person_id, text from new_events where text is not null and text <> '' order by person_id, event_id"
    return session.write(sql, work, rows_per_file=ROWS_PER_FILE, stem="texts")


def _new_rows(session: Session, name: str, staged: Sequence[Path], stored: Sequence[str], work: Path) -> list[Written]:
    """Rows of people or agents that say something the table does not hold yet; none of an erased person without new events."""
    table = event.table(name)
    session.files(f"incoming_{name}", [str(p) for p in staged], table.arrow())
    session.files(f"stored_{name}", stored, table.arrow())
    facts = ", ".join(c for c in table.names if c != "received_at")
    allowed = "true"
    if name == "people":
        allowed = (
            "person_id not in (select person_id from tombstones) "
            "or person_id in (select n.person_id from new_events n join tombstones t on t.person_id = n.person_id)"
        )
    sql = (
        f"with fresh as (select {facts} from incoming_{name} where {allowed} except select {facts} from stored_{name}) "
        f"select {', '.join(f'i.{c}' if c != 'received_at' else 'max(i.received_at) as received_at' for c in table.names)} "
        f"from incoming_{name} i join fresh f on {_same('i', 'f', facts)} "
        f"group by {', '.join(f'i.{c}' for c in table.names if c != 'received_at')} order by 1, 2"
    )
    return session.write(sql, work, rows_per_file=ROWS_PER_FILE, stem=name)


def _same(one: str, other: str, columns: str) -> str:
    return " and ".join(f"{one}.{c} is not distinct from {other}.{c}" for c in columns.split(", "))


def _outcome_folder(staged: Staged, work: Path) -> Path:
    """Outcomes lie beside the staged events, so that they outlive the append's own folder."""
    return staged.events[0].parent if staged.events else work
