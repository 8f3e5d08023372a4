"""A period beside the one before it: the same length, the same filter, each figure with its difference."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kundig.message import Duration, Message, Number, Share, sentence, show
from kundig.server.explore import asked

if TYPE_CHECKING:
    from kundig.answer import Answer
    from kundig.workspace import Workspace

NOT_TWO = sentence("There are not two full periods yet: give the days the period begins and ends.")
CLEAR, WITHIN = sentence("clear"), sentence("may be chance")


def before(since: dt.date, until: dt.date) -> tuple[dt.date, dt.date]:
    """The period of the same length right before; whole calendar months are compared with whole months."""
    if since.day == 1 and until.day == 1:
        months = (until.year - since.year) * 12 + until.month - since.month
        start = since.year * 12 + since.month - 1 - months
        return dt.date(start // 12, start % 12 + 1, 1), since
    return since - (until - since), since


def comparison(
    workspace: Workspace, answer: Answer, inputs: Mapping[str, Any], where: Mapping[str, str], lang: str
) -> dict[str, Any]:
    """Both periods in words and the figures of both with their difference; the last full month where no period is given.

    ``wrong`` says what is missing instead.
    """
    period = _period(workspace, where)
    if period is None:
        return {"wrong": Message(NOT_TWO).say(lang)}
    since, until = period
    now = asked.put(workspace, answer.name, inputs, {**where, "since": since.isoformat(), "until": until.isoformat()})
    start, end = before(since, until)
    then = asked.put(workspace, answer.name, inputs, {**where, "since": start.isoformat(), "until": end.isoformat()})
    day = dt.timedelta(days=1)
    return {
        "now": Message("{since} to {until}", {"since": since, "until": until - day}).say(lang),
        "then": Message("{since} to {until}", {"since": start, "until": end - day}).say(lang),
        "rows": [row for name in now.figures if (row := difference(now, then, name, lang))],
    }


def _period(workspace: Workspace, where: Mapping[str, str]) -> tuple[dt.date, dt.date] | None:
    since, until = (dt.date.fromisoformat(where[key]) if where.get(key) else None for key in ("since", "until"))
    if since is None:
        return last_full(workspace)
    until = until or _days(workspace)[1] + dt.timedelta(days=1)
    return (since, until) if since < until else None


def last_full(workspace: Workspace) -> tuple[dt.date, dt.date] | None:
    """The last month that is over in the data and has one before it, else the last such week; None where there is neither."""
    first, last = _days(workspace)
    day = dt.timedelta(days=1)
    until = (last + day).replace(day=1)
    since = (until - day).replace(day=1)
    if before(since, until)[0] >= first.replace(day=1):
        return since, until
    until = last + day - dt.timedelta(days=(last.weekday() + 1) % 7)
    since = until - 7 * day
    return (since, until) if since - 7 * day >= first - 6 * day else None


def _days(workspace: Workspace) -> tuple[dt.date, dt.date]:
    """The days the first and the last case began, in the workspace's zone."""
    with workspace.lake.read("analysis") as reading:
        sql = "select min(started_at) as first, max(started_at) as last from cases where started_at <= :clock"
        row = reading.query(sql, {"clock": workspace.lake.clock()}).to_pylist()[0]
    zone = ZoneInfo(workspace.settings.time_zone)
    now = workspace.lake.clock()
    return (row["first"] or now).astimezone(zone).date(), (row["last"] or now).astimezone(zone).date()


def difference(now: Answer, then: Answer, name: str, lang: str) -> dict[str, str] | None:
    """One figure of both periods; None for texts and for the ends of intervals."""
    from kundig.answer.figures import figure_shown, figure_word

    value, old = now.figures[name], then.figures.get(name)
    if any(name.endswith(end) and name.removesuffix(end) in now.figures for end in ("_low", "_high", "_n")):
        return None
    if any(isinstance(one, str | bool) for one in (value, old)) or (value is None and old is None):
        return None
    return {
        "label": figure_word(now, name, lang), "now": figure_shown(name, value, lang), "then": figure_shown(name, old, lang),
        "difference": changed(name, value, old, lang), "sure": _sure(now, then, name, lang),
    }  # fmt: skip


def changed(name: str, value: Any, old: Any, lang: str) -> str:
    """The difference with its sign: shares in percentage points, times as times, everything else as a number."""
    from kundig.answer.plain import _DURATION, _SHARE  # the same names decide how a figure is worded

    if not isinstance(value, int | float) or not isinstance(old, int | float) or not math.isfinite(value - old):
        return "–"
    step = value - old
    sign = "+" if step > 0 else "−" if step < 0 else "±"
    if _SHARE.search(name):
        return Message("{sign}{n} points", {"sign": sign, "n": Number(abs(step) * 100, 1)}).say(lang)
    if _DURATION.search(name):
        return sign + show(Duration(abs(step)), lang)
    text = sign + show(abs(step), lang)
    return f"{text} ({sign}{show(Share(abs(step) / abs(old), 0), lang)})" if old and isinstance(value, int) else text


def clear(now: Mapping[str, Any], then: Mapping[str, Any], name: str) -> bool | None:
    """Whether the 95% intervals of both periods lie apart; counts by the normal approximation to Poisson; None: not known."""
    low, high, old_low, old_high = (figures.get(f"{name}_{end}") for figures in (now, then) for end in ("low", "high"))
    if low is not None and high is not None and old_low is not None and old_high is not None:
        return bool(low > old_high or high < old_low)
    value, old = now.get(name), then.get(name)
    if isinstance(value, int) and isinstance(old, int) and value + old > 0:
        return abs(value - old) > 1.96 * math.sqrt(value + old)
    return None


def _sure(now: Answer, then: Answer, name: str, lang: str) -> str:
    found = clear(now.figures, then.figures, name)
    return "" if found is None else Message(CLEAR if found else WITHIN).say(lang)
