"""What each method would have foretold in the past, how far off it was, and how wide its interval must therefore be."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kundig.measures import forecast_error
from kundig.models._volume_methods import Methods
from kundig.models._volume_series import Floats, Series

METHODS = ("seasonal_naive", "profile", "holidays", "boosted")
"""Simple ones first: a later one must be better to be chosen."""
JUDGED = 10
"""So many origins, a week apart, are judged."""
WARM_UP = 6
"""So many before them only teach the first intervals."""
LEAST_WEEKS = 4
"""No origin has fewer weeks before it."""
CONFIDENCE = 0.8
LEAST_KNOWN = 3
"""Origins whose outcome must be known before an interval is made."""


@dataclass(frozen=True)
class Backtest:
    """Forecasts from past origins beside what came; arrays are (origins, ahead, columns), ``nan`` beyond what is known."""

    series: Series
    origins: tuple[int, ...]
    actual: Floats
    forecasts: dict[str, Floats]
    judged: int = JUDGED

    def mase(self, method: str, rows: int = 1) -> float | None:
        """The mean over the judged origins of the mean absolute scaled error; of sums of ``rows`` rows (a day, a week)."""
        history, season = _summed(self.series.counts, rows), self.series.season // math.gcd(self.series.season, rows)
        found = [
            forecast_error.mase(came.ravel(), told.ravel(), history[: origin // rows].ravel(), season * history.shape[1])
            for origin, came, told in self._judged(method, rows)
        ]
        known = [value for value in found if value is not None]
        return sum(known) / len(known) if known else None

    def best(self, rows: int = 1) -> str:
        """The method with the least error; of equal ones the later (it knows more), but never one that loses to a simple one."""
        errors = {name: error for name in METHODS if (error := self.mase(name, rows)) is not None}
        return min(reversed(errors), key=lambda name: errors[name], default="holidays")

    def wape(self, method: str, rows: int = 1) -> float | None:
        """The sum of absolute errors at the judged origins as a share of what came."""
        pairs = self._judged(method, rows)
        came = np.concatenate([came.ravel() for _, came, _ in pairs])
        told = np.concatenate([told.ravel() for _, _, told in pairs])
        return forecast_error.wape(came, told)

    def coverage(self, method: str) -> tuple[float | None, int]:
        """The share of the values at the judged origins within intervals made from earlier ones only, and their number.

        Values where nothing is expected, such as at night, do not count.
        """
        inside, n = 0.0, 0
        for place in self._places:
            told = self.forecasts[method][place]
            low, high = self.band(method, told, self.origins[place], self.origins[place])
            came = np.where((told > 0) & ~np.isnan(low), self.actual[place], np.nan)
            share, known = forecast_error.coverage(came, low, high), int((~np.isnan(came)).sum())
            inside, n = inside + (share or 0.0) * known, n + known
        return (inside / n if n else None), n

    def band(self, method: str, told: Floats, origin: int, known_until: int) -> tuple[Floats, Floats]:
        """The ends of the interval of each value told at ``origin``: conformal, from errors known by row ``known_until``.

        Errors are measured in roots of the forecast, since those of counts grow with it, week by week ahead.
        """
        widths = np.full(told.shape, np.nan)
        season = self.series.season
        for start in range(0, told.shape[0], season):
            part = slice(start, start + season)
            errors = self._errors(method, part, origin, known_until)
            widths[part] = conformal(errors) * np.sqrt(told[part])
        return np.maximum(told - widths, 0.0), told + widths

    def band_of_sum(self, method: str, told: Floats, rows: slice) -> tuple[float, float, int]:
        """The ends of the interval of the sum of ``told`` over ``rows`` ahead (``nan`` with too few), and on how many sums it rests."""
        came, then = (values[:, rows].sum(axis=(1, 2)) for values in (self.actual, self.forecasts[method]))
        known = ~np.isnan(came) & (then > 0)
        total = float(told[rows].sum())
        width = conformal(np.abs(came - then)[known] / np.sqrt(then[known])) * math.sqrt(total)
        return max(total - width, 0.0), total + width, int(known.sum())

    def errors_known(self, method: str, rows: slice) -> int:
        """On how many past values the interval of the ``rows`` ahead rests."""
        return len(self._errors(method, rows, self.series.rows, self.series.rows))

    def _errors(self, method: str, part: slice, origin: int, known_until: int) -> Floats:
        """The scaled errors of the same week ahead at origins before ``origin``, as far as they were known then."""
        found = []
        for place, earlier in enumerate(self.origins):
            if earlier < origin:
                told = self.forecasts[method][place][part]
                came = self.actual[place][part].copy()
                came[max(0, known_until - earlier - part.start) :] = np.nan
                known = ~np.isnan(came) & (told > 0)
                found.append(np.abs(came - told)[known] / np.sqrt(told[known]))
        enough = sum(1 for errors in found if errors.size) >= LEAST_KNOWN
        return np.concatenate(found) if enough else np.empty(0)

    @property
    def _places(self) -> range:
        return range(max(0, len(self.origins) - self.judged), len(self.origins))

    def _judged(self, method: str, rows: int) -> list[tuple[int, Floats, Floats]]:
        """Origin, what came and what was told at each judged origin."""
        return [
            (self.origins[place], _summed(self.actual[place], rows), _summed(self.forecasts[method][place], rows))
            for place in self._places
        ]


def run(series: Series, ahead: int, seed: int = 0, judged: int = JUDGED) -> Backtest:
    """Forecast ``ahead`` rows from origins a week apart, the newest one week before the end, each from earlier rows only."""
    season, methods = series.season, Methods(series, ahead, seed)
    newest = series.rows - season
    oldest = max(LEAST_WEEKS * season, newest - (judged + WARM_UP - 1) * season)
    origins = tuple(range(newest, oldest - 1, -season))[::-1]
    told = {name: np.stack([getattr(methods, name)(origin) for origin in origins]) for name in METHODS}
    padded = np.concatenate([series.counts, np.full((ahead, series.counts.shape[1]), np.nan)])
    actual = np.stack([padded[origin : origin + ahead] for origin in origins])
    return Backtest(series, origins, actual, told, judged)


def conformal(errors: Floats, confidence: float = CONFIDENCE) -> float:
    """The error that the next one stays below with ``confidence`` (split conformal; Vovk et al. 2005); ``nan`` with too few."""
    n = len(errors)
    rank = math.ceil((n + 1) * confidence)
    return float(np.sort(errors)[rank - 1]) if 0 < rank <= n else math.nan


def _summed(values: Floats, rows: int) -> Floats:
    """Sums of every ``rows`` rows, what is left over cut off."""
    whole = values.shape[0] // rows * rows
    return np.asarray(values[:whole].reshape(-1, rows, values.shape[1]).sum(axis=1))
