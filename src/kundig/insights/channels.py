"""Which channels work: where customers turn to, where they get their answer, and what they leave for another way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from kundig.answer import Chart, Figure
from kundig.insight import Result, Telling, asked
from kundig.insights._columns import share_columns, with_numbers
from kundig.measures.mean import t_interval
from kundig.message import Duration, Message, Number, Share, Word, sentence

ENOUGH = 30
"""Cases below which a channel is not praised or blamed in a sentence."""


@dataclass(frozen=True)
class Channels:
    """Which channels work: volume, resolution, time, rating, and what customers leave for another channel."""

    days: int = asked(30, sentence("After how many days a case that is not closed counts as unresolved."))

    title: ClassVar[str] = sentence("Channels")
    definition: ClassVar[str] = sentence(
        "A case belongs to the channel it began in; cases in which no channel is named are left out. Resolved at once means: "
        "closed after at most one contact and without another channel, taken of the cases that are closed or older than the "
        "given number of days. A case stays if no other channel follows. A switch is an event over another channel than the last "
        "one named in the case; it leaves one channel and goes to the other. The time to close is the median over closed cases. "
        "The rating is the mean of each case's last rating, on the scale used most."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("case_id", "channel")
    sql: ClassVar[str] = """
with heard as (
  select channel, count(*) as events, count(*) filter (where kind = 'contact') as contacts
  from events where channel is not null group by channel
),
scales as (
  select coalesce(score_scale, '') as scale, count(*) as ratings from cases where score is not null group by 1
),
begun as (
  select first_channel as channel,
    count(*) as cases,
    count(*) filter (where channel_switches = 0) as stayed,
    count(*) filter (where closed_at is not null
      or unix_micros(coalesce(:now, started_at)) - unix_micros(started_at) >= :days * 86400000000) as settled,
    count(*) filter (where closed_at is not null and contacts <= 1 and channel_switches = 0) as resolved,
    count(closed_at) as closed,
    median(unix_micros(closed_at) - unix_micros(started_at)) / 1e6 as median_close_s,
    avg(case when coalesce(score_scale, '') = scale then score end) as score,
    stddev_samp(case when coalesce(score_scale, '') = scale then score end) as score_sd,
    count(case when coalesce(score_scale, '') = scale then score end) as score_n
  from cases left join (select scale from scales order by ratings desc, scale limit 1) most_used on true
  where first_channel is not null
  group by first_channel
),
switches as (
  select from_channel, to_channel, count(*) as n from steps where to_channel <> from_channel group by from_channel, to_channel
),
away as (select from_channel as channel, sum(n) as n from switches group by from_channel),
entered as (select to_channel as channel, sum(n) as n from switches group by to_channel)
select heard.channel, events, contacts,
  coalesce(cases, 0) as cases,
  coalesce(stayed, 0) as stayed,
  coalesce(settled, 0) as settled,
  coalesce(resolved, 0) as resolved,
  coalesce(closed, 0) as closed,
  median_close_s, score, score_sd, coalesce(score_n, 0) as score_n,
  cast(coalesce(away.n, 0) as bigint) as switches_away,
  cast(coalesce(entered.n, 0) as bigint) as switches_to
from heard
left join begun on begun.channel = heard.channel
left join away on away.channel = heard.channel
left join entered on entered.channel = heard.channel
order by cases desc, events desc, heard.channel
"""
    details: ClassVar[Mapping[str, str]] = {
        "switches": """
select from_channel, to_channel, count(*) as n, count(distinct case_id) as cases
from steps where to_channel <> from_channel
group by from_channel, to_channel
order by cases desc, from_channel, to_channel
""",
        "totals": """
select count(*) as cases, count(first_channel) as with_channel, count(closed_at) as closed,
  count(*) filter (where channel_switches > 0) as switching
from cases
""",
    }
    persons: ClassVar[str] = """
select first_channel as channel, count(distinct person_id) as persons
from cases where first_channel is not null group by first_channel
"""
    adds_up: ClassVar[tuple[str, ...]] = ("events", "contacts")
    columns: ClassVar[Mapping[str, str]] = {
        "cases": sentence("Cases begun here"),
        "stayed": sentence("Stayed"),
        "settled": sentence("Closed or old"),
        "resolved": sentence("Resolved at once"),
        "closed": sentence("Closed"),
        "resolved_share": sentence("Share resolved at once"),
        "resolved_share_low": sentence("at least"),
        "resolved_share_high": sentence("at most"),
        "stay_share": sentence("Share that stays"),
        "stay_share_low": sentence("at least"),
        "stay_share_high": sentence("at most"),
        "median_close_s": sentence("Median time to close"),
        "score": sentence("Mean rating"),
        "score_low": sentence("at least"),
        "score_high": sentence("at most"),
        "score_n": sentence("Ratings"),
        "switches_away": sentence("Switches away"),
        "switches_to": sentence("Switches to"),
    }

    def tell(self, result: Result) -> Telling:
        totals = result.row("totals")
        rows = result.table.to_pylist()
        columns = {
            **share_columns("stay_share", [(row["stayed"], row["cases"]) for row in rows]),
            **share_columns("resolved_share", [(row["resolved"], row["settled"] if totals.get("closed") else 0) for row in rows]),
            **_score_interval(rows),
        }
        table = with_numbers(result.table.drop_columns(["score_sd"]), columns)
        rows = table.to_pylist()
        switches = result.details["switches"].to_pylist()
        return Telling(
            _figures(totals, rows, switches), list(_sentences(rows, switches)), totals.get("cases") or 0, _chart(rows), table
        )


def _score_interval(rows: list[dict[str, Any]]) -> dict[str, list[float | None]]:
    known = [t_interval(row["score"], row["score_sd"], row["score_n"]) if row["score_sd"] is not None else None for row in rows]
    return {"score_low": [i[0] if i else None for i in known], "score_high": [i[1] if i else None for i in known]}


def _figures(totals: Mapping[str, Any], rows: list[dict[str, Any]], switches: list[dict[str, Any]]) -> dict[str, Figure]:
    best, fastest = _best(rows), _fastest(rows)
    left, pair = _most_left(rows), switches[0] if switches else {}
    cases = totals.get("cases") or 0
    return {
        "channels": len(rows),
        "cases": cases,
        "cases_with_channel": totals.get("with_channel"),
        "switching_share": (totals.get("switching") or 0) / totals["with_channel"] if totals.get("with_channel") else None,
        "busiest_channel": rows[0]["channel"] if rows else None,
        "best_channel": best["channel"] if best else None,
        **{
            f"best_{name}": best[name] if best else None
            for name in ("resolved_share", "resolved_share_low", "resolved_share_high")
        },
        "fastest_channel": fastest["channel"] if fastest else None,
        "fastest_median_close_s": fastest["median_close_s"] if fastest else None,
        "most_left_channel": left["channel"] if left else None,
        "most_left_share": 1 - left["stay_share"] if left else None,
        "most_left_share_low": 1 - left["stay_share_high"] if left else None,
        "most_left_share_high": 1 - left["stay_share_low"] if left else None,
        "switch_from": pair.get("from_channel"),
        "switch_to": pair.get("to_channel"),
        "switch_cases": pair.get("cases"),
    }


def _best(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The channel that resolves most at once, if it is surely better than at least one other."""
    known = [row for row in rows if row["settled"] >= ENOUGH and row["resolved_share"] is not None]
    best = max(known, key=lambda row: row["resolved_share"], default=None)
    return best if best and any(row["resolved_share_high"] < best["resolved_share_low"] for row in known) else None


def _fastest(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    known = [row for row in rows if row["closed"] >= ENOUGH]
    return min(known, key=lambda row: row["median_close_s"]) if len(known) > 1 else None


def _most_left(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The channel whose cases go elsewhere most often."""
    known = [row for row in rows if row["cases"] >= ENOUGH and row["stay_share"] < 1]
    return min(known, key=lambda row: row["stay_share"], default=None)


def _sentences(rows: list[dict[str, Any]], switches: list[dict[str, Any]]) -> Iterable[Message]:
    begun = [row for row in rows if row["cases"]]
    if not begun:
        yield Message("No case names the channel it began in.")
        return
    yield from _what_works(rows)
    if left := _most_left(rows):
        yield Message(
            "What people leave: {share} of the cases that begin by {channel} go on over another channel ({low} to {high}).",
            {"share": Share(1 - left["stay_share"]), "channel": Word(left["channel"]),
             "low": Share(1 - left["stay_share_high"]), "high": Share(1 - left["stay_share_low"])},
        )  # fmt: skip
    if switches:
        pair = {"source": Word(switches[0]["from_channel"]), "target": Word(switches[0]["to_channel"]), "n": switches[0]["cases"]}
        yield Message("The most frequent switch leads from {source} to {target}, in {n} cases.", pair)
    busiest, cases = begun[0], sum(row["cases"] for row in begun)
    values = {"channel": Word(busiest["channel"]), "share": Share(busiest["cases"] / cases), "n": cases}
    yield Message("Most cases begin by {channel}: {share} of {n}.", values)
    yield from _ratings(begun)


def _what_works(rows: list[dict[str, Any]]) -> Iterable[Message]:
    if best := _best(rows):
        yield Message(
            "What works: {channel} resolves {share} of its cases at once ({low} to {high}).",
            {"channel": Word(best["channel"]), "share": Share(best["resolved_share"]),
             "low": Share(best["resolved_share_low"]), "high": Share(best["resolved_share_high"])},
        )  # fmt: skip
    if fastest := _fastest(rows):
        slowest = max((row for row in rows if row["closed"] >= ENOUGH), key=lambda row: row["median_close_s"])
        yield Message(
            "Closed soonest: {fast}, half of the cases within {fast_time}. Slowest: {slow} with {slow_time}.",
            {"fast": Word(fastest["channel"]), "fast_time": Duration(fastest["median_close_s"]),
             "slow": Word(slowest["channel"]), "slow_time": Duration(slowest["median_close_s"])},
        )  # fmt: skip


def _ratings(rows: list[dict[str, Any]]) -> Iterable[Message]:
    """Best and worst rated channel, where that is more than chance."""
    rated = [row for row in rows if (row["score_n"] or 0) >= ENOUGH and row["score_low"] is not None]
    if not rated:
        return
    best, worst = max(rated, key=lambda row: row["score"]), min(rated, key=lambda row: row["score"])
    if best["score_low"] > worst["score_high"]:
        yield Message(
            "Best rated: {best} with {high} on average; worst: {worst} with {low}.",
            {"best": Word(best["channel"]), "high": Number(best["score"]),
             "worst": Word(worst["channel"]), "low": Number(worst["score"])},
        )  # fmt: skip


def _chart(rows: list[dict[str, Any]]) -> Chart | None:
    spec = {
        "description": sentence("Share of the cases begun in each channel that are resolved at once, with its 95% interval."),
        "encoding": {"y": {"field": "channel", "type": "nominal", "sort": None, "title": sentence("Channel")}},
        "layer": [
            {"mark": {"type": "bar"}, "encoding": {"x": _percent("share")}},
            {"mark": {"type": "rule"}, "encoding": {"x": _percent("low"), "x2": {"field": "high"}}},
        ],
    }
    parts = {"share": "resolved_share", "low": "resolved_share_low", "high": "resolved_share_high"}
    drawn = [row for row in rows if row["resolved_share"] is not None]
    if not drawn:
        return None
    return Chart(spec, tuple({"channel": Word(row["channel"]), **{name: row[of] for name, of in parts.items()}} for row in drawn))


def _percent(field: str) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "title": sentence("Share resolved at once"), "axis": {"format": ".0%"}}
