"""What a thing that happened to some did to an outcome, from observed data: an estimate that is right if either of two models is.

Augmented inverse probability weighting (Robins, Rotnitzky and Zhao 1994, JASA 89:846) with cross-fitting (Chernozhukov et al. 2018,
Econometrics Journal 21:C1): one model says how likely the thing was to happen to each, the other what outcome each would have had
with it and without it, and nobody's own data teach the models that judge him. It holds under assumptions that data cannot prove:
everything that moves both is among the confounders, and all could have met the thing or been spared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

from kundig.errors import ModelError
from kundig.threads import one_thread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

BOUNDS = (0.05, 0.95)
"""Whoever was less or more likely than this to meet the thing has nobody to be compared with (Crump et al. 2009, Biometrika 96:187)."""
LEAST = 2

Learner = Literal["linear", "boosted"]


@dataclass(frozen=True)
class Effect:
    """The mean outcome ``with_it`` and ``without`` it, their ``difference``, its standard error and its interval (95 %).

    n, treated: what was compared, after trimming; outside: the share of propensities outside the bounds, which was left out;
    e_value: how strongly, as a risk ratio, something unseen would have to go with both the thing and the outcome to explain the
    difference away (VanderWeele and Ding 2017, Annals 167:268); e_value_end: to move the interval's nearer end to nothing.
    """

    with_it: float
    without: float
    difference: float
    error: float
    low: float
    high: float
    n: int
    treated: int
    outside: float
    e_value: float | None
    e_value_end: float | None

    @property
    def p(self) -> float:
        """How likely so large a difference is where there is none; two-sided, by the normal distribution."""
        if not self.error:
            return float(self.difference == 0)
        return 2 * (1 - NormalDist().cdf(abs(self.difference) / self.error))


def effect(
    treated: Sequence[float] | Numbers,
    outcome: Sequence[float] | Numbers,
    confounders: Numbers | None = None,
    *,
    groups: Sequence[int] | Numbers | None = None,
    folds: int = 5,
    learner: Learner = "linear",
    bounds: tuple[float, float] = BOUNDS,
    confidence: float = 0.95,
) -> Effect:
    """The average effect of ``treated`` (0 or 1) on ``outcome`` (0 and 1: a risk difference; else a difference in means).

    confounders: one row each, one column per confounder (None or no columns: the plain difference in means). groups: whose row it
    is, where rows of one person belong together: they share a fold, and the standard error allows for it. learner: "linear" is
    logistic and ridge regression, "boosted" gradient boosting over trees. ModelError where nothing can be compared.
    """
    import numpy as np

    t, y = np.asarray(treated, dtype=float), np.asarray(outcome, dtype=float)
    x = np.empty((len(t), 0)) if confounders is None else np.asarray(confounders, dtype=float)
    who = np.arange(len(t)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    _check(t, y, x, who)
    propensity, outcomes = _crossed(t, y, x, who % folds, learner)
    within = (propensity >= bounds[0]) & (propensity <= bounds[1]) if x.shape[1] else np.ones(len(t), dtype=bool)
    if min(t[within].sum(), (1 - t[within]).sum()) < LEAST:
        raise ModelError("Those who met it and those who did not are too unlike to be compared.")
    parts = _influence(t[within], y[within], propensity[within], outcomes[within])
    return _effect(parts, who[within], t[within], y[within], 1 - float(within.mean()), confidence)


def holm(p: Sequence[float]) -> list[float]:
    """``p`` values of several questions, adjusted so that a false finding among all of them stays as rare (Holm 1979)."""
    order = sorted(range(len(p)), key=lambda at: p[at])
    adjusted, most = [0.0] * len(p), 0.0
    for rank, at in enumerate(order):
        most = max(most, min(1.0, (len(p) - rank) * p[at]))
        adjusted[at] = most
    return adjusted


def e_value(ratio: float) -> float:
    """The E-value of a risk ratio: 1 where it is 1, the same for a ratio and its inverse."""
    risk = ratio if ratio >= 1 else 1 / ratio
    return risk + math.sqrt(risk * (risk - 1))


def _check(t: Numbers, y: Numbers, x: Numbers, who: Numbers) -> None:
    import numpy as np

    if not len(t) == len(y) == len(x) == len(who):
        raise ModelError("Treatment, outcome, confounders and groups differ in length.")
    if not set(np.unique(t)) <= {0.0, 1.0}:
        raise ModelError("What happened must be given as 0 and 1.")
    if min(t.sum(), (1 - t).sum()) < LEAST:
        raise ModelError("It happened to all or to none: there is nothing to compare.")
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise ModelError("An outcome or a confounder is missing.", "Leave those rows out, or fill them.")


def _crossed(t: Numbers, y: Numbers, x: Numbers, fold: Numbers, learner: Learner) -> tuple[Numbers, Numbers]:
    """Each one's propensity, and the outcome expected without and with it, by models that never saw his fold."""
    import numpy as np

    if not x.shape[1]:
        means = np.tile([y[t == 0].mean(), y[t == 1].mean()], (len(t), 1))
        return np.full(len(t), t.mean()), means
    x = (x - x.mean(axis=0)) / np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
    propensity, outcomes = np.empty(len(t)), np.empty((len(t), 2))
    for held in np.unique(fold):
        out, rest = fold == held, fold != held
        propensity[out] = _predicted(x[rest], t[rest], x[out], learner)
        given = np.column_stack([t, x])
        asked = [np.column_stack([np.full(out.sum(), arm), x[out]]) for arm in (0.0, 1.0)]
        both = _predicted(given[rest], y[rest], np.concatenate(asked), learner)
        outcomes[out] = both.reshape(2, -1).T
    return propensity, outcomes


def _predicted(x: Numbers, y: Numbers, asked: Numbers, learner: Learner) -> Numbers:
    """What a model of ``y`` by ``x`` expects for ``asked``: a probability where ``y`` is 0 or 1."""
    import numpy as np

    values = np.unique(y)
    if len(values) == 1:
        return np.full(len(asked), float(values[0]))
    if not set(values) <= {0.0, 1.0}:
        with one_thread():
            expected: Numbers = _regressor(learner).fit(x, y).predict(asked)
        return expected
    with one_thread():
        chances: Numbers = _classifier(learner).fit(x, y).predict_proba(asked)[:, 1]
    return chances


def _classifier(learner: Learner) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    if learner == "boosted":
        return HistGradientBoostingClassifier(
            max_iter=60, max_leaf_nodes=8, learning_rate=0.1, min_samples_leaf=40, random_state=0
        )
    return LogisticRegression(C=1.0, solver="newton-cholesky", max_iter=100, tol=1e-3)


def _regressor(learner: Learner) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.linear_model import Ridge

    if learner == "boosted":
        return HistGradientBoostingRegressor(
            max_iter=60, max_leaf_nodes=8, learning_rate=0.1, min_samples_leaf=40, random_state=0
        )
    return Ridge(alpha=1.0)


def _influence(t: Numbers, y: Numbers, propensity: Numbers, outcomes: Numbers) -> Numbers:
    """Each one's part in the two means, shape (n, 2): the expected outcome, corrected by the weighted error where it was seen."""
    import numpy as np

    weights = np.column_stack([(1 - t) / (1 - propensity), t / propensity])
    corrected: Numbers = outcomes + weights * (y[:, None] - outcomes)
    return corrected


def _effect(parts: Numbers, who: Numbers, t: Numbers, y: Numbers, outside: float, confidence: float) -> Effect:
    import numpy as np

    without, with_it = (float(mean) for mean in parts.mean(axis=0))
    difference = with_it - without
    error = _error(parts[:, 1] - parts[:, 0] - difference, who)
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    binary = set(np.unique(y)) <= {0.0, 1.0}
    values = _ratio_e_values(parts, who, confidence) if binary else _scaled_e_values(difference, half, float(y.std()))
    return Effect(
        with_it, without, difference, error, difference - half, difference + half, len(t), int(t.sum()), outside, *values
    )


def _error(influence: Numbers, who: Numbers) -> float:
    """The standard error of a mean whose parts are summed by person first."""
    import numpy as np

    summed = np.bincount(who, weights=influence)
    return float(np.sqrt((summed**2).sum())) / len(influence)


def _ratio_e_values(parts: Numbers, who: Numbers, confidence: float) -> tuple[float | None, float | None]:
    """E-values of the risk ratio and of the end of its interval, on the log scale; none where a risk is estimated as nothing."""
    without, with_it = parts.mean(axis=0)
    if min(without, with_it) <= 0:
        return None, None
    error = _error(parts[:, 1] / with_it - parts[:, 0] / without, who)
    return _e_values(math.log(with_it / without), NormalDist().inv_cdf(0.5 + confidence / 2) * error)


def _scaled_e_values(difference: float, half: float, spread: float) -> tuple[float | None, float | None]:
    """For an outcome that is no risk: the ratio that a difference of so many standard deviations stands for (0.91 d)."""
    return _e_values(0.91 * difference / spread, 0.91 * half / spread) if spread > 0 else (None, None)


def _e_values(log_ratio: float, half: float) -> tuple[float, float]:
    nearer = max(0.0, abs(log_ratio) - half)
    return e_value(math.exp(abs(log_ratio))), e_value(math.exp(nearer))
