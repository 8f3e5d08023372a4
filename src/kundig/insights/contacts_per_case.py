"""How often a customer must turn to the firm until one thing is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Chart, Figure
from kundig.insight import Result, Telling, asked
from kundig.measures import mean, proportion
from kundig.message import Message, Number, Share, Word, sentence, sentences

if TYPE_CHECKING:
    import pyarrow as pa

LEAST_CASES = 30
"""A reason or channel is named in a sentence only with at least so many cases, below which its mean says little."""


@dataclass(frozen=True)
class ContactsPerCase:
    """How often a customer turns to the firm for one case."""

    most: int = asked(10, sentence("From how many contacts on cases are counted together."))

    title: ClassVar[str] = sentence("Contacts per case")
    definition: ClassVar[str] = sentence(
        "A contact is an event in which the customer turns to the firm. The mean, the median and the largest number count the "
        "contacts of each case with at least one; so does the share of cases with a single contact. Cases without any, such as "
        "visits to a page, are counted apart. A case belongs to the first reason and the first channel named in it. Intervals: 95%."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("case_id", "kind=contact")
    sql: ClassVar[str] = """
select least(contacts, :most) as contacts,
  count(*) as cases,
  count(*) / cast(sum(count(*)) over () as double) as share
from cases
group by 1
order by 1
"""
    persons: ClassVar[str] = (
        "select least(contacts, :most) as contacts, count(distinct person_id) as persons from cases group by 1"
    )
    details: ClassVar[Mapping[str, str]] = {
        "totals": """
select count(*) as cases, cast(sum(contacts) as bigint) as contacts,
  avg(nullif(contacts, 0)) as mean, stddev_samp(nullif(contacts, 0)) as sd, median(nullif(contacts, 0)) as median,
  max(contacts) as most, max(events) as most_events,
  count(*) filter (where contacts = 1) as single, count(*) filter (where contacts = 0) as without
from cases
""",
        "reasons": """
select reason, count(*) as cases, avg(contacts) as mean
from cases
where reason is not null and contacts > 0
group by reason
order by mean desc, reason
""",
        "channels": """
select first_channel as channel, count(*) as cases, avg(contacts) as mean
from cases
where first_channel is not null and contacts > 0
group by first_channel
order by mean desc, first_channel
""",
    }
    columns: ClassVar[Mapping[str, str]] = {
        "contacts": sentence("Contacts (last row: or more)"),
        "cases": sentence("Cases"),
        "share": sentence("Share"),
    }

    def tell(self, result: Result) -> Telling:
        totals = result.row("totals")
        figures = _figures(totals)
        if (totals.get("most_events") or 0) < 2:
            figures = {
                **figures,
                **dict.fromkeys(("single_contact_share", "single_contact_share_low", "single_contact_share_high")),
            }
        said = [*_unseen(figures), *_in_all(figures), *_worst_reason(result), *_worst_channel(result), *_without(totals)]
        return Telling(figures, said, totals.get("cases") or 0, _chart(result.table))


def _figures(totals: Mapping[str, Any]) -> dict[str, Figure]:
    cases = totals.get("cases") or 0
    without, single = totals.get("without") or 0, totals.get("single") or 0
    return {
        "cases": cases,
        "contacts": totals.get("contacts") or 0,
        "cases_without_contact": without,
        **mean.as_figures("mean_contacts", totals.get("mean"), totals.get("sd"), cases - without),
        "median_contacts": totals.get("median"),
        "most_contacts": totals.get("most"),
        **proportion.as_figures("single_contact_share", single, cases - without),
    }


def _unseen(figures: Mapping[str, Any]) -> Iterable[Message]:
    """That nobody came back is no news where the data could not show it."""
    if figures["cases"] > figures["cases_without_contact"] and figures["single_contact_share"] is None:
        yield Message("No case has more than one event: how many contacts a case takes cannot be seen in this data.")


def _in_all(figures: Mapping[str, Any]) -> Iterable[Message]:
    if figures["single_contact_share"] is None:
        return
    yield Message(
        "Customers turn to the firm {mean} times per case on average; in {share} of the cases that customers turned to the firm "
        "for, once was enough ({low} to {high}).",
        {
            "mean": Number(figures["mean_contacts"]), "share": Share(figures["single_contact_share"]),
            "low": Share(figures["single_contact_share_low"]), "high": Share(figures["single_contact_share_high"]),
        },
    )  # fmt: skip


def _worst_reason(result: Result) -> Iterable[Message]:
    listed = [row for row in result.details["reasons"].to_pylist() if row["cases"] >= LEAST_CASES]
    if len(listed) > 1:
        worst, best = listed[0], listed[-1]
        if worst["mean"] == best["mean"]:
            return
        yield Message(
            'The reason "{worst}" takes most contacts, {mean} per case ({n} cases), "{best}" takes fewest, {least}.',
            {
                "worst": worst["reason"], "mean": Number(worst["mean"]), "n": worst["cases"],
                "best": best["reason"], "least": Number(best["mean"]),
            },
        )  # fmt: skip


def _worst_channel(result: Result) -> Iterable[Message]:
    listed = [row for row in result.details["channels"].to_pylist() if row["cases"] >= LEAST_CASES]
    if len(listed) > 1:
        worst, best = listed[0], listed[-1]
        if worst["mean"] == best["mean"]:
            return
        yield Message(
            "Cases that begin by {worst} take {mean} contacts, those that begin by {best} {least}.",
            {
                "worst": Word(worst["channel"]), "mean": Number(worst["mean"]),
                "best": Word(best["channel"]), "least": Number(best["mean"]),
            },
        )  # fmt: skip


def _without(totals: Mapping[str, Any]) -> Iterable[Message]:
    if totals.get("without"):
        yield sentences("{n} case has no contact.", "{n} cases have no contact.", totals["without"])


def _chart(table: pa.Table) -> Chart | None:
    if not table.num_rows:
        return None
    spec = {
        "width": {"step": 48},
        "mark": {"type": "bar"},
        "encoding": {
            "x": {"field": "contacts", "type": "ordinal", "title": sentence("Contacts")},
            "y": {"field": "cases", "type": "quantitative", "title": sentence("Cases")},
        },
    }
    return Chart(spec, tuple({"contacts": row["contacts"], "cases": row["cases"]} for row in table.to_pylist()))
