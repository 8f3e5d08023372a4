"""Churn: on a published telecom data set, on purchases of a real shop, and against simulated worlds whose truth is known."""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig import model
from kundig.errors import ModelError
from kundig.measures import calibration, discrimination
from kundig.measures.buy_till_you_die import bgnbd, pareto_nbd
from kundig.message import sentence
from kundig.proof import Given, Line, simulated

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

title = sentence("Who leaves, and who still buys")
data = ("mlc_churn", "cdnow")

_NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_SERVICE_CALLS = "number_customer_service_calls"
FOLDS = 5


def prove(given: Given) -> Iterator[Line]:
    """All lines, data set by data set; what is not here is left out."""
    if folder := given.folder("mlc_churn"):
        yield from _telecom(folder, given)
    if folder := given.folder("cdnow"):
        yield from _shop(folder)
    yield from _worlds(given)


def _telecom(folder: Path, given: Given) -> Iterator[Line]:
    table = _telecom_table(folder)
    repeats = 1 if given.quick else 2
    protocol = "repeated stratified 5-fold cross-validation; the kind of model is chosen within each training part"
    runs = [_cross_validated(table, given.seed + repeat) for repeat in range(repeats)]
    mean = {name: sum(run[name] for run in runs) / repeats for name in runs[0]}
    rivals = {"CatBoost": 0.9228, "boosted trees of scikit-learn": 0.9199}
    yield Line("churn.mlc_churn.auc", mean["auc"], ">= 0.915", {**rivals, **_plain_rival(table, given.seed)}, protocol)
    yield Line("churn.mlc_churn.brier", mean["brier"], "<= 0.042", {"CatBoost": 0.0339}, protocol)
    yield Line("churn.mlc_churn.log_loss", mean["log_loss"], "", {"CatBoost": 0.1458}, protocol)
    yield Line("churn.mlc_churn.ece", mean["ece"], "<= 0.02", {"CatBoost": 0.024, "by chance": mean["ece_by_chance"]},
               "ten equally large groups over all folds")  # fmt: skip
    yield Line("churn.mlc_churn.lift_at_10", mean["lift"], "", {"CatBoost": 6.95}, protocol)
    without = _cross_validated(table.drop_columns([_SERVICE_CALLS]), given.seed)
    yield Line("churn.mlc_churn.auc_without_service_calls", without["auc"], "", {"measured before": 0.835},
               "the same without the number of calls to customer service: what the rest knows")  # fmt: skip
    yield Line("churn.mlc_churn.leaks_caught", _leaks_caught(table), "= 1.0", {},
               "a column of the outcome, one filled for leavers only and one known only after the event are refused, of 3")  # fmt: skip


def _telecom_table(folder: Path) -> pa.Table:
    """The data as the model takes them: one row a customer, words as numbers."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    raw = pq.read_table(folder / "mlc_churn.parquet")
    columns = {name: _as_numbers(raw[name]) for name in raw.column_names if name != "churn"}
    left = [int(value == "yes") for value in raw["churn"].to_pylist()]
    return pa.table({"person_id": [str(row) for row in range(raw.num_rows)], "left_after": left, **columns})


def _as_numbers(column: Any) -> list[float]:
    values = column.to_pylist()
    if not isinstance(values[0], str):
        return [float(value) for value in values]
    place = {word: float(n) for n, word in enumerate(sorted(set(values)))}
    return [place[value] for value in values]


def _cross_validated(table: pa.Table, seed: int) -> dict[str, float]:
    """Figures of one run: rows are shared out anew by ``seed``; AUC and lift are means over the folds."""
    import numpy as np

    churn = model.find("churn")()
    y = table["left_after"].to_numpy().astype(float)
    folds, chances = _stratified(y, seed), np.empty(len(y))
    for fold in range(FOLDS):
        learned = churn.learn({"rows": table.filter(folds != fold)}, _NOW, seed)
        chances[folds == fold] = churn.predict(learned, table.filter(folds == fold))["score"].to_numpy()
    parts = [(y[folds == fold], chances[folds == fold]) for fold in range(FOLDS)]
    return {
        "auc": float(np.mean([_value(discrimination.auc(*part)) for part in parts])),
        "lift": float(np.mean([_value(discrimination.lift(*part)) for part in parts])),
        "brier": calibration.brier(y, chances), "log_loss": calibration.log_loss(y, chances),
        "ece": calibration.expected_error(y, chances), "ece_by_chance": calibration.error_by_chance(chances, seed),
    }  # fmt: skip


def _stratified(y: Numbers, seed: int) -> Numbers:
    import numpy as np

    order = np.random.default_rng(seed).permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]
    folds = np.empty(len(y), dtype=int)
    folds[order] = np.arange(len(y)) % FOLDS
    return folds


def _value(found: discrimination.Estimate | None) -> float:
    return found.value if found else float("nan")


def _plain_rival(table: pa.Table, seed: int) -> dict[str, float]:
    """Plain logistic regression on the same folds, in this run."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    y = table["left_after"].to_numpy().astype(float)
    x = np.column_stack([table[name].to_numpy() for name in table.column_names[2:]])
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    folds, made = _stratified(y, seed), []
    for fold in range(FOLDS):
        here = folds == fold
        rival = LogisticRegression(solver="newton-cholesky").fit(x[~here], y[~here])
        made.append(_value(discrimination.auc(y[here], rival.decision_function(x[here]))))
    return {"logistic regression, this run": float(np.mean(made))}


def _leaks_caught(table: pa.Table) -> float:
    """The share of planted columns that know the outcome and are refused by name."""
    import numpy as np
    import pyarrow as pa

    left = table["left_after"].to_numpy().astype(float)
    some = np.arange(len(left)) % 3 == 0
    planted = {
        "closed_by_agent": left + 0.001 * np.arange(len(left)) / len(left),
        "final_bill": np.where((left > 0) & some, 20.0, 0.0),
        "reason_given": np.where(left > 0, np.arange(len(left)) % 5, np.nan),
    }
    caught = 0
    for name, values in planted.items():
        try:
            model.find("churn")().learn({"rows": table.append_column(name, pa.array(values, from_pandas=True))}, _NOW)
        except ModelError as error:
            caught += error.values.get("name") == name
    return caught / len(planted)


_CALIBRATED_UNTIL = dt.date(1997, 9, 30)
_WEEKS_AFTER = 39.0
Customer = tuple[int, float, float]


def _shop(folder: Path) -> Iterator[Line]:
    import numpy as np

    customers = _summary(folder)
    x, t_x, watched = (np.array(column) for column in zip(*customers, strict=True))
    easy, pareto = bgnbd(x, t_x, watched), pareto_nbd(x, t_x, watched)
    published = "published for this sample of 2,357 customers"
    for name, value, golden in (
        ("r", easy.r, 0.2426),
        ("alpha", easy.alpha, 4.4136),
        ("a", easy.a, 0.7929),
        ("b", easy.b, 2.4259),
    ):
        yield Line(f"buy_till_you_die.cdnow.bgnbd_{name}", value, f"= {golden} +- 0.001", {}, published)
    yield Line("buy_till_you_die.cdnow.bgnbd_log_likelihood", easy.log_likelihood, "= -9582.4 +- 0.05", {}, published)
    golds = (("r", pareto.r, 0.5533), ("alpha", pareto.alpha, 10.578), ("s", pareto.s, 0.6062), ("beta", pareto.beta, 11.669))
    for name, value, golden in golds:
        yield Line(f"buy_till_you_die.cdnow.pareto_nbd_{name}", value, f"= {golden} +- 0.002", {}, published)
    yield from _foreseen_purchases(customers, _later(folder, customers), easy, pareto)


def _foreseen_purchases(customers: Sequence[Customer], later: list[Numbers], easy: Any, pareto: Any) -> Iterator[Line]:
    import numpy as np

    x, t_x, watched = (np.array(column) for column in zip(*customers, strict=True))
    told = pareto.expected(_WEEKS_AFTER, x, t_x, watched)
    same, by_easy = x / watched * _WEEKS_AFTER, easy.expected(_WEEKS_AFTER, x, t_x, watched)
    errors = {
        "same rate as before, this run": _mean_error(same, later),
        "BG/NBD, this run": _mean_error(by_easy, later),
        "Pareto/NBD where the sample is known": 0.7545,
        "each taken as the first he can be": _mean_error(told, [counts[:1] for counts in later]),
        "each taken as the last he can be": _mean_error(told, [counts[-1:] for counts in later]),
    }
    note = (
        "the files do not say which customers of the master file are the sample's; each is judged by the mean over those he can be, "
        "given what is known of him and the order of both files. What is beside shows how much hangs on that"
    )
    yield Line("churn.cdnow.mae", _mean_error(told, later), "<= 0.76", errors, note)
    active = np.array([(counts > 0).mean() for counts in later])
    ranks = {
        "Pareto/NBD where the sample is known": 0.7787,
        "same rate as before, this run": _weighted_auc(active, same),
        "by BG/NBD P(alive), this run": _weighted_auc(active, easy.alive(x, t_x, watched)),
    }
    upside_down = "who buys again, ranked by expected purchases; P(alive) is 1 for whoever never came back: it ranks upside down"
    yield Line("churn.cdnow.rank_auc", _weighted_auc(active, told), "", ranks, upside_down)


def _mean_error(told: Numbers, later: list[Numbers]) -> float:
    import numpy as np

    return float(np.mean([np.abs(counts - value).mean() for value, counts in zip(told, later, strict=True)]))


def _weighted_auc(active: Numbers, score: Numbers) -> float:
    """The AUC where each customer counts as active with a weight and as inactive with the rest."""
    import numpy as np

    order = np.argsort(score, kind="stable")
    _, start = np.unique(score[order], return_index=True)
    yes, no = (np.add.reduceat(weight[order], start) for weight in (active, 1 - active))
    return float((yes * (np.cumsum(no) - no / 2)).sum() / (yes.sum() * no.sum()))


def _summary(folder: Path) -> list[Customer]:
    with (folder / "cdnow_customers_summary.csv").open(encoding="utf-8") as file:
        return [(int(row["frequency"]), float(row["recency"]), float(row["T"])) for row in csv.DictReader(file)]


def _later(folder: Path, customers: Sequence[Customer]) -> list[Numbers]:
    """For each customer of the sample the later purchases of everybody in the master file whom he can be."""
    import numpy as np

    master = _master(folder)
    first, last = _aligned(customers, master), _aligned(customers[::-1], master[::-1])
    ends = [len(master) - 1 - place for place in last[::-1]]
    places: Mapping[Customer, list[int]] = _by_customer(master)
    return [
        np.array([master[place][1] for place in places[customer] if start <= place <= end])
        for customer, start, end in zip(customers, first, ends, strict=True)
    ]


def _by_customer(master: Sequence[tuple[Customer, int]]) -> dict[Customer, list[int]]:
    places: dict[Customer, list[int]] = defaultdict(list)
    for place, (customer, _) in enumerate(master):
        places[customer].append(place)
    return places


def _aligned(customers: Sequence[Customer], master: Sequence[tuple[Customer, int]]) -> list[int]:
    """The earliest places in ``master`` that hold ``customers`` in their order."""
    places, at = [], 0
    for customer in customers:
        while master[at][0] != customer:
            at += 1
        places.append(at)
        at += 1
    return places


def _master(folder: Path) -> list[tuple[Customer, int]]:
    """Every customer of the master file in the order of first purchase and number, with his purchases in the later 39 weeks."""
    days: dict[int, set[dt.date]] = defaultdict(set)
    for line in (folder / "CDNOW_master.txt").read_text(encoding="utf-8").splitlines()[1:]:
        number, day = line.split()[:2]
        days[int(number)].add(dt.date(int(day[:4]), int(day[4:6]), int(day[6:])))
    ordered = sorted(days.items(), key=lambda item: (min(item[1]), item[0]))
    return [_told(sorted(bought)) for _, bought in ordered]


def _told(bought: Sequence[dt.date]) -> tuple[Customer, int]:
    before = [day for day in bought if day <= _CALIBRATED_UNTIL]
    weeks = [round((day - before[0]).days / 7, 2) for day in (before[-1], _CALIBRATED_UNTIL)]
    return (len(before) - 1, weeks[0], weeks[1]), len(bought) - len(before)


def _worlds(given: Given) -> Iterator[Line]:
    """Two simulated firms: in one service drives leaving, in the other it has nothing to do with it."""
    notes = {
        "effects": "broken promises and explaining again drive leaving here, so the interval of the gain must lie above 0",
        "none": "service has nothing to do with leaving here, so the interval of the gain must include 0 (it misses once in 20 runs)",
    }
    for world, note in notes.items():
        with simulated(given, world, customers=1_000 if given.quick else 2_000, seed=given.seed) as (opened, _):
            told = model.evaluate(opened.lake, model.find("churn")(), seed=given.seed).figures
        figures = {name: float(value) for name, value in told.items() if isinstance(value, int | float)}
        key, low, high = f"churn.simulation_{world}", figures["service_gain_low"], figures["service_gain_high"]
        beside = {
            "purchases and habits alone": figures["auc_without_service"],
            "from": figures["auc_low"],
            "to": figures["auc_high"],
        }
        yield Line(
            f"{key}.auc", figures["auc"], "", beside, "judged on the later third of the windows, learned from those before"
        )
        right = low > 0 if world == "effects" else low <= 0 <= high
        gain = {"gain": figures["service_gain"], "from": low, "to": high}
        yield Line(f"{key}.gain_of_service_told_right", float(right), "= 1.0", gain, note)
