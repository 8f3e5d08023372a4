"""What a sender may send as one event, checked value by value and worded in one way.

The web process reads a request into *live events*: the fields of an event, ``person_key`` in place of ``person_id``, and
everything unknown under ``extra``. What is accepted here can be poured: a date is a date, a number a number. Most events
are checked by one call of msgspec; only one that it refuses is looked at field by field, to mend it or to say what is wrong.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal
from zlib import crc32

import msgspec
from msgspec import Meta

from kundig.event import ACTORS, DIRECTIONS, KINDS
from kundig.message import Message, sentence

MOST_FIELDS = 100
LONGEST_KEY = 400
LONGEST_TEXT = 200_000
MOST = 1e13
"""The largest number: a cost beyond could not be stored exactly."""
SCALE = r"^-?\d{1,9}(\.\d{1,4})?--?\d{1,9}(\.\d{1,4})?$"
WORD = r"^[a-z][a-z0-9_]{0,39}$"

MISSING = sentence("This field is needed.")
NO_TIME = sentence("This is no time in ISO 8601, such as 2026-11-22T09:30:00+01:00.")
NO_NUMBER = sentence("This is no number that can be stored.")
NO_TEXT = sentence("This must be a text of at most {most} characters.")
NO_CHOICE = sentence("This must be one of: {known}.")
NO_SCALE = sentence("A scale is written from its lowest to its highest value, such as 1-5.")
NO_WORD = sentence("This must be one word of small letters, such as customer.")
PSEUDONYM = sentence("Send the key your system knows the person by as person_key; kundig makes the person_id itself.")
TOO_MANY = sentence("An event has at most {most} fields.")
NO_EVENT = sentence("An event is a JSON object.")
NO_JSON = sentence("This value cannot be stored.")

Key = Annotated[str, Meta(max_length=LONGEST_KEY)]
Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]
Number = Annotated[float, Meta(ge=-MOST, le=MOST)]


class Plain(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A live event of nothing but kundig's own fields."""

    occurred_at: dt.datetime | None = None
    activity: Key | None = None
    id: Key | None = None
    source: Key | None = None
    kind: Literal[KINDS] | None = None  # type: ignore[valid-type]
    channel: Key | None = None
    touchpoint: Key | None = None
    direction: Literal[DIRECTIONS] | None = None  # type: ignore[valid-type]
    actor: Literal[ACTORS] | None = None  # type: ignore[valid-type]
    agent_key: Key | None = None
    team: Key | None = None
    reason: Key | None = None
    score: Number | None = None
    score_scale: Annotated[str, Meta(pattern=SCALE)] | None = None
    promise_id: Key | None = None
    due_at: dt.datetime | None = None
    duration_s: Number | None = None
    cost: Number | None = None
    account_key: Key | None = None
    text: Text | None = None
    person_key: Key | None = None
    person_kind: Annotated[str, Meta(pattern=WORD)] | None = None
    person_name: Key | None = None
    person_email: Key | None = None
    person_phone: Key | None = None
    case_id: Key | None = None
    case_kind: Annotated[str, Meta(pattern=WORD)] | None = None


class Event(Plain, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A live event. A time may also be a day, as text."""

    extra: dict[str, Text] | None = None
    by_day: bool = False
    """Without a case of its own, its case is the person's day."""
    only_traits: bool = False
    """It says who a person is, and nothing that happened."""


NEEDED = ("occurred_at", "activity")
FIELDS = Plain.__struct_fields__
_MARKS = Event.__struct_fields__[len(FIELDS) :]
_KNOWN = frozenset(FIELDS)
ALIASES = {
    "event_id": "id", "account": "account_key", "account_id": "account_key", "agent": "agent_key", "agent_id": "agent_key",
    "case": "case_id", "person": "person_key",
}  # fmt: skip
_encode = msgspec.json.Encoder().encode
_encode_sorted = msgspec.json.Encoder(order="sorted").encode
_YEARS = range(1000, 9999)
_PLACE = struct.Struct(">HH").pack


class Unfit(Exception):  # noqa: N818 - it is told to the sender
    """One value that does not fit: the field and the reason."""

    def __init__(self, field: str, reason: str, **values: Any) -> None:
        super().__init__(field)
        self.field = field
        self.reason = Message(reason, values)


class Wrong(Exception):  # noqa: N818 - it is told to the sender
    """Everything that does not fit in a request: pairs of a JSON pointer and a reason. Nothing of it may be stored."""

    def __init__(self, found: Iterable[tuple[str, Message]]) -> None:
        super().__init__("a request does not fit")
        self.found = list(found)


def event_of(given: dict[str, Any], source: str = "", needs: Sequence[str] = NEEDED) -> Event:
    """A live event of ``given``; Unfit names the first field that does not fit. ``source`` where the event names none."""
    if unknown := given.keys() - _KNOWN:
        given = _sorted_out(given, sorted(unknown))
    try:
        made = msgspec.convert(given, Event)
    except msgspec.ValidationError:
        made = _mended(given)
    if not made.source:
        made.source = source
    if not is_complete(made):
        _check_needs(made, needs)
        _check_year("occurred_at", made.occurred_at)
        _check_year("due_at", made.due_at)
    return made


def is_complete(made: Plain) -> bool:
    """Whether an event whose values fit can be stored as it is."""
    at, due = made.occurred_at, made.due_at
    if not made.source or made.source.isspace() or not made.activity or made.activity.isspace():
        return False
    return (
        at.__class__ is dt.datetime
        and at.year in _YEARS
        and (due is None or (due.__class__ is dt.datetime and due.year in _YEARS))
    )


def _check_needs(made: Plain, needs: Sequence[str]) -> None:
    for name in ("source", *needs):
        value = getattr(made, name)
        if not value or (isinstance(value, str) and value.isspace()):
            raise Unfit(name, MISSING)


def _check_year(name: str, time: Any) -> None:
    if time.__class__ is dt.datetime and time.year not in _YEARS:
        raise Unfit(name, NO_TIME)


def _sorted_out(given: dict[str, Any], unknown: Sequence[str]) -> dict[str, Any]:
    """The event with aliases resolved, and what nobody knows as texts in ``extra``."""
    if len(given) > MOST_FIELDS:
        raise Unfit("", TOO_MANY, most=MOST_FIELDS)
    made = dict(given)
    extra: dict[str, str] = {}
    for name in unknown:
        value = made.pop(name)
        if value is None or value == "":
            continue
        if name in ALIASES:
            made[ALIASES[name]] = value
        elif name == "person_id":
            raise Unfit(name, PSEUDONYM)
        elif name == "extra" and isinstance(value, dict):
            _keep_all(extra, value)
        else:
            _keep(extra, name, value)
    if extra:
        made["extra"] = extra
    return made


def _keep_all(extra: dict[str, str], given: Mapping[str, Any]) -> None:
    """What an object ``extra`` holds; a name that is a field's elsewhere keeps its prefix."""
    if len(given) > MOST_FIELDS:
        raise Unfit("extra", TOO_MANY, most=MOST_FIELDS)
    for name in sorted(given):
        if given[name] is not None and given[name] != "":
            _keep(extra, f"extra.{name}" if name in _KNOWN or name in _MARKS else name, given[name])


def _keep(extra: dict[str, str], name: str, value: Any) -> None:
    """An unknown field, as text."""
    try:
        text = value if isinstance(value, str) else _encode_sorted(value).decode()
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise Unfit(name, NO_JSON) from None
    if len(text) > LONGEST_TEXT or len(name) > LONGEST_KEY:
        raise Unfit(name[:LONGEST_KEY], NO_TEXT, most=LONGEST_TEXT)
    extra["_row_" if name == "_row" else name] = text  # a batch of rows has a column _row of its own


def key_of(made: Plain) -> tuple[bytes, int, bytes]:
    """Of a live event: what it is known by (16 bytes), what its content hashes to, and the content as JSON.

    An event without an id gets one from its content: the same content sent again is the same event.
    """
    if not made.id:
        made.id = hashlib.blake2b(_encode(made), digest_size=16).hexdigest()
    payload = _encode(made)
    content = int.from_bytes(hashlib.blake2b(payload, digest_size=8).digest(), "big", signed=True)
    return known_by(made.source or "", made.id), content, payload


def known_by(source: str, id: str) -> bytes:
    """What an event is known by: a hash of source and id, 16 bytes.

    Ids that begin alike, or differ in their last two signs only, come to lie side by side: a request of a hundred events
    then changes a few pages of the index and not a hundred (measured: half the time of storing it).
    """
    place = _PLACE(crc32(id[:8].encode()) & 0xFFFF, crc32(id[:-2].encode()) & 0xFFFF)
    return place + hashlib.blake2b(f"{source}\x1f{id}".encode(), digest_size=12).digest()


# -- many events at once


_OF_OTHERS = frozenset({*ALIASES, *_MARKS, "person_id", "_row", "specversion", "userId", "anonymousId"})
"""Fields with a meaning of their own, which :func:`event_of` and the readers of other shapes know."""


@lru_cache(maxsize=256)
def _unknown(names: tuple[str, ...]) -> tuple[str, ...] | None:
    """Those of an event's fields that nobody knows, sorted; None where one of them needs more than to be kept."""
    if len(names) > MOST_FIELDS or any(name in _OF_OTHERS or len(name) > LONGEST_KEY for name in names):
        return None
    return tuple(sorted(name for name in names if name not in _KNOWN))


def all_of(given: Sequence[dict[str, Any]]) -> list[Event]:
    """The same as :func:`event_of` for many; ValueError, with ``given`` changed, where one of them is not that simple."""
    for event in given:
        unknown = _unknown(tuple(event))
        if unknown is None:
            raise ValueError("to be read one by one")
        if unknown:
            kept = {name: event.pop(name) for name in unknown}
            event["extra"] = {
                name: value if value.__class__ is str else _encode_sorted(value).decode()
                for name, value in kept.items() if value is not None and value != ""
            } or None  # fmt: skip
    return msgspec.convert(given, list[Event])


# -- one field after the other


def _mended(given: Mapping[str, Any]) -> Event:
    """The event with values brought into form, such as a number written as text; Unfit where one cannot be."""
    made: dict[str, Any] = {}
    for name, value in given.items():
        if value is not None and (value != "" or name not in _NEVER_EMPTY):
            made[name] = _CHECKS[name](name, value)
    return Event(**made)


def _time(name: str, value: Any) -> Any:
    """A datetime, or a day as text: what is due on a day is due at its end."""
    if isinstance(value, str) and len(value) <= 40:
        text = value.strip()
        try:
            read = dt.datetime.fromisoformat(text)
        except ValueError:
            raise Unfit(name, NO_TIME) from None
        _check_year(name, read)
        return f"{read:%Y-%m-%d}" if len(text) <= 10 else read
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 1e8 <= value < 1e14:
        return dt.datetime.fromtimestamp(value / 1000 if value >= 1e11 else value, dt.UTC)
    raise Unfit(name, NO_TIME)


def _number(name: str, value: Any) -> float:
    try:
        read = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        read = math.nan
    if not abs(read) <= MOST:
        raise Unfit(name, NO_NUMBER)
    return read


def _text(name: str, value: Any, most: int = LONGEST_KEY) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63:
        value = str(value)
    if not isinstance(value, str) or len(value) > most:
        raise Unfit(name, NO_TEXT, most=most)
    return value


def _long_text(name: str, value: Any) -> str:
    return _text(name, value, LONGEST_TEXT)


def _one_of(*known: str) -> Callable[[str, Any], str]:
    def check(name: str, value: Any) -> str:
        if value not in known:
            raise Unfit(name, NO_CHOICE, known=", ".join(known))
        return str(value)

    return check


def _shaped(kind: Any, reason: str) -> Callable[[str, Any], str]:
    def check(name: str, value: Any) -> str:
        try:
            return str(msgspec.convert(value, kind))
        except msgspec.ValidationError:
            raise Unfit(name, reason) from None

    return check


def _as_it_is(name: str, value: Any) -> Any:
    return value


_NEVER_EMPTY = (
    "occurred_at",
    "due_at",
    "score",
    "duration_s",
    "cost",
    "kind",
    "direction",
    "actor",
    "score_scale",
    "person_kind",
    "case_kind",
)
_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(FIELDS, _text),
    **dict.fromkeys(("occurred_at", "due_at"), _time),
    **dict.fromkeys(("score", "duration_s", "cost"), _number),
    "text": _long_text,
    "kind": _one_of(*KINDS),
    "direction": _one_of(*DIRECTIONS),
    "actor": _one_of(*ACTORS),
    "score_scale": _shaped(Annotated[str, Meta(pattern=SCALE)], NO_SCALE),
    "person_kind": _shaped(Annotated[str, Meta(pattern=WORD)], NO_WORD),
    "case_kind": _shaped(Annotated[str, Meta(pattern=WORD)], NO_WORD),
    "extra": _as_it_is,
}  # fmt: skip
