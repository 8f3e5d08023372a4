"""Whether one contact was enough: first-contact resolution, and how often customers must come back about the same thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Chart, Figure
from kundig.insight import Result, Telling, asked
from kundig.measures import proportion
from kundig.message import Message, Share, sentence, sentences

if TYPE_CHECKING:
    import pyarrow as pa

LEAST_CASES = 30
"""A reason is named in a sentence only with at least so many cases."""

COUNTS = ("cases", "resolved", "censored", "contacts", "repeats")


@dataclass(frozen=True)
class RepeatContacts:
    """First-contact resolution, and how often customers come back about the same thing."""

    days: int = asked(7, sentence("Within how many days another contact about the same thing counts as a repeat."))

    title: ClassVar[str] = sentence("Repeat contacts")
    definition: ClassVar[str] = sentence(
        "A case is resolved at the first contact if it is closed, has exactly one contact, and the same person does not turn to "
        "the firm about the same thing between that contact and the closing or in the given number of days after it. Where the "
        "data has no closings, a case counts as closed at its last event. The same thing is the same reason, or anything where "
        "no reason is known. Only cases that were closed (or, if open, had their last event) at least that many days before the "
        "newest event of the data are counted; younger ones are censored, since a repeat may still come. The repeat rate is the "
        "share of contacts, at least that old, that the same person follows up by another about the same thing within that time. "
        "Cases of unknown persons are left out. Intervals: Wilson, 95%."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("case_id", "person_id", "kind=contact")
    sql: ClassVar[str] = """
with log as (
  select count(closed_at) > 0 as has_closings,
    unix_micros(cast(:now as timestamp)) as now_us,
    cast(:days as bigint) * 86400000000 as window_us
  from cases
),
contacts as (
  select coalesce(c.reason, e.reason) as reason,
    c.contacts as contacts_of_case,
    c.closed_at,
    unix_micros(coalesce(c.closed_at, c.ended_at)) as settled_us,
    unix_micros(e.occurred_at) as at_us,
    lead(unix_micros(e.occurred_at)) over (
      partition by coalesce(e.person_id, c.person_id), coalesce(c.reason, e.reason)
      order by e.occurred_at, e.position, e.case_id
    ) as next_us
  from events e left join cases c on c.case_id = e.case_id
  where e.kind = 'contact' and coalesce(e.person_id, c.person_id) is not null
),
told as (
  select reason, 0 as cases, 0 as censored,
    count(*) filter (
      where contacts_of_case = 1 and settled_us + window_us <= now_us
        and (closed_at is not null or not has_closings)
        and (next_us is null or next_us > settled_us + window_us)
    ) as resolved,
    count(*) filter (where at_us + window_us <= now_us) as contacts,
    count(*) filter (where at_us + window_us <= now_us and next_us <= at_us + window_us) as repeats
  from contacts cross join log
  group by reason
  union all
  select reason,
    count(*) filter (where unix_micros(coalesce(closed_at, ended_at)) + window_us <= now_us) as cases,
    count(*) filter (where unix_micros(coalesce(closed_at, ended_at)) + window_us > now_us) as censored,
    0 as resolved, 0 as contacts, 0 as repeats
  from cases cross join log
  where contacts > 0 and person_id is not null
  group by reason
)
select reason,
  cast(sum(cases) as bigint) as cases,
  cast(sum(resolved) as bigint) as resolved,
  cast(sum(censored) as bigint) as censored,
  cast(sum(contacts) as bigint) as contacts,
  cast(sum(repeats) as bigint) as repeats,
  cast(sum(sum(cases)) over () as bigint) as all_cases,
  cast(sum(sum(resolved)) over () as bigint) as all_resolved,
  cast(sum(sum(censored)) over () as bigint) as all_censored,
  cast(sum(sum(contacts)) over () as bigint) as all_contacts,
  cast(sum(sum(repeats)) over () as bigint) as all_repeats
from told
group by reason
order by cases desc, reason nulls last
"""
    persons: ClassVar[str] = "select reason, count(distinct person_id) as persons from cases where contacts > 0 group by reason"
    details: ClassVar[Mapping[str, str]] = {
        "left_out": "select count(*) as cases from cases where contacts > 0 and person_id is null",
        "longest": "select coalesce(max(events), 0) as events from cases",
    }
    adds_up: ClassVar[tuple[str, ...]] = COUNTS
    columns: ClassVar[Mapping[str, str]] = {
        "reason": sentence("Reason"),
        "cases": sentence("Cases"),
        "resolved": sentence("Resolved at first contact"),
        "resolved_share": sentence("Share"),
        "resolved_share_low": sentence("from"),
        "resolved_share_high": sentence("to"),
        "censored": sentence("Too young"),
        "contacts": sentence("Contacts"),
        "repeats": sentence("Repeats"),
        "repeat_share": sentence("Repeat rate"),
        "repeat_share_low": sentence("from"),
        "repeat_share_high": sentence("to"),
    }

    def tell(self, result: Result) -> Telling:
        rows = [_with_shares(row) for row in result.table.to_pylist()]
        if result.suppressed and not rows:
            return Telling({}, [Message("Withheld: each reason has too few customers to be shown.")], 0, None, _table(rows))
        sums = {name: rows[0][f"all_{name}"] if rows else 0 for name in COUNTS}
        figures = _figures(sums, result.row("left_out").get("cases") or 0)
        if figures["cases"] and not figures["repeats"] and result.row("longest").get("events", 0) < 2:
            figures = {**figures, **_UNKNOWN}
            said = [Message("No case has more than one event and nobody comes back: repeats cannot be seen in this data.")]
            return Telling(figures, [*said, *_young(sums), *_unknown(figures)], sums["cases"], None, _table(rows))
        said = [*self._resolution(figures), *self._repeats(figures), *_worst(rows), *_young(sums), *_unknown(figures)]
        return Telling(figures, said, sums["cases"], _chart(rows), _table(rows))

    def _resolution(self, figures: Mapping[str, Any]) -> Iterable[Message]:
        if figures["first_contact_resolution"] is None:
            yield sentences(
                "No case is old enough to tell whether {n} day brings no repeat.",
                "No case is old enough to tell whether {n} days bring no repeat.",
                self.days,
            )
            return
        ends = ("", "_low", "_high")
        share, low, high = (Share(figures[f"first_contact_resolution{end}"]) for end in ends)
        yield sentences(
            "{share} of the cases ({low} to {high}) are resolved at the first contact; {n} case is old enough to tell.",
            "{share} of the cases ({low} to {high}) are resolved at the first contact; {n} cases are old enough to tell.",
            figures["first_contact_resolution_n"], share=share, low=low, high=high,
        )  # fmt: skip

    def _repeats(self, figures: Mapping[str, Any]) -> Iterable[Message]:
        if figures["repeat_rate"] is not None:
            yield sentences(
                "After {share} of the contacts ({low} to {high}) the person comes back about the same thing within {n} day.",
                "After {share} of the contacts ({low} to {high}) the person comes back about the same thing within {n} days.",
                self.days,
                share=Share(figures["repeat_rate"]),
                low=Share(figures["repeat_rate_low"]),
                high=Share(figures["repeat_rate_high"]),
            )


_UNKNOWN: Mapping[str, Figure] = dict.fromkeys(
    f"{name}{end}" for name in ("first_contact_resolution", "repeat_rate") for end in ("", "_low", "_high")
)


def _with_shares(row: dict[str, Any]) -> dict[str, Any]:
    resolved = proportion.as_figures("resolved_share", row["resolved"], row["cases"])
    repeats = proportion.as_figures("repeat_share", row["repeats"], row["contacts"])
    return {**row, **resolved, **repeats}


def _figures(sums: Mapping[str, int], unknown: int) -> dict[str, Figure]:
    return {
        **proportion.as_figures("first_contact_resolution", sums["resolved"], sums["cases"]),
        "resolved": sums["resolved"],
        "cases": sums["cases"],
        "censored": sums["censored"],
        "cases_of_unknown_persons": unknown,
        **proportion.as_figures("repeat_rate", sums["repeats"], sums["contacts"]),
        "repeats": sums["repeats"],
        "contacts": sums["contacts"],
    }


def _worst(rows: Sequence[Mapping[str, Any]]) -> Iterable[Message]:
    """The reason resolved least often, if its interval is clear of the best one's: else the order may be chance."""
    known = sorted((r for r in rows if r["reason"] and r["cases"] >= LEAST_CASES), key=lambda r: float(r["resolved_share"]))
    if len(known) > 1 and known[0]["resolved_share_high"] < known[-1]["resolved_share_low"]:
        yield Message(
            '"{worst}" is resolved at the first contact least often, in {share} of {n} cases; "{best}" most often, in {most}.',
            {
                "worst": known[0]["reason"], "share": Share(known[0]["resolved_share"]), "n": known[0]["cases"],
                "best": known[-1]["reason"], "most": Share(known[-1]["resolved_share"]),
            },
        )  # fmt: skip


def _young(sums: Mapping[str, int]) -> Iterable[Message]:
    if sums["censored"]:
        yield sentences(
            "{n} case is too young to be counted: a repeat may still come.",
            "{n} cases are too young to be counted: a repeat may still come.",
            sums["censored"],
        )


def _unknown(figures: Mapping[str, Any]) -> Iterable[Message]:
    if figures["cases_of_unknown_persons"]:
        yield sentences(
            "{n} case is left out, since its person is unknown.",
            "{n} cases are left out, since their person is unknown.",
            figures["cases_of_unknown_persons"],
        )


def _table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    import pyarrow as pa

    names = [*RepeatContacts.columns]
    kinds: dict[str, pa.DataType] = {"reason": pa.string(), **dict.fromkeys(COUNTS, pa.int64())}
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in names])
    return pa.Table.from_pylist([{name: row[name] for name in names} for row in _named(rows)], schema=schema)


def _named(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Where the data knows no reasons at all, the one row is called "all"."""
    return [{**rows[0], "reason": "all"}] if len(rows) == 1 and rows[0]["reason"] is None else list(rows)


def _chart(rows: Sequence[Mapping[str, Any]], most: int = 15) -> Chart | None:
    drawn = [row for row in _named(rows) if row["cases"] and row["reason"]][:most]
    if not drawn:
        return None
    reason = {"field": "reason", "type": "nominal", "sort": None, "title": sentence("Reason")}
    scale = {"type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {"format": ".0%"}}
    share = {**scale, "title": sentence("Resolved at first contact")}
    spec = {
        "layer": [
            {"mark": {"type": "bar"}, "encoding": {"y": reason, "x": {**share, "field": "share"}}},
            {"mark": {"type": "rule"}, "encoding": {"y": reason, "x": {**share, "field": "low"}, "x2": {"field": "high"}}},
        ]
    }
    names = {"share": "resolved_share", "low": "resolved_share_low", "high": "resolved_share_high"}
    return Chart(spec, tuple({"reason": row["reason"], **{short: row[name] for short, name in names.items()}} for row in drawn))
