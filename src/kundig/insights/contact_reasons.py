"""Why customers turn to the firm, and which of these reasons to remove first: the best contact is the one nobody needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from kundig.answer import Chart, Figure
from kundig.insight import Result, Telling, asked
from kundig.insights._columns import share, share_columns, with_numbers
from kundig.message import Message, Number, Share, Word, sentence, sentences

Row = dict[str, Any]

MONTH_S = 30.4375 * 86400
RATED = ("repeated_cases", "broken_cases", "bought_cases", "open_cases")
LEAVES = ("eliminate", "automate")
"""Quadrants in which every contact can be saved; in the others only the repeated ones."""

QUADRANTS = {
    "eliminate": sentence("eliminate"),
    "automate": sentence("automate"),
    "simplify": sentence("simplify"),
    "leverage": sentence("leverage"),
}


@dataclass(frozen=True)
class ContactReasons:
    """Why customers turn to the firm, which few reasons make most contacts, and what removing them saves."""

    valued_by_customer: str = asked(
        "", sentence("Reasons, separated by commas, whose contacts the customer values; else proposed from the data.")
    )
    valued_by_firm: str = asked(
        "", sentence("Reasons, separated by commas, whose contacts the firm values; else proposed from the data.")
    )
    minutes_per_contact: float = asked(8.0, sentence("How many minutes a contact takes where no duration is known."))
    achievable: float = asked(0.5, sentence("Which part of the savable contacts can really be saved."))
    focus: float = asked(0.8, sentence("Which share of all contacts the reasons in focus make up together."))

    title: ClassVar[str] = sentence("Contact reasons")
    definition: ClassVar[str] = sentence(
        "Contacts are counted by reason: all contacts of a case belong to the first reason named in it, a contact without a "
        "case to its own. In focus are the most frequent reasons that together make up 80% of the contacts (or another share "
        "given). Each reason lies in one of four fields after Price and Jaffe: valued by customer and firm: leverage; by the "
        "customer only: automate; by the firm only: simplify; by neither: eliminate. Where nobody has said what is valued, "
        "this is a proposal from the data: a reason counts as not valued by the customer if at least two of these are worse "
        "than on average: the share of cases with more than one contact, handovers per case, the rating, broken promises; and "
        "as valued by the firm if a purchase follows in its cases more often than on average; no reason is proposed to automate "
        "that is rated below average or whose cases are left open more often than on average. Savable are all contacts of "
        "reasons to eliminate or automate if people have named the values, otherwise only the repeated ones, that is, those "
        "after the first of a case. Of these the achievable part is taken, per month of 30.4 days. Hours follow from the "
        "handling time recorded, else from the minutes given per contact."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("reason", "kind=contact")
    sql: ClassVar[str] = """
with scales as (
  select coalesce(score_scale, '') as scale, count(*) as ratings from cases where score is not null group by 1
),
broken as (
  select distinct case_id from events where kind = 'promise_broken' and case_id is not null
),
bought as (
  select distinct case_id from events where kind = 'purchase' and case_id is not null
),
by_case as (
  select reason,
    cast(sum(contacts) as bigint) as contacts,
    count(*) as cases,
    count(*) filter (where contacts > 1) as repeated_cases,
    avg(case when teams > 0 then team_handovers else agent_handovers end) as handovers_per_case,
    sum(handling_s) as handling_s,
    cast(sum(case when handling_s is not null then contacts end) as bigint) as handled_contacts,
    avg(case when coalesce(score_scale, '') = scale then score end) as score,
    count(case when coalesce(score_scale, '') = scale then score end) as score_n,
    count(broken.case_id) as broken_cases,
    count(bought.case_id) as bought_cases,
    count(closed_at) as closed_cases
  from cases
  left join (select scale from scales order by ratings desc, scale limit 1) most_used on true
  left join broken on broken.case_id = cases.case_id
  left join bought on bought.case_id = cases.case_id
  where contacts > 0
  group by reason
),
without_case as (
  select reason, count(*) as contacts, sum(duration_s) as handling_s, count(duration_s) as handled_contacts
  from events where kind = 'contact' and case_id is null group by reason
),
reasons as (
  select reason from by_case union select reason from without_case
)
select reasons.reason,
  coalesce(c.contacts, 0) + coalesce(w.contacts, 0) as contacts,
  coalesce(c.cases, 0) as cases,
  coalesce(c.contacts, 0) - coalesce(c.cases, 0) as repeats,
  coalesce(c.repeated_cases, 0) as repeated_cases,
  c.handovers_per_case,
  coalesce(c.handling_s, 0) + coalesce(w.handling_s, 0) as handling_s,
  coalesce(c.handled_contacts, 0) + coalesce(w.handled_contacts, 0) as handled_contacts,
  c.score,
  coalesce(c.score_n, 0) as score_n,
  coalesce(c.broken_cases, 0) as broken_cases,
  coalesce(c.bought_cases, 0) as bought_cases,
  coalesce(c.cases, 0) - coalesce(c.closed_cases, 0) as open_cases,
  count(reasons.reason) over () as all_reasons,
  cast(sum(coalesce(c.contacts, 0) + coalesce(w.contacts, 0)) over () as bigint) as all_contacts,
  cast(sum(case when reasons.reason is not null then coalesce(c.contacts, 0) + coalesce(w.contacts, 0) end) over () as bigint)
    as named_contacts,
  cast(sum(coalesce(c.cases, 0)) over () as bigint) as all_cases,
  cast(sum(coalesce(c.repeated_cases, 0)) over () as bigint) as all_repeated_cases
from reasons
left join by_case c on c.reason is not distinct from reasons.reason
left join without_case w on w.reason is not distinct from reasons.reason
order by contacts desc, reason nulls last
"""
    details: ClassVar[Mapping[str, str]] = {
        "span": """
select count(*) as n, (unix_micros(max(occurred_at)) - unix_micros(min(occurred_at))) / 1e6 as seconds
from events where kind = 'contact'
""",
    }
    persons: ClassVar[str] = """
select reason, count(distinct person_id) as persons
from cases where contacts > 0 group by reason
"""
    adds_up: ClassVar[tuple[str, ...]] = ("contacts", "cases", "repeated_cases")
    words: ClassVar[tuple[str, ...]] = ("quadrant",)
    columns: ClassVar[Mapping[str, str]] = {
        "share": sentence("Share of the contacts with a reason"),
        "cumulative_share": sentence("Share up to here"),
        "contacts_per_case": sentence("Contacts per case"),
        "repeats": sentence("Repeated contacts"),
        "repeat_share": sentence("Share of cases with repeated contacts"),
        "repeat_share_low": sentence("at least"),
        "repeat_share_high": sentence("at most"),
        "handovers_per_case": sentence("Handovers per case"),
        "handling_hours": sentence("Handling time in hours"),
        "score": sentence("Mean rating"),
        "score_n": sentence("Ratings"),
        "broken_cases": sentence("Cases with a broken promise"),
        "bought_cases": sentence("Cases with a purchase"),
        "quadrant": sentence("Proposed: what to do"),
        "in_focus": sentence("In focus"),
        "saved_contacts_month": sentence("Contacts saved a month"),
        "saved_hours_month": sentence("Hours saved a month"),
    }

    def tell(self, result: Result) -> Telling:
        rows = result.table.to_pylist()
        if result.suppressed and not rows:
            said = [Message("Withheld: each reason has too few customers to be shown.")]
            return Telling({}, said, 0, None, _table(result.table, rows))
        span = result.row("span")
        months = max((span.get("seconds") or 0.0) / MONTH_S, 1.0)
        matrix = _Matrix(self, rows)
        for row in rows:
            row["quadrant"] = matrix.quadrant(row) if row["reason"] is not None else None
            _save(row, self, months, matrix.named)
        _focus(rows, self.focus)
        n = span.get("n") or 0
        figures = _figures(rows, months)
        return Telling(figures, list(_sentences(figures, rows, matrix)), n, _chart(rows), _table(result.table, rows))


class _Matrix:
    """Where a reason lies between what customer and firm value: as people named it, else as the data suggest."""

    def __init__(self, asked: ContactReasons, rows: list[Row]) -> None:
        self.by_customer, self.by_firm = _listed(asked.valued_by_customer), _listed(asked.valued_by_firm)
        self.named = bool(self.by_customer or self.by_firm)
        self.cases = sum(row["cases"] for row in rows)
        self.average = {name: self._rate(rows, name) for name in RATED}
        self.handovers = self._mean(rows, "handovers_per_case", "cases")
        self.score = self._mean(rows, "score", "score_n")
        known = {str(row["reason"]).casefold() for row in rows}
        self.unknown = sorted((self.by_customer | self.by_firm) - known)

    def quadrant(self, row: Row) -> str:
        if self.named:
            customer, firm = (str(row["reason"]).casefold() in names for names in (self.by_customer, self.by_firm))
        else:
            customer, firm = self._irritants(row) < 2, self._above(row, "bought_cases")
            customer = customer and (firm or not (self._worse_rated(row) or self._above(row, "open_cases")))
        return {(True, True): "leverage", (True, False): "automate", (False, True): "simplify"}.get((customer, firm), "eliminate")

    def _irritants(self, row: Row) -> int:
        """How many signs say that the reason annoys the customer."""
        handed_on = row["handovers_per_case"] is not None and row["handovers_per_case"] > (self.handovers or 0)
        return sum((self._above(row, "repeated_cases"), self._above(row, "broken_cases"), handed_on, self._worse_rated(row)))

    def _worse_rated(self, row: Row) -> bool:
        return row["score"] is not None and self.score is not None and bool(row["score"] < self.score)

    def _above(self, row: Row, name: str) -> bool:
        return bool(row["cases"]) and row[name] / row["cases"] > self.average[name]

    def _rate(self, rows: list[Row], name: str) -> float:
        return sum(row[name] for row in rows) / self.cases if self.cases else 0.0

    def _mean(self, rows: list[Row], name: str, weight: str) -> float | None:
        known = [row for row in rows if row[name] is not None and row[weight]]
        total = sum(row[weight] for row in known)
        return sum(row[name] * row[weight] for row in known) / total if total else None


def _listed(text: str) -> set[str]:
    return {part.strip().casefold() for part in text.split(",") if part.strip()}


def _save(row: Row, asked: ContactReasons, months: float, named: bool) -> None:
    """Contacts and hours saved a month if the achievable part of the savable contacts no longer comes."""
    savable = row["contacts"] if named and row["quadrant"] in LEAVES else row["repeats"]
    each_s = row["handling_s"] / row["handled_contacts"] if row["handled_contacts"] else asked.minutes_per_contact * 60
    row["saved_contacts_month"] = asked.achievable * savable / months
    row["saved_hours_month"] = row["saved_contacts_month"] * each_s / 3600


def _focus(rows: list[Row], wanted: float) -> None:
    """Mark the few most frequent reasons that make up the wanted share of all contacts with a reason."""
    total, so_far = _base(rows), 0
    for row in rows:
        row["in_focus"] = row["reason"] is not None and so_far < wanted * total
        so_far += row["contacts"] if row["reason"] is not None else 0
        row["cumulative_share"] = so_far / total if total and row["reason"] is not None else None


def _base(rows: list[Row]) -> int:
    """The contacts shares are taken of: those with a reason; all, where how many name none is withheld."""
    if not rows:
        return 0
    first = rows[0]
    named: int = first["named_contacts"] or 0
    return first["all_contacts"] if _withheld_without_reason(rows) else named


def _withheld_without_reason(rows: list[Row]) -> bool:
    return rows[0]["all_contacts"] != (rows[0]["named_contacts"] or 0) and all(row["reason"] is not None for row in rows)


def _figures(rows: list[Row], months: float) -> dict[str, Figure]:
    whole: Row = rows[0] if rows else {}
    contacts = whole.get("all_contacts") or 0
    named = [row for row in rows if row["reason"] is not None]
    focus = [row for row in named if row["in_focus"]]
    with_reason = _base(rows)
    told = contacts and not _withheld_without_reason(rows)
    return {
        "reasons": whole.get("all_reasons") or 0,
        "contacts": contacts,
        "with_reason_share": with_reason / contacts if told else None,
        "contacts_per_month": contacts / months,
        "focus_reasons": len(focus),
        "focus_share": sum(row["contacts"] for row in focus) / with_reason if with_reason else None,
        "savable_contacts_per_month": sum(row["saved_contacts_month"] for row in named),
        "savable_hours_per_month": sum(row["saved_hours_month"] for row in named),
        **share("repeat_share", whole.get("all_repeated_cases"), whole.get("all_cases")),
    }


def _table(table: Any, rows: list[Row]) -> Any:
    import pyarrow as pa

    total = _base(rows)
    numbers = {
        "share": [row["contacts"] / total if total and row["reason"] is not None else None for row in rows],
        "handling_hours": [row["handling_s"] / 3600 for row in rows],
        "contacts_per_case": [(row["cases"] + row["repeats"]) / row["cases"] if row["cases"] else None for row in rows],
        **share_columns("repeat_share", [(row["repeated_cases"], row["cases"]) for row in rows]),
        **{name: [row[name] for row in rows] for name in ("cumulative_share", "saved_contacts_month", "saved_hours_month")},
    }
    table = with_numbers(table, numbers)
    table = table.append_column("quadrant", pa.array([row["quadrant"] for row in rows], pa.string()))
    table = table.append_column("in_focus", pa.array([row["in_focus"] for row in rows], pa.bool_()))
    return table.select(_COLUMNS)


_COLUMNS = [
    "reason", "contacts", "share", "cumulative_share", "in_focus", "cases", "contacts_per_case",
    "repeats", "repeat_share", "repeat_share_low", "repeat_share_high", "handovers_per_case", "handling_hours", "score", "score_n",
    "broken_cases", "bought_cases", "quadrant", "saved_contacts_month", "saved_hours_month",
]  # fmt: skip


def _sentences(figures: Mapping[str, Any], rows: list[Row], matrix: _Matrix) -> Iterable[Message]:
    named = [row for row in rows if row["reason"] is not None]
    if not named:
        yield Message("No contact names its reason.")
        return
    if figures["focus_reasons"] < figures["reasons"]:
        yield sentences(
            "{n} of {all} reasons makes {share} of the contacts: look at it first.",
            "{n} of {all} reasons make {share} of the contacts: look at these first.",
            figures["focus_reasons"], all=figures["reasons"], share=Share(figures["focus_share"]),
        )  # fmt: skip
    yield from _first_to_remove(named, matrix)
    yield from _savings(figures, matrix)
    if figures["repeat_share"] is not None:
        yield Message(
            "In {share} of the cases one contact was not enough ({low} to {high}).",
            {name: Share(figures[f"repeat_share{end}"]) for name, end in (("share", ""), ("low", "_low"), ("high", "_high"))},
        )
    if (figures["with_reason_share"] or 1) < 1:
        yield Message("{share} of the contacts name no reason.", {"share": Share(1 - figures["with_reason_share"])})
    if matrix.unknown:
        yield Message("Not found among the reasons: {names}.", {"names": ", ".join(matrix.unknown)})


def _first_to_remove(named: list[Row], matrix: _Matrix) -> Iterable[Message]:
    """The reason to eliminate that saves most."""
    first = max((row for row in named if row["quadrant"] == "eliminate"), key=lambda row: row["saved_hours_month"], default=None)
    if first is None or round(first["saved_contacts_month"]) < 1:
        return
    values = {
        "reason": first["reason"],
        "n": Number(first["saved_contacts_month"], 0),
        "hours": Number(first["saved_hours_month"], 0),
    }
    if matrix.named:
        yield Message(
            'Remove first: "{reason}". It is valued by nobody; without it {n} contacts and {hours} hours a month fall away.',
            values,
        )
    else:
        yield Message(
            'Proposed to remove first: "{reason}". Its signs of annoyance are above average; fewer repeated contacts save '
            "{n} contacts and {hours} hours a month.",
            values,
        )


def _savings(figures: Mapping[str, Any], matrix: _Matrix) -> Iterable[Message]:
    values = {
        "n": Number(figures["savable_contacts_per_month"], 0),
        "all": Number(figures["contacts_per_month"], 0),
        "hours": Number(figures["savable_hours_per_month"], 0),
    }
    if round(figures["savable_contacts_per_month"]) < 1:
        return
    yield Message("{n} of {all} contacts and {hours} hours a month can be saved under the assumptions given.", values)
    if not matrix.named:
        yield Message(
            "What to do with each reason is a proposal from the data, and only repeated contacts count as savable, until "
            "somebody names the reasons that customers and the firm value."
        )


_DRAWN = 15


def _chart(rows: list[Row]) -> Chart:
    spec = {
        "description": sentence("Contacts by reason and what to do with it."),
        "mark": {"type": "bar"},
        "encoding": {
            "y": {"field": "reason", "type": "nominal", "sort": None, "title": sentence("Reason")},
            "x": {"field": "contacts", "type": "quantitative", "title": sentence("Contacts")},
            "color": {"field": "quadrant", "type": "nominal", "title": sentence("Proposed: what to do")},
        },
    }
    named = [row for row in rows if row["reason"] is not None][:_DRAWN]
    return Chart(spec, tuple(
        {"reason": row["reason"], "contacts": row["contacts"], "quadrant": Word(QUADRANTS[row["quadrant"]])} for row in named
    ))  # fmt: skip
