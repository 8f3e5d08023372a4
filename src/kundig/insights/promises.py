"""What was promised by a date, and what became of it: a broken promise costs more trust than a slow answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from kundig.answer import Chart, Figure
from kundig.errors import QuestionError
from kundig.insight import Result, Telling, asked
from kundig.insights._columns import share, share_columns, with_numbers
from kundig.insights._promised import PROMISES
from kundig.measures.survival import kaplan_meier
from kundig.message import Duration, Message, Number, Share, Word, sentence, sentences

ENOUGH = 30
"""Promises or ratings below which no comparison is put into a sentence."""

_STATES = """
  count(*) as made,
  count(*) filter (where state = 'kept') as kept,
  count(*) filter (where state = 'late') as late,
  count(*) filter (where state = 'broken') as broken,
  count(*) filter (where state = 'withdrawn') as withdrawn,
  count(*) filter (where state = 'open') as open,
  count(*) filter (where state = 'overdue') as overdue,
  count(*) filter (where state = 'undated') as undated,
  median(case when state = 'late' then delay_s end) as median_delay_s,
  median(case when state = 'overdue' then delay_s end) as median_overdue_s"""

SEEN_BY = (sentence("all"), sentence("promise"), sentence("channel"), sentence("month"))
"""How the table is cut; its first column holds these words."""
_SEEN_BY = """
from promises cross join (
  select 'all' as dimension union all select 'promise' union all select 'channel' union all select 'month'
) dimensions
group by 1, 2
"""
_VALUE = """select dimension,
  case dimension
    when 'promise' then promise
    when 'channel' then channel
    when 'month' then substring(cast(date_trunc('month', made_at) as string), 1, 7)
  end as value,"""


LISTABLE = ("overdue", "open", "broken", "late", "kept", "withdrawn", "undated")
"""What can have become of a promise."""


@dataclass(frozen=True)
class Promises:
    """What was promised by a date, and what became of it."""

    list: str = asked("", sentence(
        "Instead of the counts a list of single promises to work off, the longest due first: overdue, open, broken, late, kept, "
        "withdrawn or undated."
    ))  # fmt: skip

    title: ClassVar[str] = sentence("Promises")
    definition: ClassVar[str] = sentence(
        "A promise is something owed to a customer by a date. It is kept if it was fulfilled by that date, late if it was "
        "fulfilled afterwards, broken if the firm declared so and did not fulfil it, withdrawn if it was taken back, overdue if "
        "its date has passed without any of this, and open if its date is still to come. If a promise was put off, its first "
        "date counts. The share kept is taken of all promises that are kept, late, broken or overdue; open and withdrawn ones "
        "and those without a date do not count, so the newest month looks slightly better than it is. The share late is "
        "taken of the fulfilled ones. Ratings are those given in the cases of fulfilled promises, on the scale used most."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("promise_id",)
    sql: ClassVar[str] = (
        f"{PROMISES}{_VALUE}{_STATES}{_SEEN_BY}"
        "order by case dimension when 'all' then 1 when 'promise' then 2 when 'channel' then 3 else 4 end, "
        "case when dimension = 'month' then value end nulls last, made desc, value nulls last"
    )
    details: ClassVar[Mapping[str, str]] = {
        "scores": f"""{PROMISES},
fulfilled as (
  select case_id, max(case when state = 'late' then 1 else 0 end) as late
  from promises where state in ('kept', 'late') and case_id is not null group by case_id
),
scales as (
  select coalesce(score_scale, '') as scale, count(*) as ratings from steps where score is not null group by 1
)
select count(*) as scored_fulfilled_n, sum(late) / cast(count(*) as double) as scored_late_share,
  avg(case when late = 0 then score end) as score_on_time, count(*) filter (where late = 0) as score_on_time_n,
  avg(case when late = 1 then score end) as score_late, count(*) filter (where late = 1) as score_late_n
from fulfilled join steps on steps.case_id = fulfilled.case_id
where score is not null and coalesce(score_scale, '') = (select scale from scales order by ratings desc, scale limit 1)""",
        "listed": f"""{PROMISES}
select case_id, promise, due_at, case when delay_s > 0 then delay_s / 86400 end as days_past_due,
  channel, team, made_at, promise_id
from promises where state = :list and :list <> ''
order by due_at nulls last, promise_id""",
        "spans": f"""{PROMISES}
select cast(floor((unix_micros(coalesce(fulfilled_at, withdrawn_at, :now)) - unix_micros(made_at)) / 6e7) as bigint) * 60
    as seconds,
  count(fulfilled_at) as fulfilled, count(*) - count(fulfilled_at) as waiting
from promises group by 1""",
    }
    persons: ClassVar[str] = f"{PROMISES}{_VALUE} count(distinct person_id) as persons{_SEEN_BY}"
    group_size: ClassVar[str] = "made"
    adds_up: ClassVar[tuple[str, ...]] = ("made",)
    margins: ClassVar[tuple[str, ...]] = ("dimension",)
    words: ClassVar[tuple[str, ...]] = ("dimension",)
    columns: ClassVar[Mapping[str, str]] = {
        "dimension": sentence("Seen by"),
        "value": sentence("Value"),
        "promise": sentence("What was promised"),
        "days_past_due": sentence("Days past due"),
        "made_at": sentence("Promised at"),
        "made": sentence("Promises made"),
        "kept": sentence("Kept"),
        "late": sentence("Late"),
        "broken": sentence("Broken"),
        "withdrawn": sentence("Withdrawn"),
        "open": sentence("Open"),
        "overdue": sentence("Overdue"),
        "undated": sentence("Without a date"),
        "median_delay_s": sentence("Median delay"),
        "median_overdue_s": sentence("Median time overdue"),
        "kept_share": sentence("Share kept"),
        "kept_share_low": sentence("at least"),
        "kept_share_high": sentence("at most"),
    }

    def __post_init__(self) -> None:
        if self.list and self.list not in LISTABLE:
            raise QuestionError(
                "There is no list of promises called {name}.", "Choose one of: {known}.",
                name=self.list, known=", ".join(LISTABLE),
            )  # fmt: skip

    def tell(self, result: Result) -> Telling:
        rows, scores = result.table.to_pylist(), result.row("scores")
        totals: Mapping[str, Any] = next((row for row in rows if row["dimension"] == "all"), {})
        figures = _figures(totals, scores, result)
        table = with_numbers(result.table, share_columns("kept_share", [(row["kept"], _judged(row)) for row in rows]))
        told = [*_sentences(figures, table.to_pylist())] or [Message("No promise is known.")]
        if self.list and result.least:
            told.append(Message("A list of single promises is not for passing on; it is left out here."))
        elif self.list:
            table = result.details["listed"]
        return Telling(figures, told, totals.get("made") or 0, _chart(rows), table)


def _judged(row: Mapping[str, Any]) -> int:
    """The promises of which it can be said whether they were kept in time."""
    return sum(row.get(state) or 0 for state in ("kept", "late", "broken", "overdue"))


def _figures(totals: Mapping[str, Any], scores: Mapping[str, Any], result: Result) -> dict[str, Figure]:
    fulfilled = (totals.get("kept") or 0) + (totals.get("late") or 0)
    counts = {name: totals.get(name) for name in ("made", "kept", "late", "broken", "withdrawn", "open", "overdue", "undated")}
    return {
        **counts,
        **share("kept_share", totals.get("kept"), _judged(totals)),
        **share("late_share", totals.get("late"), fulfilled),
        "median_delay_s": totals.get("median_delay_s"),
        "median_overdue_s": totals.get("median_overdue_s"),
        **_time_to_fulfil(result),
        **{name: scores.get(name) for name in _SCORES},
    }


_SCORES = ("scored_fulfilled_n", "scored_late_share", "score_on_time", "score_on_time_n", "score_late", "score_late_n")


def _time_to_fulfil(result: Result) -> dict[str, Figure]:
    """The median time from promise to fulfilment; those still waiting count as longer than they have waited so far."""
    spans = result.details["spans"].to_pydict()
    if not any(spans["fulfilled"]):
        return dict.fromkeys(("median_fulfilment_s", "median_fulfilment_s_low", "median_fulfilment_s_high"))
    curve = kaplan_meier(spans["seconds"], spans["fulfilled"], spans["waiting"])
    low, high = curve.median_interval
    return {"median_fulfilment_s": curve.median, "median_fulfilment_s_low": low, "median_fulfilment_s_high": high}


def _sentences(figures: Mapping[str, Any], rows: list[dict[str, Any]]) -> Iterable[Message]:
    if figures["kept_share"] is not None:
        yield Message(
            "{share} of the promises were kept in time ({kept} of {n} that can be judged; with 95% confidence {low} to {high}).",
            {"share": Share(figures["kept_share"]), "kept": figures["kept"], "n": figures["kept_share_n"],
             "low": Share(figures["kept_share_low"]), "high": Share(figures["kept_share_high"])},
        )  # fmt: skip
    if figures["overdue"]:
        yield sentences(
            "{n} promise is overdue and still not fulfilled, by {delay}: speak to this customer first.",
            "{n} promises are overdue and still not fulfilled, half of them by {delay} or more: speak to these customers first.",
            figures["overdue"], delay=Duration(figures["median_overdue_s"]),
        )  # fmt: skip
        yield Message("To work them off one by one: {command}", {"command": "kundig ask promises --list overdue"})
    yield from _on_late(figures)
    yield from _on_scores(figures)
    yield from _worst(figures, rows)
    if figures["open"]:
        yield sentences("{n} promise is not due yet.", "{n} promises are not due yet.", figures["open"])


def _on_late(figures: Mapping[str, Any]) -> Iterable[Message]:
    if figures["late"]:
        yield Message(
            "Of those fulfilled, {share} came late ({n}), half of them by {delay} or more.",
            {"share": Share(figures["late_share"]), "n": figures["late"], "delay": Duration(figures["median_delay_s"])},
        )
    if figures["broken"]:
        yield sentences("{n} promise was given up as broken.", "{n} promises were given up as broken.", figures["broken"])


def _on_scores(figures: Mapping[str, Any]) -> Iterable[Message]:
    if min(figures["score_late_n"] or 0, figures["score_on_time_n"] or 0) < ENOUGH:
        return
    yield Message(
        "Customers whose promise came late give {late} on average, the others {on_time} ({late_n} and {on_time_n} ratings). "
        "This is a connection, not yet a proof of cause.",
        {"late": Number(figures["score_late"]), "on_time": Number(figures["score_on_time"]),
         "late_n": figures["score_late_n"], "on_time_n": figures["score_on_time_n"]},
    )  # fmt: skip


def _worst(figures: Mapping[str, Any], rows: list[dict[str, Any]]) -> Iterable[Message]:
    """The kind of promise that is kept less often than all together, beyond what chance explains."""
    overall = figures["kept_share_low"]
    kinds = [row for row in rows if row["dimension"] == "promise" and row["value"] and _judged(row) >= ENOUGH]
    worst = min(kinds, key=lambda row: row["kept_share"], default=None)
    if worst is None or overall is None or worst["kept_share_high"] >= overall:
        return
    yield Message(
        'Kept least often: "{promise}", {share} of {n}.',
        {"promise": worst["value"], "share": Share(worst["kept_share"]), "n": _judged(worst)},
    )


_DRAWN = {
    "kept": sentence("kept"),
    "late": sentence("late"),
    "broken": sentence("broken"),
    "overdue": sentence("overdue"),
    "open": sentence("open"),
    "withdrawn": sentence("withdrawn"),
}
_MONTHS = 24


def _chart(rows: list[dict[str, Any]]) -> Chart:
    months = sorted((row for row in rows if row["dimension"] == "month" and row["value"]), key=lambda row: row["value"])
    spec = {
        "description": sentence("Promises by the month they were made in and by what became of them."),
        "mark": {"type": "bar"},
        "encoding": {
            "x": {"field": "month", "type": "ordinal", "title": sentence("Month")},
            "y": {"field": "n", "type": "quantitative", "title": sentence("Promises made")},
            "color": {"field": "state", "type": "nominal", "title": sentence("What became of it"), "sort": None},
        },
    }
    drawn = [
        {"month": row["value"], "state": Word(words), "n": row[state]}
        for row in months[-_MONTHS:]
        for state, words in _DRAWN.items()
        if row[state]
    ]
    return Chart(spec, tuple(drawn))
