"""What a manager should know this morning, the greatest effect first: what is owed, what can still be caught, what is rising."""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Chart
from kundig.insight import Result, Telling, asked
from kundig.measures.mean import t_quantile
from kundig.measures.rate import dispersion, rate_ratio
from kundig.message import Message, Number, Word, sentence, sentences

if TYPE_CHECKING:
    import pyarrow as pa

WHAT: Mapping[str, str] = {
    "overdue": sentence("promises overdue"),
    "due": sentence("promises due"),
    "broken": sentence("open after a broken promise"),
    "again": sentence("open and asked again"),
    "rising": sentence("reason rising"),
    "tomorrow": sentence("contacts tomorrow"),
}
OPENS: Mapping[str, str] = {
    "overdue": "promises", "due": "promises", "broken": "promises", "again": "repeat-contacts", "rising": "contact-reasons",
    "tomorrow": "contact-volume",
}  # fmt: skip
"""The insight that shows more of it."""
WEEKS = 8
"""So many weeks before the last one tell what is usual."""
LEAST_BEFORE = 10
"""Contacts of a reason in all nine weeks from which on it is looked at."""
LEAST_RISE = 1.2
"""Of the usual: a smaller rise may be sure in a large firm, but is not news."""
LEAST_WEEKS = 4
"""Weeks before the last one, or same weekdays, that must be known to call anything usual."""
LEAST_CONTACTS = 20
"""Contacts in nine weeks below which no day is foreseen."""
_DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Item:
    """One line of the morning page.

    ``n`` is what was counted, ``low`` to ``high`` the interval of what was estimated; ``effect`` is in customers or contacts.
    """

    what: str
    said: Message
    effect: float
    persons: int
    reason: str | None = None
    n: int | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Today:
    """What a manager should know this morning, the greatest effect first."""

    days: int = asked(14, sentence("How many days back a promise may have fallen due, or an open case had its last contact."))

    title: ClassVar[str] = sentence("Today")
    definition: ClassVar[str] = sentence(
        "Ranked by how many customers or contacts are affected: promises that fell due lately and are neither kept nor "
        "withdrawn, and those due within 24 hours of the newest event; cases not closed whose customer was let down by a broken "
        "or overdue promise, or who asked a second time, the last contact being recent; reasons with clearly more contacts, by "
        "a fifth at least, in the last seven days than in the eight weeks before (the ratio of two Poisson rates, widened by "
        "how much the weeks scatter and by the number of reasons looked at, after Bonferroni; the effect is the number of "
        "contacts above the usual); and the contacts to expect tomorrow, from the same weekday of the last weeks (95% "
        "prediction interval; the effect is what lies above an average day). Days are those of UTC."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("kind=contact | promise_id",)
    sql: ClassVar[str] = f"""
with settled as (
  select distinct promise_id from events where kind in ('promise_kept', 'promise_withdrawn') and promise_id is not null
),
owed as (
  select o.promise_id, min(o.case_id) as case_id, min(o.person_id) as person_id,
    coalesce(min(o.due_at) filter (where o.kind = 'promise_made'), min(o.due_at)) as due_at,
    count(*) filter (where o.kind = 'promise_broken') as broken
  from events o left join settled on settled.promise_id = o.promise_id
  where o.promise_id is not null and o.kind in ('promise_made', 'promise_broken') and settled.promise_id is null
  group by o.promise_id
),
let_down as (
  select distinct case_id from owed where (broken > 0 or due_at < :now) and case_id is not null
),
waiting as (
  select case_id, person_id, contacts from cases
  where closed_at is null and contacts > 0 and case_id not like 'session:%' and case_id not like 'person:%'
    and unix_micros(last_contact_at) >= unix_micros(cast(:now as timestamp)) - cast(:days as bigint) * {_DAY_US}
    and exists (select 1 from cases where closed_at is not null)
),
to_catch as (
  select case when let_down.case_id is not null then 'broken' else 'again' end as what, waiting.person_id
  from waiting left join let_down on let_down.case_id = waiting.case_id
  where let_down.case_id is not null or contacts > 1
),
found as (
  select case when due_at >= :now then 'due'
      when unix_micros(due_at) >= unix_micros(cast(:now as timestamp)) - cast(:days as bigint) * {_DAY_US} then 'overdue'
      else 'forgotten' end as what, person_id
  from owed where broken = 0 and unix_micros(due_at) < unix_micros(cast(:now as timestamp)) + {_DAY_US}
  union all
  select what, person_id from to_catch
)
select what, count(*) as hits, count(distinct person_id) as persons from found group by what order by what
"""
    details: ClassVar[Mapping[str, str]] = {
        "reasons": f"""
with contacts as (
  select reason, case_id, person_id,
    cast(floor((unix_micros(cast(:now as timestamp)) - unix_micros(occurred_at)) / {7 * _DAY_US}.0) as bigint) as week
  from events
  where kind = 'contact' and occurred_at <= :now
    and unix_micros(occurred_at) > unix_micros(cast(:now as timestamp)) - {(WEEKS + 1) * 7 * _DAY_US}
),
lately as (
  select reason, person_id, week from contacts where reason is not null
  union all
  select c.reason, k.person_id, k.week from contacts k join cases c on c.case_id = k.case_id where k.reason is null
)
select reason, count(*) as contacts, count(distinct case when week = 0 then person_id end) as persons,
  {", ".join(f"count(case when week = {n} then 1 end) as week_{n}" for n in range(WEEKS + 1))}
from lately where reason is not null group by reason having count(*) >= {LEAST_BEFORE} order by contacts desc, reason limit 500
""",
        "days": f"""
select cast(unix_micros(date_trunc('day', occurred_at)) / {_DAY_US} as bigint) as day, count(*) as contacts,
  max(cast(unix_micros(date_trunc('day', cast(:now as timestamp))) / {_DAY_US} as bigint)) as today
from events
where kind = 'contact' and occurred_at <= :now
  and unix_micros(occurred_at) > unix_micros(cast(:now as timestamp)) - {(WEEKS + 1) * 7 * _DAY_US}
group by 1 order by 1
""",
        "known": """
select count(promise_id) as promises, count(case when kind = 'closed' then 1 end) as closings
from events where promise_id is not null or kind = 'closed'
""",
    }
    words: ClassVar[tuple[str, ...]] = ("what",)
    columns: ClassVar[Mapping[str, str]] = {
        "rank": sentence("Rank"),
        "what": sentence("What"),
        "expected": sentence("Usual or expected"),
        "low": sentence("from"),
        "high": sentence("to"),
        "effect": sentence("Customers or contacts affected"),
        "insight": sentence("More in"),
    }

    def tell(self, result: Result) -> Telling:
        counted = {row["what"]: row for row in result.table.to_pylist()}
        reasons, days = (result.details[name].to_pylist() for name in ("reasons", "days"))
        forecast, forgotten = _tomorrow(days), counted.pop("forgotten", {}).get("hits", 0)
        items = [*_counted(counted, forgotten), *_rising(reasons, _weeks_known(days)), *([forecast] if forecast else [])]
        seen = [item for item in items if item.what == "tomorrow" or (item.persons or item.n or 0) >= result.least]
        ranked = sorted(seen, key=lambda item: -item.effect)
        figures = _figures(seen, days) | {"overdue_longer": forgotten}
        said = [*_unseen(result.row("known"), quiet=not ranked), *(item.said for item in ranked)]
        return Telling(
            figures,
            said,
            sum(row["contacts"] for row in days) or sum(item.n or 0 for item in seen),
            _chart(ranked),
            _table(ranked),
            len(items) - len(seen),
        )


def _unseen(known: Mapping[str, Any], *, quiet: bool) -> Iterable[Message]:
    """What cannot be seen, so that silence is not taken for a quiet day; ``quiet`` is whether there is nothing else to say."""
    if not known["promises"] and not known["closings"]:
        yield Message(
            "The data know neither promises nor closed cases: what is owed and which cases are still open cannot be seen."
        )
    elif quiet:
        yield Message("Nothing needs you today, as far as the data tell.")
        if not known["promises"]:
            yield Message("The data know no promises: whether one is due or overdue cannot be seen.")
        if not known["closings"]:
            yield Message("The data know no closed cases: which cases are still open cannot be seen.")


def _counted(counted: Mapping[str, Mapping[str, Any]], forgotten: int) -> Iterable[Item]:
    for what, row in counted.items():
        n, persons = row["hits"], row["persons"]
        yield Item(what, _said(what, n, forgotten), persons or n, persons, n=n)


def _said(what: str, n: int, forgotten: int) -> Message:
    if what == "overdue":
        return sentences(
            "{n} promise fell due lately and is neither kept nor withdrawn: speak to this customer first ({more} for longer).",
            "{n} promises fell due lately and are neither kept nor withdrawn: speak to these customers first ({more} for longer).",
            n, more=forgotten,
        )  # fmt: skip
    if what == "due":
        return sentences("{n} promise is due within a day: keep it.", "{n} promises are due within a day: keep them.", n)
    if what == "broken":
        return sentences(
            "{n} open case waits after a broken promise: it can still be made good.",
            "{n} open cases wait after a broken promise: they can still be made good.", n,
        )  # fmt: skip
    return sentences(
        "In {n} open case the customer has asked a second time: answer before the third.",
        "In {n} open cases the customer has asked a second time: answer before the third.", n,
    )  # fmt: skip


def _weeks_known(days: Sequence[Mapping[str, Any]]) -> int:
    """How many whole weeks before the last one the data reach back; before their beginning nothing was usual."""
    return min(WEEKS, (days[0]["today"] - days[0]["day"]) // 7 - 1) if days else 0


def _rising(reasons: Sequence[Mapping[str, Any]], weeks: int) -> Iterable[Item]:
    """The reasons that rise beyond what chance, restless weeks and the number of reasons looked at explain."""
    for row in reasons if weeks >= LEAST_WEEKS else ():
        now, before = row["week_0"], [row[f"week_{n}"] for n in range(1, weeks + 1)]
        usual, scatter = sum(before) / weeks, dispersion(before)
        _, low, high = rate_ratio(now / scatter, 1, sum(before) / scatter, weeks, 1 - 0.05 / len(reasons))
        if low <= 1 or now < LEAST_RISE * usual or now - usual < 1:
            continue
        values = {"reason": row["reason"], "n": now, "usual": Number(usual, 1), "more": Number(now - usual, 0)}
        text = '"{reason}" rises: {n} contacts in seven days instead of {usual} as usual, {more} more.'
        ends = (usual * low, usual * high if high is not None else None)
        yield Item("rising", Message(text, values), now - usual, row["persons"], row["reason"], now, usual, *ends)


def _tomorrow(days: Sequence[Mapping[str, Any]]) -> Item | None:
    """The same weekday of the weeks before, with Student's prediction interval; None where there are too few."""
    if not days:
        return None
    contacts, today = {row["day"]: row["contacts"] for row in days}, days[0]["today"]
    first, tomorrow = days[0]["day"], today + 1
    same = [contacts.get(day, 0) for day in range(tomorrow - 7, first - 1, -7)][:WEEKS]
    whole = [contacts.get(day, 0) for day in range(first, today)]
    if len(same) < LEAST_WEEKS or sum(contacts.values()) < LEAST_CONTACTS:
        return None
    mean = statistics.fmean(same)
    half = t_quantile(0.975, len(same) - 1) * statistics.stdev(same) * math.sqrt(1 + 1 / len(same))
    low, high = max(0.0, mean - half), mean + half
    values = {"n": Number(mean, 0), "low": Number(low, 0), "high": Number(high, 0), "day": _date(tomorrow)}
    said = Message(
        "By the same weekday of the last weeks about {n} contacts are to be expected on {day} ({low} to {high}).", values
    )
    return Item("tomorrow", said, max(0.0, mean - statistics.fmean(whole)), 0, None, None, mean, low, high)


def _date(day: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=day)


def _figures(items: Sequence[Item], days: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    by_what = {item.what: item for item in items}
    counts = {f"today_{what}": by_what[what].n if what in by_what else 0 for what in ("overdue", "due", "broken", "again")}
    forecast = by_what.get("tomorrow")
    return {
        **counts,
        "reasons_rising": sum(item.what == "rising" for item in items),
        "contacts_tomorrow": forecast.expected if forecast else None,
        "contacts_tomorrow_low": forecast.low if forecast else None,
        "contacts_tomorrow_high": forecast.high if forecast else None,
        "contacts_tomorrow_n": len(days),
    }


def _table(ranked: Sequence[Item]) -> pa.Table:
    import pyarrow as pa

    numbers: Any = [(name, pa.float64()) for name in ("expected", "low", "high", "effect")]
    schema = pa.schema([
        ("rank", pa.int64()), ("what", pa.string()), ("reason", pa.string()), ("n", pa.int64()), *numbers, ("insight", pa.string()),
    ])  # fmt: skip
    return pa.Table.from_pylist([{
        "rank": rank, "what": WHAT[item.what], "reason": item.reason, "n": item.n, "expected": item.expected, "low": item.low,
        "high": item.high, "effect": float(item.effect), "insight": OPENS[item.what],
    } for rank, item in enumerate(ranked, 1)], schema=schema)  # fmt: skip


def _chart(ranked: Sequence[Item]) -> Chart | None:
    drawn = [item for item in ranked if item.effect >= 1][:12]
    if not drawn:
        return None
    spec = {
        "description": sentence("How many customers or contacts each line of today is about."),
        "mark": {"type": "bar"},
        "encoding": {
            "y": {"field": "line", "type": "nominal", "sort": None, "title": None},
            "x": {
                "field": "effect", "type": "quantitative", "title": sentence("Customers or contacts affected"),
                "axis": {"format": "d", "tickMinStep": 1},
            },
        },
    }  # fmt: skip
    rows = [{"line": item.reason or Word(WHAT[item.what]), "effect": item.effect} for item in drawn]
    return Chart(spec, tuple(rows))
