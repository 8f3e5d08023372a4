"""How good a forecast was, beside the simplest one: an error in contacts says nothing until one knows what was easy.

``nan`` is a value nobody knows (a gap, a day that is still to come); it is left out wherever it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Floats = Any
"""A sequence or array of numbers, in the unit of what is forecast."""


def mae(actual: Floats, forecast: Floats) -> float | None:
    """The mean absolute error; None where nothing is known."""
    return _mean(_distance(actual, forecast))


def wape(actual: Floats, forecast: Floats) -> float | None:
    """The sum of absolute errors as a share of what came (also MAD/mean ratio; Kolassa and Schütz 2007); None where nothing came."""
    import numpy as np

    distance, came = _distance(actual, forecast), _array(actual)
    total = float(came[~np.isnan(distance)].sum())
    return float(np.nansum(distance)) / total if total > 0 else None


def naive_scale(history: Floats, season: int = 1) -> float | None:
    """The mean absolute error of the seasonal naive forecast within ``history``: each value as ``season`` values before."""
    values = _array(history)
    return _mean(_distance(values[season:], values[:-season]))


def mase(actual: Floats, forecast: Floats, history: Floats, season: int = 1) -> float | None:
    """The mean absolute scaled error (Hyndman and Koehler 2006): below 1 is better than the seasonal naive one was in ``history``.

    None where nothing is known, or where the history never changes.
    """
    scale, error = naive_scale(history, season), mae(actual, forecast)
    return error / scale if scale and error is not None else None


def pinball(actual: Floats, quantile: Floats, p: float) -> float | None:
    """The mean pinball loss of a forecast of the ``p``-quantile (Koenker and Bassett 1978); at p = 0.5 half the absolute error."""
    import numpy as np

    short = _array(actual) - _array(quantile)
    return _mean(np.maximum(p * short, (p - 1) * short))


def coverage(actual: Floats, low: Floats, high: Floats) -> float | None:
    """The share of the known values that lie within their interval, its ends included; None where nothing is known."""
    import numpy as np

    values, lows, highs = _array(actual), _array(low), _array(high)
    known = ~np.isnan(values + lows + highs)
    inside = (values >= lows) & (values <= highs)
    return float(inside[known].mean()) if known.any() else None


def _array(values: Floats) -> npt.NDArray[np.float64]:
    import numpy as np

    return np.asarray(values, dtype=np.float64)


def _distance(one: Floats, other: Floats) -> npt.NDArray[np.float64]:
    import numpy as np

    return np.abs(_array(one) - _array(other))


def _mean(values: npt.NDArray[np.float64]) -> float | None:
    import numpy as np

    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else None
