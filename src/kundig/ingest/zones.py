"""From the clock on the wall to UTC, in SQL made for exactly the years that occur.

A time in the gap when clocks go forward does not exist: it is moved forward by the length of the gap (the offset before
the change counts) and can be flagged. A time that occurs twice is the first. That is what ``datetime`` calls fold=0.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

_DAY = dt.timedelta(days=1)
_DAYS = 369
"""A leap year with a day and a half on both sides, since local years begin up to 14 hours apart."""


@dataclass(frozen=True)
class Change:
    """Clocks change: before local time ``until`` the offset ``before`` holds; local times in the gap do not exist."""

    until: dt.datetime
    before: dt.timedelta
    after: dt.timedelta
    gap: tuple[dt.datetime, dt.datetime] | None


def offset_us(wall: str, zone: str, years: Iterable[int]) -> str:
    """SQL for how many microseconds ``wall`` (a TIMESTAMP in one of ``years``) is ahead of UTC."""
    changes = [change for year in sorted(set(years)) for change in changes_of(zone, year)]
    cases = [f"when {wall} < timestamp '{change.until}' then {_us(change.before)}" for change in changes]
    last = _us(changes[-1].after) if changes else 0
    if len({_us(change.before) for change in changes} | {last}) == 1:
        return str(last)
    return f"case {' '.join(cases)} else {last} end"


def in_gap(wall: str, zone: str, years: Iterable[int]) -> str:
    """SQL: the local time ``wall`` never existed."""
    gaps = [change.gap for year in sorted(set(years)) for change in changes_of(zone, year) if change.gap]
    return " or ".join(f"({wall} >= timestamp '{a}' and {wall} < timestamp '{b}')" for a, b in gaps) or "false"


@lru_cache(maxsize=4096)
def changes_of(zone: str, year: int) -> tuple[Change, ...]:
    """The offsets of a local year: an entry for its beginning, one for each change in it, one for its end."""
    place = ZoneInfo(zone)
    first = dt.datetime(min(max(year, 2), 9997), 1, 1, tzinfo=dt.UTC) - _DAY
    offset = _offset(place, first)
    found = [_limit(first, offset)]
    for day in range(_DAYS):
        begin = first + day * _DAY
        after = _offset(place, begin + _DAY)
        if after != offset:
            found.append(_change(place, begin, offset, after))
            offset = after
    return (*found, _limit(first + _DAYS * _DAY, offset))


def _limit(at: dt.datetime, offset: dt.timedelta) -> Change:
    """No change: up to here the offset holds, whatever the next year asked about has."""
    return Change(at.replace(tzinfo=None), offset, offset, None)


def _change(place: ZoneInfo, begin: dt.datetime, before: dt.timedelta, after: dt.timedelta) -> Change:
    """The change within the day from ``begin``, found by halving to the second."""
    low, high = 0, 86400
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(place, begin + dt.timedelta(seconds=middle)) == before else (low, middle)
    instant = (begin + dt.timedelta(seconds=high)).replace(tzinfo=None)
    gap = (instant + before, instant + after) if after > before else None
    return Change(instant + max(before, after), before, after, gap)


def _offset(place: ZoneInfo, instant: dt.datetime) -> dt.timedelta:
    return instant.astimezone(place).utcoffset() or dt.timedelta()


def _us(offset: dt.timedelta) -> int:
    return round(offset.total_seconds() * 1_000_000)
