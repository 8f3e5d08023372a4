"""The shapes in which other systems send events: CloudEvents 1.0, Segment's calls, and kundig's own fields."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import unquote

import msgspec

from kundig.message import Message, sentence
from kundig.server.sources.live import (
    ALIASES,
    MISSING,
    NO_EVENT,
    Event,
    Key,
    Plain,
    Unfit,
    Wrong,
    all_of,
    event_of,
    is_complete,
)  # fmt: skip

CLOUD = "application/cloudevents+json"
CLOUD_BATCH = "application/cloudevents-batch+json"
PLAIN = ("application/json", "text/json")
MOST_EVENTS = 10_000
"""In one request."""
MOST_TOLD = 100
"""Faults told in one answer."""

NO_CLOUD = sentence("Only CloudEvents 1.0 are read.")
NO_DATA = sentence("The data of an event are a JSON object.")
NO_CALL = sentence("Of Segment's calls, track, identify, page and screen are read.")
NO_LIST = sentence("This must be a list of events.")
_CALLS = ("track", "identify", "page", "screen")
_ATTRIBUTES = {"activity": "type", "occurred_at": "time", "person_key": "subject", "id": "id", "source": "source"}
_decode = msgspec.json.Decoder().decode


class _Cloud(msgspec.Struct, gc=False):
    """A CloudEvent whose data are nothing but kundig's own fields."""

    specversion: Literal["1.0"]
    id: Key
    source: Key
    type: Key
    time: dt.datetime | None = None
    subject: Key | None = None
    data: Plain | None = None
    data_base64: msgspec.UnsetType = msgspec.UNSET


_decode_plain = msgspec.json.Decoder(list[Plain]).decode
_decode_objects = msgspec.json.Decoder(list[dict[str, Any]]).decode
_decode_clouds = msgspec.json.Decoder(list[_Cloud]).decode

Reader = Callable[[dict[str, Any], str], Event]


class Unreadable(Exception):  # noqa: N818 - it is told to the sender
    """The body is no JSON."""


class TooMany(Exception):  # noqa: N818 - it is told to the sender
    """More events than one request may hold."""


class OtherType(Exception):  # noqa: N818 - it is told to the sender
    """A content type that is not read."""


def read(body: bytes, content_type: str, headers: Mapping[str, str], source: str) -> tuple[Sequence[Plain], list[str]]:
    """The live events of a request, and the JSON pointer of each.

    source: what an event's source is where it names none. Wrong lists everything that does not fit.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if "ce-specversion" in headers:
        return _all([("", _binary(headers, _json(body) if body else {}))], source, _cloud)
    if kind == CLOUD:
        return _all([("", _json(body))], source, _cloud)
    if kind not in (CLOUD_BATCH, *PLAIN):
        raise OtherType
    if (found := _at_once(body, kind, source)) is not None:
        return found, [f"/{number}" for number in range(len(found))]
    if kind == CLOUD_BATCH:
        return _all(_listed(_json(body), ""), source, _cloud)
    return _all(_unpacked(_json(body)), source, _any)


def _at_once(body: bytes, kind: str, source: str) -> Sequence[Plain] | None:
    """The events of a list where all of them fit as they are; None where one does not.

    Then each event is looked at by itself, which takes several times as long and finds out what is to be mended or told.
    """
    if not body.startswith(b"["):
        return None
    try:
        found = _clouds(body) if kind == CLOUD_BATCH else _plain(body)
    except (msgspec.MsgspecError, RecursionError, TypeError, ValueError):
        return None
    if len(found) > MOST_EVENTS:
        raise TooMany
    for event in found:
        event.source = event.source or source
        if not is_complete(event):
            return None
    return found


def _plain(body: bytes) -> Sequence[Plain]:
    """Plain events: with kundig's own fields alone, or with others to be kept."""
    try:
        return _decode_plain(body)
    except msgspec.ValidationError:
        return all_of(_decode_objects(body))


def _clouds(body: bytes) -> Sequence[Plain]:
    return [_opened(each) for each in _decode_clouds(body)]


def _opened(cloud: _Cloud) -> Plain:
    """The event in a CloudEvent; ValueError where data and attributes are at odds."""
    event = cloud.data or Plain()
    if event.id is not None or event.source is not None or event.activity not in (None, cloud.type):
        raise ValueError("to be merged by the slower way")
    if not cloud.id.strip() or not cloud.source.strip() or not cloud.type.strip():
        raise ValueError("to be told by the slower way")
    event.id, event.source, event.activity = cloud.id, cloud.source, cloud.type
    event.occurred_at = event.occurred_at or cloud.time
    if event.person_key is None:
        event.person_key = cloud.subject
    return event


def _json(body: bytes) -> Any:
    try:
        return _decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, ValueError) as error:
        raise Unreadable from error


def _unpacked(given: Any) -> Sequence[tuple[str, Any]]:
    if isinstance(given, list):
        return _listed(given, "")
    if isinstance(given, dict) and "specversion" not in given:
        for name in ("events", "batch"):
            if name in given:
                return _listed(given[name], f"/{name}")
    return [("", given)]


def _listed(given: Any, before: str) -> Sequence[tuple[str, Any]]:
    if not isinstance(given, list):
        raise Wrong([(before, Message(NO_LIST))])
    if len(given) > MOST_EVENTS:
        raise TooMany
    return [(f"{before}/{number}", each) for number, each in enumerate(given)]


def _all(given: Sequence[tuple[str, Any]], source: str, reader: Reader) -> tuple[list[Event], list[str]]:
    """Every event read; Wrong where one of them does not fit."""
    made: list[Event] = []
    wrong: list[tuple[str, Message]] = []
    for pointer, each in given:
        try:
            if not isinstance(each, dict):
                raise Unfit("", NO_EVENT)
            made.append(reader(each, source))
        except Unfit as unfit:
            wrong.append((pointer + _pointer(_as_sent(unfit.field, each)), unfit.reason))
            if len(wrong) == MOST_TOLD:
                break
    if wrong:
        raise Wrong(wrong)
    return made, [pointer for pointer, _ in given]


def _pointer(field: str) -> str:
    """A field, or the fields on the way to it, as the end of a JSON pointer (RFC 6901)."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in field.split("\x1f")) if field else ""


def _as_sent(field: str, given: Any) -> str:
    """The name the sender used for a field."""
    if not isinstance(given, dict) or field in given:
        return field
    return next((alias for alias, name in ALIASES.items() if name == field and alias in given), field)


def _any(given: dict[str, Any], source: str) -> Event:
    if "specversion" in given:
        return _cloud(given, source)
    if "userId" in given or "anonymousId" in given:
        return _segment(given, source)
    return event_of(given, source)


# -- CloudEvents


def _binary(headers: Mapping[str, str], data: Any) -> dict[str, Any]:
    """An event in binary mode: its attributes in headers, its data in the body."""
    return {name[3:]: unquote(value) for name, value in headers.items() if name.startswith("ce-")} | {"data": data}


def _cloud(given: dict[str, Any], source: str) -> Event:
    if given.get("specversion") != "1.0":
        raise Unfit("specversion", NO_CLOUD)
    for name in ("id", "source", "type"):
        if not isinstance(given.get(name), str) or not given[name].strip():
            raise Unfit(name, MISSING)
    data = given.get("data")
    if "data_base64" in given or not isinstance(data, (dict, type(None))):
        raise Unfit("data", NO_DATA)
    told = dict(data or {})
    try:
        return event_of(_merged(given, told))
    except Unfit as unfit:
        attribute = _ATTRIBUTES.get(unfit.field, "")
        unfit.field = attribute if attribute in given and unfit.field not in told else f"data\x1f{unfit.field}"
        raise


def _merged(given: Mapping[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """Data and attributes as one event; id and source are the attributes', since they say which event it is."""
    for name in ("id", "event_id", "source"):
        if name in told:
            told[f"data.{name}"] = told.pop(name)
    event = {"activity": given["type"], "occurred_at": given.get("time"), "person_key": given.get("subject")}
    if told.get("person") or told.get("person_key"):
        event.pop("person_key")
    event |= {name: value for name, value in told.items() if value is not None}
    if event["activity"] != given["type"]:
        event["extra.type"] = given["type"]
    return event | {"id": given["id"], "source": given["source"]}


# -- Segment


def _segment(given: dict[str, Any], source: str) -> Event:
    call = given.get("type") or ("track" if "event" in given else "identify" if "traits" in given else "")
    if call not in _CALLS:
        raise Unfit("type", NO_CALL)
    context, properties, traits = (_object(given, name) for name in ("context", "properties", "traits"))
    event: dict[str, Any] = {
        "id": given.get("messageId"), "person_key": given.get("userId") or given.get("anonymousId"),
        **_who({**_inner(context, "traits"), **traits}),
    }  # fmt: skip
    if not given.get("userId"):
        event["person_kind"] = "visitor"
    if call == "identify":
        made = event_of(event, source or "segment", needs=("person_key",))
        made.only_traits = True
        return made
    page = _inner(context, "page")
    event |= {
        "occurred_at": next((given[name] for name in ("timestamp", "originalTimestamp", "sentAt") if given.get(name)), None),
        "activity": given.get("event") if call == "track" else "Page viewed",
        "kind": None if call == "track" else "visit",
        "channel": "app" if call == "screen" else "web",
        "touchpoint": properties.get("path") or page.get("path") or properties.get("url") or page.get("url") or given.get("name"),
        "case_id": properties.get("case_id"),
        "extra": {f"properties.{name}": value for name, value in properties.items() if name not in ("path", "url", "case_id")},
    }
    try:
        made = event_of(event, source or "segment")
    except Unfit as unfit:
        unfit.field = {"occurred_at": "timestamp", "activity": "event", "person_key": "userId", "id": "messageId"}.get(
            unfit.field, unfit.field
        )
        raise
    made.by_day = bool(made.person_key and not made.case_id)
    return made


def _who(traits: Mapping[str, Any]) -> dict[str, Any]:
    """The identifying traits; others are not kept, since nothing reads them."""
    name = traits.get("name") or " ".join(str(traits[part]) for part in ("firstName", "lastName") if traits.get(part))
    return {"person_name": name, "person_email": traits.get("email"), "person_phone": traits.get("phone")}


def _object(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = given.get(name)
    if not isinstance(found, (dict, type(None))):
        raise Unfit(name, NO_DATA)
    return found or {}


def _inner(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = given.get(name)
    return found if isinstance(found, dict) else {}
