"""How the next days are foreseen: two simple ways that are hard to beat, and trees that correct the better of them.

Each forecasts the ``ahead`` rows that follow a row of the series (the origin), from the rows before it only.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from kundig.models._volume_series import Bools, Floats, Series
from kundig.threads import one_thread

PROFILE_WEEKS = 8
LEVEL_WEEKS = 4
LEAST_ROWS = 100
"""Fewer examples teach no trees."""
MOST_ROWS = 12_000
"""More examples make learning slow, not better: the oldest are left out."""
UNUSUAL = 1.5
"""A week with so many times what was expected, or so many times less, teaches nothing about the calendar."""
FAR = 9.0
FOUR_DAYS = dt.timedelta(days=4)
"""From the 28th into the next month, in any month."""


@dataclass(frozen=True)
class Base:
    """What is expected from the weekly profile and the present level, and what it rests on; arrays are (ahead, columns)."""

    profile: Floats
    """Profile times level."""
    calm: Floats
    """The same, public holidays taken as quiet as they were so far."""
    ratios: tuple[float, float, float]
    """The level of the last week, of two and of eight, as a share of that of four."""


@dataclass(frozen=True)
class Methods:
    """All methods over one series, ``ahead`` rows on; what several need is computed once."""

    series: Series
    ahead: int
    seed: int = 0
    _bases: dict[int, Base] = field(default_factory=dict, repr=False)
    _examples: dict[int, Floats] = field(default_factory=dict, repr=False)

    def seasonal_naive(self, origin: int) -> Floats:
        """Each value as a week before; where that is not known, as two weeks before, and so on."""
        weeks = self._weeks(self.series.counts, origin)
        last = weeks[-1]
        for earlier in weeks[-2::-1]:
            last = np.where(np.isnan(last), earlier, last)
        return np.asarray(np.nan_to_num(self._repeated(last)))

    def profile(self, origin: int) -> Floats:
        """The mean week of the last eight, at the level of the last four."""
        return self.base(origin).profile

    def holidays(self, origin: int) -> Floats:
        """Profile times level, and public holidays as quiet as they were so far; until there was one, as the quietest weekday."""
        return self.base(origin).calm

    def boosted(self, origin: int) -> Floats:
        """The same, times what gradient-boosted trees have learned from earlier origins: a Poisson model with that as exposure."""
        from sklearn.ensemble import HistGradientBoostingRegressor

        base = self.base(origin).calm
        inputs, share, weight = self._taught(origin)
        if len(share) < LEAST_ROWS or not share.any():
            return base
        trees = HistGradientBoostingRegressor(
            loss="poisson", max_iter=60, learning_rate=0.1, max_leaf_nodes=8, min_samples_leaf=20,
            early_stopping=False, random_state=self.seed,
        )  # fmt: skip
        rows = self._inputs(origin)
        with one_thread():
            trees.fit(inputs, share, sample_weight=weight)
            told = trees.predict(rows.reshape(-1, rows.shape[-1]))
        return np.asarray(base * told.reshape(base.shape))

    def base(self, origin: int) -> Base:
        """The profile and level at ``origin``."""
        if origin not in self._bases:
            self._bases[origin] = self._base(origin)
        return self._bases[origin]

    def _base(self, origin: int) -> Base:
        plain, ordinary = self._weeks(self.series.counts, origin), self._weeks(self._ordinary, origin)
        profile, workdays = _mean(plain), _mean(ordinary)
        level = _level(plain[-LEVEL_WEEKS:], profile)
        calm_level = _level(ordinary[-LEVEL_WEEKS:], workdays)
        calm = self._repeated(workdays * calm_level)
        ratios = [_level(ordinary[-weeks:], workdays) / calm_level if calm_level else 1.0 for weeks in (1, 2, PROFILE_WEEKS)]
        return Base(
            self._repeated(profile * level),
            self._quietened(calm, origin, workdays * calm_level),
            (ratios[0], ratios[1], ratios[2]),
        )

    def _quietened(self, calm: Floats, origin: int, week: Floats) -> Floats:
        """``calm`` with its public holidays brought down to their usual share of a mean day."""
        free = self.series.free[origin : origin + self.ahead]
        if not free.any() or not week.sum():
            return calm
        day = week.sum() / len(week)
        quietest = week.sum(axis=1).min()
        share = (quietest + self._free_came[:origin].sum()) / (day + self._free_usual[:origin].sum())
        totals = calm.sum(axis=1)
        wanted = np.where(free, np.minimum(totals, share * day), totals)
        return np.asarray(calm * np.divide(wanted, totals, out=np.ones_like(totals), where=totals > 0)[:, None])

    @cached_property
    def _ordinary(self) -> Floats:
        """The counts without public holidays."""
        return np.where(self.series.free[: self.series.rows, None], np.nan, self.series.counts)

    def _weeks(self, counts: Floats, origin: int) -> Floats:
        """The last weeks before ``origin``, the newest last: (weeks, rows of a week, columns)."""
        season = self.series.season
        weeks = min(PROFILE_WEEKS, origin // season)
        return counts[origin - weeks * season : origin].reshape(weeks, season, -1)

    def _repeated(self, week: Floats) -> Floats:
        return week[np.arange(self.ahead) % self.series.season]

    def _taught(self, origin: int) -> tuple[Floats, Floats, Floats]:
        """What earlier origins teach: inputs, came / expected, and expected as weight; only of rows before ``origin``."""
        season, columns = self.series.season, self.series.counts.shape[1]
        most = max(12, MOST_ROWS // (self.ahead * columns))
        inputs, shares, weights = [], [], []
        for earlier in range(origin - season, 4 * season - 1, -season)[:most]:
            rows = min(self.ahead, origin - earlier)
            came, expected = self.series.counts[earlier : earlier + rows], self.base(earlier).calm[:rows]
            known = ~np.isnan(came) & (expected > 0) & self._usual(came, expected)[:, None]
            inputs.append(self._inputs(earlier)[:rows][known])
            shares.append(came[known] / expected[known])
            weights.append(expected[known])
        if not inputs:
            return np.empty((0, 1)), np.empty(0), np.empty(0)
        return np.concatenate(inputs), np.concatenate(shares), np.concatenate(weights)

    def _usual(self, came: Floats, expected: Floats) -> Bools:
        """Which rows lie in a week that came about as expected: an outage of a month must not be taken for a day of the month."""
        season = self.series.season
        usual = np.zeros(len(came), dtype=bool)
        for start in range(0, len(came), season):
            week = slice(start, start + season)
            usual[week] = 1 / UNUSUAL < _level(came[week], expected[week]) < UNUSUAL
        return usual

    def _inputs(self, origin: int) -> Floats:
        """What the trees see of each row to come: (ahead, columns, inputs)."""
        if origin not in self._examples:
            self._examples[origin] = self._seen(origin)
        return self._examples[origin]

    def _seen(self, origin: int) -> Floats:
        base, weeks = self.base(origin), self._weeks(self._ordinary, origin)
        rows = self._calendar[origin : origin + self.ahead]
        week = base.calm[: self.series.season]
        last, before = (self._repeated(_over(weeks[-min(n, len(weeks))], week)) for n in (1, 2))
        of_days = self._repeated(_over(weeks[-1].sum(axis=1), week.sum(axis=1)))
        share = _over(base.calm, base.calm.sum(axis=1, keepdims=True))
        measured: list[Floats | float] = [
            *base.ratios,
            _over(weeks[-1][-1].sum(), week[-1].sum()),
            of_days[:, None],
            last,
            before,
            base.calm,
            share,
        ]
        known = [np.arange(self.ahead)[:, None], *rows.T[:, :, None], np.arange(base.calm.shape[1])[None, :]]
        return np.stack(
            [np.broadcast_to(part, base.calm.shape) for part in [*known, *(_rough(part) for part in measured)]], axis=-1
        )

    @cached_property
    def _calendar(self) -> Floats:
        """Per row: day of the month, days left in it, weekday, holiday, days since the last holiday and until the next."""
        dates, free = self.series.dates, self.series.free
        left = [((date.replace(day=28) + FOUR_DAYS).replace(day=1) - date).days for date in dates]
        columns = [[d.day for d in dates], left, [d.weekday() for d in dates], free, _since(free), _since(free[::-1])[::-1]]
        return np.array(columns, dtype=np.float64).T

    @cached_property
    def _free_came(self) -> Floats:
        """Per row what came on a public holiday; 0 on others."""
        return np.where(self.series.free[: self.series.rows], np.nan_to_num(self.series.counts.sum(axis=1)), 0.0)

    @cached_property
    def _free_usual(self) -> Floats:
        """Per row the mean day of the four weeks before a public holiday; 0 on others, and where nothing is known."""
        usual, reach = np.zeros(self.series.rows), LEVEL_WEEKS * self.series.season
        totals = self._ordinary.sum(axis=1)
        for row in np.flatnonzero(self.series.free[: self.series.rows]):
            before = totals[max(0, row - reach) : row]
            if not np.isnan(before).all() and not np.isnan(self.series.counts[row]).any():
                usual[row] = np.nanmean(before)
        return usual


def _mean(weeks: Floats) -> Floats:
    """The mean week; 0 where nothing is known."""
    known = ~np.isnan(weeks)
    return np.asarray(np.nan_to_num(weeks).sum(axis=0) / np.maximum(known.sum(axis=0), 1))


def _level(weeks: Floats, profile: Floats) -> float:
    """What came as a share of what the profile says, over the known cells."""
    expected = (~np.isnan(weeks) * profile).sum()
    return float(np.nan_to_num(weeks).sum() / expected) if expected else 1.0


def _over(part: Floats | float, whole: Floats | float) -> Floats:
    """``part / whole``, ``nan`` where that is not known: the trees can do with it."""
    parts, wholes = np.broadcast_arrays(np.asarray(part, dtype=float), np.asarray(whole, dtype=float))
    return np.asarray(np.divide(parts, wholes, out=np.full(parts.shape, np.nan), where=wholes > 0))


def _rough(values: Floats | float) -> Floats:
    """Logarithms in steps of a fortieth: with few distinct values the trees are grown several times quicker."""
    return np.asarray(np.round(np.log(np.maximum(values, 0.01)) * 40) / 40)


def _since(flags: Bools) -> Floats:
    """Rows since the last flag, at most ``FAR``."""
    out, last = np.full(len(flags), FAR), -np.inf
    for row, flag in enumerate(flags):
        out[row] = min(FAR, row - last)
        last = row if flag else last
    return out
