"""Whether the same matter is handled alike over every channel: who asks the same should not fare differently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar, NamedTuple

from kundig.answer import Chart, Figure
from kundig.insight import Result, Telling, asked
from kundig.insights._columns import share_columns, with_numbers
from kundig.measures.mean import t_interval
from kundig.message import Duration, Message, Number, Share, Word, sentence, sentences

Row = dict[str, Any]


class _Measure(NamedTuple):
    """What is compared: its column, the column that says on how many cases it rests, and which end is worse."""

    value: str
    number: str
    worse: str
    more_is_worse: bool

    def surely_worse(self, row: Row, best: Row) -> bool:
        """Whether the 95 % intervals do not even touch."""
        if self.more_is_worse:
            return bool(row[f"{self.value}_low"] > best[f"{self.value}_high"])
        return bool(row[f"{self.value}_high"] < best[f"{self.value}_low"])


TIME = _Measure("median_s", "timed", "slower_than_channel", True)
CLOSED = _Measure("closed_share", "settled", "closes_less_than_channel", False)
SCORE = _Measure("score", "score_n", "rated_below_channel", False)


@dataclass(frozen=True)
class Consistency:
    """Whether the same reason is handled alike over every channel: how long it takes and how it ends."""

    least: int = asked(30, sentence("Groups with fewer cases than this are not compared."))
    days: int = asked(30, sentence("After how many days a case that is not closed counts as unresolved."))

    title: ClassVar[str] = sentence("Consistency")
    definition: ClassVar[str] = sentence(
        "Cases with the same reason are compared by the channel they began in: the median time until they were closed (from the "
        "first to the last event where the data knows no closing), the share closed of the cases that are closed or older than "
        "the given number of days, and the mean of each case's last rating, on the scale used most. Each value has its 95% "
        "interval: order statistics for the median, Wilson for the share, Student's t for the mean. A channel is called "
        "inconsistent for a reason only if its interval lies wholly on the worse side of the best channel's and both rest on "
        "enough cases. That is a difference, not its cause: customers may take harder matters to one channel."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("case_id", "reason", "channel")
    sql: ClassVar[str] = """
with scales as (
  select coalesce(score_scale, '') as scale, count(*) as ratings from cases where score is not null group by 1
),
whole as (
  select (select count(closed_at) from cases) as any_closed, (select scale from scales order by ratings desc, scale limit 1) as scale
),
timed as (
  select reason, first_channel as channel, closed_at,
    closed_at is not null or unix_micros(coalesce(:now, started_at)) - unix_micros(started_at) >= :days * 86400000000 as settled,
    case when any_closed = 0 then duration_us else unix_micros(closed_at) - unix_micros(started_at) end as length_us,
    case when any_closed > 0 then closed_at end as known_closed_at,
    case when coalesce(score_scale, '') = scale then score end as score
  from cases cross join whole
  where reason is not null and first_channel is not null
),
ranked as (
  select *,
    row_number() over (partition by reason, channel order by length_us nulls last) as place,
    count(length_us) over (partition by reason, channel) as timed
  from timed
)
select reason, channel,
  count(*) as cases,
  count(*) filter (where settled) as settled,
  count(closed_at) as closed,
  max(timed) as timed,
  median(length_us) / 1e6 as median_s,
  -- the ranks n/2 - 1.96 * sqrt(n)/2 and n/2 + 1.96 * sqrt(n)/2 + 1 hold the median with 95 % confidence
  max(case when place = greatest(1, floor((timed - 1.959964 * sqrt(timed)) / 2)) then length_us end) / 1e6 as median_s_low,
  max(case when place = least(timed, ceil((timed + 1.959964 * sqrt(timed)) / 2) + 1) then length_us end) / 1e6 as median_s_high,
  avg(score) as score, stddev_samp(score) as score_sd, count(score) as score_n
from ranked
group by reason, channel
order by reason, cases desc, channel
"""
    persons: ClassVar[str] = """
select reason, first_channel as channel, count(distinct person_id) as persons
from cases where reason is not null and first_channel is not null group by 1, 2
"""
    adds_up: ClassVar[tuple[str, ...]] = ("cases",)
    margins: ClassVar[tuple[str, ...]] = ("reason", "channel")
    columns: ClassVar[Mapping[str, str]] = {
        "settled": sentence("Closed or old"),
        "closed": sentence("Closed"),
        "timed": sentence("Cases with a time"),
        "median_s_low": sentence("at least"),
        "median_s_high": sentence("at most"),
        "closed_share": sentence("Share closed"),
        "closed_share_low": sentence("at least"),
        "closed_share_high": sentence("at most"),
        "score": sentence("Mean rating"),
        "score_low": sentence("at least"),
        "score_high": sentence("at most"),
        "score_n": sentence("Ratings"),
        "slower_than_channel": sentence("Slower than"),
        "closes_less_than_channel": sentence("Closes less than"),
        "rated_below_channel": sentence("Rated below"),
    }

    def tell(self, result: Result) -> Telling:
        table = _with_intervals(result.table)
        reasons = [list(rows) for _, rows in groupby(table.to_pylist(), key=lambda row: row["reason"])]
        compared = [rows for rows in reasons if sum(row["cases"] >= self.least for row in rows) > 1]
        gaps = [gap for rows in compared for measure in (TIME, CLOSED, SCORE) for gap in _gaps(rows, measure, self.least)]
        told = list(_sentences(compared, gaps, self.least))
        n = sum(row["cases"] for rows in compared for row in rows)
        return Telling(_figures(compared, gaps), told, n, _chart(gaps), _flagged(table, gaps))


class _Gap(NamedTuple):
    """One channel surely worse than the best for the same reason."""

    measure: _Measure
    worse: Row
    best: Row

    @property
    def size(self) -> float:
        return float(abs(self.worse[self.measure.value] - self.best[self.measure.value]))


def _with_intervals(table: Any) -> Any:
    rows = table.to_pylist()
    known = [t_interval(row["score"], row["score_sd"], row["score_n"]) if row["score_sd"] is not None else None for row in rows]
    any_closed = any(row["closed"] for row in rows)
    columns = {
        **share_columns("closed_share", [(row["closed"], row["settled"] if any_closed else 0) for row in rows]),
        "score_low": [interval[0] if interval else None for interval in known],
        "score_high": [interval[1] if interval else None for interval in known],
    }
    return with_numbers(table.drop_columns(["score_sd"]), columns)


def _gaps(rows: Sequence[Row], measure: _Measure, least: int) -> Iterable[_Gap]:
    """The channels of one reason that are surely worse than the best."""
    known = [row for row in rows if (row[measure.number] or 0) >= least and row[f"{measure.value}_low"] is not None]
    if len(known) < 2:
        return
    sign = 1 if measure.more_is_worse else -1
    best = min(known, key=lambda row: (sign * row[measure.value], row["channel"]))
    yield from (_Gap(measure, row, best) for row in known if measure.surely_worse(row, best))


def _largest(gaps: Sequence[_Gap], measure: _Measure) -> _Gap | None:
    return max((gap for gap in gaps if gap.measure == measure), key=lambda gap: gap.size, default=None)


def _figures(compared: Sequence[Sequence[Row]], gaps: Sequence[_Gap]) -> dict[str, Figure]:
    time, closed, score = (_largest(gaps, measure) for measure in (TIME, CLOSED, SCORE))
    return {
        "reasons_compared": len(compared),
        "inconsistent_reasons": len({gap.worse["reason"] for gap in gaps}),
        "largest_gap_s": time.size if time else None,
        "largest_gap_reason": time.worse["reason"] if time else None,
        "largest_gap_slow_channel": time.worse["channel"] if time else None,
        "largest_gap_fast_channel": time.best["channel"] if time else None,
        "largest_closed_gap": closed.size if closed else None,
        "largest_score_gap": score.size if score else None,
    }


def _sentences(compared: Sequence[Sequence[Row]], gaps: Sequence[_Gap], least: int) -> Iterable[Message]:
    if not compared:
        yield Message("No reason has {least} cases or more in two channels, so nothing can be compared.", {"least": least})
        return
    if not gaps:
        yield sentences(
            "The {n} reason that can be compared shows no difference between channels beyond chance.",
            "None of the {n} reasons that can be compared shows a difference between channels beyond chance.",
            len(compared),
        )
        return
    yield sentences(
        "{n} of {compared} reasons that can be compared runs differently depending on the channel.",
        "{n} of {compared} reasons that can be compared run differently depending on the channel.",
        len({gap.worse["reason"] for gap in gaps}), compared=len(compared),
    )  # fmt: skip
    for measure in (TIME, CLOSED, SCORE):
        if gap := _largest(gaps, measure):
            yield Message(_WORDED[measure], _values(gap))


_WORDED = {
    TIME: sentence('Longest gap: "{reason}" takes {worse_value} by {worse}, but {best_value} by {best} (medians).'),
    CLOSED: sentence('"{reason}": closed in {worse_value} of the cases by {worse}, but in {best_value} by {best}.'),
    SCORE: sentence('"{reason}": rated {worse_value} by {worse}, but {best_value} by {best}.'),
}


def _values(gap: _Gap) -> dict[str, Any]:
    shown = {TIME: Duration, CLOSED: Share, SCORE: Number}[gap.measure]
    return {
        "reason": gap.worse["reason"],
        "worse": Word(gap.worse["channel"]),
        "worse_value": shown(gap.worse[gap.measure.value]),
        "best": Word(gap.best["channel"]),
        "best_value": shown(gap.best[gap.measure.value]),
    }


def _flagged(table: Any, gaps: Sequence[_Gap]) -> Any:
    """The table with, per measure, the channel each row is surely worse than."""
    import pyarrow as pa

    keys = list(zip(table["reason"].to_pylist(), table["channel"].to_pylist(), strict=True))
    for measure in (TIME, CLOSED, SCORE):
        better = {(gap.worse["reason"], gap.worse["channel"]): gap.best["channel"] for gap in gaps if gap.measure == measure}
        table = table.append_column(measure.worse, pa.array([better.get(key) for key in keys], pa.string()))
    return table


_DRAWN = 8


def _chart(gaps: Sequence[_Gap]) -> Chart | None:
    """The longest time gaps: for each reason its slow and its fast channel, with intervals."""
    longest = sorted((gap for gap in gaps if gap.measure == TIME), key=lambda gap: -gap.size)[:_DRAWN]
    if not longest:
        return None
    days = {"type": "quantitative", "title": sentence("Median time (days)")}
    what = {"field": "what", "type": "nominal", "sort": None, "title": None}
    spec = {
        "description": sentence("Median time of the same reason over its slow and its fast channel, with 95% intervals."),
        "encoding": {"y": what},
        "layer": [
            {"mark": {"type": "rule"}, "encoding": {"x": {"field": "low", **days}, "x2": {"field": "high"}}},
            {"mark": {"type": "point"}, "encoding": {"x": {"field": "median", **days}}},
        ],
    }
    return Chart(spec, tuple(_point(row) for gap in longest for row in (gap.worse, gap.best)))


def _point(row: Row) -> dict[str, Any]:
    what = Message("{reason}: {channel}", {"reason": row["reason"], "channel": Word(row["channel"])})
    parts = {"median": "median_s", "low": "median_s_low", "high": "median_s_high"}
    return {"what": what, **{name: row[column] / 86400 for name, column in parts.items()}}
