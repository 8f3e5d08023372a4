"""Mappings as TOML that a person can read and correct; every mistake is named with table, key and what would fit."""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from kundig.errors import MappingError
from kundig.event import ACTORS, DIRECTIONS, KINDS, PURPOSES
from kundig.ingest.mapping import (
    DATE_ORDERS,
    DECIMALS,
    DURATION_UNITS,
    FIELDS,
    Case,
    Consent,
    Event,
    Field,
    Lookup,
    Mapping,
    Only,
    Person,
    Promise,
    Table,
    Withdrawn,
    near,
)  # fmt: skip
from kundig.lake.ledger import ALL_PURPOSES, STATUSES
from kundig.message import Message

VERSION = 1
_CONSTANT_IN_EVENT = ("activity", "kind", "channel", "direction", "actor")
_TOP = ("version", "source", "time_zone", "decimal", "date_order", "kinds", "channels", "table")
_TABLE = (
    "name",
    "files",
    "columns",
    "fields",
    "person",
    "case",
    "event_id",
    "event",
    "promise",
    "consent",
    "lookup",
    "options",
    "why",
)
_CONSENT = ("column", "purpose", "at", "no_at", "yes", "no")
_PROMISE = ("made", "due", "kept", "broken", "withdrawn", "name", "activities")


def load(path: Path) -> Mapping:
    """The mapping in the TOML file at ``path``; MappingError where it is missing, no TOML or says something unknown."""
    try:
        return parse(path.read_text("utf-8"))
    except MappingError as error:
        why = Message(error.text, error.values)
        raise MappingError("{file}: {why}", error.hint, **{**error.values, "file": str(path), "why": why}) from error
    except OSError as error:
        raise MappingError(
            "The mapping {file} cannot be read: {why}", file=str(path), why=error.strerror or str(error)
        ) from error


def parse(text: str) -> Mapping:
    """The mapping written in ``text``; MappingError where it says something unknown."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError("The mapping is no valid TOML: {why}", "Correct the line it names.", why=str(error)) from error
    _known(data, _TOP, "mapping", "")
    if data.get("version") != VERSION:
        raise MappingError(
            "The mapping has version {found}; this program reads {known}.", found=data.get("version"), known=VERSION
        )
    mapping = Mapping(
        source=_text(data, "source", "", needed=True),
        tables=tuple(_table(entry) for entry in data.get("table", [])),
        time_zone=_one_of(data, "time_zone", "", ("", *available_timezones()), ""),
        decimal=_one_of(data, "decimal", ".", DECIMALS, ""),
        date_order=_one_of(data, "date_order", "dmy", DATE_ORDERS, ""),
        kinds={activity: _checked(kind, KINDS, "kinds", "") for activity, kind in _dict(data, "kinds", "").items()},
        channels=dict(_dict(data, "channels", "")),
    )
    _check_lookups(mapping)
    return mapping


def save(mapping: Mapping, path: Path) -> None:
    """Write ``mapping`` to ``path``, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _put(write(mapping), path)


def _put(text: str, path: Path) -> None:
    """Several imports may write the same mapping at once, so each drafts under a name of its own."""
    draft = path.with_suffix(f".{os.getpid()}-{secrets.token_hex(4)}.new")
    draft.write_text(text, "utf-8")
    os.replace(draft, path)


def keep(path: Path, folder: Path) -> Path:
    """A copy of the mapping at ``path`` in ``folder``, comments included, to be found next time; where it lies.

    A mapping of the same source that somebody has changed since is not overwritten.
    """
    if path.resolve().parent == folder.resolve():
        return path
    text = path.read_text("utf-8")
    stem = parse(text).source
    for number in range(1, 1000):
        target = folder / f"{stem if number == 1 else f'{stem}-{number}'}.toml"
        if not target.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _put(text, target)
        if target.read_text("utf-8") == text:
            return target
    return path


def write(mapping: Mapping) -> str:
    """``mapping`` as TOML."""
    import tomli_w

    data: dict[str, Any] = {
        "version": VERSION, "source": mapping.source, "time_zone": mapping.time_zone,
        "decimal": mapping.decimal, "date_order": mapping.date_order,
        "kinds": dict(mapping.kinds), "channels": dict(mapping.channels), "table": [_table_data(t) for t in mapping.tables],
    }  # fmt: skip
    return tomli_w.dumps({key: value for key, value in data.items() if value not in ({}, [], "")})


def _table(data: dict[str, Any]) -> Table:
    name = _text(data, "name", "", needed=True)
    _known(data, _TABLE, "table", name)
    return Table(
        name=name,
        files=_texts(data, "files", name),
        columns=_texts(data, "columns", name),
        fields={key: _field(key, value, name) for key, value in _dict(data, "fields", name).items()},
        person=_person(data["person"], name) if "person" in data else None,
        case=_case(data["case"], name) if "case" in data else None,
        event_id=_text(data, "event_id", name),
        events=tuple(_event(entry, name) for entry in data.get("event", [])),
        promises=tuple(_promise(entry, name) for entry in data.get("promise", [])),
        consents=tuple(_consent(entry, name) for entry in data.get("consent", [])),
        lookups=tuple(_lookup(entry, name) for entry in data.get("lookup", [])),
        options={key: str(value) for key, value in _dict(data, "options", name).items()},
        why={key: str(value) for key, value in _dict(data, "why", name).items()},
    )


def _field(key: str, value: Any, table: str) -> Field:
    _checked(key, FIELDS, "fields", table)
    if isinstance(value, str):
        return Field((value,))
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return Field(tuple(value))
    if not isinstance(value, dict):
        raise _wrong(f"fields.{key}", value, table)
    _known(value, ("column", "columns", "value", "scale", "unit"), f"fields.{key}", table)
    columns = _texts(value, "columns", table) or tuple(filter(None, [_text(value, "column", table)]))
    unit = _one_of(value, "unit", "", ("", *DURATION_UNITS), table)
    made = Field(columns, _constant(key, str(value.get("value", "")), table), _text(value, "scale", table), unit)
    if not made.columns and not made.value:
        raise _wrong(f"fields.{key}", value, table)
    return made


def _constant(key: str, value: str, table: str) -> str:
    closed = {"kind": KINDS, "direction": DIRECTIONS, "actor": ACTORS}.get(key)
    return _checked(value, closed, key, table) if closed and value else value


def _person(data: dict[str, Any], table: str) -> Person:
    _known(data, ("column", "kind", "otherwise", "name", "email", "phone", "account", "own_domains"), "person", table)
    texts = {key: _text(data, key, table) for key in ("otherwise", "name", "email", "phone", "account")}
    column = _text(data, "column", table, needed=True)
    return Person(column, _text(data, "kind", table) or "customer", own_domains=_texts(data, "own_domains", table), **texts)


def _case(data: dict[str, Any], table: str) -> Case:
    _known(data, ("column", "kind", "session_minutes", "by"), "case", table)
    minutes = data.get("session_minutes", 0)
    if not isinstance(minutes, int) or minutes < 0:
        raise _wrong("case.session_minutes", minutes, table)
    by = _one_of(data, "by", "", ("", "person"), table)
    made = Case(_text(data, "column", table), _text(data, "kind", table), minutes, by == "person")
    if not (made.column or made.session_minutes or made.by_person):
        raise _wrong("case", data, table)
    return made


def _event(data: dict[str, Any], table: str) -> Event:
    fields = {"occurred_at" if key == "at" else key: value for key, value in data.items() if key != "only_if"}
    made = {key: _event_field(key, value, table) for key, value in fields.items()}
    return Event(made, _only(data["only_if"], table) if "only_if" in data else None)


def _event_field(key: str, value: Any, table: str) -> Field:
    if key in _CONSTANT_IN_EVENT and isinstance(value, str):
        return Field(value=_constant(key, value, table))
    return _field(key, value, table)


def _only(data: dict[str, Any], table: str) -> Only:
    _known(data, ("column", "is", "at"), "only_if", table)
    return Only(_text(data, "column", table, needed=True), _texts(data, "is", table))


def _promise(data: dict[str, Any], table: str) -> Promise:
    _known(data, _PROMISE, "promise", table)
    withdrawn = data.get("withdrawn")
    return Promise(
        made=_text(data, "made", table, needed=True),
        due=_text(data, "due", table, needed=True),
        kept=_text(data, "kept", table),
        broken=_text(data, "broken", table),
        withdrawn=Withdrawn(_only(withdrawn, table), _text(withdrawn, "at", table)) if withdrawn else None,
        name=_text(data, "name", table) or "promise",
        activities={key: str(value) for key, value in _dict(data, "activities", table).items()},
    )


def _consent(data: dict[str, Any], table: str) -> Consent:
    _known(data, _CONSENT, "consent", table)
    statuses = (*STATUSES, "nothing")
    return Consent(
        column=_text(data, "column", table, needed=True),
        purpose=_one_of(data, "purpose", "", (*(p.name for p in PURPOSES), ALL_PURPOSES), table),
        at=_text(data, "at", table),
        no_at=_text(data, "no_at", table),
        yes=_one_of(data, "yes", "given", statuses, table),
        no=_one_of(data, "no", "withdrawn", statuses, table),
    )


def _lookup(data: dict[str, Any], table: str) -> Lookup:
    _known(data, ("table", "on", "take"), "lookup", table)
    on = data.get("on")
    if not isinstance(on, dict) or not on:
        raise _wrong("lookup.on", on, table)
    return Lookup(_text(data, "table", table, needed=True), {str(k): str(v) for k, v in on.items()}, _texts(data, "take", table))


def _check_lookups(mapping: Mapping) -> None:
    for table in mapping.tables:
        for lookup in table.lookups:
            other = mapping.table(lookup.table)
            for column in (*lookup.on.values(), *lookup.take):
                if other.columns and column not in other.columns and column not in other.taken:
                    raise MappingError(
                        "Table {table} looks up column {column} in table {other}, which has no such column.", "Nearest: {near}.",
                        table=table.name, column=column, other=other.name, near=near(column, other.columns),
                    )  # fmt: skip


def _table_data(table: Table) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": table.name, "files": list(table.files), "columns": list(table.columns), "event_id": table.event_id,
        "fields": {key: _field_data(value) for key, value in table.fields.items()},
        "person": _filled(vars(table.person)) if table.person else {},
        "case": _case_data(table.case) if table.case else {},
        "event": [_event_data(event) for event in table.events],
        "promise": [_promise_data(promise) for promise in table.promises],
        "consent": [_filled(vars(consent)) for consent in table.consents],
        "lookup": [{"table": x.table, "on": dict(x.on), "take": list(x.take)} for x in table.lookups],
        "options": dict(table.options), "why": dict(table.why),
    }  # fmt: skip
    return _filled(data)


def _field_data(value: Field) -> Any:
    if value.value or value.scale or value.unit:
        single = {"column": value.columns[0]} if len(value.columns) == 1 else {"columns": list(value.columns)}
        return _filled({**single, "value": value.value, "scale": value.scale, "unit": value.unit})
    return value.columns[0] if len(value.columns) == 1 else list(value.columns)


def _case_data(case: Case) -> dict[str, Any]:
    by = "person" if case.by_person else ""
    return _filled({"column": case.column, "kind": case.kind, "session_minutes": case.session_minutes, "by": by})


def _event_data(event: Event) -> dict[str, Any]:
    data = {"at" if key == "occurred_at" else key: _event_field_data(key, value) for key, value in event.fields.items()}
    return data | ({"only_if": _only_data(event.only_if)} if event.only_if else {})


def _event_field_data(key: str, value: Field) -> Any:
    if key in _CONSTANT_IN_EVENT:
        return value.value or {"columns": list(value.columns)}
    return _field_data(value)


def _only_data(only: Only) -> dict[str, Any]:
    return {"column": only.column, "is": list(only.values)}


def _promise_data(promise: Promise) -> dict[str, Any]:
    withdrawn = promise.withdrawn
    ended = _filled({**_only_data(withdrawn.only_if), "at": withdrawn.at}) if withdrawn else {}
    texts = {key: getattr(promise, key) for key in ("name", "made", "due", "kept", "broken")}
    return _filled({**texts, "withdrawn": ended, "activities": dict(promise.activities)})


def _filled(data: dict[str, Any]) -> dict[str, Any]:
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in data.items()}
    return {key: value for key, value in plain.items() if value not in ("", 0, {}, [], None)}


def _text(data: dict[str, Any], key: str, table: str, *, needed: bool = False) -> str:
    value = data.get(key, "")
    if not isinstance(value, str) or (needed and not value):
        raise _wrong(key, value, table)
    return value


def _dict(data: dict[str, Any], key: str, table: str) -> dict[str, Any]:
    value = data.get(key, {})
    if not isinstance(value, dict):
        raise _wrong(key, value, table)
    return value


def _texts(data: dict[str, Any], key: str, table: str) -> tuple[str, ...]:
    value = data.get(key, [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
        raise _wrong(key, value, table)
    return tuple(values)


def _one_of(data: dict[str, Any], key: str, default: str, known: Iterable[str], table: str) -> str:
    return _checked(str(data.get(key, default)), known, key, table)


def _checked(value: str, known: Iterable[str], key: str, table: str) -> str:
    names = list(known)
    if value not in names:
        raise MappingError(
            "The mapping says {value} for {key} of table {table}; that is not known.", "Nearest: {near}.",
            value=value, key=key, table=table or "-", near=near(value, names),
        )  # fmt: skip
    return value


def _known(data: Any, keys: Iterable[str], where: str, table: str) -> None:
    if not isinstance(data, dict):
        raise _wrong(where, data, table)
    for key in data:
        _checked(key, keys, where, table)


def _wrong(key: str, value: Any, table: str) -> MappingError:
    return MappingError(
        "The mapping says {value} for {key} of table {table}, which does not fit.",
        "See `kundig import --dry-run` for an example.",
        value=repr(value) if value else "-", key=key, table=table or "-",
    )  # fmt: skip
