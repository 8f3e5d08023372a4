"""How far the data can be trusted: what is missing, odd, late or impossible, before any other answer is believed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from kundig.answer import Chart, Figure
from kundig.insight import Result, Telling, asked
from kundig.message import Message, Share, sentence, sentences

OPTIONAL = (
    "person_id", "account_id", "case_id", "channel", "touchpoint", "direction", "actor", "agent_id", "team", "reason", "score",
    "promise_id", "duration_s", "cost",
)  # fmt: skip
"""Columns an event may lack."""

MANY = 0.05
"""From this share on, what is missing or odd is put into a sentence."""


@dataclass(frozen=True)
class DataQuality:
    """How far the data can be trusted: what is missing, odd, late or impossible."""

    burst: int = asked(100, sentence("So many events or more at the same full minute are a burst."))
    late_days: int = asked(1, sentence("By how many days newer events must have come earlier for an event to be late."))

    title: ClassVar[str] = sentence("Data quality")
    definition: ClassVar[str] = sentence(
        "Counted are: events without a value, by column; events of no known kind; events dated after they were stored (in the "
        "future) or before 1990; events stored on a later day than newer ones of the same source (late); events at the same "
        "instant as the one before them in their case, whose order is therefore that of the source only; full minutes that "
        "carry suspiciously many events, as exports without seconds or times of day have; activities that differ only in "
        "capitals, blanks, hyphens or underscores; channels that are none of ours; promises without a date; cases with a "
        "single event; days without any event between the first and the "
        "last. Rejected, duplicate and withheld rows are those of all imports, whatever the filter."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ()
    sql: ClassVar[str] = f"""
select count(*) as events, count(distinct person_id) as persons,
  min(occurred_at) as first_at, max(occurred_at) as last_at,
  {", ".join(f"count({column}) as {column}" for column in OPTIONAL)},
  count(*) filter (where kind = 'other') as of_no_kind,
  count(*) filter (where occurred_at > received_at) as in_future,
  count(*) filter (where unix_micros(occurred_at) < 631152000000000) as before_1990,
  count(*) filter (where kind = 'promise_made') as promises,
  count(*) filter (where kind = 'promise_made' and due_at is null) as without_due
from events
"""
    details: ClassVar[Mapping[str, str]] = {
        "cases": "select count(*) as cases, count(*) filter (where events = 1) as single, max(events) as longest from cases",
        "same_time": "select count(gap_us) as steps, count(*) filter (where gap_us = 0) as same_time from steps",
        "bursts": """
select count(*) as bursts, cast(coalesce(sum(together), 0) as bigint) as burst_events, max(together) as largest
from (
  select occurred_at, count(*) as together from events
  where unix_micros(occurred_at) % 60000000 = 0
  group by occurred_at having count(*) >= :burst
) full_minutes
""",
        "spellings": """
with activities as (
  select activity, count(*) as events from events group by activity
)
select min(activity) as one, max(activity) as other, count(*) as spellings, cast(sum(events) as bigint) as n
from activities
group by lower(replace(replace(replace(activity, ' ', ''), '_', ''), '-', ''))
having count(*) > 1
order by n desc, one
""",
        "channels": """
select channel, count(*) as n from events
where channel not in ('phone', 'email', 'chat', 'web', 'app', 'shop', 'letter', 'social')
group by channel order by n desc, channel
""",
        "late": """
with batches as (
  select source, floor(unix_micros(received_at) / 8.64e10) as day, max(unix_micros(occurred_at)) as newest
  from events where occurred_at <= received_at group by 1, 2
),
later as (
  select source, day,
    max(newest) over (partition by source order by day rows between unbounded preceding and 1 preceding) as known_until
  from batches
)
select count(*) as late
from events join later on later.source = events.source and later.day = floor(unix_micros(events.received_at) / 8.64e10)
where known_until is not null and unix_micros(occurred_at) < known_until - :late_days * 86400000000
""",
        "days": """
with days as (
  select floor(unix_micros(occurred_at) / 8.64e10) as day
  from events where occurred_at <= received_at and unix_micros(occurred_at) >= 631152000000000
  group by 1
),
apart as (
  select day, day - lag(day) over (order by day) - 1 as empty_before from days
)
select cast(max(day) - min(day) + 1 as bigint) as days, count(*) as days_with_events,
  cast(coalesce(max(empty_before), 0) as bigint) as longest_gap
from apart
""",
        "intake": """
select cast(coalesce(sum(read), 0) as bigint) as rows_read, cast(coalesce(sum(rejected), 0) as bigint) as rejected,
  cast(coalesce(sum(duplicate), 0) as bigint) as duplicate, cast(coalesce(sum(without_event), 0) as bigint) as without_event,
  cast(coalesce(sum(withheld), 0) as bigint) as withheld
from intake
""",
    }
    words: ClassVar[tuple[str, ...]] = ("check",)
    columns: ClassVar[Mapping[str, str]] = {
        "check": sentence("Check"),
        "column": sentence("Column"),
        "found": sentence("Found"),
        "of": sentence("Of"),
        "example": sentence("For example"),
    }

    def tell(self, result: Result) -> Telling:
        figures = _figures(result)
        checks = list(_checks(result, figures))
        return Telling(figures, list(_sentences(figures, checks)), int(figures["events"] or 0), _chart(checks), _table(checks))


class _Check(NamedTuple):
    """One thing looked for: how often it was found, of how many, and an example; ``column`` only where values are missing."""

    check: str
    column: str | None
    found: int
    of: int
    example: str | None = None

    @property
    def share(self) -> float:
        return self.found / self.of if self.of else 0.0


def _figures(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = (result.table.to_pylist() or [{}])[0]
    for name in ("cases", "same_time", "bursts", "late", "days", "intake"):
        found |= result.row(name)
    events, spellings, channels = found.get("events") or 0, result.details["spellings"], result.details["channels"]
    figures: dict[str, Figure] = {name: found.get(name) or 0 for name in _COUNTED}
    for column in OPTIONAL:
        figures[f"without_{column}_share"] = 1 - (found.get(column) or 0) / events if events else None
    return {
        **figures,
        "of_no_kind_share": figures["of_no_kind"] / events if events else None,  # type: ignore[operator]
        "activities_spelled_apart": spellings.num_rows,
        "unknown_channels": channels.num_rows,
        "days_without_events": (found.get("days") or 0) - (found.get("days_with_events") or 0),
        "longest_gap_days": found.get("longest_gap") or 0,
        "first_event": _iso(found.get("first_at")),
        "last_event": _iso(found.get("last_at")),
    }


_COUNTED = (
    "events", "cases", "persons", "rejected", "rows_read", "duplicate", "without_event", "withheld", "of_no_kind", "in_future",
    "before_1990", "late", "same_time", "steps", "bursts", "burst_events", "single", "promises", "without_due",
)  # fmt: skip


def _iso(time: dt.datetime | None) -> str | None:
    return time.astimezone(dt.UTC).isoformat().replace("+00:00", "Z") if time else None


def _checks(result: Result, figures: Mapping[str, Any]) -> Iterator[_Check]:
    """Every check with its count, those on the whole first, then the missing values."""
    events = figures["events"]
    if not events:
        return
    spellings, channels = result.details["spellings"].to_pylist(), result.details["channels"].to_pylist()
    yield _Check(sentence("in the future"), None, figures["in_future"], events)
    yield _Check(sentence("before 1990"), None, figures["before_1990"], events)
    yield _Check(sentence("late"), None, figures["late"], events)
    yield _Check(sentence("of no known kind"), None, figures["of_no_kind"], events)
    yield _Check(sentence("same instant as the one before"), None, figures["same_time"], figures["steps"])
    yield _Check(sentence("in a burst"), None, figures["burst_events"], events)
    example = f"{spellings[0]['one']} / {spellings[0]['other']}" if spellings else None
    yield _Check(sentence("activity spelled in several ways"), None, sum(row["n"] for row in spellings), events, example)
    unknown = channels[0]["channel"] if channels else None
    yield _Check(sentence("unknown channel"), None, sum(row["n"] for row in channels), events, unknown)
    yield _Check(sentence("promise without a date"), None, figures["without_due"], figures["promises"])
    yield _Check(sentence("case with a single event"), None, figures["single"], figures["cases"])
    for column in OPTIONAL:
        yield _Check(sentence("missing"), column, round(figures[f"without_{column}_share"] * events), events)


def _table(checks: list[_Check]) -> Any:
    import pyarrow as pa

    text, number = pa.string(), pa.int64()
    fields: Any = [
        ("check", text),
        ("column", text),
        ("found", number),
        ("of", number),
        ("share", pa.float64()),
        ("example", text),
    ]
    return pa.Table.from_pylist([{**check._asdict(), "share": check.share} for check in checks], schema=pa.schema(fields))


def _sentences(figures: Mapping[str, Any], checks: list[_Check]) -> Iterable[Message]:
    if not figures["events"]:
        yield Message("There are no events yet. Import a file: kundig import FILE.")
        yield from _rejected(figures)
        return
    first, last = (dt.datetime.fromisoformat(figures[name]).date() for name in ("first_event", "last_event"))
    values = {"events": figures["events"], "persons": figures["persons"], "cases": figures["cases"], "first": first, "last": last}
    yield Message("{events} events of {persons} persons in {cases} cases, from {first} to {last}.", values)
    odd = [*_rejected(figures), *_impossible(figures), *_missing(figures), *_unsure(figures, checks)]
    yield from odd or [Message("Nothing odd was found.")]


def _rejected(figures: Mapping[str, Any]) -> Iterable[Message]:
    if figures["rejected"]:
        yield sentences(
            "{n} of {all} rows could not be read and was set aside; kundig rejected shows why.",
            "{n} of {all} rows could not be read and were set aside; kundig rejected shows why.",
            figures["rejected"], all=figures["rows_read"],
        )  # fmt: skip


def _impossible(figures: Mapping[str, Any]) -> Iterable[Message]:
    if figures["in_future"]:
        yield sentences("{n} event lies in the future.", "{n} events lie in the future.", figures["in_future"])
    if figures["before_1990"]:
        yield sentences("{n} event is dated before 1990.", "{n} events are dated before 1990.", figures["before_1990"])
    if figures["late"]:
        yield sentences(
            "{n} event came late: newer ones of its source were already stored.",
            "{n} events came late: newer ones of their source were already stored.",
            figures["late"],
        )


def _missing(figures: Mapping[str, Any]) -> Iterable[Message]:
    words = {
        "case_id": sentence("{share} of the events belong to no case; questions about cases leave them out."),
        "person_id": sentence("{share} of the events belong to no known person."),
    }
    for column, text in words.items():
        if figures[f"without_{column}_share"]:
            yield Message(text, {"share": Share(figures[f"without_{column}_share"])})
    if figures["of_no_kind_share"] >= MANY:
        yield Message(
            "{share} of the events are of no known kind; the mapping can name their activities.",
            {"share": Share(figures["of_no_kind_share"])},
        )


def _unsure(figures: Mapping[str, Any], checks: list[_Check]) -> Iterable[Message]:
    examples = {check.check: check.example for check in checks}
    if figures["steps"] and figures["same_time"] / figures["steps"] >= MANY:
        yield Message(
            "{share} of the events happen at the same instant as the one before; their order is that of the file.",
            {"share": Share(figures["same_time"] / figures["steps"])},
        )
    if figures["activities_spelled_apart"]:
        yield sentences(
            "{n} activity is spelled in several ways, such as {example}.",
            "{n} activities are spelled in several ways, such as {example}.",
            figures["activities_spelled_apart"], example=examples["activity spelled in several ways"],
        )  # fmt: skip
    if figures["unknown_channels"]:
        yield sentences(
            "{n} channel is none of ours: {example}.", "{n} channels are none of ours, such as {example}.",
            figures["unknown_channels"], example=examples["unknown channel"],
        )  # fmt: skip
    if figures["longest_gap_days"] > 7:
        yield Message("The longest gap without any event lasts {n} days.", {"n": figures["longest_gap_days"]})


def _chart(checks: list[_Check]) -> Chart:
    spec = {
        "description": sentence("Share of the events without a value, by column."),
        "mark": {"type": "bar"},
        "encoding": {
            "y": {"field": "column", "type": "nominal", "sort": None, "title": sentence("Column")},
            "x": {
                "field": "share", "type": "quantitative", "title": sentence("Share missing"),
                "axis": {"format": ".0%"}, "scale": {"domain": [0, 1]},
            },
        },
    }  # fmt: skip
    return Chart(spec, tuple({"column": check.column, "share": check.share} for check in checks if check.column))
