"""The lake's small ledgers, written by people and imports: who agreed to what, and which identifiers are one person.

Rows are only added, never changed: a consent taken back and a link undone are rows of their own, so that the history can
be shown to the person and to an authority (GDPR Art. 7 (1); the columns follow ISO/IEC TS 27560:2023, consent records).
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kundig import event
from kundig.errors import PrivacyError, QuestionError
from kundig.lake.append import ROWS_PER_FILE
from kundig.lake.persons import Person
from kundig.lake.reading import Reading
from kundig.lake.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

STATUSES = ("given", "withdrawn", "restricted", "unrestricted", "objected", "unobjected")
ALL_PURPOSES = "*"
WEAK_KINDS = ("email", "phone", "device", "cookie", "session", "name")
"""Kinds of identifier a person may well have several of; any other kind is strong: two of it speak for two persons."""

_MICROSECOND = dt.timedelta(microseconds=1)


class Ledger:
    """Consents and links of one lake.

    read: opens a reading for the purpose "privacy"; clock: what time it is. All writes take the store's lock, are synced
    to the disk and count at the next read.
    """

    def __init__(self, store: Store, read: Callable[[], Reading], clock: Callable[[], dt.datetime]) -> None:
        self._store, self._read, self._clock = store, read, clock

    def record_consent(
        self, persons: Person | str | Sequence[str], purpose: str, status: str, *,
        source: str, author: str = "", notice: str = "", evidence: str = "", at: dt.datetime | None = None,
    ) -> int:  # fmt: skip
        """Add one decision for every identifier of the persons; returns the lake's new version.

        PrivacyError where purpose or status is unknown or the time lies in the future, QuestionError where nobody is known.
        """
        check_decision(purpose, status)
        now, ids = self._clock(), _ids(persons)
        _not_in_future(at, now)
        with self._store.writing(), self._read() as reading:
            _must_be_known(reading, self._store, ids)
            told = {
                "purpose": purpose, "status": status, "source": source, "author": author or None, "notice": notice or None,
                "evidence": evidence or None, "recorded_at": now,
            }  # fmt: skip
            times = {} if at else _last_times(reading, ids, purpose)
            rows = [{**told, "person_id": i, "decided_at": _utc(at) if at else _after(now, times.get(i))} for i in ids]
            return self._add("consents", rows, "consent")

    def record_decisions(self, told: pa.Table) -> int:
        """Add an import's decisions (columns of :func:`decisions`), in their order; returns how many were new.

        ``decided_at`` null means "as of now": such a row is new only where the last decision was another one; a dated
        row where this very decision is not there yet. Whom the lake does not know, the erased for one, is left out.
        """
        for pair in told.select(["purpose", "status"]).group_by(["purpose", "status"]).aggregate([]).to_pylist():
            check_decision(pair["purpose"], pair["status"])
        if not told.num_rows:
            return 0
        now = self._clock()
        with self._store.writing(), self._read() as reading:
            rows = _new_decisions(reading, told, now)
            if rows.num_rows:
                self._write("consents", rows, "consents")
            return rows.num_rows

    def link(
        self, person: Person | str, same_as: Person | str, *,
        evidence: str, author: str, at: dt.datetime | None = None, sure: bool = False,
    ) -> int:  # fmt: skip
        """Read ``person`` as ``same_as`` from now on; returns the lake's version, unchanged where they are linked already.

        PrivacyError where it is the same person, one is unknown or erased, evidence or author is missing, or both have
        an own identifier of a strong kind and the author is not ``sure``.
        """
        one, other = _ids(person)[0], _ids(same_as)[0]
        now = self._clock()
        _not_in_future(at, now)
        _must_be_told(one, other, evidence, author)
        with self._store.writing(), self._read() as reading:
            _must_be_known(reading, self._store, (one, other))
            pairs = live_pairs(reading)
            if (one, other) in pairs or (other, one) in pairs:
                return reading.version
            if not sure:
                _must_not_merge_strong(reading, one, other)
            return self._add_link(reading, one, other, evidence, author, at or now, undone=False)

    def unlink(self, person: str, same_as: str, *, evidence: str, author: str, at: dt.datetime | None = None) -> int:
        """Take the link between two pseudonyms back, in whichever direction it was made; returns the lake's new version.

        QuestionError where these two are not linked directly (:meth:`links_of` tells which are).
        """
        now = self._clock()
        _not_in_future(at, now)
        _must_be_told(person, same_as, evidence, author)
        with self._store.writing(), self._read() as reading:
            pairs = live_pairs(reading)
            found = [pair for pair in ((person, same_as), (same_as, person)) if pair in pairs]
            if not found:
                raise QuestionError("These two are not linked with each other.", "Undo one of the links the person has.")
            return self._add_link(reading, *found[0], evidence, author, at or now, undone=True)

    def consents_of(self, person: Person | str) -> list[dict[str, Any]]:
        """Every decision of the person under all his identifiers, oldest first, with the columns of ``consents``."""
        with self._read() as reading:
            return _rows(reading, "stored_consents where person_id in (select * from unnest(:ids)) order by decided_at", person)

    def links_of(self, person: Person | str) -> list[dict[str, Any]]:
        """Every row about links of the person, undone ones too, oldest first, with the columns of ``links`` and ``live``."""
        with self._read() as reading:
            his = "person_id in (select * from unnest(:ids)) or same_as in (select * from unnest(:ids))"
            rows = _rows(reading, f"stored_links where {his} order by linked_at", person)
        last = {(row["person_id"], row["same_as"]): row["linked_at"] for row in rows}
        return [{**row, "live": not row["undone"] and row["linked_at"] == last[row["person_id"], row["same_as"]]} for row in rows]

    def _add_link(
        self, reading: Reading, one: str, other: str, evidence: str, author: str, at: dt.datetime, *, undone: bool
    ) -> int:
        """The row of a pair that comes last must count last, so its time lies after the pair's earlier rows."""
        sql = "select max(linked_at) as last from stored_links where person_id = :one and same_as = :other"
        last = reading.query(sql, {"one": one, "other": other})["last"][0].as_py()
        row = {
            "person_id": one, "same_as": other, "evidence": evidence, "author": author, "linked_at": _after(_utc(at), last),
            "undone": undone,
        }  # fmt: skip
        return self._add("links", [row], "unlink" if undone else "link")

    def _add(self, name: str, rows: Sequence[Mapping[str, Any]], why: str) -> int:
        import pyarrow as pa

        return self._write(name, pa.Table.from_pylist([dict(row) for row in rows], schema=event.table(name).arrow()), why)

    def _write(self, name: str, rows: pa.Table, why: str) -> int:
        from kundig.lake.writing import write

        made = rows.sort_by([(column, "ascending") for column in event.table(name).sorted_by])
        work = self._store.new_folder("ledger")
        try:
            return self._store.commit(self._store.adopt(name, write(made, work, name, ROWS_PER_FILE)), [], why)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def decisions(rows: Iterable[Mapping[str, Any]] = ()) -> pa.Table:
    """Rows as :meth:`Ledger.record_decisions` takes them: the columns of ``consents`` without ``recorded_at``."""
    import pyarrow as pa

    schema = event.CONSENTS.arrow()
    fields = [field.with_nullable(True) for field in schema if field.name != "recorded_at"]
    return pa.Table.from_pylist([dict(row) for row in rows], schema=pa.schema(fields))


def check_decision(purpose: str, status: str) -> None:
    """PrivacyError where the ledger knows no such purpose or status."""
    purposes = [p.name for p in event.PURPOSES]
    if purpose != ALL_PURPOSES and purpose not in purposes:
        names = ", ".join([*purposes, ALL_PURPOSES])
        raise PrivacyError("There is no purpose {name}.", "Use one of: {names}.", name=purpose, names=names)
    if status not in STATUSES:
        raise PrivacyError("There is no decision {name}.", "Use one of: {names}.", name=status, names=", ".join(STATUSES))


def live_pairs(reading: Reading) -> set[tuple[str, str]]:
    """The pairs (person_id, same_as) whose last row does not take them back."""
    rows = reading.query("select person_id, same_as, undone from stored_links order by linked_at").to_pylist()
    last = {(row["person_id"], row["same_as"]): row["undone"] for row in rows}
    return {pair for pair, undone in last.items() if not undone}


def _ids(persons: Person | str | Sequence[str]) -> tuple[str, ...]:
    if isinstance(persons, Person):
        return persons.ids
    return (persons,) if isinstance(persons, str) else tuple(dict.fromkeys(persons))


def _utc(at: dt.datetime) -> dt.datetime:
    return at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)


def _after(now: dt.datetime, last: dt.datetime | None) -> dt.datetime:
    """``now``, or just after ``last`` where the clock has not moved on since."""
    return max(now, last + _MICROSECOND) if last else now


def _not_in_future(at: dt.datetime | None, now: dt.datetime) -> None:
    if at and _utc(at) > now:
        raise PrivacyError("{at} lies in the future.", "Give the time of the decision, or none for now.", at=at.isoformat())


def _must_be_told(one: str, other: str, evidence: str, author: str) -> None:
    if one == other:
        raise PrivacyError("A person cannot be linked with himself.", "Give two different persons.")
    if not evidence.strip() or not author.strip():
        raise PrivacyError("A link needs evidence and an author.", "Say what shows that they are one person, and who says so.")


def _must_be_known(reading: Reading, store: Store, ids: Sequence[str]) -> None:
    """Somebody with no row in the lake was never here or was erased; nothing may be written about either."""
    missing = [i for i in ids if i not in _known(reading, ids)]
    if any(i in store.state.tombstones() for i in missing):
        raise PrivacyError("This person was erased; nothing is recorded about him.")
    if missing or not ids:
        raise QuestionError(
            "Nobody is known by {key}.",
            "Give a customer number, mail address or phone number as the source writes it.",
            key=", ".join(missing),
        )


def _known(reading: Reading, ids: Sequence[str]) -> set[str]:
    known: set[str] = set()
    for relation in ("stored_people", "stored_events"):
        sql = f"select distinct person_id from {relation} where person_id in (select * from unnest(:ids))"
        known |= _column(reading, sql, [i for i in ids if i not in known])
    return known


def _column(reading: Reading, sql: str, ids: Iterable[str]) -> set[str]:
    listed = list(ids)
    return {str(i) for i in reading.query(sql, {"ids": listed}).column(0).to_pylist()} if listed else set()


def _group(reading: Reading, ids: Sequence[str]) -> set[str]:
    """All identifiers of the person some identifiers belong to."""
    heads = {*ids, *_column(reading, "select same_as from same_person where person_id in (select * from unnest(:ids))", ids)}
    return heads | _column(reading, "select person_id from same_person where same_as in (select * from unnest(:ids))", heads)


def _rows(reading: Reading, what: str, person: Person | str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = reading.query(
        f"select * from {what}", {"ids": sorted(_group(reading, _ids(person)))}
    ).to_pylist()
    return rows


def _must_not_merge_strong(reading: Reading, one: str, other: str) -> None:
    """Two customer numbers speak for two persons: only a human who is sure may say otherwise."""
    groups = [_group(reading, [i]) for i in (one, other)]
    if groups[0] == groups[1]:
        return
    sql = "select distinct identifier_kind from stored_people where person_id in (select * from unnest(:ids))"
    kinds = set.intersection(*(_column(reading, sql, group) for group in groups)) - set(WEAK_KINDS)
    if kinds:
        raise PrivacyError(
            "Both persons have an own key of the kind {kind}: they are probably two.",
            "Look again; link them only if you are sure, and say so.",
            kind=", ".join(sorted(kinds)),
        )  # fmt: skip


def _last_times(reading: Reading, ids: Sequence[str], purpose: str) -> dict[str, dt.datetime]:
    sql = (
        "select person_id, max(decided_at) as last from stored_consents "
        "where person_id in (select * from unnest(:ids)) and purpose = :purpose group by person_id"
    )
    rows = reading.query(sql, {"ids": list(ids), "purpose": purpose}).to_pylist()
    return {row["person_id"]: row["last"] for row in rows}


_FAMILY = """
case when status in ('given', 'withdrawn') then 1 when status in ('restricted', 'unrestricted') then 2 else 3 end as family,
case when status in ('withdrawn', 'restricted', 'objected') then 1 else 0 end as strict
"""
_NEW_DECISIONS = f"""
with offered as (select *, {_FAMILY} from told),
known as (
  select person_id from stored_people where person_id in (select person_id from told)
  union select person_id from stored_events where person_id in (select person_id from told)),
stored as (
  select person_id, purpose, status, decided_at, {_FAMILY} from stored_consents where person_id in (select person_id from told)),
standing as (
  select person_id, purpose, family, max_by(status, unix_micros(decided_at) * 2 + strict) as status, max(decided_at) as decided_at
  from stored group by person_id, purpose, family),
undated as (
  select o.*, row_number() over (partition by person_id, purpose, family order by place desc, strict desc, number) as nth
  from offered o where decided_at is null),
dated as (
  select o.*, row_number() over (partition by person_id, purpose, status, decided_at order by number) as nth
  from offered o where decided_at is not null)
select u.number, s.decided_at as before from undated u
left join standing s on s.person_id = u.person_id and s.purpose = u.purpose and s.family = u.family
where u.nth = 1 and u.person_id in (select person_id from known) and s.status is distinct from u.status
union all
select d.number, null as before from dated d
left join stored s on s.person_id = d.person_id and s.purpose = d.purpose and s.status = d.status and s.decided_at = d.decided_at
where d.nth = 1 and d.person_id in (select person_id from known) and s.person_id is null
"""
"""Undated: the last of a person and purpose, of one row the stricter, where it differs from what stands. Dated: each once."""


def _new_decisions(reading: Reading, told: pa.Table, now: dt.datetime) -> pa.Table:
    """Those that say something new, complete; a date in the future is taken as now."""
    import pyarrow as pa
    import pyarrow.compute as pc

    clock = pa.scalar(now, pa.timestamp("us", tz="UTC"))
    at = told["decided_at"]
    told = _with_time(told, pc.if_else(pc.greater(at, clock), clock, at))
    reading.session.arrow("told", _numbered(told))
    found = reading.query(_NEW_DECISIONS).sort_by("number")
    new = told.take(found["number"])
    after: Any = pc.add(found["before"].cast(clock.type), pa.scalar(_MICROSECOND))
    later = pc.if_else(pc.fill_null(pc.greater(after, clock), False), after, clock)
    new = _with_time(new, pc.coalesce(new["decided_at"], later)).append_column("recorded_at", pa.repeat(clock, new.num_rows))
    return new.select(list(event.CONSENTS.names)).cast(event.CONSENTS.arrow())


def _with_time(rows: pa.Table, times: Any) -> pa.Table:
    return rows.set_column(rows.schema.get_field_index("decided_at"), "decided_at", times)


def _numbered(told: pa.Table) -> pa.Table:
    """``number`` tells the rows apart; ``place`` is equal for what one row of a file says."""
    import pyarrow as pa

    numbers = pa.array(range(told.num_rows), pa.int64())
    place = told["place"] if "place" in told.column_names else numbers
    columns = told.select(["person_id", "purpose", "status", "decided_at"])
    return columns.append_column("number", numbers).append_column("place", place)
