"""Rows of one person, read for a purpose, as plain values: who he is, and what happened. Runs in the asker."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kundig.lake.identity import normalised
from kundig.lake.persons import find_ids, memory_of
from kundig.lake.reading import Reading

if TYPE_CHECKING:
    import pyarrow as pa

PSEUDONYM = re.compile(r"[0-9a-f]{32}")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


def events_of(reading: Reading, ids: Sequence[str]) -> list[dict[str, Any]]:
    """All events of the person's pseudonyms that the purpose may see, oldest first, without the agents' names or keys."""
    return rows_of(memory_of(reading, ids))


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """The rows as mappings, times as datetimes in UTC; several times quicker than ``to_pylist`` of zoned times."""
    names = [name for name in table.column_names if name != "agent_id"]
    columns = [_values(table.column(name)) for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(column: pa.ChunkedArray[Any]) -> list[Any]:
    import pyarrow as pa

    if not pa.types.is_timestamp(column.type):
        values: list[Any] = column.to_pylist()
        return values
    return [None if n is None else _EPOCH + n * _MICROSECOND for n in column.cast(pa.int64()).to_pylist()]


def each(sql: str, ids: Sequence[str]) -> tuple[str, dict[str, str]]:
    """``sql`` with ``{id}`` for each pseudonym, and its parameters: for equal values the engine passes over row groups."""
    params = {f"id{n}": id for n, id in enumerate(ids)}
    return " union all ".join(sql.format(id=f":{name}") for name in params), params


def pseudonyms(reading: Reading, key: bytes, identifier: str, kind: str = "") -> tuple[str, ...]:
    """All pseudonyms of the person known by ``identifier``; errors as :func:`kundig.lake.persons.find_ids`.

    A pseudonym is taken at its word, without looking whether anybody has it: pages name persons by nothing else.
    """
    if not kind and PSEUDONYM.fullmatch(identifier):
        return next(iter(linked(reading, [identifier]).values()))
    own = linked(reading, _of_kind(reading, identifier, kind)) if kind else {}
    if len(own) == 1:
        return next(iter(own.values()))
    return find_ids(reading, key, identifier, kind)


def _of_kind(reading: Reading, identifier: str, kind: str) -> list[str]:
    """Those with a key of this kind who are known by the identifier, be it as that key or as their mail address.

    So the answer "several: choose a kind" always has a choice that leads on.
    """
    sql = (
        "select distinct person_id from stored_people where identifier_kind = :kind "
        "and (lower(trim(identifier)) = :known or lower(trim(email)) = :known)"
    )
    return names(reading, sql, kind=kind, known=normalised(identifier))


def names(reading: Reading, sql: str, **params: Any) -> list[str]:
    """The first column of a question's rows, as text."""
    return [str(value) for value in reading.query(sql, params).column(0).to_pylist()]


def hidden(reading: Reading, ids: Sequence[str]) -> bool:
    """Whether the purpose may not see this person: he has restricted the use of his data."""
    if not reading.snapshot.files.get("consents"):
        return False
    sql, params = each("select person_id from hidden where person_id = {id}", ids)
    return reading.query(sql, params).num_rows > 0


def linked(reading: Reading, persons: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """All pseudonyms of each person, by the one he is read as."""
    known = bool(reading.snapshot.files.get("links"))
    pairs = reading.query("select person_id, same_as from same_person").to_pylist() if known else []
    heads = {pair["person_id"]: pair["same_as"] for pair in pairs}
    found = dict.fromkeys(heads.get(person, person) for person in persons)
    return {head: (head, *sorted(p for p, same in heads.items() if same == head)) for head in found}


def identity(reading: Reading, ids: Sequence[str]) -> dict[str, Any]:
    """Who he is: every key, name, mail address, phone number and account that was stored, the newest first."""
    columns = "person_id, identifier_kind, identifier, name, email, phone, account_id, received_at"
    sql, params = each(f"select {columns} from stored_people where person_id = {{id}}", ids)
    return identities(reading.query(f"select * from ({sql}) order by received_at desc", params).to_pylist(), ids)


def identities(rows: Sequence[Mapping[str, Any]], ids: Sequence[str]) -> dict[str, Any]:
    """The same from rows of ``people``, newest first."""
    keys = dict.fromkeys((row["identifier_kind"], row["identifier"]) for row in rows)
    return {
        "person_id": ids[0],
        "person_ids": list(ids),
        "restricted": False,
        "name": next((row["name"] for row in rows if row["name"]), None),
        "names": _distinct(rows, "name"),
        "emails": _distinct(rows, "email"),
        "phones": _distinct(rows, "phone"),
        "accounts": _distinct(rows, "account_id"),
        "keys": [{"kind": kind, "key": key} for kind, key in keys],
    }


def _distinct(rows: Iterable[Mapping[str, Any]], column: str) -> list[str]:
    return list(dict.fromkeys(row[column] for row in rows if row[column]))


def told(value: Any) -> Any:
    """The value as JSON can say it; times in ISO 8601."""
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: told(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [told(item) for item in value]
    return value


def moment(text: str, otherwise: dt.datetime) -> dt.datetime:
    """A time given by a page."""
    return dt.datetime.fromisoformat(text) if text else otherwise
