"""Tests a claim on the data: how far the groups lie apart, whether that matters, and what is left of it among like and like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kundig.claim.form import Alternative, Claim, Group, Verdict
from kundig.claim.measured import OWED
from kundig.measures.difference import Difference, Sample, mantel_haenszel, newcombe, stratified_means, welch
from kundig.message import sentence

if TYPE_CHECKING:
    import datetime as dt

    from kundig.lake import Lake, Reading

FEW = 30
"""Units and half as many persons a group needs at least."""
NAMED = 300
"""So many reasons, teams and activities are looked for in a sentence."""
LEAST_IN_STRATUM = 5
ENOUGH_COVERED = 0.5
"""Which share of the smaller group must have a counterpart for a comparison among like and like."""

WITHIN: Mapping[str, str] = {
    "reason": sentence("reason"),
    "channel": sentence("channel"),
    "month": sentence("month"),
    "tenure": sentence("time as a customer"),
    "contacts": sentence("number of contacts before"),
}
"""The alternative explanations: what the groups may differ in beside what the claim names."""

_STRATA = {
    "reason": "reason",
    "channel": "channel",
    "month": "substring(cast(date_trunc('month', started_at) as string), 1, 7)",
    "tenure": "case when tenure_days < 182 then '0' when tenure_days < 365 then '1' when tenure_days < 730 then '2' else '3' end",
    "contacts": "case when contacts = 1 then '1' when contacts <= 3 then '2' when contacts <= 6 then '3' else '4' end",
}

_SIDES = """
select u.*, coalesce(u.person_id, u.case_id) as who, (unix_micros({until}) - f.first_us) / 86400000000.0 as tenure_days,
  case when {group} then case when {than_too} then null else 1 end when {than} then 0 end as side
from claim_units u
left join (
  select person_id, min(unix_micros(occurred_at)) as first_us from events where person_id is not null group by person_id
) f on f.person_id = u.person_id
"""

_SUMMED = """
with of_one as (
  select {stratum} as stratum, side, who, count(*) as n, sum(value) as total, sum(value * value) as squares
  from claim_sides where side is not null and value is not null group by 1, 2, 3
)
select stratum, side, cast(sum(n) as double) as n, sum(total) as total, sum(squares) as squares, count(*) as persons,
  sum(total * total) as of_totals, sum(total * n) as of_both, cast(sum(n * n) as double) as of_ns
from of_one where stratum is not null group by 1, 2
"""


def judge(lake: Lake, claim: Claim) -> Verdict:
    """What the data say about ``claim`` now; every person counts as one however many cases he has (effective sample size)."""
    with lake.read("analysis") as reading:
        at, version = lake.clock(), reading.version
        missing = next((need for need in _needs(claim) if not reading.has(need)), "")
        if missing or reading.now is None:
            return Verdict("unknown", "missing", version, at, lacks=missing or "events")
        _lay_out(reading, claim)
        return _verdict(claim, reading, version, at)


def known_values(lake: Lake) -> dict[str, list[str]]:
    """The most frequent reasons, teams and activities of the data, to recognise their names in a sentence."""
    found = {}
    with lake.read("analysis") as reading:
        for key in ("reason", "team", "activity"):
            sql = f"select {key} as value from events where {key} is not null group by 1 order by count(*) desc, 1 limit {NAMED}"
            found[key] = [str(row["value"]) for row in reading.query(sql).to_pylist()]
    return found


def _needs(claim: Claim) -> Iterable[str]:
    yield from claim.measured.needs
    for group in (claim.group, claim.than):
        if group:
            yield {"account": "account_id", "promise": "promise_id"}.get(group.key, group.key)


def _lay_out(reading: Reading, claim: Claim) -> None:
    """Define ``claim_units`` and ``claim_sides``: each unit with the group it belongs to; one of both groups belongs to none."""
    measure, scope = claim.measured, "u.person_id" if claim.measured.persons else "u.case_id"
    until = "u.until_at" if measure.persons else "u.started_at"
    group = _belongs(claim.group, "group", scope, measure.persons)
    than = _belongs(claim.than, "than", scope, measure.persons) if claim.than else _known(claim.group)
    too = than if claim.than else "false"
    params = {"now": reading.now, "group": claim.group.value, "than": claim.than.value if claim.than else ""}
    reading.session.define("claim_units", measure.units, {"now": reading.now}, stored=True)
    reading.session.define("claim_owed", f"with {OWED} select * from judged", {"now": reading.now}, stored=True)
    sides = _SIDES.format(group=group, than=than, than_too=too, until=until)
    reading.session.define("claim_sides", sides, params, stored=True)


def _belongs(group: Group, name: str, scope: str, persons: bool) -> str:
    """An SQL condition: whether a unit belongs to ``group``. A person is judged by what had happened up to the landmark."""
    key, until = scope.split(".")[1], "unix_micros(cast(:now as timestamp))"
    if persons:
        until = "(select max(unix_micros(until_at)) from claim_units)"
    if group.key in ("activity", "team"):
        column = {"activity": "from_activity", "team": "team"}[group.key]
        return f"{scope} in (select {key} from steps where {column} = :{name} and unix_micros(occurred_at) <= {until})"
    if group.key == "promise":
        worst = f"select {key} from claim_owed where kept is not null and unix_micros(due_at) <= {until} and {key} is not null group by {key}"
        return f"{scope} in ({worst} having min(kept) = {int(group.value == 'kept')})"
    return f"coalesce(u.{group.key} = :{name}, false)"


def _known(group: Group) -> str:
    """All others: those of whom it is known that they do not belong."""
    return f"u.{group.key} is not null" if group.key in ("channel", "reason", "account") else "true"


def _verdict(claim: Claim, reading: Reading, version: int, at: dt.datetime) -> Verdict:
    rows = reading.query(_SUMMED.format(stratum="'all'")).to_pylist()
    both = _samples(rows).get("all", (Sample(0, 0.0), Sample(0, 0.0)))
    counts = {row["side"]: row for row in rows}
    ours, theirs = (int(counts[side]["n"]) if side in counts else 0 for side in (1, 0))
    persons = [counts[side]["persons"] if side in counts else 0 for side in (1, 0)]
    if min(ours, theirs) < FEW or min(persons) < FEW / 2:
        return Verdict("unknown", "few", version, at, ours, theirs)
    difference = (newcombe if claim.measured.share else welch)(*both)
    assert difference is not None
    others = tuple(_alternatives(claim, reading, difference))
    outcome, why = weighed(claim, difference, others)
    return Verdict(outcome, why, version, at, ours, theirs, both[0].mean, both[1].mean, difference, others)


def _alternatives(claim: Claim, reading: Reading, crude: Difference) -> Iterable[Alternative]:
    named = {group.key for group in (claim.group, claim.than) if group}
    for within, stratum in _STRATA.items():
        if (
            within in named
            or (within == "contacts" and not claim.measured.persons)
            or (within == "month" and claim.measured.persons)
        ):
            continue
        strata = list(_samples(reading.query(_SUMMED.format(stratum=stratum)).to_pylist()).values())
        yield alternative(within, strata, crude, share=claim.measured.share)


def alternative(within: str, strata: Sequence[tuple[Sample, Sample]], crude: Difference, *, share: bool) -> Alternative:
    """The comparison within ``strata`` beside the ``crude`` one; strata without a handful of both groups compare nothing."""
    usable = [pair for pair in strata if min(sample.n for sample in pair) >= LEAST_IN_STRATUM]
    sizes = [sum(pair[side].n for pair in strata) for side in (0, 1)]
    smaller = sizes.index(min(sizes))
    covered = sum(pair[smaller].n for pair in usable) / sizes[smaller] if sizes[smaller] else 0.0
    found = (mantel_haenszel if share else stratified_means)(usable)
    if found is None or covered < ENOUGH_COVERED or len(strata) < 2:
        return Alternative(within, None, covered, "")
    return Alternative(within, found, covered, _left_of(crude, found))


def _left_of(crude: Difference, within: Difference) -> str:
    includes_nothing = within.low <= 0 <= within.high
    if crude.low <= 0 <= crude.high:
        return "alike" if includes_nothing else "appears"
    if within.value * crude.value < 0 and not includes_nothing:
        return "turns"
    if includes_nothing:
        return "vanishes" if abs(within.value) < abs(crude.value) / 2 or within.value * crude.value < 0 else "unsure"
    return "shrinks" if abs(within.value) < abs(crude.value) / 2 else "holds"


def weighed(claim: Claim, difference: Difference, others: Sequence[Alternative] = ()) -> tuple[str, str]:
    """The verdict and why, from the interval and the smallest effect that matters.

    Supported: the interval leaves out 0 and the difference reaches what matters (for "equal": the interval lies within what
    does not matter). Contradicted: no difference that matters is left in the interval. A supported difference that turns round,
    vanishes or is no longer sure within equal strata is not decided: the groups may differ in more than what the claim names.
    """
    if claim.direction == "equal":
        return _equal(difference, claim.matters)
    sign = 1 if claim.direction == "more" else -1
    low, high = sorted((sign * difference.low, sign * difference.high))
    if high < claim.matters:
        return "contradicted", "other way" if high < 0 else "no difference"
    if low <= 0:
        return "unknown", "zero"
    if sign * difference.value < claim.matters:
        return "unknown", "small"
    doubt = next((other.outcome for other in others if other.outcome in ("turns", "vanishes", "unsure")), "")
    return ("unknown", doubt) if doubt else ("supported", "")


def _equal(difference: Difference, matters: float) -> tuple[str, str]:
    if -matters < difference.low and difference.high < matters:
        return "supported", ""
    if difference.low > matters or difference.high < -matters:
        return "contradicted", "different"
    return "unknown", "zero" if difference.low <= 0 <= difference.high else "small"


def _samples(rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Sample, Sample]]:
    """By stratum the claim's group and the other one."""
    found: dict[str, dict[int, Sample]] = {}
    for row in rows:
        found.setdefault(row["stratum"], {})[row["side"]] = _sample(row)
    return {stratum: (sides.get(1, Sample(0, 0.0)), sides.get(0, Sample(0, 0.0))) for stratum, sides in found.items()}


def _sample(row: Mapping[str, Any]) -> Sample:
    """A group's mean with its effective size: several cases of one person tell less than as many of several persons.

    n over the design effect, the variance of the mean with persons as clusters over that without (Rao and Scott 1992).
    """
    n, persons, mean = float(row["n"]), int(row["persons"]), row["total"] / row["n"]
    variance = max(0.0, row["squares"] - n * mean * mean) / max(n - 1, 1)
    if persons < 2 or variance <= 0:
        return Sample(persons if persons < 2 else n, mean, variance**0.5)
    scatter = row["of_totals"] - 2 * mean * row["of_both"] + mean * mean * row["of_ns"]
    clustered = scatter / n**2 * persons / (persons - 1)
    return Sample(n / max(1.0, clustered / (variance / n)), mean, variance**0.5)


__all__ = ["WITHIN", "alternative", "judge", "known_values", "weighed"]
