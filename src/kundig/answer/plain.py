"""An answer as plain values, so that the command line, the API, files and pages all show the same figures."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import json
import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TextIO

from kundig.event import ACTORS, CHANNELS, DIRECTIONS, KINDS
from kundig.message import Duration, Message, Share, Word, say, sentence, show

if TYPE_CHECKING:
    from kundig.answer import Answer

_DURATION = re.compile(r"(^|_)s((_low|_high)(_\d\d)?)?$")
_SHARE = re.compile(
    r"(^|_)(share|rate|probability|accuracy(_if_told)?|resolution|reliability|constancy|weight|r2|r2_mean_only|calibration_error(_by_chance)?)(_low|_high)?$"
)
_CLOSED = re.compile(r"(^|_)(channel|kind|direction|actor)$")
_OURS = frozenset((*CHANNELS, *KINDS, *DIRECTIONS, *ACTORS))
OWN = "sql"
"""The name of an answer to somebody's own SQL: its column names are his and say nothing of units."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")

COLUMN_WORDS: Mapping[str, str] = {
    "n": sentence("Number"),
    "from_activity": sentence("From"),
    "to_activity": sentence("To"),
    "activity": sentence("Activity"),
    "variant": sentence("Variant"),
    "channel": sentence("Channel"),
    "kind": sentence("Kind"),
    "reason": sentence("Reason"),
    "team": sentence("Team"),
    "from_team": sentence("From team"),
    "to_team": sentence("To team"),
    "month": sentence("Month"),
    "cases": sentence("Cases"),
    "events": sentence("Events"),
    "persons": sentence("Persons"),
    "contacts": sentence("Contacts"),
    "handovers": sentence("Handovers"),
    "share": sentence("Share"),
    "mean_s": sentence("Mean time"),
    "median_s": sentence("Median time"),
    "p90_s": sentence("90% done within"),
    "event_id": sentence("Event"),
    "occurred_at": sentence("Time"),
    "received_at": sentence("Stored at"),
    "started_at": sentence("Begun at"),
    "ended_at": sentence("Ended at"),
    "position": sentence("Position"),
    "person_id": sentence("Person"),
    "account_id": sentence("Account"),
    "case_id": sentence("Case"),
    "touchpoint": sentence("Touchpoint"),
    "direction": sentence("Direction"),
    "actor": sentence("Acted"),
    "agent_id": sentence("Agent"),
    "score": sentence("Score"),
    "score_scale": sentence("Scale"),
    "promise_id": sentence("Promise"),
    "due_at": sentence("Due at"),
    "duration_s": sentence("Duration"),
    "cost": sentence("Cost"),
    "source": sentence("Source"),
    "text": sentence("Text"),
    "count_star()": sentence("Number"),
}
"""Names of frequent columns; an answer's own ``columns`` win."""

ENDS: Mapping[str, str] = {"_low": sentence("{value}, at least"), "_high": sentence("{value}, at most")}
"""What the ends of an interval are called: by their value, since a table may hold several."""


def as_json(answer: Answer, lang: str = "en") -> dict[str, Any]:
    """The whole answer as values JSON knows, sentences and titles in ``lang``; NaN and infinity become null."""
    return {
        "name": answer.name,
        "title": say(answer.title, lang),
        "definition": say(answer.definition, lang),
        "figures": {name: plain(value) for name, value in answer.figures.items()},
        "sentences": [message.say(lang) for message in answer.sentences],
        "table": [{name: plain(value) for name, value in row.items()} for row in _records(answer)],
        "sql": answer.sql,
        "n": answer.n,
        "lake_version": answer.lake_version,
        "inputs": {name: plain(value) for name, value in answer.inputs.items()},
        "where": {name: plain(value) for name, value in answer.where.items()},
        "untold": answer.untold,
        "suppressed": answer.suppressed,
        "columns": dict(zip(_in_order(answer), headers(answer, lang), strict=True)),
    }


def as_csv(answer: Answer, lang: str, stream: TextIO) -> None:
    """Write the table with its stable column names and ISO values: a file is the same in every ``lang``.

    Text that a spreadsheet would run as a formula gets a leading apostrophe; numbers are left alone.
    """
    bare = csv.writer(stream, lineterminator="\n")
    quoted = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    header = [_harmless(name) for name in answer.table.column_names]
    for cells in itertools.chain([header], ([_cell(plain(value)) for value in row.values()] for row in _records(answer))):
        # a lone carriage return would end the row: Python quotes only its own line end
        (quoted if any(isinstance(cell, str) and "\r" in cell for cell in cells) else bare).writerow(cells)


def as_rows(answer: Answer, lang: str = "en", most: int | None = None) -> tuple[list[str], list[list[str]]]:
    """The table for people: headers and the first ``most`` rows as formatted texts in ``lang``."""
    table = answer.table if most is None else answer.table.slice(0, most)
    names = _in_order(answer)
    rows = [[_worded(answer, name, row, lang) for name in names] for row in table.to_pylist()]
    return headers(answer, lang), rows


def _worded(answer: Answer, name: str, row: Mapping[str, Any], lang: str) -> str:
    """A cell; where a column ``dimension`` says that ``value`` is a channel, that is one of our words too."""
    value = row[name]
    if answer.name == OWN and not isinstance(value, str):
        return shown("", value, lang)
    if name == "value" and row.get("dimension") == "channel" and isinstance(value, str):
        return closed_word(value, lang)
    return say(value, lang) if name in answer.words and isinstance(value, str) else shown(name, value, lang)


def headers(answer: Answer, lang: str = "en") -> list[str]:
    """The names of the table's columns for people, in the order of :func:`as_rows`."""
    own = answer.name == OWN  # a number without its unit keeps the name that says it
    return [name if own and _DURATION.search(name) else _header(name, answer.columns, lang) for name in _in_order(answer)]


def _in_order(answer: Answer) -> list[str]:
    """The columns as people read them: the ends of an interval stand right after their value."""
    names = answer.table.column_names
    ends = {f"{name}{end}" for name in names for end in ENDS} & set(names)
    return [part for name in names if name not in ends for part in (name, *(f"{name}{e}" for e in ENDS if f"{name}{e}" in ends))]


def numeric(answer: Answer) -> list[bool]:
    """For each column of :func:`as_rows` whether it holds quantities, which are set flush right."""
    import pyarrow.types as kinds

    quantities = (kinds.is_integer, kinds.is_floating, kinds.is_decimal, kinds.is_duration)
    names, schema = answer.table.column_names, answer.table.schema
    return [any(kind(schema.field(names.index(name)).type) for kind in quantities) for name in _in_order(answer)]


def plain(value: Any) -> Any:
    """``value`` as JSON knows it: times ISO 8601 in UTC, decimals as numbers, lengths of time in seconds, no NaN."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return _number(value)
        case dt.datetime():
            return _utc(value).isoformat().replace("+00:00", "Z")
        case dt.date() | dt.time():
            return value.isoformat()
        case dt.timedelta():
            return value.total_seconds()
        case bytes():
            return value.hex()
        case Mapping():
            return {str(name): plain(item) for name, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
    return plain(value.item()) if hasattr(value, "item") else str(value)


def closed_word(text: str, lang: str = "en") -> str:
    """A word of our closed lists in ``lang`` as people write it; any other word as it is."""
    return say(text, lang).replace("_", " ") if text in _OURS else text


def _records(answer: Answer) -> Iterator[dict[str, Any]]:
    for batch in answer.table.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()


def _number(value: Decimal) -> int | float | None:
    if not value.is_finite():
        return None
    return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)


def _utc(value: dt.datetime) -> dt.datetime:
    return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def column_word(name: str, lang: str = "en") -> str:
    """What a column is called by people in ``lang``; one nobody named keeps its name, readable."""
    return say(COLUMN_WORDS[name], lang) if name in COLUMN_WORDS else name.replace("_", " ")


def _header(name: str, given: Mapping[str, str], lang: str) -> str:
    for end, text in ENDS.items():
        value = name.removesuffix(end)
        if value != name and value in given:
            return Message(text, {"value": _header(value, given, lang)}).say(lang)
    return say(given[name], lang) if given.get(name) else column_word(name, lang)


def shown(name: str, value: Any, lang: str) -> str:
    """``value`` of the column or figure ``name`` as people write it in ``lang``."""
    match value:
        case str():
            return _named(name, value, lang)
        case Decimal() | float() if not math.isfinite(value):
            return show(None, lang)
        case bool() | None:
            return show(value, lang)
        case int() | float() | Decimal():
            return _shown_number(name, value, lang)
        case dt.timedelta():
            return show(Duration(value.total_seconds()), lang)
        case list() | tuple():
            return ", ".join(shown(name, item, lang) for item in value)
    return show(value, lang)


def _named(name: str, text: str, lang: str) -> str:
    if name == "column":
        return column_word(text, lang)
    if name == "insight":
        return say(text.replace("-", " ").capitalize(), lang)
    return closed_word(text, lang) if _CLOSED.search(name) else text


def _shown_number(name: str, value: int | float | Decimal, lang: str) -> str:
    if _DURATION.search(name):
        return show(Duration(float(value)), lang)
    if _SHARE.search(name):
        return show(Share(float(value)), lang)
    return show(value if isinstance(value, int) else float(value), lang)


def _cell(value: Any) -> Any:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return _harmless(value)
        case list() | dict():
            return _harmless(json.dumps(value, ensure_ascii=False))
    return value


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def words_of(value: Any) -> Any:
    """A row's value for a chart: Messages and Words stay to be worded, everything else becomes plain."""
    return value if isinstance(value, Message | Word) else plain(value)
