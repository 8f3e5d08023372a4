"""The form of a mapping: what a person chose for the columns, checked, and only what differs from what stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import available_timezones

from kundig.message import Message, sentence
from kundig.server.sources.imports.parts import FIXED, PARTS, several

ORDERS = {"dmy": sentence("day before month (31.12.)"), "mdy": sentence("month before day (12/31)")}
DECIMALS = {",": sentence("comma (1.234,56)"), ".": sentence("point (1,234.56)")}
UNITS = {
    "ms": sentence("milliseconds"),
    "s": sentence("seconds"),
    "min": sentence("minutes"),
    "h": sentence("hours"),
    "d": sentence("days"),
}
SCALES = ("0-1", "1-5", "0-5", "1-7", "1-10", "0-10", "0-100")
TWICE = sentence("Only one column can be: {part}.")
NO_ZONE = sentence("There is no time zone called {value}; write one such as Europe/Berlin.")
NO_NAME = sentence("The name of the system has at most {n} characters and no line breaks.")
LONGEST = 60


def chosen(
    given: Mapping[str, str], tables: Sequence[Mapping[str, Any]], before: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Message]]:
    """Choices by table from a posted form, and what is wrong with them; ``tables`` as ``looking.look`` tells them."""
    made: dict[str, Any] = {}
    wrong: list[Message] = []
    for number, table in enumerate(tables):
        if f"{number}-source" not in given:
            continue
        kept = dict(before.get(table["file"], {}))
        parts, now = dict(kept.get("parts", {})), {}
        for place, column in enumerate(table["columns"]):
            part = given.get(f"{number}-part-{place}", column["part"])
            now[column["name"]] = part if part in PARTS or part in FIXED or part == "" else column["part"]
            if now[column["name"]] != column["part"]:
                parts[column["name"]] = now[column["name"]]
        wrong += [
            Message(TWICE, {"part": Message(PARTS.get(part, part))})
            for part in several(now)
            if part in PARTS and _is_new(part, table, now)
        ]
        settings, faults = _settings(given, number, table)
        wrong += faults
        kept.update(settings)
        kept["parts"] = {column: part for column, part in parts.items() if part not in FIXED}
        if any(kept.values()):
            made[table["file"]] = {name: value for name, value in kept.items() if value}
    return made, wrong


def _is_new(part: str, table: Mapping[str, Any], now: Mapping[str, str]) -> bool:
    """Whether the person, and not kundig, gave the part to several columns (a date and its time of day are two)."""
    before = [column["name"] for column in table["columns"] if column["part"] == part]
    return sorted(before) != sorted(column for column, each in now.items() if each == part)


def _settings(given: Mapping[str, str], number: int, table: Mapping[str, Any]) -> tuple[dict[str, str], list[Message]]:
    """Source, zone, date order, decimal, scale and unit, where they were changed."""
    wrong: list[Message] = []
    made: dict[str, str] = {}
    source = given.get(f"{number}-source", "").strip()
    if len(source) > LONGEST or not source.isprintable():
        wrong.append(Message(NO_NAME, {"n": LONGEST}))
    elif source and source != table["source"]:
        made["source"] = source
    zone = given.get(f"{number}-time_zone", "").strip()
    if zone and zone not in available_timezones():
        wrong.append(Message(NO_ZONE, {"value": zone[:LONGEST]}))
    elif zone and zone != table["time_zone"]:
        made["time_zone"] = zone
    known: dict[str, Sequence[str] | Mapping[str, str]] = {
        "date_order": ORDERS,
        "decimal": DECIMALS,
        "scale": SCALES,
        "unit": UNITS,
    }
    for name, values in known.items():
        value = given.get(f"{number}-{name}", "")
        if value in values and value != (table[name] or ""):
            made[name] = value
    return made, wrong
