"""Learning a probability from a table of numbers, as simply as the data allow.

Two families are tried: logistic regression on linear splines, whose terms add up and explain themselves, and boosted trees,
which find thresholds and interactions. The simpler one is kept unless the trees' log loss, out of fold, is better by more than
one standard error. Either is calibrated on predictions for people it had not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from kundig.measures.calibration import log_losses

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

FOLDS = 5
NEGATIVES = 15
"""Rows without the outcome that are kept for each with it; more would cost time and teach next to nothing."""
LEAST_NEGATIVES = 5_000
ENOUGH_FOR_STEPS = 200
"""Outcomes from which the calibration of trees may be any rising curve (isotonic) instead of two parameters (Platt)."""
_EDGE = 1e-6


class Family(Protocol):
    """Something fitted that gives log odds to rows of numbers, not a number where unknown."""

    def log_odds(self, x: Numbers) -> Numbers: ...


@dataclass(frozen=True)
class Spline:
    """One column as a broken line: clipped to what was seen, what is unknown taken as typical and told by a mark."""

    low: float
    high: float
    typical: float
    knots: tuple[float, ...]
    marks_unknown: bool

    @classmethod
    def of(cls, column: Numbers) -> Spline:
        import numpy as np

        known = column[~np.isnan(column)]
        if not len(known):
            return cls(0.0, 0.0, 0.0, (), False)
        low, high = np.quantile(known, [0.001, 0.999])
        # Many columns are mostly zero: the knots then share out what lies above.
        inner = known[known > low] if (known <= low).mean() > 0.2 else known
        knots: Sequence[float] = np.unique(np.quantile(inner, [0.2, 0.4, 0.6, 0.8])).tolist() if len(inner) else []
        kept = tuple(float(knot) for knot in knots if low < knot < high)
        return cls(float(low), float(high), float(np.median(known)), kept, len(known) < len(column))

    @property
    def terms(self) -> int:
        """How many columns :meth:`basis` has."""
        return 1 + len(self.knots) + self.marks_unknown

    def basis(self, column: Numbers) -> Numbers:
        import numpy as np

        unknown = np.isnan(column)
        value = np.clip(np.where(unknown, self.typical, column), self.low, self.high)
        parts = [value, *(np.maximum(value - knot, 0) for knot in self.knots)]
        return np.column_stack([*parts, unknown] if self.marks_unknown else parts)


@dataclass(frozen=True)
class Additive:
    """Logistic regression on splines: the log odds are a sum of one term a column."""

    splines: tuple[Spline, ...]
    middle: Numbers
    spread: Numbers
    weights: Numbers
    intercept: float

    @classmethod
    def fit(cls, x: Numbers, y: Numbers, strength: float) -> Additive:
        """``strength`` is how freely the weights may leave zero (scikit-learn's C)."""
        import numpy as np
        from sklearn.linear_model import LogisticRegression

        splines = tuple(Spline.of(column) for column in x.T)
        basis = np.column_stack([spline.basis(column) for spline, column in zip(splines, x.T, strict=True)])
        middle, spread = basis.mean(axis=0), basis.std(axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        found = LogisticRegression(C=strength, solver="newton-cholesky", max_iter=100)
        found.fit((basis - middle) / spread, y)
        return cls(splines, middle, spread, found.coef_[0], float(found.intercept_[0]))

    def terms(self, x: Numbers) -> Numbers:
        """What each column adds to the log odds of each row, beyond what it adds on average."""
        import numpy as np

        at, made = 0, np.empty((len(x), len(self.splines)))
        for number, spline in enumerate(self.splines):
            part = slice(at, at + spline.terms)
            made[:, number] = ((spline.basis(x[:, number]) - self.middle[part]) / self.spread[part]) @ self.weights[part]
            at += spline.terms
        return made

    def log_odds(self, x: Numbers) -> Numbers:
        import numpy as np

        return np.asarray(self.intercept + self.terms(x).sum(axis=1))


@dataclass(frozen=True)
class Boosted:
    """Boosted trees."""

    trees: Any

    @classmethod
    def fit(cls, x: Numbers, y: Numbers, seed: int) -> Boosted:
        from sklearn.ensemble import HistGradientBoostingClassifier

        # Small leaves memorise where few leave; at least one outcome in a leaf is the least that can be told from nothing.
        leaf = int(max(20, min(200, 1 / max(float(y.mean()), 1e-3))))
        trees = HistGradientBoostingClassifier(
            learning_rate=0.08,
            max_iter=120,
            min_samples_leaf=leaf,
            l2_regularization=1.0,
            early_stopping=False,
            random_state=seed,
        )
        return cls(trees.fit(x, y))

    def log_odds(self, x: Numbers) -> Numbers:
        import numpy as np

        return np.asarray(self.trees.decision_function(x)) if len(x) else np.zeros(0)


ADDITIVE, BOOSTED = "additive", "boosted"
STRENGTHS = (0.001, 0.01, 0.1)
CANDIDATES = (*(f"{ADDITIVE} {strength}" for strength in STRENGTHS), BOOSTED)
"""What is tried, by name: the simpler family first, at several strengths."""


def _fit(candidate: str, x: Numbers, y: Numbers, seed: int) -> Family:
    """Fitted to rows as they are: how many were left out of those without the outcome is mended by the curve."""
    family, _, strength = candidate.partition(" ")
    return Boosted.fit(x, y, seed) if family == BOOSTED else Additive.fit(x, y, float(strength))


@dataclass(frozen=True)
class Curve:
    """From log odds to a calibrated probability: straight lines between points, in log odds."""

    log_odds: Numbers
    calibrated: Numbers

    @classmethod
    def of(cls, log_odds: Numbers, y: Numbers, weight: Numbers, *, steps: bool) -> Curve:
        return cls._steps(log_odds, y, weight) if steps else cls._platt(log_odds, y, weight)

    @classmethod
    def _steps(cls, log_odds: Numbers, y: Numbers, weight: Numbers) -> Curve:
        """Isotonic regression (Zadrozny & Elkan 2002), held off 0 and 1."""
        import numpy as np
        from sklearn.isotonic import IsotonicRegression

        found = IsotonicRegression(out_of_bounds="clip").fit(log_odds, y, sample_weight=weight)
        least = 0.5 / float(weight.sum())
        chance = np.clip(found.y_thresholds_, least, 1 - least)
        return cls(np.asarray(found.X_thresholds_), np.log(chance / (1 - chance)))

    @classmethod
    def _platt(cls, log_odds: Numbers, y: Numbers, weight: Numbers) -> Curve:
        """A straight line in log odds (Platt 1999)."""
        import numpy as np
        from sklearn.linear_model import LogisticRegression

        found = LogisticRegression(C=1e6, solver="newton-cholesky").fit(log_odds[:, None], y, sample_weight=weight)
        ends = np.array([-20.0, 20.0])
        return cls(ends, float(found.intercept_[0]) + max(float(found.coef_[0, 0]), 0.0) * ends)

    def __call__(self, log_odds: Numbers) -> Numbers:
        """Calibrated log odds."""
        import numpy as np

        # A trace of the raw score keeps the order of rows that a step makes equal.
        return np.asarray(np.interp(log_odds, self.log_odds, self.calibrated) + _EDGE * log_odds)


@dataclass(frozen=True)
class Foresight:
    """What was learned: ``candidate`` is the name of the one chosen, ``losses`` the log loss of each tried, out of fold."""

    columns: tuple[str, ...]
    candidate: str
    fitted: Any
    curve: Curve
    losses: dict[str, float]
    typical: Numbers

    @property
    def family(self) -> str:
        """ "additive" or "boosted"."""
        return self.candidate.partition(" ")[0]

    def log_odds(self, x: Numbers) -> Numbers:
        """Calibrated log odds of rows that have ``columns``."""
        return self.curve(self.fitted.log_odds(x))

    def chances(self, x: Numbers) -> Numbers:
        """Calibrated probabilities."""
        return chance(self.log_odds(x))

    def effects(self, x: Numbers, groups: Sequence[Sequence[int]]) -> Numbers:
        """What each group of columns adds to the log odds of each row.

        Where terms add up, their sum beyond the average; for trees exactly how much the log odds fall when the group is set to
        what is typical.
        """
        import numpy as np

        if isinstance(self.fitted, Additive):
            terms = self.fitted.terms(x)
            return np.column_stack([terms[:, list(group)].sum(axis=1) for group in groups])
        usual = np.repeat(x[None], len(groups) + 1, axis=0)
        for number, group in enumerate(groups):
            usual[number, :, list(group)] = self.typical[list(group), None]
        odds = self.fitted.log_odds(usual.reshape(-1, x.shape[1])).reshape(len(groups) + 1, len(x))
        return np.asarray((odds[-1] - odds[:-1]).T)


def chance(log_odds: Numbers) -> Numbers:
    """Probabilities from log odds."""
    import numpy as np

    return np.asarray(1 / (1 + np.exp(-log_odds)))


def foresee(columns: Sequence[str], x: Numbers, y: Numbers, people: Any, seed: int, candidate: str = "") -> Foresight:
    """Learn ``y`` (0 or 1) from ``x``; rows of one of ``people`` stay in one fold. A ``candidate`` skips the choice."""
    import numpy as np

    x, y, people, weight = _thinned(x, y, np.asarray(people), seed)
    folds = _folds(y, people, seed)
    unseen = {name: _out_of_fold(name, x, y, folds, seed) for name in ([candidate] if candidate else CANDIDATES)}
    losses = {name: _losses(name, log_odds, y, weight, folds) for name, log_odds in unseen.items()}
    means = {name: float(np.average(loss, weights=weight)) for name, loss in losses.items()}
    chosen = candidate or _simplest(losses, means, weight)
    curve = Curve.of(unseen[chosen], y, weight, steps=_may_step(chosen, y))
    return Foresight(tuple(columns), chosen, _fit(chosen, x, y, seed), curve, means, _typical(x))


def _typical(x: Numbers) -> Numbers:
    """The median of each column, not a number where nothing is known."""
    import numpy as np

    return np.array([np.median(column[~np.isnan(column)]) if (~np.isnan(column)).any() else np.nan for column in x.T])


def _thinned(x: Numbers, y: Numbers, people: Any, seed: int) -> tuple[Numbers, Numbers, Any, Numbers]:
    """All rows with the outcome and as many without as teach something, those weighed up."""
    import numpy as np

    without = np.flatnonzero(y == 0)
    most = max(LEAST_NEGATIVES, NEGATIVES * int(y.sum()))
    if len(without) <= most:
        return x, y, people, np.ones(len(y))
    kept = np.sort(np.random.default_rng(seed).choice(without, most, replace=False))
    rows = np.sort(np.concatenate([np.flatnonzero(y > 0), kept]))
    return x[rows], y[rows], people[rows], np.where(y[rows] > 0, 1.0, len(without) / most)


def _folds(y: Numbers, people: Any, seed: int) -> Numbers:
    """A fold for each row: a person's rows together, those with an outcome shared out evenly."""
    import numpy as np

    names, whose = np.unique(people, return_inverse=True)
    ever = np.bincount(whose, weights=y) > 0
    order = np.random.default_rng(seed).permutation(len(names))
    order = order[np.argsort(ever[order], kind="stable")]
    fold_of = np.empty(len(names), dtype=int)
    fold_of[order] = np.arange(len(names)) % FOLDS
    return np.asarray(fold_of[whose])


def _out_of_fold(candidate: str, x: Numbers, y: Numbers, folds: Numbers, seed: int) -> Numbers:
    import numpy as np

    made = np.empty(len(y))
    for fold in range(FOLDS):
        here = folds == fold
        made[here] = _fit(candidate, x[~here], y[~here], seed).log_odds(x[here])
    return made


def _losses(candidate: str, log_odds: Numbers, y: Numbers, weight: Numbers, folds: Numbers) -> Numbers:
    """The log loss of each row, calibrated on the other folds."""
    import numpy as np

    made = np.empty(len(y))
    for fold in range(FOLDS):
        here = folds == fold
        curve = Curve.of(log_odds[~here], y[~here], weight[~here], steps=_may_step(candidate, y))
        made[here] = log_losses(y[here], chance(curve(log_odds[here])))
    return made


def _may_step(candidate: str, y: Numbers) -> bool:
    return candidate == BOOSTED and float(y.sum()) >= ENOUGH_FOR_STEPS


def _simplest(losses: dict[str, Numbers], means: dict[str, float], weight: Numbers) -> str:
    """The best of the simpler family, unless the other is better by more than one standard error of the paired difference."""
    import numpy as np

    simple = min((name for name in losses if name != BOOSTED), key=lambda name: means[name])
    gained = (losses[simple] - losses[BOOSTED]) * weight / weight.mean()
    return BOOSTED if gained.mean() > gained.std(ddof=1) / np.sqrt(len(gained)) else simple
