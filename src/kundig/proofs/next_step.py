"""The next step of a case and the time to it: on two public logs by the protocol of the best known paper, and on later data."""

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

title = sentence("What comes next in a case")
data = ("helpdesk_italy", "bpic2013")

DAY = 86_400.0
_TAX = (
    "protocol of Tax et al. 2017: learned from the first two thirds of the cases in file order, "
    "judged from the second event on, the end of a case is no target"
)
_LATER = "learned from the first four fifths of the time, judged on the steps of the last fifth, the end of a case is a target"
_FASTEST_PUBLISHED = {"LSTM, Tax et al. 2017": 3.75}
_NOW = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def prove(given: Given) -> Iterator[Line]:
    """All lines, log by log; what is not here is left out."""
    if folder := given.folder("helpdesk_italy"):
        rivals = {"LSTM, Tax et al. 2017": 0.7123, "best measured before": 0.7431}
        yield from _log("helpdesk", _logs.helpdesk(folder), ">= 0.73", rivals, given.seed)
    if folder := given.folder("bpic2013"):
        rivals = {"LSTM, other split": 0.5502, "best measured before": 0.5734}
        yield from _log("bpic2013", _logs.incidents(folder), ">= 0.5734", rivals, given.seed)


def _log(name: str, cases: Sequence[_logs.Events], goal: str, rivals: Mapping[str, float], seed: int) -> Iterator[Line]:
    next_step = model.find("next-step")
    table = _logs.journeys(cases, next_step.sql["journeys"])
    tax = _by_tax(table, len(cases), seed)
    yield Line(f"next_step.{name}_tax.accuracy", _n(tax["accuracy_share"]), goal, {**rivals, **_rivals(tax)}, _TAX)
    yield Line(f"next_step.{name}_tax.accuracy_top3", _n(tax["top3_accuracy_share"]), "", {}, "among the three most probable")
    yield Line(
        f"next_step.{name}_tax.wait_mae_days", _days(tax["wait_error_s"]), "<= 3.75" if name == "helpdesk" else "",
        {**(_FASTEST_PUBLISHED if name == "helpdesk" else {}), "one median for all": _days(tax["same_wait_error_s"])},
        "the median time to the next step after the same activity",
    )  # fmt: skip
    told = next_step(days=_logs.ALWAYS).evaluate({"journeys": table}, _NOW, seed).figures
    yield Line(f"next_step.{name}_later.accuracy", _n(told["accuracy_share"]), "", _rivals(told), _LATER)
    yield Line(f"next_step.{name}_later.wait_mae_days", _days(told["wait_error_s"]), "",
               {"one median for all": _days(told["same_wait_error_s"])}, _LATER)  # fmt: skip


def _by_tax(table: pa.Table, cases: int, seed: int) -> Mapping[str, Figure]:
    """The figures by the protocol of Tax et al.; the memory and the second opinion are chosen within the learning part."""
    from kundig.models.next_step import NextStep, judged

    first, last = _logs.split(table, cases)
    made = NextStep(days=_logs.ALWAYS)
    learned = made.learn({"journeys": _logs.going_on(first)}, _NOW, seed)
    return judged(made, learned, _logs.going_on(last, 2))


def _rivals(figures: Mapping[str, Any]) -> dict[str, float | None]:
    return {
        "most frequent step after the activity (Markov)": figures["usual_accuracy_share"],
        "most frequent step": figures["most_frequent_accuracy_share"],
    }


def _n(value: Any) -> float | None:
    return None if value is None else float(value)


def _days(seconds: Any) -> float | None:
    return None if seconds is None else float(seconds) / DAY
