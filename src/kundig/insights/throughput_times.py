"""How long cases last, what is still open, and between which steps the waiting happens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Chart, Figure
from kundig.insight import Result, Telling
from kundig.insights._own_cases import OWN, OWN_CASES, OWN_STEPS
from kundig.measures import mean, survival
from kundig.message import Duration, Message, Share, sentence, sentences

if TYPE_CHECKING:
    import pyarrow as pa

LEAST_CASES_FOR_MEDIAN = 6
"""Below six cases no interval of a median can be as sure as 95 %."""

LENGTHS = (
    sentence("up to 1 minute"), sentence("up to 1 hour"), sentence("up to 4 hours"), sentence("up to 1 day"),
    sentence("up to 3 days"), sentence("up to 1 week"), sentence("up to 2 weeks"), sentence("up to 30 days"),
    sentence("up to 90 days"), sentence("longer"),
)  # fmt: skip


@dataclass(frozen=True)
class ThroughputTimes:
    """How long cases last, and where the waiting happens."""

    title: ClassVar[str] = sentence("Throughput times")
    definition: ClassVar[str] = sentence(
        "The duration of a case is the time from its first to its last event. The waiting of a step is the time between its two "
        "events, summed over all cases; its excess is what would be saved if the mean were the median, that is, if the step "
        "always took as long as it usually does. What follows a closing is no waiting and is left out. Cases that kundig itself "
        "made of visits or persons are left out too, where the data has cases of its own. Where the data has closings, cases not "
        "closed yet are not left out: the time until closing is estimated by Kaplan and Meier's method, where an open case counts "
        "up to the newest event of the data."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("case_id",)
    sql: ClassVar[str] = f"""
with {OWN_STEPS}, waits as (
  select from_activity, to_activity,
    count(*) as n,
    count(*) filter (where first_of_edge) as cases,
    median(gap_us) / 1e6 as median_s,
    sum(cast(gap_us as double)) / 1e6 as total_s
  from own_steps
  where to_activity is not null and from_kind is distinct from 'closed'
  group by from_activity, to_activity
)
select from_activity, to_activity, n, cases, total_s / n as mean_s, median_s, total_s,
  total_s / nullif(sum(total_s) over (), 0) as share,
  greatest(total_s - n * median_s, 0) as excess_s
from waits
order by total_s desc, from_activity, to_activity
"""
    persons: ClassVar[str] = f"""
with {OWN_STEPS}
select from_activity, to_activity, count(distinct person_id) as persons
from own_steps
where to_activity is not null and from_kind is distinct from 'closed'
group by from_activity, to_activity
"""
    adds_up: ClassVar[tuple[str, ...]] = ("n",)
    details: ClassVar[Mapping[str, str]] = {
        "durations": f"""
with {OWN}
select count(*) as cases, count(closed_at) as closed,
  avg(duration_us) / 1e6 as mean_s, stddev_samp(duration_us) / 1e6 as sd_s,
  median(duration_us) / 1e6 as median_s, percentile(duration_us, 0.9) / 1e6 as p90_s,
  median(unix_micros(closed_at) - unix_micros(started_at)) / 1e6 as closed_median_s
from cases cross join own where {OWN_CASES}
""",
        "median_range": f"""
with {OWN}
select min(duration_us) / 1e6 as low_s, max(duration_us) / 1e6 as high_s
from (
  select duration_us, row_number() over (order by duration_us) as place, count(*) over () as n
  from cases cross join own where {OWN_CASES}
) ordered
where place between floor(n / 2e0 - 0.98 * sqrt(n)) and ceil(n / 2e0 + 0.98 * sqrt(n)) + 1
""",
        "lengths": f"""
with {OWN}
select case
    when duration_us <= 60000000 then 0
    when duration_us <= 3600000000 then 1
    when duration_us <= 14400000000 then 2
    when duration_us <= 86400000000 then 3
    when duration_us <= 259200000000 then 4
    when duration_us <= 604800000000 then 5
    when duration_us <= 1209600000000 then 6
    when duration_us <= 2592000000000 then 7
    when duration_us <= 7776000000000 then 8
    else 9 end as length,
  count(*) as cases
from cases cross join own where {OWN_CASES}
group by 1
order by 1
""",
        "lifetimes": f"""
with {OWN}
select lived_us, count(closed_at) as closed, count(*) - count(closed_at) as open
from (
  select closed_at,
    greatest(unix_micros(coalesce(closed_at, cast(:now as timestamp))) - unix_micros(started_at), 0) as lived_us
  from cases cross join own where {OWN_CASES}
) lived
group by lived_us
order by lived_us
""",
    }
    columns: ClassVar[Mapping[str, str]] = {
        "from_activity": sentence("From"),
        "to_activity": sentence("To"),
        "n": sentence("Steps"),
        "cases": sentence("Cases"),
        "mean_s": sentence("Mean time"),
        "median_s": sentence("Median time"),
        "total_s": sentence("Waiting in all"),
        "share": sentence("Share of the waiting"),
        "excess_s": sentence("Beyond the usual"),
    }

    def tell(self, result: Result) -> Telling:
        waits = result.table.to_pylist()
        figures = {**_durations(result), **_closing(result), **_worst(waits)}
        said = [*_how_long(figures), *_where(figures), *_open(figures)]
        return Telling(figures, said, result.row("durations").get("cases") or 0, _chart(result.details["lengths"]))


def _durations(result: Result) -> dict[str, Figure]:
    row = result.row("durations")
    cases = row.get("cases") or 0
    middle = result.row("median_range") if cases >= LEAST_CASES_FOR_MEDIAN else {}
    return {
        "cases": cases,
        **mean.as_figures("mean_s", row.get("mean_s"), row.get("sd_s"), cases),
        "median_s": row.get("median_s"),
        "median_s_low": middle.get("low_s"),
        "median_s_high": middle.get("high_s"),
        "p90_s": row.get("p90_s"),
    }


def _closing(result: Result) -> dict[str, Figure]:
    """Time until closing, open cases counted as long as they were seen; nulls where the data has no closings."""
    row = result.row("durations")
    if not row.get("closed"):
        return dict.fromkeys(("open", "open_share", "closed_median_s", "km_median_s", "km_median_s_low", "km_median_s_high"))
    lived = result.details["lifetimes"]
    times, closed, still_open = (lived[name].to_numpy() for name in ("lived_us", "closed", "open"))
    curve = survival.kaplan_meier(times / 1e6, closed, still_open)
    low, high = curve.median_interval
    return {
        "open": int(still_open.sum()),
        "open_share": float(still_open.sum()) / curve.n,
        "closed_median_s": row["closed_median_s"],
        "km_median_s": curve.median,
        "km_median_s_low": low,
        "km_median_s_high": high,
    }


def _worst(waits: list[dict[str, Any]]) -> dict[str, Figure]:
    worst: Mapping[str, Any] = waits[0] if waits and waits[0]["share"] else {}
    return {
        "worst_edge_from": worst.get("from_activity"),
        "worst_edge_to": worst.get("to_activity"),
        "worst_edge_share": worst.get("share"),
        "worst_edge_n": worst.get("n"),
        "worst_edge_mean_s": worst.get("mean_s"),
        "worst_three_share": sum(w["share"] for w in waits[:3]) if worst else None,
    }


def _how_long(figures: Mapping[str, Any]) -> Iterable[Message]:
    if figures["median_s"] is not None:
        times = {name: Duration(figures[name]) for name in ("median_s", "mean_s", "p90_s")}
        yield sentences(
            "{n} case, which lasts {median_s}.",
            "Half of the {n} cases last {median_s} or less, one in ten longer than {p90_s}; the mean is {mean_s}.",
            figures["cases"], **times,
        )  # fmt: skip


def _where(figures: Mapping[str, Any]) -> Iterable[Message]:
    if figures["worst_edge_share"] is not None:
        yield Message(
            'The largest part of the waiting, {share}, lies between "{source}" and "{target}" ({n}×, {mean} on average). '
            "The three worst steps together hold {three}.",
            {
                "source": figures["worst_edge_from"], "target": figures["worst_edge_to"], "n": figures["worst_edge_n"],
                "share": Share(figures["worst_edge_share"]), "mean": Duration(figures["worst_edge_mean_s"]),
                "three": Share(figures["worst_three_share"]),
            },
        )  # fmt: skip


def _open(figures: Mapping[str, Any]) -> Iterable[Message]:
    if figures["open"] is None:
        yield Message("The data has no closings, so it cannot be told which cases are still open.")
    elif figures["km_median_s"] is None:
        yield sentences(
            "{n} case ({share}) is not closed: too many to tell when half of all cases will be.",
            "{n} cases ({share}) are not closed: too many to tell when half of all cases will be.",
            figures["open"], share=Share(figures["open_share"]),
        )  # fmt: skip
    elif figures["open"]:
        yield sentences(
            "{n} case ({share}) is not closed. With it, half of all cases are closed after {all}; "
            "without it, it would seem {closed}.",
            "{n} cases ({share}) are not closed. With them, half of all cases are closed after {all}; "
            "without them, it would seem {closed}.",
            figures["open"], share=Share(figures["open_share"]),
            all=Duration(figures["km_median_s"]), closed=Duration(figures["closed_median_s"]),
        )  # fmt: skip


def _chart(lengths: pa.Table) -> Chart | None:
    if not lengths.num_rows:
        return None
    spec = {
        "mark": {"type": "bar"},
        "encoding": {
            "x": {"field": "length", "type": "ordinal", "sort": None, "title": sentence("Duration of the case")},
            "y": {"field": "cases", "type": "quantitative", "title": sentence("Cases")},
        },
    }
    counted = {row["length"]: row["cases"] for row in lengths.to_pylist()}
    return Chart(spec, tuple({"length": Message(text), "cases": counted.get(n, 0)} for n, text in enumerate(LENGTHS)))
