"""Object-centric event logs (OCEL 2.0, www.ocel-standard.org), as JSON or SQLite: one row per event.

Columns: "ocel:id", "ocel:activity", "ocel:timestamp", the event's attributes by name, and for each type of related objects
"object:<type>" with the first one's id and, where there are several, "objects:<type>" with a JSON list of all.
``_row`` is the event's running number. Of a JSON file, the types of all objects are kept in memory, nothing else.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kundig.channel import Reject, Rejected, Source
from kundig.channels._batches import Row, batches, unique
from kundig.channels._bytes import LONGEST_ROW, MIB, Stream, backslashed, ending, head, plain_file
from kundig.channels._json import Entry, UnreadableError, bounded, dump, entries, parse
from kundig.errors import DataError
from kundig.message import sentence

if TYPE_CHECKING:
    import pyarrow as pa

title = sentence("OCEL 2.0 object-centric event log")
suffixes = (".json", ".jsonocel", ".sqlite", ".sqlite3", ".db")
order = 20

_SQLITE = b"SQLite format 3\x00"
_TABLES = {"event", "object", "event_object", "event_map_type"}
_UNKNOWN = "unknown"
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ}

Related = Iterable[tuple[str, str]]
"""Type and id of each object an event is about."""


def claims(source: Source) -> bool:
    """An SQLite database, or a JSON object with OCEL's keys among its first bytes."""
    start = head(source)
    if start.startswith(_SQLITE):
        return True
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    typical = b'"eventTypes"' in text or b'"objectTypes"' in text or (b'"objectId"' in text and b'"qualifier"' in text)
    return text[:1] == b"{" and (typical or ending(source) == ".jsonocel")


def parts(source: Source) -> list[Source]:
    return [source]


def rows(source: Source, reject: Reject) -> Iterator[pa.RecordBatch]:
    """Batches of text columns; DataError where the file is no OCEL or damaged."""
    read = _of_sqlite if head(source, 16) == _SQLITE else _of_json
    return batches(read(source, reject))


Attributes = Iterable[tuple[str, str | None]]


def _event(
    identity: str | None, activity: str, time: str | None, attributes: Attributes, related: Related
) -> dict[str, str | None]:
    row = {"ocel:id": identity, "ocel:activity": activity, "ocel:timestamp": time}
    for name, value in attributes:
        row[unique([*bounded(row), name])[-1] if name in row else name] = value
    by_type: dict[str, dict[str, None]] = {}
    for kind, each in related:
        by_type.setdefault(kind, {})[each] = None
    for kind, ids in by_type.items():
        row[f"object:{kind}"] = next(iter(ids))
        if len(ids) > 1:
            row[f"objects:{kind}"] = json.dumps(list(ids), ensure_ascii=False)
    return bounded(row)


def _of_json(source: Source, reject: Reject) -> Iterator[Row]:
    types = _object_types(source)
    number = 0
    with Stream(source) as stream:
        for number, entry in enumerate(entries(stream, "events"), 1):
            try:
                yield number, _json_event(entry, types)
            except UnreadableError as error:
                reject(Rejected(source.name, number, "", "", error.reason, backslashed(entry.text), error.values))
    if not number:
        raise DataError("{file} holds no events.", "Export it again.", file=source.name)


def _object_types(source: Source) -> dict[str, str]:
    """The type of each object by its id; an object that cannot be read has none."""
    types: dict[str, str] = {}
    with Stream(source) as stream:
        for entry in entries(stream, "objects"):
            with suppress(UnreadableError, KeyError, TypeError):
                value = parse(entry.text)
                types[str(value["id"])] = sys.intern(str(value["type"]))
    return types


def _json_event(entry: Entry, types: dict[str, str]) -> dict[str, str | None]:
    if not entry.whole:
        raise UnreadableError(sentence("It does not end within the file, or within {limit} MB."), limit=LONGEST_ROW // MIB)
    value = parse(entry.text)
    try:
        attributes = [(str(each["name"]), _text(each["value"])) for each in value.get("attributes") or ()]
        ids = [str(each["objectId"]) for each in value.get("relationships") or ()]
        related = [(types.get(each, _UNKNOWN), each) for each in ids]
        return _event(str(value["id"]), str(value["type"]), str(value["time"]), attributes, related)
    except (AttributeError, KeyError, TypeError) as error:
        raise UnreadableError(sentence("It is no event of OCEL 2.0: id, type and time must be there.")) from error


def _text(value: Any) -> str | None:
    return value if value is None or type(value) is str else str(dump(value))


def _of_sqlite(source: Source, reject: Reject) -> Iterator[Row]:
    """The events of each type, in the order of its table; an event that has no row there is rejected."""
    path = plain_file(source)
    number = 0
    try:
        with closing(_connect(path)) as database:
            tables = _tables(source, database)
            for table, activity in _event_tables(database, tables):
                for number, row in enumerate(_typed_events(database, table, activity), number + 1):  # noqa: B020 - it counts on
                    yield number, row
            for number, values in enumerate(_homeless(database, tables), number + 1):  # noqa: B020 - it counts on
                reason = sentence("The event has no row in the table of its type.")
                reject(Rejected(source.name, number, "", "", reason, json.dumps(values, ensure_ascii=False)))
    except (sqlite3.Error, UnreadableError) as error:
        raise DataError("{file} is damaged: {why}", "Fetch or export it again.", file=source.name, why=str(error)) from error


def _connect(path: Path) -> sqlite3.Connection:
    """Read-only and distrustful: no functions, no views, no values that fill the memory."""
    database = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1", uri=True)
    database.execute("PRAGMA trusted_schema = OFF")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_ROW)
    database.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY)
    database.text_factory = lambda value: value.decode("utf-8", "backslashreplace")
    return database


def _tables(source: Source, database: sqlite3.Connection) -> set[str]:
    """The names of the real tables; views and virtual tables run what somebody else wrote and do not count."""
    made = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    tables = {str(name) for name, how in made if not str(how).upper().startswith("CREATE VIRTUAL")}
    missing = sorted(_TABLES - tables)
    if missing:
        raise DataError(
            "{file} is no OCEL 2.0 database: it has no table {tables}.",
            "Export the table you need as CSV, or the log as OCEL 2.0.",
            file=source.name,
            tables=", ".join(missing),
        )
    return tables


def _event_tables(database: sqlite3.Connection, tables: set[str]) -> list[tuple[str, str]]:
    """Table and activity of each event type that has a table."""
    found = database.execute("SELECT ocel_type, ocel_type_map FROM event_map_type").fetchall()
    return [(f"event_{part}", str(activity)) for activity, part in found if f"event_{part}" in tables]


def _typed_events(database: sqlite3.Connection, table: str, activity: str) -> Iterator[dict[str, str | None]]:
    cursor = database.execute(
        f"SELECT e.rowid, o.ocel_type, r.ocel_object_id, e.* FROM {_name(table)} e "
        "LEFT JOIN event_object r ON r.ocel_event_id = e.ocel_id LEFT JOIN object o ON o.ocel_id = r.ocel_object_id "
        "ORDER BY e.rowid"
    )
    names = [column[0] for column in cursor.description][3:]
    for _, found in groupby(cursor, key=lambda row: row[0]):
        joined = list(found)
        values = dict(zip(names, map(_cell, joined[0][3:]), strict=True))
        related = [(str(kind or _UNKNOWN), str(each)) for _, kind, each, *_ in joined if each is not None]
        identity, time = values.pop("ocel_id", None), values.pop("ocel_time", None)
        yield _event(identity, activity, time, values.items(), related)


def _homeless(database: sqlite3.Connection, tables: set[str]) -> Iterator[tuple[Any, ...]]:
    """Id and type of the events that are in no table of their type."""
    names = [_name(table) for table, _ in _event_tables(database, tables)]
    elsewhere = "".join(f" AND NOT EXISTS (SELECT 1 FROM {name} e WHERE e.ocel_id = event.ocel_id)" for name in names)
    yield from database.execute(f"SELECT ocel_id, ocel_type FROM event WHERE 1 = 1{elsewhere}")


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else repr(value)


def _name(table: str) -> str:
    return '"' + table.replace('"', '""') + '"'
