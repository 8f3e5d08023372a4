"""Evidence of reliability against its golden numbers, and against a firm whose every promise is known."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kundig.measures.competing_events import aalen_johansen
from kundig.measures.heterogeneity import between
from kundig.measures.proportion import wilson
from kundig.measures.reliability_evidence import Estimate, change, gathered, reliability
from kundig.message import sentence
from kundig.proof import Given, Line, simulated

title = sentence("Evidence of reliability, and promises found in texts")
data: tuple[str, ...] = ()

MISSED = ("broken", "overdue")


def prove(given: Given) -> Iterator[Line]:
    """Golden numbers first, then what the insights find in a simulated firm beside its truth."""
    yield from _golden()
    yield from _published()
    with simulated(given, customers=150 if given.quick else 1_500, seed=given.seed % 1_000) as (workspace, truth):
        answer = workspace.ask("trust")
        yield from _kinds(answer, _truth(truth))
        yield from _bad_month(answer, truth)
        yield from _by_reason(workspace.ask("trust", by="reason"), truth)
        yield from _texts(workspace)


def _golden() -> Iterator[Line]:
    """8 kept and 2 broken, prior (1, 1): methods after Jøsang and Ismail 2002."""
    expected = {"golden": (0.0, 0.750, 0.530, 0.921), "one_half_life_later": (180.0, 0.714, 0.418, 0.937)}
    for name, (age, *wanted) in expected.items():
        found = reliability(gathered([(age, 1.0, 1.0)] * 8 + [(age, 0.0, 1.0)] * 2))
        for end, value, goal in zip(("mean", "low", "high"), (found.value, found.low, found.high), wanted, strict=True):
            yield Line(f"reliability_evidence.{name}.{end}", value, f"= {goal} +- 0.0005", {"Jøsang and Ismail": goal})


_BCG = (
    (4, 123, 11, 139), (6, 306, 29, 303), (3, 231, 11, 220), (62, 13598, 248, 12867), (33, 5069, 47, 5808), (180, 1541, 372, 1451),
    (8, 2545, 10, 629), (505, 88391, 499, 88391), (29, 7499, 45, 7277), (17, 1716, 65, 1665), (186, 50634, 141, 27338),
    (5, 2498, 3, 2341), (27, 16913, 29, 17854),
)  # fmt: skip
"""Tuberculosis with and without vaccination in 13 trials (Colditz et al. 1994): cases and persons of each group."""

_AML = ((9, 1), (13, 1), (13, 0), (18, 1), (23, 1), (28, 0), (31, 1), (34, 1), (45, 0), (48, 1), (161, 0))
"""Maintained leukaemia patients (Miller 1997; R's ``aml``): weeks, and whether they ended."""


def _published() -> Iterator[Line]:
    import math

    values = [math.log(a / n / (b / m)) for a, n, b, m in _BCG]
    spread = between(values, [1 / a - 1 / n + 1 / b - 1 / m for a, n, b, m in _BCG])
    for end, goal in (("variance", 0.3181), ("low", 0.1197), ("high", 1.1115)):
        value = float(getattr(spread, end)) if spread else None
        yield Line(
            f"constancy.bcg.{end}", value, f"= {goal} +- 0.0001", {"R metafor": goal}, "Paule-Mandel; interval by Q-profile"
        )
    by = change(Estimate(56 / 70, *wilson(56, 70)), Estimate(48 / 80, *wilson(48, 80)))
    yield Line("change.newcombe.low", by.low, "= 0.0524 +- 0.00005", {"Newcombe 1998, method 10": 0.0524})
    yield Line("change.newcombe.high", by.high, "= 0.3339 +- 0.00005", {"Newcombe 1998, method 10": 0.3339})
    weeks, ends = [week for week, _ in _AML], [end for _, end in _AML]
    curve = aalen_johansen(weeks, ends, [0] * len(_AML), [1 - end for end in ends])
    median = float(curve.time[(curve.share >= 0.5).argmax()])
    yield Line("aalen_johansen.aml.median", median, "= 31 +- 0", {"R survival": 31.0}, "without another end")


def _truth(truth: Path) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    return list(pq.read_table(truth / "promises.parquet").to_pylist())


def _counted(promises: list[dict[str, Any]]) -> dict[str, Counter[str]]:
    """What became of the promises that were decided, by kind."""
    counts: dict[str, Counter[str]] = {}
    for promise in promises:
        kind = "Lieferung zugesagt" if promise["kind"] == "Lieferung" else "Zusage gegeben"
        counts.setdefault(kind, Counter())[promise["outcome"]] += promise["outcome"] in ("kept", "late", "broken")
    return counts


def _kinds(answer: Any, promises: list[dict[str, Any]]) -> Iterator[Line]:
    """The shares per kind of promise as the help desk and the shop name it."""
    names = {"Zusage gegeben": "ticket", "Lieferung zugesagt": "delivery"}
    found = {row["value"]: row for row in answer.table.to_pylist() if row["dimension"] == "promise"}
    for kind, counted in sorted(_counted(promises).items()):
        row, n = found[kind], sum(counted.values())
        shares = {state: row[state] / row["judged"] for state in ("kept", "late")}
        shares["broken"] = sum(row[state] for state in MISSED) / row["judged"]
        for state, share in shares.items():
            real = counted[state] / n
            yield Line(
                f"trust.simulation.{names[kind]}_{state}_share", share, f"= {real:.4f} +- 0.005", {"truth": real},
                "a breach nobody wrote down is found as overdue; promises due after the last day do not count yet",
            )  # fmt: skip


def _by_reason(answer: Any, truth: Path) -> Iterator[Line]:
    """The share kept in time per reason, the largest deviation of those with 30 promises or more."""
    import pyarrow.parquet as pq

    tickets = pq.read_table(truth / "tickets.parquet", columns=["reason", "promise"]).to_pylist()
    counts: dict[str, Counter[str]] = {}
    for ticket in tickets:
        counts.setdefault(ticket["reason"], Counter())[ticket["promise"]] += ticket["promise"] in ("kept", "late", "broken")
    rows = {row["value"]: row for row in answer.table.to_pylist() if row["dimension"] == "reason" and row["judged"] >= 30}
    apart = [abs(rows[r]["kept"] / rows[r]["judged"] - c["kept"] / sum(c.values())) for r, c in counts.items() if r in rows]
    yield Line(
        "trust.simulation.largest_deviation_by_reason", max(apart), "<= 0.02", {}, f"{len(apart)} reasons, share kept in time"
    )


def _bad_month(answer: Any, truth: Path) -> Iterator[Line]:
    """Trust in the month of the outage beside the months before, and whether the insight names that month."""
    import json

    bad = json.loads((truth / "truth.json").read_text(encoding="utf-8"))["bad_month"]["month"]
    months: Mapping[str, Any] = {row["value"]: row for row in answer.table.to_pylist() if row["dimension"] == "month"}
    before = [row["reliability"] for month, row in months.items() if month < bad and row["reliability"] is not None]
    usual = sum(before) / len(before)
    yield Line(
        "trust.simulation.fall_in_bad_month",
        usual - months[bad]["reliability"],
        ">= 0.1",
        {},
        "mean of the months before less that month",
    )
    worst = min(months, key=lambda month: months[month]["reliability"])
    yield Line("trust.simulation.bad_month_named", float(worst == bad), ">= 1", {}, "the lowest month is that of the outage")


def _texts(workspace: Any) -> Iterator[Line]:
    """The help desk's recorded promises, found again in what was written to the customer."""
    from kundig.simulation import firm

    found = workspace.ask("promises-in-text", most=20_000, zone=firm.ZONE).table.to_pylist()
    sql = """select e.case_id, e.occurred_at, e.due_at from events e join texts t on t.event_id = e.event_id
      where e.kind = 'promise_made' and e.direction = 'outbound' order by e.occurred_at desc"""
    known = {(row["case_id"], row["occurred_at"]): row["due_at"] for row in workspace.sql(sql, purpose="service").to_pylist()}
    since = min(row["occurred_at"] for row in found)
    wanted = {key: due for key, due in known.items() if key[1] >= since}
    right = sum(_same_day(wanted.get((row["case_id"], row["occurred_at"])), row["due_at"], firm.ZONE) for row in found)
    note = "two sentence patterns only: this shows that dates and cases come through, not how well real mails are read"
    yield Line("promise_text.simulation.precision", right / len(found), ">= 0.98", {}, note)
    yield Line("promise_text.simulation.recall", right / len(wanted), ">= 0.98", {}, note)


def _same_day(one: dt.datetime | None, other: dt.datetime, zone: str) -> bool:
    from zoneinfo import ZoneInfo

    return one is not None and one.astimezone(ZoneInfo(zone)).date() == other.astimezone(ZoneInfo(zone)).date()
