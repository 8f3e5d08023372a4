"""Shapes of data known outright, by their columns: event logs, CloudEvents, Segment calls, mail, kundig's own events."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kundig.ingest.headers import Hint, hint
from kundig.ingest.mapping import FIELDS, Case, Event, Field, Only, Person, Table
from kundig.ingest.words import Words

Shape = Callable[[Sequence[str], Words], Table | None]


def recognise(columns: Sequence[str], words: Words) -> Table | None:
    """The table of a known shape, without name and files; None where the columns are none of them."""
    return next((table for shape in SHAPES if (table := shape(columns, words))), None)


def xes(columns: Sequence[str], words: Words) -> Table | None:
    """An XES log as the channel gives it, or the same as CSV: group is the team, resource the agent."""
    if not {"concept:name", "time:timestamp"} <= set(columns):
        return None
    fields = {"occurred_at": "time:timestamp", "activity": "concept:name", "team": "org:group", "agent": "org:resource"}
    fields["channel"] = _first(columns, "channel", "case:channel")
    fields["reason"] = _first(columns, "case:reason", "reason")
    person = _first(columns, "case:customer", "customer", "case:customer_id", "customer_id")
    case = _first(columns, "case:concept:name", "case:_index", "case_id", "case")
    return Table(
        "", fields=_present(fields, columns), person=Person(person) if person else None,
        case=Case(case) if case else None, event_id=_first(columns, "identity:id", "concept:id"),
    )  # fmt: skip


def ocel(columns: Sequence[str], words: Words) -> Table | None:
    """An object-centric log: the object that a word list calls a case is the case, a customer is the person."""
    if not {"ocel:activity", "ocel:timestamp"} <= set(columns):
        return None
    fields = {"occurred_at": "ocel:timestamp", "activity": "ocel:activity"}
    objects = [c for c in columns if c.startswith("object:")]
    person = _object(objects, "person", words)
    rest = [c for c in objects if c != person]
    case = _object(rest, "case", words) or next(iter(rest), "")
    return Table(
        "", fields=_present(fields, columns), person=Person(person) if person else None,
        case=Case(case, kind=case.removeprefix("object:")) if case else None, event_id=_first(columns, "ocel:id"),
    )  # fmt: skip


def own(columns: Sequence[str], words: Words) -> Table | None:
    """Events as kundig writes them: the columns are called like the fields."""
    if not {"occurred_at", "activity"} <= set(columns):
        return None
    person, case = _first(columns, "person", "customer", "person_id"), _first(columns, "case", "case_id")
    agent = _first(columns, "agent", "agent_id")
    fields = {name: name for name in FIELDS} | {"agent": agent, "account": _first(columns, "account", "account_id")}
    scale = Field(("score",), scale="1-5") if "score" in columns else None
    found = _present(fields, columns) | ({"score": scale} if scale else {})
    return Table(
        "", fields=found, person=Person(person) if person else None, case=Case(case) if case else None,
        event_id=_first(columns, "event_id", "id"),
    )  # fmt: skip


def cloud_events(columns: Sequence[str], words: Words) -> Table | None:
    """CloudEvents 1.0: type is the activity; person, case and the rest are looked for in data."""
    if not {"specversion", "type", "source"} <= set(columns) or "time" not in columns:
        return None
    inner = {c: found for c in columns if c.startswith("data.") and (found := hint(c, words.of("headers")))}
    person = _named(inner, "person") or _first(columns, "subject")
    case = _named(inner, "case")
    fields = {"occurred_at": "time", "activity": "type"}
    wanted = ("channel", "direction", "actor", "agent", "team", "reason", "text", "touchpoint", "duration_s", "cost")
    fields |= {name: _named(inner, name) for name in wanted}
    return Table(
        "", fields=_present(fields, columns), person=Person(person) if person else None,
        case=Case(case) if case else Case(session_minutes=30) if person else None, event_id=_first(columns, "id"),
    )  # fmt: skip


def segment(columns: Sequence[str], words: Words) -> Table | None:
    """Segment's track, page, screen and identify calls; sessions are cut by a pause of 30 minutes."""
    user = _first(columns, "userId", "anonymousId")
    time = _first(columns, "timestamp", "originalTimestamp", "sentAt", "receivedAt")
    if "type" not in columns or not user or not time:
        return None
    other = "anonymousId" if user == "userId" and "anonymousId" in columns else ""
    traits = {key: _first(columns, f"traits.{key}", f"context.traits.{key}") for key in ("name", "email", "phone")}
    touchpoint = _first(
        columns, "context.page.path", "context.page.url", "properties.path", "properties.url", "context.screen.name"
    )
    fields = _present({"occurred_at": time, "touchpoint": touchpoint}, columns)
    track = Event({"activity": Field(("event",))}, Only("type", ("track",)))
    page = Event({"activity": Field(value="Page viewed"), "kind": Field(value="visit")}, Only("type", ("page", "screen")))
    person = Person(user, otherwise=other, name=traits["name"], email=traits["email"], phone=traits["phone"])
    return Table(
        "", fields=fields | {"channel": Field(value="web")}, person=person,
        case=Case(session_minutes=30), event_id=_first(columns, "messageId"), events=(track, page),
    )  # fmt: skip


def mail(columns: Sequence[str], words: Words) -> Table | None:
    """Mail as the mbox channel gives it: the thread is the case, the sender the person."""
    if not {"thread", "from_address", "date", "body_new"} <= set(columns):
        return None
    fields = _present({"occurred_at": "date", "text": "body_new", "touchpoint": "subject"}, columns)
    constants = {"activity": Field(value="Mail"), "kind": Field(value="contact"), "channel": Field(value="email")}
    return Table(
        "", fields=fields | constants, person=Person("from_address", kind="email", name="from_name", email="from_address"),
        case=Case("thread", kind="thread"), event_id="message_id",
    )  # fmt: skip


SHAPES: tuple[Shape, ...] = (xes, ocel, segment, cloud_events, mail, own)


def _first(columns: Sequence[str], *wanted: str) -> str:
    return next((name for name in wanted if name in columns), "")


def _present(fields: dict[str, str], columns: Sequence[str]) -> dict[str, Field]:
    return {name: Field((column,)) for name, column in fields.items() if column in columns}


def _object(objects: Sequence[str], what: str, words: Words) -> str:
    names = {what: words.of("headers").get(what, ())}
    return next((c for c in objects if hint(c.removeprefix("object:") + " id", names)), "")


def _named(inner: dict[str, Hint], name: str) -> str:
    return next((column for column, found in inner.items() if found.name == name), "")
