"""How many contacts come tomorrow and next week, what grows, and how many agents that needs in each hour."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Chart, Figure
from kundig.errors import ModelError, QuestionError
from kundig.insight import Result, Telling, asked
from kundig.measures import erlang, rate
from kundig.message import Duration, Message, Share, Word, sentence, sentences
from kundig.model import find

if TYPE_CHECKING:
    import pyarrow as pa

HORIZON = 14
ENOUGH = 30
"""Contacts in eight weeks below which nothing is said of growth."""
CONFIDENCE = 0.99
"""Of growth: several reasons and channels are looked at, and one of twenty would seem to grow at 95 %."""
LEAST_EXPECTED = 0.5
"""Hours with fewer expected contacts get no agents: the firm is most likely closed."""

WEEKS = 8

Row = Mapping[str, Any]

_RECENT = """
with recent as (
  select coalesce(c.reason, e.reason) as reason, e.channel, e.person_id,
    cast(floor((unix_micros(date_trunc('day', cast(:now as timestamp))) - unix_micros(e.occurred_at)) / 6048e8) as bigint) as week
  from events e left join cases c on c.case_id = e.case_id
  where e.kind = 'contact'
    and unix_micros(e.occurred_at) < unix_micros(date_trunc('day', cast(:now as timestamp)))
    and unix_micros(e.occurred_at) >= unix_micros(date_trunc('day', cast(:now as timestamp))) - 8 * cast(604800000000 as bigint)
)"""
_WEEKS = ",\n  ".join(f"count(case when week = {week} then 1 end) as week_{week}" for week in range(WEEKS))
"""How many contacts came in each of the last eight weeks, the newest first."""


@dataclass(frozen=True)
class ContactVolume:
    """How many contacts come tomorrow and next week, what grows, and how many agents that needs in each hour."""

    minutes: float = asked(0.0, sentence("Minutes one contact takes an agent; without it the mean of the data."))
    within_s: int = asked(20, sentence("Within how many seconds a contact is to be answered."))
    level: float = asked(0.8, sentence("Which share of the contacts is to be answered within that time."))
    patience_s: float = asked(
        0.0, sentence("After how many seconds customers hang up on average; without it nobody is taken to hang up.")
    )
    state: str = asked("", sentence("The German state whose public holidays count, such as BY; without it those of all Germany."))
    zone: str = asked("", sentence("The time zone of days and hours, such as Europe/Berlin; without it UTC."))

    title: ClassVar[str] = sentence("Contact volume")
    definition: ClassVar[str] = sentence(
        "The contacts of the next 14 days, foreseen from the last two years by the method that was best at up to ten past dates, "
        "each a week apart: the same weekday of the week before; the mean week of the last eight at the level of the last four; "
        "the same with public holidays; and this corrected by gradient-boosted trees on weekday, day of the month, holidays and "
        "level. The error is told as MASE: below 1 is better than the week before was in the history. Intervals hold with 80%, "
        "going by the errors at earlier dates. Next week is Monday to Sunday. By reason and channel it is split by their shares "
        "of the last four weeks, so that the parts add up. Something grows if the last four weeks brought more than the four "
        "before, with 99% confidence. Agents: contacts by phone and chat (and of no known channel) are split by hour as in the "
        "last eight weeks; Erlang C, or Erlang A where a patience is given, tells how many agents answer the wanted share in "
        "time. Breaks and absence come on top. Hours with less than half a contact are left out."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("kind=contact",)
    sql: ClassVar[str] = f"""{_RECENT},
seen as (
  select 'channel' as dimension, channel as value, week from recent
  union all
  select 'reason' as dimension, reason as value, week from recent
)
select dimension, value, count(*) as counted,
  {_WEEKS},
  cast(sum(count(case when week < 4 then 1 end)) over (partition by dimension) as bigint) as all_recent
from seen
group by dimension, value
order by dimension, counted desc, value nulls last
"""
    details: ClassVar[Mapping[str, str]] = {
        **find("contact-volume").all_contacts,
        "handling": """
select avg(case when kind = 'contact' then duration_s end) as contact_s,
  count(case when kind = 'contact' then duration_s end) as contact_s_n,
  avg(case when kind = 'answer' then duration_s end) as answer_s,
  count(case when kind = 'answer' then duration_s end) as answer_s_n
from events
where kind in ('contact', 'answer') and duration_s > 0 and duration_s <= 14400
  and coalesce(channel, 'phone') in ('phone', 'chat')
""",
    }
    persons: ClassVar[str] = f"""{_RECENT}
select 'channel' as dimension, channel as value, count(distinct person_id) as persons from recent group by channel
union all
select 'reason' as dimension, reason as value, count(distinct person_id) as persons from recent group by reason
"""
    group_size: ClassVar[str] = "counted"
    adds_up: ClassVar[tuple[str, ...]] = ("counted", *(f"week_{week}" for week in range(8)))
    margins: ClassVar[tuple[str, ...]] = ("dimension",)
    words: ClassVar[tuple[str, ...]] = ("dimension",)
    columns: ClassVar[Mapping[str, str]] = {
        "dimension": sentence("Seen by"),
        "value": sentence("Value"),
        "expected": sentence("Expected contacts"),
        "agents": sentence("Agents needed"),
        "recent": sentence("Contacts of the last four weeks"),
        "before": sentence("Contacts of the four weeks before"),
        "growth_share": sentence("Growth"),
    }

    def __post_init__(self) -> None:
        if not 0 < self.level < 1 or self.within_s < 0 or self.minutes < 0 or self.patience_s < 0:
            raise QuestionError("The level lies between 0 and 1, and no time is negative.", "Such as 0.8 within 20 seconds.")
        try:
            self._model()
        except ModelError as error:
            raise QuestionError(error.text, error.hint, **error.values) from error

    def tell(self, result: Result) -> Telling:
        came = sum(n or 0 for n in result.details["hours"]["chosen"].to_pylist())
        try:
            foreseen = self._model().learn(result.details, result.now)
        except ModelError as error:
            return Telling(_figures(None, [], None), _refused(error), came, None, _table(None, [], []))
        handling = self._handling_s(result.row("handling"))
        hours = [{**row, "agents": self._agents(row["contacts"], handling)} for row in _of_next_week(foreseen)]
        parts = [_part(row, foreseen.next_week["contacts"]) for row in result.table.to_pylist()]
        figures = _figures(foreseen, hours, handling)
        told = [
            *_expected(foreseen),
            *_grows(parts),
            *self._staffing(figures, hours),
            *self._model().judgement(foreseen),
            *self._noted(foreseen),
        ]
        return Telling(figures, told, came, _chart(foreseen, result.least), _table(foreseen, hours, parts))

    def _model(self) -> Any:
        return find("contact-volume")(horizon=HORIZON, state=self.state, zone=self.zone or "UTC")

    def _handling_s(self, row: Row) -> float | None:
        """Seconds a contact takes: as asked, else the mean of contacts, else that of answers."""
        if self.minutes:
            return self.minutes * 60
        return row.get("contact_s") or row.get("answer_s")

    def _agents(self, contacts: float, handling: float | None) -> int | None:
        """How many agents answer the wanted share of ``contacts`` in an hour in time; None where the handling time is unknown."""
        if handling is None:
            return None
        return erlang.needed_agents(contacts * handling / 3600, handling, self.level, self.within_s, self.patience_s)

    def _staffing(self, figures: Mapping[str, Any], hours: Sequence[Row]) -> Iterable[Message]:
        if not hours:
            yield Message("How many agents are needed is told for phone and chat only; too few contacts come over these.")
        elif figures["agents_peak"] is None:
            yield Message("How many agents are needed cannot be told: the data does not say how long a contact takes.")
            yield Message("Say it: {command}", {"command": "kundig ask contact-volume --minutes 6"})
        else:
            peak = max(hours, key=lambda row: (row["agents"], row["contacts"]))
            yield Message(
                "To answer {level} within {within}, next week needs {hours} agent hours on phone and chat at {handling} a contact; "
                "most at {slot}: {peak} at a time. Breaks and absence come on top.",
                {
                    "level": Share(self.level, 0), "within": Duration(self.within_s), "hours": figures["agent_hours"],
                    "handling": Duration(figures["handling_s"]), "peak": figures["agents_peak"],
                    "slot": dt.datetime.fromisoformat(peak["slot"]),
                },
            )  # fmt: skip

    def _noted(self, foreseen: Any) -> Iterable[Message]:
        """What a reader must know to use the figures rightly."""
        if foreseen.left_out:
            yield Message("{day} is not complete in the data and is left out.", {"day": foreseen.left_out})
        if foreseen.gap_days:
            yield sentences(
                "{n} day lies in a gap of a week or more and is taken as unknown.",
                "{n} days lie in gaps of a week or more and are taken as unknown.",
                foreseen.gap_days,
            )
        for day in foreseen.holidays:
            yield Message("{day} is a public holiday.", {"day": day})
        if not self.zone:
            yield Message("Days and hours are meant in UTC; another time zone: {command}", {
                "command": "kundig ask contact-volume --zone Europe/Berlin"
            })  # fmt: skip


def _refused(error: ModelError) -> list[Message]:
    return [Message(text, error.values) for text in (error.text, error.hint) if text]


def _of_next_week(foreseen: Any) -> list[Row]:
    first = dt.date.fromisoformat(foreseen.next_week["day"])
    days = {(first + dt.timedelta(days=n)).isoformat() for n in range(7)}
    return [row for row in foreseen.hours if row["day"] in days and row["contacts"] >= LEAST_EXPECTED]


def _part(row: Row, next_week: float) -> Row:
    """A reason or channel with its part of next week and its growth."""
    weeks = [row[f"week_{week}"] for week in range(WEEKS)]
    recent, before = sum(weeks[:4]), sum(weeks[4:])
    spread = (rate.dispersion(weeks[:4]) + rate.dispersion(weeks[4:])) / 2
    enough = row["counted"] >= ENOUGH
    _, low, high = rate.rate_ratio(recent / spread, 1, before / spread, 1, CONFIDENCE) if enough else (None, None, None)
    return {
        **row,
        "recent": recent,
        "before": before,
        "expected": recent / row["all_recent"] * next_week if row["all_recent"] else None,
        "growth_share": recent / before - 1 if before else None,
        "growth_share_low": low - 1 if low is not None and before else None,
        "growth_share_high": high - 1 if high is not None and before else None,
    }


_SCORES = ("mase", "mase_naive", "mase_profile", "wape_share", "coverage_share", "coverage_share_n")


def _figures(foreseen: Any, hours: Sequence[Row], handling: float | None) -> dict[str, Figure]:
    """All figures; null where nothing could be learned or the handling time is not known."""
    figures: dict[str, Figure] = {}
    for name, row in (("tomorrow", foreseen and foreseen.rows[0]), ("next_week", foreseen and foreseen.next_week)):
        for end in ("", "_low", "_high", "_n"):
            figures[f"{name}{end}"] = row[f"contacts{end}"] if row else None
    figures |= {name: foreseen.scores[name] if foreseen else None for name in _SCORES}
    staffed = bool(hours) and handling is not None
    figures["agents_peak"] = max(row["agents"] for row in hours) if staffed else None
    figures["agent_hours"] = sum(row["agents"] for row in hours) if staffed else None
    return {**figures, "handling_s": handling}


def _expected(foreseen: Any) -> Iterable[Message]:
    day, week = foreseen.rows[0], foreseen.next_week
    first = dt.date.fromisoformat(week["day"])
    if day["contacts_low"] is not None:
        whole = _whole(day)
        yield sentences(
            "On {day}, the first day after the data, {n} contact is expected (with 80% confidence {low} to {high}).",
            "On {day}, the first day after the data, {n} contacts are expected (with 80% confidence {low} to {high}).",
            whole["n"], day=dt.date.fromisoformat(day["day"]), low=whole["low"], high=whole["high"],
        )  # fmt: skip
    if week["contacts_low"] is not None:
        yield Message(
            "In the week from {first} to {last} it is {n} ({low} to {high}).",
            {"first": first, "last": first + dt.timedelta(days=6), **_whole(week)},
        )
    else:
        yield Message(
            "In the week from {first} to {last} it is {n}; how sure that is cannot be told from so few weeks.",
            {"first": first, "last": first + dt.timedelta(days=6), "n": round(week["contacts"])},
        )


def _whole(row: Row) -> dict[str, int]:
    ends = {"n": "contacts", "low": "contacts_low", "high": "contacts_high"}
    return {name: round(row[end]) for name, end in ends.items()}


def _grows(parts: Sequence[Row]) -> Iterable[Message]:
    """The reason and the channel that grow most in contacts, beyond what chance explains."""
    sure = [row for row in parts if row["value"] and row["growth_share_low"] is not None and row["growth_share_low"] > 0]
    for dimension in ("reason", "channel"):
        found = [row for row in sure if row["dimension"] == dimension]
        if found:
            most = max(found, key=lambda row: row["recent"] - row["before"])
            yield Message(
                '"{value}" grows: {recent} contacts in the last four weeks, {before} in the four before, {share} more '
                "(with 99% confidence {low} to {high}).",
                {
                    "value": Word(most["value"]) if dimension == "channel" else most["value"], "recent": most["recent"],
                    "before": most["before"], "share": Share(most["growth_share"], 0),
                    "low": Share(most["growth_share_low"], 0), "high": Share(most["growth_share_high"], 0),
                },
            )  # fmt: skip
    if parts and not sure:
        yield Message("No reason and no channel grows beyond what chance explains.")


def _table(foreseen: Any, hours: Sequence[Row], parts: Sequence[Row]) -> pa.Table:
    """Next week, the days to come, next week's parts by channel and reason, and its hours with the agents they need."""
    import pyarrow as pa

    weeks, days = ([foreseen.next_week], foreseen.rows) if foreseen else ([], ())
    rows = [*_seen_by(sentence("week"), weeks), *_seen_by(sentence("day"), days), *parts, *_seen_by(sentence("hour"), hours)]
    fields: list[Any] = [("dimension", pa.string()), ("value", pa.string())]
    fields += [(f"expected{end}", pa.float64()) for end in ("", "_low", "_high")]
    fields += [("agents", pa.int64()), ("recent", pa.int64()), ("before", pa.int64())]
    fields += [(f"growth_share{end}", pa.float64()) for end in ("", "_low", "_high")]
    return pa.Table.from_pylist([{name: row.get(name) for name, _ in fields} for row in rows], schema=pa.schema(fields))


def _seen_by(dimension: str, rows: Iterable[Row]) -> Iterable[Row]:
    for row in rows:
        ends = {f"expected{end}": row[f"contacts{end}"] for end in ("", "_low", "_high")}
        yield {**row, "dimension": dimension, "value": row["slot"], **ends}


def _chart(foreseen: Any, least: int) -> Chart:
    """The last six weeks and the next two; where the answer is passed on, days with few contacts are left out."""
    day = {"field": "day", "type": "temporal", "title": sentence("Day")}
    spec = {
        "description": sentence("Contacts by day: those counted, and those expected with their interval of 80%."),
        "width": 560,
        "layer": [
            {
                "transform": [{"filter": "isValid(datum.low)"}],
                "mark": {"type": "area", "opacity": 0.35, "line": False},
                "encoding": {"x": day, "y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}},
            },
            {
                "mark": {"type": "line", "point": True},
                "encoding": {
                    "x": day,
                    "y": {"field": "n", "type": "quantitative", "title": sentence("Contacts")},
                    "color": {"field": "what", "type": "nominal", "title": None, "sort": None},
                },
            },
        ],
    }
    counted, expected = Word(sentence("counted")), Word(sentence("expected"))
    rows = [{"day": day, "n": n, "what": counted} for day, n in foreseen.recent if not 0 < n < least]
    rows += [
        {"day": row["day"], "n": row["contacts"], "low": row["contacts_low"], "high": row["contacts_high"], "what": expected}
        for row in foreseen.rows
    ]
    return Chart(spec, tuple(rows))
