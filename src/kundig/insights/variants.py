"""In how many different ways cases run, and how few of them make up most cases."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from kundig.answer import Chart
from kundig.insight import Result, Telling, asked
from kundig.message import Duration, Message, Share, sentence, sentences

MOST_CASES = 0.8


@dataclass(frozen=True)
class Variants:
    """In how many different ways the cases run."""

    most: int = asked(20, sentence("How many of the most frequent variants are listed."))

    title: ClassVar[str] = sentence("Variants")
    definition: ClassVar[str] = sentence(
        "A variant is the sequence of all activities of a case in the order of time; two cases share a variant if they did the "
        "same things in the same order. For each variant: the number of its cases, their share of all cases, the share of it and "
        "all more frequent ones together, the median time from the first to the last event, and the mean number of contacts."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("case_id",)
    group_size: ClassVar[str] = "n"
    sql: ClassVar[str] = """
with counted as (
  select variant_hash, count(*) as n from cases group by variant_hash
),
frequent as (
  select variant_hash, n from counted order by n desc, variant_hash limit :most
),
ranked as (
  select variant_hash,
    row_number() over (order by n desc, variant_hash) as place,
    sum(n) over (order by n desc, variant_hash rows between unbounded preceding and current row) as so_far
  from frequent
),
total as (
  select cast(count(*) as double) as cases from cases
)
select cast(r.place as bigint) as place,
  min(c.variant) as variant,
  count(*) as n,
  count(*) / min(t.cases) as share,
  cast(min(r.so_far) as double) / min(t.cases) as cumulative_share,
  median(c.duration_us) / 1e6 as median_s,
  avg(c.contacts) as mean_contacts,
  r.variant_hash
from cases c
join ranked r on r.variant_hash = c.variant_hash
cross join total t
group by r.place, r.variant_hash
order by r.place
"""
    persons: ClassVar[str] = """
select variant_hash, count(distinct person_id) as persons
from cases
group by variant_hash
order by count(*) desc, variant_hash
limit :most
"""
    details: ClassVar[Mapping[str, str]] = {
        "sizes": """
select size, count(*) as variants
from (select variant_hash, count(*) as size from cases group by variant_hash) counted
group by size
order by size desc
""",
    }
    columns: ClassVar[Mapping[str, str]] = {
        "place": sentence("Rank"),
        "variant": sentence("Variant"),
        "n": sentence("Cases"),
        "share": sentence("Share"),
        "cumulative_share": sentence("Share up to here"),
        "median_s": sentence("Median time"),
        "mean_contacts": sentence("Contacts per case"),
        "variant_hash": sentence("Fingerprint"),
    }

    def tell(self, result: Result) -> Telling:
        listed = result.table.to_pylist()
        sizes = [(row["size"], row["variants"]) for row in result.details["sizes"].to_pylist()]
        cases = sum(n * variants for n, variants in sizes)
        figures = {
            "cases": cases,
            "variants": sum(variants for _, variants in sizes),
            "top_n": listed[0]["n"] if listed else None,
            "top_share": listed[0]["share"] if listed else None,
            "top_median_s": listed[0]["median_s"] if listed else None,
            "variants_for_80": _variants_for(MOST_CASES * cases, sizes),
            "single_variants": next((variants for n, variants in sizes if n == 1), 0),
        }
        return Telling(figures, list(_sentences(figures, listed)), cases, _chart(listed) if listed else None)


def _variants_for(wanted: float, sizes: list[tuple[int, int]]) -> int | None:
    """How many variants, the most frequent first, hold ``wanted`` cases; None where there is no case."""
    taken = covered = 0
    for n, variants in sizes:
        needed = min(variants, math.ceil((wanted - covered) / n - 1e-9))
        if needed <= 0:
            break
        taken, covered = taken + needed, covered + needed * n
    return taken or None


def _sentences(figures: Mapping[str, Any], listed: list[dict[str, Any]]) -> Iterable[Message]:
    cases = figures["cases"]
    yield sentences(
        "{n} case runs in {variants} way.", "{n} cases run in {variants} different ways.", cases, variants=figures["variants"]
    )
    if figures["variants_for_80"]:
        yield sentences(
            "One of them is enough for 80% of the cases.",
            "The {n} most frequent of them make up 80% of the cases.",
            figures["variants_for_80"],
        )
    if listed:
        yield Message(
            "The most frequent one is that of {share} of the cases; half of these last {median} or longer.",
            {"share": Share(figures["top_share"]), "median": Duration(figures["top_median_s"])},
        )
    if figures["single_variants"]:
        yield sentences(
            "{n} case ({share}) runs in a way no other case does.",
            "{n} cases ({share}) run in a way no other case does.",
            figures["single_variants"], share=Share(figures["single_variants"] / cases),
        )  # fmt: skip


def _chart(listed: list[dict[str, Any]]) -> Chart:
    place = {"field": "place", "type": "ordinal", "title": sentence("Variant, by frequency")}
    share = {"type": "quantitative", "axis": {"format": ".0%"}}
    spec = {
        "layer": [
            {
                "mark": {"type": "bar"},
                "encoding": {"x": place, "y": {**share, "field": "share", "title": sentence("Share of the cases")}},
            },
            {
                "mark": {"type": "line", "point": True},
                "encoding": {"x": place, "y": {**share, "field": "cumulative_share", "title": sentence("Share of the cases")}},
            },
        ]
    }
    return Chart(spec, tuple({name: row[name] for name in ("place", "share", "cumulative_share")} for row in listed))
