"""How much a customer who may leave without a word will still buy: BG/NBD and Pareto/NBD, fitted by maximum likelihood.

Each customer is told by (x, t_x, T): x repeat purchases, the last one t_x after the first, watched for T after the first. A
customer buys at a rate of his own while he is alive; rates differ by a gamma distribution (r, alpha). In the Pareto/NBD
(Schmittlein, Morrison & Colombo 1987) he may leave at any time, at rates gamma (s, beta); in the BG/NBD (Fader, Hardie & Lee
2005, "Counting your customers" the easy way) after each purchase, with chances beta (a, b).

Rank customers by :meth:`expected`, never by :meth:`alive`: who bought once and never again has P(alive) = 1 in the BG/NBD.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kundig.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]


@dataclass(frozen=True)
class Bgnbd:
    """A fitted BG/NBD; ``log_likelihood`` is that of all customers it was fitted to."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float = float("nan")

    def alive(self, x: Any, t_x: Any, T: Any) -> Numbers:  # noqa: N803 - the name the papers use
        """The probability of not having left, by customer; 1 for whoever never bought again."""
        import numpy as np

        x, t_x, T = _floats(x, t_x, T)  # noqa: N806
        # Of x purchases the last one may have been the end; the more of the watched time is silent, the likelier.
        odds = self.a / (self.b + np.maximum(x, 1) - 1) * np.exp((self.r + x) * np.log((self.alpha + T) / (self.alpha + t_x)))
        return np.asarray(1 / (1 + np.where(x > 0, odds, 0.0)))

    def expected(self, t: float, x: Any, t_x: Any, T: Any) -> Numbers:  # noqa: N803
        """The purchases to expect in the next ``t``, by customer (equation 10 of the paper)."""
        import numpy as np
        from scipy.special import hyp2f1

        x, t_x, T = _floats(x, t_x, T)  # noqa: N806
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        shrunk = np.exp((r + x) * np.log((alpha + T) / (alpha + T + t)))
        more = (a + b + x - 1) / (a - 1) * (1 - shrunk * hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + T + t)))
        return np.asarray(more * self.alive(x, t_x, T))


@dataclass(frozen=True)
class ParetoNbd:
    """A fitted Pareto/NBD; ``log_likelihood`` is that of all customers it was fitted to."""

    r: float
    alpha: float
    s: float
    beta: float
    log_likelihood: float = float("nan")

    def alive(self, x: Any, t_x: Any, T: Any) -> Numbers:  # noqa: N803
        """The probability of not having left, by customer."""
        import numpy as np

        x, t_x, T = _floats(x, t_x, T)  # noqa: N806
        r, alpha, s, beta = self.r, self.alpha, self.s, self.beta
        log_odds = np.log(s / (r + s + x)) + (r + x) * np.log(alpha + T) + s * np.log(beta + T)
        return np.asarray(1 / (1 + np.exp(log_odds + _log_gone((r, alpha, s, beta), x, t_x, T))))

    def expected(self, t: float, x: Any, t_x: Any, T: Any) -> Numbers:  # noqa: N803
        """The purchases to expect in the next ``t``, by customer (Schmittlein, Morrison & Colombo 1987, equation 22)."""
        import numpy as np

        x, t_x, T = _floats(x, t_x, T)  # noqa: N806
        # (1 - q^(s-1)) / (s-1) of q = (beta+T)/(beta+T+t), written so that s = 1 is no division by zero
        log_q, power = np.log((self.beta + T) / (self.beta + T + t)), self.s - 1
        lasting = -log_q if abs(power) < 1e-9 else -np.expm1(power * log_q) / power
        return np.asarray((self.r + x) * (self.beta + T) / (self.alpha + T) * lasting * self.alive(x, t_x, T))


def bgnbd(x: Any, t_x: Any, T: Any) -> Bgnbd:  # noqa: N803
    """The BG/NBD of the greatest likelihood; one value a customer. ModelError where the data cannot teach it."""
    best, likelihood = _fitted(_log_bgnbd, x, t_x, T)
    return Bgnbd(*best, log_likelihood=likelihood)


def pareto_nbd(x: Any, t_x: Any, T: Any) -> ParetoNbd:  # noqa: N803
    """The Pareto/NBD of the greatest likelihood; one value a customer. ModelError where the data cannot teach it."""
    best, likelihood = _fitted(_log_pareto_nbd, x, t_x, T)
    return ParetoNbd(*best, log_likelihood=likelihood)


Parameters = tuple[float, float, float, float]
LEAST_CUSTOMERS = 30
"""Below so many customers nothing is fitted."""
_START: Parameters = (1.0, 1.0, 1.0, 1.0)
_BOUND = 12.0
"""The logarithm of a parameter stays within this, so that a flat likelihood ends instead of running away."""


def _fitted(log_likelihood: Callable[..., Numbers], x: Any, t_x: Any, T: Any) -> tuple[Parameters, float]:  # noqa: N803
    """The best parameters and their log-likelihood; equal customers are weighed instead of computed again."""
    import numpy as np
    from scipy.optimize import minimize

    x, t_x, T = _checked(*_floats(x, t_x, T))  # noqa: N806
    # Time in units of the longest watch: all four parameters are then near one, and the search is well conditioned.
    unit = float(T.max())
    rows, weight = np.unique(np.column_stack([x, t_x / unit, T / unit]), axis=0, return_counts=True)

    def loss(logs: Numbers) -> float:
        value = -float(weight @ log_likelihood(np.exp(logs), *rows.T)) / len(x)
        return value if np.isfinite(value) else 1e10

    found = minimize(loss, np.log(_START), method="L-BFGS-B", bounds=[(-_BOUND, _BOUND)] * 4, options={"ftol": 1e-13})
    found = minimize(loss, found.x, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-13, "maxiter": 400})
    first, scale, third, fourth = (float(value) for value in np.exp(found.x))
    timed = fourth * unit if log_likelihood is _log_pareto_nbd else fourth
    # A density of waiting times has the unit 1/time, one factor for each repeat purchase.
    return (first, scale * unit, third, timed), float(-found.fun * len(x) - x.sum() * np.log(unit))


def _log_bgnbd(parameters: Parameters, x: Numbers, t_x: Numbers, T: Numbers) -> Numbers:  # noqa: N803
    """The log-likelihood by customer (Fader, Hardie & Lee 2005, equation 6)."""
    import numpy as np
    from scipy.special import betaln, gammaln

    r, alpha, a, b = parameters
    told = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    alive = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + T)
    gone = betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b) - (r + x) * np.log(alpha + t_x)
    return np.asarray(told + np.logaddexp(alive, np.where(x > 0, gone, -np.inf)))


def _log_pareto_nbd(parameters: Parameters, x: Numbers, t_x: Numbers, T: Numbers) -> Numbers:  # noqa: N803
    """The log-likelihood by customer (Schmittlein, Morrison & Colombo 1987, as rearranged by Fader & Hardie 2005)."""
    import numpy as np
    from scipy.special import gammaln

    r, alpha, s, beta = parameters
    told = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    alive = -(r + x) * np.log(alpha + T) - s * np.log(beta + T)
    gone = np.log(s / (r + s + x)) + _log_gone(parameters, x, t_x, T)
    return np.asarray(told + np.logaddexp(alive, gone))


def _log_gone(parameters: Parameters, x: Numbers, t_x: Numbers, T: Numbers) -> Numbers:  # noqa: N803
    """The logarithm of A0: having left between the last purchase and T. -inf where that is no time."""
    import numpy as np
    from scipy.special import hyp2f1

    r, alpha, s, beta = parameters
    n, most = r + s + x, max(alpha, beta)
    other = s + 1 if alpha >= beta else r + x

    def part(time: Numbers) -> Numbers:
        value = hyp2f1(n, other, n + 1, abs(alpha - beta) / (most + time))
        return np.asarray(np.log(value) - n * np.log(most + time))

    since, until = part(t_x), part(T)
    with np.errstate(divide="ignore"):
        return np.asarray(since + np.log(-np.expm1(np.minimum(until - since, 0.0))))


def _floats(*columns: Any) -> list[Numbers]:
    import numpy as np

    return [np.asarray(column, dtype=float) for column in columns]


def _checked(x: Numbers, t_x: Numbers, T: Numbers) -> tuple[Numbers, Numbers, Numbers]:  # noqa: N803
    """The customers, if they can teach something."""
    if len(x) < LEAST_CUSTOMERS or not (x > 0).any():
        raise ModelError(
            "{n} customers, {repeaters} of them with a second purchase, are too few to learn buying habits from.",
            "Wait for more purchases.", n=len(x), repeaters=int((x > 0).sum()),
        )  # fmt: skip
    if (x < 0).any() or (t_x > T).any() or (T < 0).any() or ((x == 0) & (t_x > 0)).any():
        raise ModelError(
            "A last purchase lies after the end of the time watched, or before the first one.",
            "Give repeat purchases, the time from the first to the last one, and the time watched since the first one.",
        )
    return x, t_x, T
