"""Traces of a person: what identifies him, and where it still stands, searched in decoded content and in raw files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig import event
from kundig.engine import Session
from kundig.lake.persons import Person
from kundig.lake.reading import Reading
from kundig.lake.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

LONG_TEXT = 40
"""Own texts longer than this (characters) are searched for in everybody else's."""
SHORTEST = 5
"""Keys shorter than this stand in too many texts by chance to be searched for within them."""
MANY = 5
"""A text that this many other persons have, too, is ordinary (the smallest group that may be shown)."""
_BATCH = 20


@dataclass(frozen=True)
class Traces:
    """Pseudonyms, and texts that must not be found anywhere."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]


def traces_of(reading: Reading, person: Person) -> Traces:
    """What would betray the person: pseudonyms, key, mail, phone and name if no one else has them, and his own long texts.

    Who is known by a mail address or phone number alone that is this person's is this person, too (mail that came in
    without a customer number). What five or more others have in their rows as well, a word of the trade or a standard
    phrase, betrays nobody.
    """
    person = _with_addresses(reading, person)
    keys: set[str] = set()
    for row in person.rows:
        named = {row["identifier"], row["email"], row["phone"], row["name"]} - {None}
        keys |= {key for key in named if _is_his_alone(reading, key, person.ids)}
    long = _texts(reading.query(_OWN_TEXTS, {"ids": list(person.ids), "long": LONG_TEXT})["text"])
    sought = {t for t in keys if len(t) >= SHORTEST} | long
    return Traces(person.ids, tuple(sorted(sought - _ordinary(reading, person, sought))))


_OWN_TEXTS = """
select distinct t.text from stored_texts t join seen_events e on e.event_id = t.event_id
where e.person_id in (select * from unnest(:ids)) and length(t.text) > :long
  and coalesce(e.actor, 'customer') = 'customer' and coalesce(e.direction, 'inbound') = 'inbound'
"""
_OTHERS = """
with others as (
  select person_id, text as said from stored_texts
  union all select person_id, concat_ws(chr(31), activity, reason, team, touchpoint, extra) from stored_events)
select sought from others join sought_texts on contains(said, sought)
where person_id is null or person_id not in (select * from unnest(:ids))
group by sought having count(distinct person_id) >= :many or (count(distinct person_id) = 0 and count(*) >= :many)
"""


def _ordinary(reading: Reading, person: Person, sought: set[str]) -> set[str]:
    """Those of ``sought`` that stand in the rows of :data:`MANY` others; a mail address never counts as ordinary."""
    if not sought:
        return set()
    put_in(reading.session, [t for t in sought if "@" not in t])
    return _texts(reading.query(_OTHERS, {"ids": list(person.ids), "many": MANY})["sought"])


def _texts(column: pa.ChunkedArray[Any]) -> set[str]:
    return {str(text) for text in column.to_pylist()}


_KNOWN_BY_ADDRESS = """
select * from stored_people where person_id not in (select * from unnest(:ids))
  and (identifier_kind in ('email', 'phone')) and lower(trim(identifier)) in (select * from unnest(:addresses))
"""


def _with_addresses(reading: Reading, person: Person) -> Person:
    """The person together with the identifiers that are only his mail address or phone number."""
    addresses = {str(row[c]).strip().lower() for row in person.rows for c in ("email", "phone") if row[c]}
    if not addresses:
        return person
    found = reading.query(_KNOWN_BY_ADDRESS, {"ids": list(person.ids), "addresses": sorted(addresses)}).to_pylist()
    more = dict.fromkeys(row["person_id"] for row in found)
    return Person((*person.ids, *more), (*person.rows, *found))


_OTHERS_KEY = """
select 1 from stored_people where person_id not in (select * from unnest(:ids))
  and lower(:key) in (lower(name), lower(trim(email)), lower(trim(phone)), lower(identifier)) limit 1
"""


def _is_his_alone(reading: Reading, key: str, ids: Sequence[str]) -> bool:
    """Whether no one else has it: a namesake's name and a family's telephone are theirs as well."""
    return reading.query(_OTHERS_KEY, {"key": key.strip(), "ids": list(ids)}).num_rows == 0


def holding(columns: Sequence[str], texts: Sequence[str]) -> str:
    """An SQL condition: one of ``columns`` of a row contains one of ``texts``.

    Column by column, since most columns repeat few values and the engine looks at each of these once (measured: a
    twentieth of the time of searching the joined columns).
    """
    found = [f"contains({column}, {literal(text)})" for column in columns for text in texts]
    return f"coalesce({' or '.join(f'coalesce({one}, false)' for one in found)}, false)" if found else "false"


def literal(text: str) -> str:
    """``text`` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def put_in(session: Session, texts: Sequence[str]) -> None:
    """Make ``texts`` the relation ``sought_texts``."""
    import pyarrow as pa

    session.arrow("sought_texts", pa.table({"sought": pa.array(list(texts), pa.string())}))


def in_lake(store: Store, session: Session, traces: Traces) -> Iterator[tuple[str, str, int]]:
    """Where in the decoded content of every live file something is left: table, file, number of rows."""
    for table in event.TABLES:
        columns = [c.name for c in table.columns if c.type == "string"]
        for file in store.files(table.name):
            path = store.table(table.name) / file.path
            session.files("searched", [str(path)], table.arrow())
            found = sum(_count(session, columns, part) for part in _parts([*traces.ids, *traces.texts]))
            if found:
                yield table.name, file.path, found


def _count(session: Session, columns: Sequence[str], texts: Sequence[str]) -> int:
    condition = holding(columns, texts)
    return int(session.query(f"select count(*) as n from searched where {condition}")["n"][0].as_py())


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), _BATCH):
        yield texts[start : start + _BATCH]


def in_files(folder: Path, traces: Traces) -> Iterator[Path]:
    """Files of the workspace other than Parquet whose bytes hold a trace, as UTF-8 or as JSON escapes it."""
    wanted = _pattern(traces)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".parquet" and path.name != "key" and _holds(path, wanted):
            yield path


def _pattern(traces: Traces) -> re.Pattern[bytes]:
    import json

    words = {t.encode() for t in (*traces.ids, *traces.texts)} | {json.dumps(t)[1:-1].encode() for t in traces.texts}
    return re.compile(b"|".join(re.escape(w) for w in sorted(words, key=len, reverse=True)))


def _holds(path: Path, wanted: re.Pattern[bytes]) -> bool:
    """Searched in overlapping blocks, so that memory is bounded and nothing is missed at a border."""
    overlap = 1 << 16
    tail = b""
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            if wanted.search(tail + block):
                return True
            tail = block[-overlap:]
    return False
