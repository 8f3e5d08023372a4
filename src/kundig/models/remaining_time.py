"""How long a running case will still take, with an interval: learned from cases that are over, the recent ones weighing more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Figure, Telling
from kundig.errors import ModelError
from kundig.message import Duration, Message, Share, sentence
from kundig.models._prefixes import (
    LEARNT_FROM,
    RUNNING,
    clustered,
    features,
    known_values,
    numbers,
    seen_from,
    share_figures,
    split_time,
    thinned,
)  # fmt: skip
from kundig.threads import one_thread

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Numbers = NDArray[Any]
    Tables = Mapping[str, pa.Table]
    Alike = tuple[str | None, bool]

HOUR = 3600.0
FEWEST_ROWS, FEWEST_CASES, FEWEST_LATER = 100, 30, 50
FEWEST_ALIKE = 50
"""An activity with fewer rows has no median and no interval of its own."""
SOON = 600.0
LATER = 0.2
"""The last share of the journeys, by time, on which what was learned from the earlier ones is tried."""
HALF_LIFE = 0.2
"""After this share of the time learned from, a case weighs half."""
MOST_ROWS = 60_000
JUDGED = 20_000
LEAST_CHANCE = 0.05
"""A case weighs no more than one that had this chance to be seen to end."""
CERTAIN = (0.8, 0.9)
"""The shares of cases the intervals are to hold."""

MEDIAN, ACTIVITY, BOOSTING = sentence("one median for all"), sentence("the median by activity"), sentence("gradient boosting")
METHODS = (MEDIAN, ACTIVITY, BOOSTING)
"""From the simplest on."""


@dataclass(frozen=True)
class Rule:
    """What was learned from cases that are over: medians in seconds, for all and by activity, and boosted trees."""

    median: float
    by_activity: Mapping[str, float]
    trees: Any = field(repr=False)
    known: Mapping[str, tuple[str, ...]] = field(repr=False)

    def tell(self, method: str, rows: pa.Table, waited: Numbers) -> Numbers:
        """The remaining seconds by one of ``METHODS``, for each row after so many seconds of silence."""
        import numpy as np

        if method == BOOSTING and rows.num_rows:
            with one_thread(rows.num_rows):
                told: Numbers = np.expm1(np.maximum(self.trees.predict(_seen(rows, waited, self.known)), 0.0)) * HOUR
            return told
        if method == ACTIVITY:
            return np.array([self.by_activity.get(name, self.median) for name in _activities(rows)])
        return np.full(rows.num_rows, self.median)


@dataclass(frozen=True)
class Learned:
    """The rule, the method that foresaw later cases best, and how far it was off then (log scale): (low, high) by certainty."""

    rule: Rule
    method: str
    off: Mapping[float, tuple[float, float]]
    off_alike: Mapping[Alike, Mapping[float, tuple[float, float]]]
    """The same for rows of one activity, right after it and in a later silence apart."""

    def interval(self, certain: float, rows: pa.Table, waited: Numbers, told: Numbers) -> tuple[Numbers, Numbers]:
        """Between what seconds the end lies with this certainty; less than ``SOON`` is now."""
        import numpy as np

        offs = np.array([self.off_alike.get(key, self.off)[certain] for key in _alike(rows, waited)]).reshape(-1, 2)
        low, high = (np.expm1(np.maximum(np.log1p(told / HOUR) + offs[:, side], 0.0)) * HOUR for side in (0, 1))
        return np.where(low < SOON, 0.0, np.minimum(low, told)), np.maximum(high, told)


@dataclass(frozen=True)
class RemainingTime:
    """The time until a running case ends."""

    cases: int = 50_000
    """So many cases teach it at most, a fixed random sample; ten times as many events."""
    days: int = 730
    """Only cases that began in so many days before the newest event teach it."""

    title: ClassVar[str] = sentence("The remaining time")
    definition: ClassVar[str] = sentence(
        "For each running case the time until it is closed or, in a source without closings, until its last event. Three ways to "
        "tell it are tried on the last fifth of the time, having learned only from cases that were over before: one median for "
        "all, the median after the same activity, and gradient boosting on the last activities, times, channel, team and "
        "reason; a less simple one is taken only if its mean error is clearly smaller. Recent cases weigh more. The interval "
        "is as wide as the errors on those later cases were (split conformal prediction, by activity); it holds as long as "
        "cases do not change. Only cases that are over can be judged, so very long ones are missing among the newest."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("case_id",)
    about: ClassVar[str] = "case_id"
    sql: ClassVar[Mapping[str, str]] = {"journeys": LEARNT_FROM}
    current: ClassVar[str] = RUNNING
    columns: ClassVar[Mapping[str, str]] = {
        "activity": sentence("Last activity"),
        "remaining_s": sentence("Remaining time"),
        "remaining_s_low_90": sentence("with 90% from"),
        "remaining_s_high_90": sentence("with 90% to"),
        "so_far_s": sentence("Running so far"),
        "usual_s": sentence("Usual after this activity"),
    }

    def learn(self, tables: Tables, now: dt.datetime, seed: int = 0) -> Learned:
        """Learn from the table ``journeys``; ModelError where too few cases are over."""
        import numpy as np

        journeys = tables["journeys"]
        _check(_ended(journeys))
        time = _tried_from(journeys)
        rows, later = _ended(seen_from(journeys, time)), _after(journeys, time)
        if min(rows.num_rows, later.num_rows) < FEWEST_LATER:
            return _untried(_ended(journeys), seed)
        tried = _rule(rows, seed)
        watched = _watched(journeys, time)
        method = _best(tried, later, watched, seed)
        # What was tried is what tells: learned again with the newest cases it would be another rule, which nothing has tried.
        rule = replace(tried, median=float(np.median(numbers(_ended(journeys), "remaining_s"))))
        off, alike = _offs(rule, method, later, watched, seed)
        return Learned(rule, method, off, alike)

    def predict(self, learned: Learned, rows: pa.Table) -> pa.Table:
        """For each running case the remaining seconds with the 80 % and 90 % interval, and what is usual after its last activity."""
        import numpy as np
        import pyarrow as pa

        waited = numbers(rows, "wait_s")
        told = learned.rule.tell(learned.method, rows, waited)
        (low, high), (low_90, high_90) = (learned.interval(certain, rows, waited, told) for certain in CERTAIN)
        return pa.table({
            "case_id": rows["case_id"], "activity": rows["activity"], "remaining_s": told, "remaining_s_low": low,
            "remaining_s_high": high, "remaining_s_low_90": low_90, "remaining_s_high_90": high_90,
            "so_far_s": numbers(rows, "elapsed_s") + waited,
            "usual_s": learned.rule.tell(ACTIVITY, rows, np.zeros(rows.num_rows)),
        })  # fmt: skip

    def evaluate(self, tables: Tables, now: dt.datetime, seed: int = 0) -> Telling:
        """Learned from what was known at an earlier time, judged on cases of the time after it."""
        journeys = tables["journeys"]
        time = split_time(journeys, 1 - LATER) if journeys.num_rows else 0.0
        learned = self.learn({"journeys": seen_from(journeys, time)}, now, seed)
        later = _after(journeys, time)
        if later.num_rows < FEWEST_LATER:
            raise ModelError(
                "Too few later cases are over to judge the model: {n} events.", "It takes {least}. Import a longer time, or wait.",
                n=later.num_rows, least=FEWEST_LATER,
            )  # fmt: skip
        figures = judged(learned, later, *_silences(later, seed))
        return Telling(figures, [*_told(figures)], later.num_rows)


def judged(learned: Learned, later: pa.Table, kept: Numbers | None = None, waited: Numbers | None = None) -> dict[str, Figure]:
    """How well the end of ``later`` cases is foreseen (rows ``kept``, after the silence ``waited``; else right after each event)."""
    import numpy as np

    rows = later.take(kept) if kept is not None else later
    silence = waited if waited is not None else np.zeros(rows.num_rows)
    truth = np.maximum(numbers(rows, "remaining_s") - silence, 0.0)
    told, cases = learned.rule.tell(learned.method, rows, silence), rows["case_id"].to_pylist()
    figures: dict[str, Figure] = {"method": learned.method, **_error("error_s", told - truth, cases)}
    figures["median_error_s"] = float(np.abs(learned.rule.median - truth).mean())
    for certain in CERTAIN:
        low, high = learned.interval(certain, rows, silence, told)
        figures |= share_figures(f"coverage_{certain * 100:.0f}_share", (low <= truth) & (truth <= high), cases)
    low, high = learned.interval(CERTAIN[0], rows, silence, told)
    return {**figures, "median_width_s": float(np.median(high - low))}


def _error(name: str, off: Numbers, cases: list[Any]) -> dict[str, Figure]:
    import numpy as np

    mean, half = clustered(np.abs(off), cases)
    return {name: mean, f"{name}_low": max(0.0, mean - half), f"{name}_high": mean + half, f"{name}_n": len(off)}


_BETTER = sentence(
    "The remaining time of later cases is off by {error} on average ({low} to {high}), by {median} if one median is told for all."
)
_NOTHING_BETTER = sentence(
    "Nothing foresees later cases better than one median for all, so that is told; it is off by {error} on average "
    "({low} to {high})."
)


def _told(figures: Mapping[str, Any]) -> list[Message]:
    first = _NOTHING_BETTER if figures["method"] == MEDIAN else _BETTER
    values = {"error": Duration(figures["error_s"]), "median": Duration(figures["median_error_s"]),
              "low": Duration(figures["error_s_low"]), "high": Duration(figures["error_s_high"])}  # fmt: skip
    held = {
        "share": Share(figures["coverage_80_share"]),
        "low": Share(figures["coverage_80_share_low"]),
        "high": Share(figures["coverage_80_share_high"]),
    }
    return [
        Message(first, values),
        Message("Of the intervals that should hold 80 of 100 later cases, {share} did ({low} to {high}).", held),
    ]


def _ended(journeys: pa.Table) -> pa.Table:
    """The rows of cases that are over, up to their end; the end itself counts where only silence tells of it."""
    import pyarrow as pa

    left = numbers(journeys, "remaining_s")
    silent = journeys["silent_end"].to_numpy().astype(bool)
    return journeys.filter(pa.array((left > 0) | (silent & (left == 0))))


def _after(journeys: pa.Table, time: float) -> pa.Table:
    import pyarrow as pa

    rows = _ended(journeys)
    return thinned(rows.filter(pa.array(numbers(rows, "occurred_at") > time)), JUDGED)


def _check(rows: pa.Table) -> None:
    """ModelError where the journeys cannot teach how long a case takes."""
    cases = len(rows["case_id"].unique())
    if rows.num_rows < FEWEST_ROWS or cases < FEWEST_CASES:
        raise ModelError(
            "Too few cases are over to learn from: {cases} cases with {events} events.",
            "It takes {least_cases} cases and {least} events. Import a longer time, or wait.",
            cases=cases, events=rows.num_rows, least_cases=FEWEST_CASES, least=FEWEST_ROWS,
        )  # fmt: skip
    if not (numbers(rows, "remaining_s") > 0).any():
        raise ModelError("Every case is over at once: there is no time to foresee.", "Import data with the time of each event.")


def _silences(rows: pa.Table, seed: int) -> tuple[Numbers, Numbers]:
    """Each row right after its event, and again after a silence drawn from all waits, where nothing had happened by then.

    A running case is looked at in the middle of a silence; that it lasts so long already is news of its own.
    """
    import numpy as np

    wait = numbers(rows, "wait_s")
    every = np.arange(rows.num_rows)
    drawn = np.random.default_rng(seed).choice(wait, rows.num_rows)
    quiet = np.flatnonzero((drawn < wait) & (drawn > 0))
    return np.concatenate([every, quiet]), np.concatenate([np.zeros(rows.num_rows), drawn[quiet]])


def _rule(rows: pa.Table, seed: int) -> Rule:
    """Learn from rows of cases that are over."""
    import numpy as np

    left, weight = numbers(rows, "remaining_s"), _weights(rows)
    activity = np.array(_activities(rows), dtype=object)
    frequent = [name for name in sorted(set(activity.tolist())) if (activity == name).sum() >= FEWEST_ALIKE]
    medians = {name: _median(left[activity == name], weight[activity == name]) for name in frequent}
    return Rule(float(np.median(left)), medians, *_boosted(thinned(rows, MOST_ROWS), seed))


def _boosted(rows: pa.Table, seed: int) -> tuple[Any, Mapping[str, tuple[str, ...]]]:
    """Trees for the median of the remaining time on a log scale: the logarithm keeps the median and tames the longest cases."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingRegressor

    kept, waited = _silences(rows, seed)
    chosen, known = rows.take(kept), known_values(rows)
    left = np.log1p(np.maximum(numbers(chosen, "remaining_s") - waited, 0.0) / HOUR)
    trees = HistGradientBoostingRegressor(
        loss="absolute_error", max_iter=100, learning_rate=0.05, max_leaf_nodes=15, early_stopping=False, random_state=seed
    )
    with one_thread():
        return trees.fit(_seen(chosen, waited, known), left, sample_weight=_weights(chosen)), known


def _seen(rows: pa.Table, waited: Numbers, known: Mapping[str, tuple[str, ...]]) -> Numbers:
    import numpy as np

    return np.column_stack([features(rows, dict(known)), waited, numbers(rows, "elapsed_s") + waited])


def _activities(rows: pa.Table) -> list[Any]:
    return rows["activity"].to_pylist()


def _weights(rows: pa.Table) -> Numbers:
    """1 for the newest row, one half after ``HALF_LIFE`` of the time, and so on."""
    import numpy as np

    at = numbers(rows, "occurred_at")
    span = max(float(at.max() - at.min()), 1.0)
    weights: Numbers = np.exp2((at - at.max()) / span / HALF_LIFE)
    return weights


def _median(values: Numbers, weights: Numbers) -> float:
    """The weighted median."""
    import numpy as np

    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


def _untried(rows: pa.Table, seed: int) -> Learned:
    """One median for all, where too little came later to try anything else."""
    import numpy as np

    rule = Rule(float(np.median(numbers(rows, "remaining_s"))), {}, None, {})
    return Learned(rule, MEDIAN, *_offs(rule, MEDIAN, rows, np.array([np.inf]), seed))


def _best(rule: Rule, later: pa.Table, watched: Numbers, seed: int) -> str:
    """The simplest method, unless another's mean error on later cases is smaller by more than two standard errors."""
    import numpy as np

    kept, waited = _silences(later, seed)
    rows = later.take(kept)
    truth, cases = np.maximum(numbers(rows, "remaining_s") - waited, 0.0), rows["case_id"].to_pylist()
    weight = _chance_weights(rows, watched)
    best, least = MEDIAN, np.abs(rule.median - truth)
    for method in METHODS[1:]:
        error = np.abs(rule.tell(method, rows, waited) - truth)
        gain, half = clustered((least - error) * weight, cases)
        if gain > half:
            best, least = method, error
    return best


def _tried_from(journeys: pa.Table) -> float:
    """The time from which what was learned before is tried: long enough ago for most cases since to be over, if there is data."""
    import numpy as np

    at, ended = numbers(journeys, "occurred_at"), _ended(journeys)
    newest = float((at + numbers(journeys, "wait_s")).max())
    long = float(np.quantile(numbers(ended, "remaining_s"), 0.9))
    earliest = split_time(journeys, 0.5)
    return max(min(split_time(journeys, 1 - LATER), newest - long), earliest)


def _watched(journeys: pa.Table, time: float) -> Numbers:
    """How long each row after ``time`` has been watched, sorted: a case that took longer is not over yet and was not seen to end."""
    import numpy as np

    at = numbers(journeys, "occurred_at")
    return np.sort(float((at + numbers(journeys, "wait_s")).max()) - at[at > time])


def _offs(rule: Rule, method: str, later: pa.Table, watched: Numbers, seed: int) -> tuple[Any, dict[Alike, Any]]:
    """How far the method was off on later cases, as (low, high) by certainty: for all, and for rows that are alike."""
    import numpy as np

    kept, waited = _silences(later, seed)
    rows = later.take(kept)
    left, weight = numbers(rows, "remaining_s"), _chance_weights(rows, watched)
    off = np.log1p(np.maximum(left - waited, 0.0) / HOUR) - np.log1p(rule.tell(method, rows, waited) / HOUR)
    groups: dict[Alike, list[int]] = {}
    for row, key in enumerate(_alike(rows, waited)):
        groups.setdefault(key, []).append(row)
    alike = {key: _ends(off[own], weight[own]) for key, own in groups.items() if len(own) >= FEWEST_ALIKE}
    return _ends(off, weight), alike


def _chance_weights(rows: pa.Table, watched: Numbers) -> Numbers:
    """Short cases are seen to end more often than long ones: the inverse of that chance (Robins and Rotnitzky 1992), 1 on average."""
    import numpy as np

    chance = 1 - np.searchsorted(watched, numbers(rows, "remaining_s"), side="left") / len(watched)
    weight = 1 / np.maximum(chance, LEAST_CHANCE)
    scaled: Numbers = weight / weight.mean()
    return scaled


def _alike(rows: pa.Table, waited: Numbers) -> list[Alike]:
    """Rows whose errors are alike: of one last activity, right after it or later."""
    return [*zip(_activities(rows), (waited > 0).tolist(), strict=True)]


def _ends(off: Numbers, weight: Numbers) -> dict[float, tuple[float, float]]:
    """The split conformal quantiles, weighted; what is to come weighs like one more row (Tibshirani et al. 2019)."""
    import numpy as np

    order = np.argsort(off, kind="stable")
    ordered, reached = off[order], np.cumsum(weight[order])
    more = float(weight.mean())
    whole = float(reached[-1]) + more
    tails = {certain: whole * (1 - certain) / 2 * (1 + 1e-9) for certain in CERTAIN}
    last = len(off) - 1
    low = {certain: int(np.searchsorted(reached + more, tail, side="right")) for certain, tail in tails.items()}
    high = {certain: int(np.searchsorted(reached, whole - tail, side="left")) for certain, tail in tails.items()}
    return {certain: (float(ordered[min(low[certain], last)]), float(ordered[min(high[certain], last)])) for certain in CERTAIN}
