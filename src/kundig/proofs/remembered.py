"""Evidence of remembered experience: forgetting as Ebbinghaus measured it, the cold-water trial, and real and simulated ratings."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from kundig.measures.remembered import Refit, Weights, ebbinghaus, memories, on_scale, refit, remembered, retention
from kundig.message import sentence
from kundig.proof import Given, Line, simulated

title = sentence("Lived and remembered experience")
data = ("olist_sample",)

MINUTES = (20.0, 64.0, 526.0, 1440.0, 2880.0, 8640.0, 44640.0)
CALCULATED = (57.0, 46.7, 34.5, 30.4, 28.1, 24.9, 21.2)
OBSERVED = (0.582, 0.442, 0.358, 0.337, 0.278, 0.254, 0.211)
"""Savings of relearned syllables (Ebbinghaus 1885, chapter VII): per cent by his formula, and the shares he observed."""

IN_TIME, LATE = 0.6, -0.4
"""How the insight values a promise kept in time and one kept late."""


def prove(given: Given) -> Iterator[Line]:
    """Golden numbers, then how well real and simulated ratings are foreseen, out of sample, beside the mean of all events alone."""
    yield from _forgetting()
    yield from _cold_water()
    if folder := given.folder("olist_sample"):
        yield from _ratings(
            "olist",
            _orders(folder, given.seed),
            "real ratings of orders; only the delivery is valued, so peak, end and mean are one",
        )
    with simulated(given, customers=300 if given.quick else 1_000, seed=given.seed % 1_000) as (workspace, _):
        figures = workspace.ask("experience").figures
    note = f"weights kept: {figures['weights']}; ratings the simulated firm draws from what happened, by no peak-end rule"
    beside = {"mean alone": _real(figures["r2_mean_only"])}
    yield Line("remembered.simulated_firm.r2", _real(figures["r2"]), "", beside, note)


def _forgetting() -> Iterator[Line]:
    for minutes, percent in zip(MINUTES, CALCULATED, strict=True):
        key = f"remembered.ebbinghaus.after_{minutes:.0f}_min"
        yield Line(key, ebbinghaus(minutes), f"= {percent} +- 0.11", {"Ebbinghaus, calculated": percent})
    power = sum((float(retention(t)) - seen) ** 2 for t, seen in zip(MINUTES, OBSERVED, strict=True))
    note = "squared differences from the seven observed points, summed; two parameters each"
    yield Line("remembered.ebbinghaus.squared_differences", power, "<= 0.0027", {"best exponential decay": _exponential()}, note)


def _exponential() -> float:
    """The least sum of squares of ``a * exp(-b t)``, the decay usually taken."""
    import numpy as np
    from scipy.optimize import least_squares

    t, seen = np.array(MINUTES), np.array(OBSERVED)
    fits = (least_squares(lambda p: p[0] * np.exp(-np.exp(p[1]) * t) - seen, (0.5, start)) for start in (-12.0, -9.0, -6.0, -3.0))
    return min(2 * float(fit.cost) for fit in fits)


def _cold_water() -> Iterator[Line]:
    """Kahneman et al. 1993: with a milder half minute appended, most preferred the longer trial."""
    half = Weights(0.5, 0.5)
    longer, short = remembered([-1, -0.6], [31, 30], half), remembered([-1], [30], half)
    note = "weights of peak and end one half each; above the short trial, as most chose"
    yield Line("remembered.cold_water.longer_trial", longer, "= -0.8 +- 0.000001", {"short trial": short}, note)


def _ratings(name: str, found: Refit, note: str) -> Iterator[Line]:
    kept = "peak and end" if found.better else "the mean alone"
    note = f"variance of {found.n} unseen ratings explained, ten folds; {note}; kept: {kept}"
    yield Line(f"remembered.{name}.r2", found.r2, "", {"mean alone": found.r2_mean}, note)


def _orders(folder: Path, seed: int) -> Refit:
    """Each reviewed and delivered order: three neutral events and the delivery, remembered when the review was written."""
    orders = {row["order_id"]: row for row in _csv(folder / "olist_orders_dataset.csv") if row["order_delivered_customer_date"]}
    case: list[int] = []
    valence: list[float] = []
    ago: list[float] = []
    judged: list[float] = []
    for review in _csv(folder / "olist_order_reviews_dataset.csv"):
        order = orders.get(review["order_id"])
        worth = on_scale(float(review["review_score"]), "1-5")
        if order is None or worth is None:
            continue
        for values, more in zip((valence, ago), _events(order, _time(review["review_answer_timestamp"])), strict=True):
            values += more
        case += [len(judged)] * (len(valence) - len(case))
        judged.append(worth)
    return refit(memories(case, valence, ago), judged, seed)


def _events(order: dict[str, str], then: dt.datetime) -> tuple[list[float], list[float]]:
    delivered = _time(order["order_delivered_customer_date"])
    worth = IN_TIME if delivered <= _time(order["order_estimated_delivery_date"]) else LATE
    steps = ("order_purchase_timestamp", "order_approved_at", "order_delivered_carrier_date")
    times = [*(_time(order[step]) for step in steps if order[step]), delivered]
    return [0.0] * (len(times) - 1) + [worth], [max(0.0, (then - time).total_seconds() / 60) for time in times]


def _time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _real(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
