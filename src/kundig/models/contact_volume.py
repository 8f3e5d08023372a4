"""How many contacts come in the next days, so that enough people are there: a forecast that had to beat the simple ones.

The volume of a day follows the weekday, holidays, the day of the month and the present level. Two simple methods know the
first or the last of these and are hard to beat; trees that correct them are used only where they did better in the past.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Figure, Telling
from kundig.errors import ModelError
from kundig.message import Message, Number, Share, Word, sentence

if TYPE_CHECKING:
    import pyarrow as pa

    from kundig.models._volume_backtest import Backtest
    from kundig.models._volume_series import Counted, Floats, Series

LEAST_WEEKS = 8
"""Four weeks to learn from, and four to see how good it was."""
LEAST_CONTACTS = 100
MOST_AHEAD = 56
BY = ("hour", "day", "week")
STATES = ("BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH")

METHOD_WORDS: Mapping[str, str] = {
    "seasonal_naive": sentence("the week before"),
    "profile": sentence("mean week times level"),
    "holidays": sentence("mean week times level, with public holidays"),
    "boosted": sentence("mean week times level, corrected by trees"),
}

_HOURS = """
select date_trunc('hour', occurred_at) as hour_at,
  count(*) as came,
  count(*) filter (where {chosen}) as chosen,
  count(*) filter (where {chosen} and coalesce(channel, 'phone') in ('phone', 'chat')) as live
from events
where kind = 'contact' and occurred_at <= :now
  and unix_micros(occurred_at) > unix_micros(cast(:now as timestamp)) - cast(731 as bigint) * 86400000000
group by 1 order by 1
"""


@dataclass(frozen=True)
class Foreseen:
    """What is expected, as plain data: one row per hour, day or week to come, and how it was found.

    ``hours`` are the contacts over channels on which somebody waits for an agent, by hour.
    """

    rows: tuple[Mapping[str, Any], ...]
    next_week: Mapping[str, Any]
    hours: tuple[Mapping[str, Any], ...]
    recent: tuple[tuple[dt.date, float], ...]
    """The last days with their contacts."""
    method: str
    scores: Mapping[str, Figure]
    weeks: int
    """How many weeks it learned from."""
    judged: int
    """At how many past dates it was judged."""
    left_out: dt.date | None
    gap_days: int
    holidays: tuple[dt.date, ...]
    """Public holidays among the days to come."""


@dataclass(frozen=True)
class ContactVolume:
    """How many contacts come in the next hours, days or weeks."""

    by: str = "day"
    reason: str = ""
    channel: str = ""
    horizon: int = 14
    """Days to forecast, 7 to 56."""
    state: str = ""
    """The German state whose public holidays count, such as BY; without it those of all Germany."""
    zone: str = "UTC"
    """The time zone days and hours are meant in."""

    title: ClassVar[str] = sentence("Contact volume")
    definition: ClassVar[str] = sentence(
        "The contacts of the next hours, days or weeks. Four methods forecast them, each judged at up to ten dates a week apart "
        "by what came later than it knew: the same weekday of the week before; the mean week of the last eight at the level of "
        "the last four; the same with public holidays as quiet as they were so far; and this corrected by gradient-boosted trees "
        "on weekday, day of the month, holidays and level (a Poisson model). The one with the least error is used. Intervals of "
        "80% come from the errors at earlier dates (conformal), in proportion to the root of the forecast. Days are counted from "
        "the first to the last contact; a day without contacts counts as none, a week or more without any as unknown; a last day "
        "that is not complete is left out. Weeks are the sum of their days."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("kind=contact",)
    about: ClassVar[str] = "day"
    sql: ClassVar[Mapping[str, str]] = {
        "hours": _HOURS.format(chosen="(:reason = '' or reason = :reason) and (:channel = '' or channel = :channel)")
    }
    all_contacts: ClassVar[Mapping[str, str]] = {"hours": _HOURS.format(chosen="true")}
    """The same for those who read through a filter of their own."""
    current: ClassVar[str] = """
with digits as (
  select 0 as d union all select 1 union all select 2 union all select 3 union all select 4
  union all select 5 union all select 6 union all select 7
)
select substring(cast(timestamp_micros(
  unix_micros(date_trunc('day', cast(:now as timestamp))) + cast(tens.d * 8 + ones.d - 1 as bigint) * 86400000000
) as string), 1, 10) as day
from digits tens cross join digits ones
where tens.d * 8 + ones.d <= :horizon + 1
order by 1
"""
    columns: ClassVar[Mapping[str, str]] = {
        "method": sentence("Method"),
        "mase": sentence("Error (MASE)"),
        "used": sentence("Used"),
        "day": sentence("Day"),
        "slot": sentence("Day, hour or week"),
        "contacts": sentence("Contacts"),
        "reasons": sentence("Foreseen by"),
    }
    words: ClassVar[tuple[str, ...]] = ("method",)

    def __post_init__(self) -> None:
        import zoneinfo

        if self.by not in BY:
            raise ModelError("There is no forecast by {name}.", "Choose one of: {known}.", name=self.by, known=", ".join(BY))
        if self.state and self.state not in STATES:
            raise ModelError("{name} is no German state.", "Choose one of: {known}.", name=self.state, known=", ".join(STATES))
        if not 7 <= self.horizon <= MOST_AHEAD:
            raise ModelError("A forecast reaches {least} to {most} days, not {n}.", least=7, most=MOST_AHEAD, n=self.horizon)
        if self.zone not in zoneinfo.available_timezones():
            raise ModelError("There is no time zone called {name}.", "Such as Europe/Berlin.", name=self.zone)

    def learn(self, tables: Mapping[str, pa.Table], now: dt.datetime | None, seed: int = 0) -> Foreseen:
        """The forecast from ``tables`` (detail "hours"), as plain data; ModelError where the history is too short or too thin."""
        from kundig.models import _volume_backtest as backtests
        from kundig.models._volume_methods import Methods

        found = self._counted(tables["hours"], now)
        series = found.all if self.by == "hour" else found.all.of_days()
        past = backtests.run(series, self.horizon, seed)
        method = past.best(7 if self.by == "week" else 1)
        told = getattr(Methods(series, self.horizon, seed), method)(series.rows)
        days = told.sum(axis=1)
        return Foreseen(
            rows=tuple(_rows(self.by, past, method, told)),
            next_week=_next_week(past, method, told),
            hours=tuple(_hours(found.live, days, past, method)),
            recent=tuple(_recent(found.all)),
            method=method,
            scores=_scores(past, method, 7 if self.by == "week" else 1),
            weeks=series.rows // 7,
            judged=min(past.judged, len(past.origins)),
            left_out=found.left_out,
            gap_days=found.gap_days,
            holidays=tuple(
                d for d, free in zip(series.dates, series.free, strict=True) if free and d >= series.dates[series.rows]
            ),
        )

    def predict(self, learned: Foreseen, rows: pa.Table) -> pa.Table:
        """The forecast of the days in ``rows`` (column ``day``, ISO), as far as it reaches: by hour several rows a day."""
        import pyarrow as pa

        wanted = set(rows["day"].to_pylist())
        found = [row for row in learned.rows if row["day"] in wanted]
        reasons = [f"{learned.method}, MASE {learned.scores['mase']:.2f}" if learned.scores["mase"] else learned.method] * len(
            found
        )
        names = ("day", "slot", "contacts", "contacts_low", "contacts_high")
        return pa.table({name: [row[name] for row in found] for name in names} | {"reasons": reasons})

    @staticmethod
    def word(code: str) -> Message:
        """What ``reasons`` holds, for people: the method and its error."""
        method, _, error = code.partition(", MASE ")
        told = Word(METHOD_WORDS[method])
        return (
            Message("{method} (MASE {error})", {"method": told, "error": Number(float(error))})
            if error
            else Message(METHOD_WORDS[method])
        )

    def evaluate(self, tables: Mapping[str, pa.Table], now: dt.datetime | None, seed: int = 0) -> Telling:
        """How far off each method was at past dates, and how often the interval of the one used held."""
        learned = self.learn(tables, now, seed)
        return Telling(learned.scores, list(self.judgement(learned)), learned.judged, None, _judged_table(learned))

    def judgement(self, learned: Foreseen) -> Iterable[Message]:
        """In sentences: which method is used, and how good it was beside the simple ones."""
        scores = learned.scores
        if scores["mase"] is None:
            return
        yield Message(
            'Tried at {judged} past dates, the forecast by "{method}" was off by {wape} of the contacts: an error of {mase} '
            "(MASE), where the week before reached {naive} and the mean week times level {profile}.",
            {
                "judged": learned.judged, "method": Word(METHOD_WORDS[learned.method]), "wape": Share(_number(scores["wape_share"])),
                "mase": Number(_number(scores["mase"])), "naive": Number(_number(scores["mase_naive"])),
                "profile": Number(_number(scores["mase_profile"])),
            },
        )  # fmt: skip
        if scores["coverage_share"] is not None:
            yield Message(
                "Of {n} past values {share} lay within their interval of 80%.",
                {"n": scores["coverage_share_n"], "share": Share(_number(scores["coverage_share"]))},
            )

    def _counted(self, hours: pa.Table, now: dt.datetime | None) -> Counted:
        from kundig.models import _volume_series as volume

        rows = [tuple(row.values()) for row in hours.to_pylist()]
        total = sum(row[2] for row in rows)
        if now is None or total < LEAST_CONTACTS:
            raise ModelError(
                "Too few contacts to learn from: {n}, at least {least} are needed.", "Wait, or choose more of them.",
                n=total, least=LEAST_CONTACTS,
            )  # fmt: skip
        found = volume.counted([(_utc(row[0]), *row[1:]) for row in rows], now, self.zone, self.state, self.horizon)
        if found.all.rows < LEAST_WEEKS * 7:
            raise ModelError(
                "The history is too short: {n} days, at least {weeks} weeks are needed.", "Import older contacts, or wait.",
                n=found.all.rows, weeks=LEAST_WEEKS,
            )  # fmt: skip
        return found


def trial(counts: Floats, dates: Sequence[dt.date], free: Sequence[bool], season: int, ahead: int, seed: int = 0) -> Backtest:
    """The four methods at up to ten past dates over any series: ``counts`` (days, parts of a day), ``nan`` where unknown.

    ``dates`` and ``free`` (public holidays) reach ``ahead`` rows beyond the counts; ``season`` rows are a week.
    """
    import numpy as np

    from kundig.models import _volume_backtest as backtests
    from kundig.models._volume_series import Series

    return backtests.run(Series(counts, tuple(dates), np.array(free, dtype=bool), season), ahead, seed)


def _number(value: Figure) -> float:
    return float(value) if value is not None else float("nan")


def _utc(time: dt.datetime) -> dt.datetime:
    return time.replace(tzinfo=dt.UTC) if time.tzinfo is None else time


def _scores(past: Backtest, method: str, rows: int) -> dict[str, Figure]:
    share, n = past.coverage(method)
    errors = {name: past.mase(name, rows) for name in ("seasonal_naive", "profile", "holidays", "boosted")}
    return {
        "method": method,
        "mase": errors[method],
        "mase_naive": errors["seasonal_naive"],
        "mase_profile": errors["profile"],
        "mase_holidays": errors["holidays"],
        "mase_boosted": errors["boosted"],
        "wape_share": past.wape(method, rows),
        "coverage_share": share,
        "coverage_share_n": n,
    }


def _judged_table(learned: Foreseen) -> pa.Table:
    import pyarrow as pa

    names = {"seasonal_naive": "naive"}
    return pa.table({
        "method": list(METHOD_WORDS.values()),
        "mase": [learned.scores[f"mase_{names.get(name, name)}"] for name in METHOD_WORDS],
        "used": [name == learned.method for name in METHOD_WORDS],
    })  # fmt: skip


def _rows(by: str, past: Backtest, method: str, told: Floats) -> Iterable[Mapping[str, Any]]:
    """The forecast as rows: hours or days one by one, weeks (Monday to Sunday) as the sum of their days."""
    series, end = past.series, past.series.rows
    if by == "week":
        for start in range(_until_monday(series), told.shape[0] - 6, 7):
            yield _week(past, method, told, start)
        return
    low, high = past.band(method, told, end, end)
    for (row, column), n in _cells(told):
        day = series.dates[end + row].isoformat()
        slot = f"{day} {column:02}:00" if told.shape[1] > 1 else day
        yield _forecast(day, slot, n, (low[row, column], high[row, column], past.errors_known(method, _week_of(row))))


def _next_week(past: Backtest, method: str, told: Floats) -> Mapping[str, Any]:
    """The next week from Monday to Sunday; the next seven days where the horizon does not reach so far."""
    start = _until_monday(past.series)
    return _week(past, method, told, start if start + 7 <= told.shape[0] else 0)


def _week(past: Backtest, method: str, told: Floats, start: int) -> Mapping[str, Any]:
    rows = slice(start, start + 7)
    day = past.series.dates[past.series.rows + start].isoformat()
    return _forecast(day, day, float(told[rows].sum()), past.band_of_sum(method, told, rows))


def _forecast(day: str, slot: str, n: float, band: tuple[float, float, int]) -> Mapping[str, Any]:
    low, high = (None if end != end else float(end) for end in band[:2])
    return {"day": day, "slot": slot, "contacts": float(n), "contacts_low": low, "contacts_high": high, "contacts_n": band[2]}


def _cells(told: Floats) -> Iterable[tuple[tuple[int, int], float]]:
    import numpy as np

    return (((int(row), int(column)), float(n)) for (row, column), n in np.ndenumerate(told))


def _week_of(row: int) -> slice:
    return slice(row // 7 * 7, row // 7 * 7 + 7)


def _until_monday(series: Series) -> int:
    """How many days after the series the next Monday is."""
    return -series.dates[series.rows].weekday() % 7


def _hours(live: Series, days: Floats, past: Backtest, method: str) -> Iterable[Mapping[str, Any]]:
    """The days split by hour as in the last eight weeks, with intervals from how far off the same split was at past dates."""
    from kundig.models import _volume_split

    told = _volume_split.split(live, days, past)
    tested = _volume_split.backtest(live, past, method)
    low, high = tested.band(method, told, live.rows, live.rows)
    for (row, column), n in _cells(told):
        day = live.dates[live.rows + row].isoformat()
        if n > 0:
            known = tested.errors_known(method, _week_of(row))
            yield _forecast(day, f"{day} {column:02}:00", n, (low[row, column], high[row, column], known))


def _recent(series: Series) -> Iterable[tuple[dt.date, float]]:
    for row in range(max(0, series.rows - 42), series.rows):
        n = float(series.counts[row].sum())
        if n == n:
            yield series.dates[row], n
