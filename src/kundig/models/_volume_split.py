"""Hours out of days: the forecast of a day is handed down to its hours by the shares they had on that weekday."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kundig.models._volume_backtest import Backtest
from kundig.models._volume_methods import PROFILE_WEEKS
from kundig.models._volume_series import Floats, Series


def split(part: Series, days: Floats, past: Backtest) -> Floats:
    """``days`` (ahead) split by the columns of ``part``: (ahead, columns).

    ``part`` may be fewer contacts than the days count, such as those by phone: the shares are of the whole day.
    """
    return days[:, None] * _shares(part, past.series, part.rows, len(days))


def backtest(part: Series, past: Backtest, method: str) -> Backtest:
    """The backtest ``past`` of days with every forecast of ``method`` split by hour, beside the hours that came."""
    ahead = past.actual.shape[1]
    padded = np.concatenate([part.counts, np.full((ahead, part.counts.shape[1]), np.nan)])
    told = [
        then.sum(axis=1)[:, None] * _shares(part, past.series, origin, ahead)
        for origin, then in zip(past.origins, past.forecasts[method], strict=True)
    ]
    actual = np.stack([padded[origin : origin + ahead] for origin in past.origins])
    return replace(past, series=part, actual=actual, forecasts={method: np.stack(told)})


def _shares(part: Series, whole: Series, origin: int, ahead: int) -> Floats:
    """The share of a day each column of ``part`` had in the eight weeks before ``origin``, by row of the week: (ahead, columns)."""
    season = part.season
    weeks = min(PROFILE_WEEKS, origin // season)
    rows = slice(origin - weeks * season, origin)
    came = np.nan_to_num(part.counts[rows]).reshape(weeks, season, -1).sum(axis=0)
    days = np.nan_to_num(whole.counts[rows].sum(axis=1)).reshape(weeks, season).sum(axis=0)[:, None]
    shares = np.divide(came, days, out=np.zeros_like(came), where=days > 0)
    return np.asarray(shares[np.arange(ahead) % season])
