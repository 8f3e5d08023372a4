"""The remaining time of a case: beside one median for all, and whether the intervals hold what they promise on later data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kundig import model
from kundig.answer import Figure
from kundig.message import sentence
from kundig.proof import Given, Line
from kundig.proofs import _logs

if TYPE_CHECKING:
    import pyarrow as pa

title = sentence("How long a case will still take")
data = ("helpdesk_italy", "bpic2013")

DAY = 86_400.0
_FILE = "learned from the first two thirds of the cases in file order, judged on the others from the second event on"
_LATER = "learned from cases that were over after four fifths of the time, judged in the last fifth"
_SHORT = (
    "; half of this log's events lie in its last three weeks and it holds finished cases only, so that what had ended by then was "
    "far shorter than what came: the intervals cannot know it"
)
_NOW = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def prove(given: Given) -> Iterator[Line]:
    """All lines, log by log; what is not here is left out."""
    if folder := given.folder("helpdesk_italy"):
        yield from _log("helpdesk", _logs.helpdesk(folder), {"boosting, measured before": 6.14}, "", given.seed)
    if folder := given.folder("bpic2013"):
        yield from _log("bpic2013", _logs.incidents(folder), {"boosting, measured before": 7.14}, _SHORT, given.seed)


def _log(name: str, cases: Sequence[_logs.Events], rivals: Mapping[str, float], why: str, seed: int) -> Iterator[Line]:
    remaining = model.find("remaining-time")
    table = _logs.journeys(cases, remaining.sql["journeys"])
    filed = _by_file(table, len(cases), seed)
    yield _error(f"remaining_time.{name}_file", filed, rivals, _FILE)
    told = remaining(days=_logs.ALWAYS).evaluate({"journeys": table}, _NOW, seed).figures
    yield _error(f"remaining_time.{name}_later", told, {}, _LATER)
    for promised in (80, 90):
        yield Line(
            f"remaining_time.{name}_later.coverage_{promised}", float(told[f"coverage_{promised}_share"]),
            f"= {promised / 100} +- 0.03", {"promised": promised / 100}, _LATER + why,
        )  # fmt: skip


def _error(key: str, figures: Mapping[str, Any], rivals: Mapping[str, float], note: str) -> Line:
    """The mean absolute error in days; the goal is never to lose to one median for all."""
    median = figures["median_error_s"] / DAY
    return Line(f"{key}.mae_days", figures["error_s"] / DAY, f"<= {median + 1e-4:.4f}", {"one median for all": median, **rivals},
                f"{note}; told by {figures['method']}")  # fmt: skip


def _by_file(table: pa.Table, cases: int, seed: int) -> Mapping[str, Figure]:
    from kundig.models.remaining_time import RemainingTime, judged

    first, last = _logs.split(table, cases)
    learned = RemainingTime(days=_logs.ALWAYS).learn({"journeys": first}, _NOW, seed)
    return judged(learned, _logs.going_on(last, 2))
