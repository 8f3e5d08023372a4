"""Finding one person by what people know him by: a customer number, a mail address, a phone number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kundig.errors import QuestionError
from kundig.lake.identity import normalised, person_id
from kundig.lake.reading import Reading

if TYPE_CHECKING:
    import pyarrow as pa

FEWEST_DIGITS = 6
"""A phone number with fewer digits is not searched for."""


@dataclass(frozen=True)
class Person:
    """One person with all his pseudonyms (several where identifiers are linked) and identifying rows."""

    ids: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]

    @property
    def id(self) -> str:
        return self.ids[0]


def find_person(reading: Reading, key: bytes, identifier: str, kind: str = "") -> Person:
    """The person known by ``identifier`` (of ``kind``, where given), or by his pseudonym; errors as :func:`find_ids`."""
    ids = find_ids(reading, key, identifier, kind)
    return Person(ids, tuple(_rows(reading, ids)))


def find_ids(reading: Reading, key: bytes, identifier: str, kind: str = "") -> tuple[str, ...]:
    """All pseudonyms of that person, the one he is read as first.

    QuestionError where nobody or several persons are found; a full name alone finds nobody, since names are shared.
    """
    found = _canonical(reading, _of_kind(reading, _candidates(reading, key, identifier, kind), kind))
    if not found:
        raise QuestionError(
            "Nobody is known by {key}.",
            "Give a customer number, mail address or phone number as the source writes it.",
            key=identifier,
        )
    if len(found) > 1:
        kinds = sorted({row["identifier_kind"] for ids in found for row in _rows(reading, ids)})
        raise QuestionError(
            "{n} persons are known by {key}.", "Name the kind of key, one of: {kinds}.",
            n=len(found), key=identifier, kinds=", ".join(kinds),
        )  # fmt: skip
    return found[0]


def memory_of(reading: Reading, ids: Sequence[str]) -> pa.Table:
    """All events of one person's pseudonyms that the purpose may see, in order, with their texts."""
    events = _of_each(f"select * from stored_events where person_id = {{id}} and {reading.visible}", ids)
    texts = _of_each("select event_id, text from stored_texts where person_id = {id}", ids)
    return reading.query(_MEMORY.format(events=events, texts=texts), _numbered(ids))


_MEMORY = """
select e.occurred_at, e.activity, e.kind, e.channel, e.case_id, e.direction, e.actor, e.agent_id, e.team, e.reason,
  e.score, e.score_scale, e.promise_id, e.due_at, e.source, t.text, e.event_id
from ({events}) e
left join ({texts}) t on t.event_id = e.event_id
order by e.occurred_at, e.position
"""


def _of_each(sql: str, ids: Sequence[str]) -> str:
    """``sql`` for each identifier: only for an equal value does the engine pass over row groups (measured: a tenth of the time)."""
    return " union all ".join(sql.format(id=f":{name}") for name in _numbered(ids))


def _numbered(ids: Sequence[str]) -> dict[str, str]:
    return {f"id{n}": id for n, id in enumerate(ids)}


def _candidates(reading: Reading, key: bytes, identifier: str, kind: str) -> set[str]:
    """Whoever may be meant. The places where most are found come first: looking into the events takes longest."""
    kinds = [kind] if kind else _column(reading, "select distinct identifier_kind from stored_people")
    found = _known(reading, "stored_people", [person_id(key, k, identifier) for k in kinds])
    if "@" in identifier:
        sql = "select person_id from stored_people where lower(trim(email)) = :key"
        found |= set(_column(reading, sql, key=normalised(identifier)))
    if found:
        return found
    more = kinds if kind else sorted({*kinds, *_KINDS})
    pseudonyms = [person_id(key, k, identifier) for k in more] + ([] if kind else [identifier])
    return (
        _known(reading, "stored_people", pseudonyms)
        or _known(reading, "stored_events", pseudonyms)
        or _by_phone(reading, identifier)
    )


def _of_kind(reading: Reading, persons: set[str], kind: str) -> set[str]:
    """Those with a key of the kind; a mail address or phone number may also stand beside a key of another kind."""
    if not kind or not persons:
        return persons
    rows = _rows(reading, sorted(persons))
    having = {row["person_id"] for row in rows if row["identifier_kind"] == kind}
    unnamed = persons - {row["person_id"] for row in rows}
    return having | unnamed or (persons if kind in ("email", "phone") else set())


_KINDS = ("customer", "email", "phone")
"""Kinds of identifiers that events may carry though no identifying row was stored."""


def _known(reading: Reading, table: str, ids: Sequence[str]) -> set[str]:
    """Those of ``ids`` that the purpose may see in ``table``; for people that is everybody."""
    if not ids:
        return set()
    seen = reading.visible if table == "stored_events" else "true"
    sql = _of_each(f"select person_id from {table} where person_id = {{id}} and {seen}", ids)
    return set(_column(reading, sql, **_numbered(ids)))


def _by_phone(reading: Reading, identifier: str) -> set[str]:
    """Who has this phone number, however it is written; asked last, since a customer number can look like one."""
    digits = re.sub(r"\D", "", identifier)
    if len(digits) < FEWEST_DIGITS or re.search(r"[^\d\s()+/.-]", identifier):
        return set()
    sql = "select person_id from stored_people where regexp_replace(phone, '[^0-9]', '', 'g') = :digits"
    return set(_column(reading, sql, digits=digits))


def _canonical(reading: Reading, persons: set[str]) -> list[tuple[str, ...]]:
    """Groups of linked identifiers, the person they are read as first."""
    linked = reading.snapshot.files.get("links")
    pairs = reading.query("select person_id, same_as from same_person").to_pylist() if linked else []
    links = {pair["person_id"]: pair["same_as"] for pair in pairs}
    heads = sorted({links.get(p, p) for p in persons})
    return [(head, *sorted(p for p, same in links.items() if same == head)) for head in heads]


def _rows(reading: Reading, ids: Sequence[str]) -> list[dict[str, Any]]:
    sql = _of_each("select * from stored_people where person_id = {id}", ids)
    return reading.query(f"select * from ({sql}) order by received_at", _numbered(ids)).to_pylist()


def _column(reading: Reading, sql: str, **params: Any) -> list[Any]:
    return reading.query(sql, params).column(0).to_pylist()
