"""Dates as people write them in German and English messages, resolved against the time of the message: "bis Freitag", "within 3 days"."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Due:
    """A date in a text: the last moment it allows, where it stands, and whether it is a deadline ("bis", "by")."""

    at: dt.datetime
    start: int
    end: int
    deadline: bool


def dates_in(text: str, written_at: dt.datetime, zone: str = "UTC") -> list[Due]:
    """The dates named in ``text``, in order, each as the last moment it allows, in ``zone``.

    A day without an hour ends at 23:59:59, a working day is Monday to Friday (public holidays are not known), "the end of the
    week" is its Friday. A weekday is the next one after the day of writing, a date without a year the next such date. Dates that
    lie in the past, begin something ("ab Montag", "since Monday") or recur ("jeden Montag") are left out. ``written_at``
    without a zone counts as UTC.
    """
    aware = written_at if written_at.tzinfo else written_at.replace(tzinfo=dt.UTC)
    now = aware.astimezone(ZoneInfo(zone))
    days = _apart(_all(text, now, _DAYS))
    return days or _apart(_all(text, now, _WITHIN_TODAY))


def _apart(found: Iterator[Due]) -> list[Due]:
    """In order, of those that overlap the one that begins first and is longest."""
    kept: list[Due] = []
    for due in sorted(found, key=lambda due: (due.start, -due.end)):
        if not kept or due.start >= kept[-1].end:
            kept.append(due)
    return kept


def _all(text: str, now: dt.datetime, rules: Sequence[Rule]) -> Iterator[Due]:
    for pattern, resolve in rules:
        for match in pattern.finditer(text):
            until = None if _begins_or_recurs(text[: match.start()], match) else resolve(match, now)
            if until is None:
                continue
            at = until if isinstance(until, dt.datetime) else _end_of(until, now, _hour_beside(text, match))
            if at >= now:
                yield Due(at, match.start(), match.end(), _is_deadline(match, text))


_LEAD = (
    r"(?:(?:noch|bereits|schon|schnellstmöglich)\s+)?(?:(?:bis|spätestens|vor|am|zum|zur|dem|den|noch|im Laufe|in|by|on"
    r"|before|no later than"
    r"|not later than|at the latest|until|till|latest|the)\s+)*"
)
_NOT_BEFORE = re.compile(
    r"\b(?:seit|vom|von|ab|letzte[nrm]?|vergangene[nrm]?|vorige[nrm]?|jede[nrm]?|frühestens|zwischen|nach|since|from|last"
    r"|every|each|past"
    r"|previous|after|between|starting|effective|as of)(?:\s+(?:dem|der|den|am|the|on))?\s*$",
    re.IGNORECASE,
)
_DAY_RANGE = re.compile(
    r"\b(?:(?-i:Mo|Di|Mi|Do|Fr|Sa|So|Mon|Tue|Wed|Thu|Fri|Sat|Sun)\.?|montags?|dienstags?|mittwochs?|donnerstags?|freitags?|samstags?|sonntags?"
    r"|\w+day)\s*(?:-|–|bis|to|through|until)\s*$",
    re.IGNORECASE,
)
_FROM_HOUR = re.compile(r"\b(?:von|from)\s+\d{1,2}(?:[:.]\d{2})?(?:\s*(?:Uhr|[ap]m))?\s*$", re.IGNORECASE)


def _begins_or_recurs(before: str, match: re.Match[str]) -> bool:
    lead = match.groupdict().get("lead") or ""
    ranged = (_DAY_RANGE.search(before + lead) and "day" in match.groupdict()) or _FROM_HOUR.search(before)
    return bool(_NOT_BEFORE.search(before) or re.search(r"\b(?:not|nicht)\s+(?:before|vor)\s", before[-12:] + lead) or ranged)


_DEADLINE = re.compile(r"\b(?:bis|spätestens|innerhalb|binnen|in|im|within|by|before|latest|later)\b", re.IGNORECASE)


def _is_deadline(match: re.Match[str], text: str) -> bool:
    return bool(_DEADLINE.search(match[0]) or re.match(r"\s*(?:at the latest|latest|spätestens)\b", text[match.end() :]))


_HOUR = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?P<half>Uhr|h\b|[ap]\.?m\b\.?|o'clock)|\b(?P<noon>noon|mittags?)\b",
    re.IGNORECASE,
)
_HOUR_BEFORE = re.compile(_HOUR.pattern + r"(?:\s*,)?\s*$", re.IGNORECASE)
_NEAR = 45
"""How many letters after a date its hour may stand."""


def _hour_beside(text: str, match: re.Match[str]) -> dt.time | None:
    """The latest hour said with a date: "am Freitag zwischen 8 und 12 Uhr", "tomorrow by 5 pm", "by 5 pm tomorrow"."""
    hours = [time for found in _HOUR.finditer(text[match.end() : match.end() + _NEAR]) if (time := _time(found))]
    if not hours and (found := _HOUR_BEFORE.search(text[: match.start()])):
        hours = [time for time in [_time(found)] if time]
    return max(hours, default=None)


def _time(found: re.Match[str]) -> dt.time | None:
    if found["noon"]:
        return dt.time(12)
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found["half"].lower().replace(".", "")
    hour += 12 if half == "pm" and hour < 12 else 0
    return dt.time(hour, minute) if hour < 24 and minute < 60 else None


def _end_of(day: dt.date, now: dt.datetime, time: dt.time | None) -> dt.datetime:
    return dt.datetime.combine(day, time or dt.time(23, 59, 59), now.tzinfo)


_WEEKDAYS = {
    "montag": 0, "dienstag": 1, "mittwoch": 2, "donnerstag": 3, "freitag": 4, "samstag": 5, "sonnabend": 5, "sonntag": 6,
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6,
}  # fmt: skip
_MONTHS = {
    "januar": 1, "jänner": 1, "februar": 2, "märz": 3, "maerz": 3, "april": 4, "mai": 5, "juni": 6, "juli": 7, "august": 8, "september": 9,
    "oktober": 10, "november": 11, "dezember": 12, "january": 1, "february": 2, "march": 3, "may": 5, "june": 6, "july": 7, "october": 10,
    "december": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "okt": 10, "oct": 10,
    "nov": 11, "dez": 12, "dec": 12,
}  # fmt: skip
_NUMBERS = {
    "ein": 1, "eine": 1, "einer": 1, "einem": 1, "eines": 1, "einen": 1, "der": 1, "des": 1, "the": 1, "a": 1, "an": 1, "one": 1, "zwei": 2,
    "two": 2, "drei": 3, "three": 3, "vier": 4, "four": 4, "fünf": 5, "five": 5, "sechs": 6, "six": 6, "sieben": 7, "seven": 7, "acht": 8,
    "eight": 8, "neun": 9, "nine": 9, "zehn": 10, "ten": 10, "zwölf": 12, "twelve": 12, "vierzehn": 14, "fourteen": 14,
}  # fmt: skip
_WEEKDAY = "|".join(_WEEKDAYS)
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_NUMBER = r"\d{1,3}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True))

Until = dt.date | dt.datetime | None
Rule = tuple[re.Pattern[str], Callable[[re.Match[str], dt.datetime], Until]]


def _today(match: re.Match[str], now: dt.datetime) -> Until:
    return now.date()


def _tomorrow(match: re.Match[str], now: dt.datetime) -> Until:
    after = 2 if match["far"] else 1
    return now.date() + dt.timedelta(days=after)


def _weekday(match: re.Match[str], now: dt.datetime) -> Until:
    """The next such day after today; "nächste Woche Freitag" and "Friday next week" in the week after this one."""
    wanted, today = _WEEKDAYS[match["day"].lower()], now.date()
    if wanted == today.weekday() and re.search(r"\b(?:diese[nrm]?|this)\b", match[0], re.IGNORECASE):
        return today
    if match["week"] or match["week_after"]:
        return _monday(today) + dt.timedelta(days=7 + wanted)
    return today + dt.timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def _numbers(match: re.Match[str], now: dt.datetime) -> Until:
    """bis 12.3., 12.03.2026, 12/03/2026 (day first, unless that cannot be), 2026-03-12; "12.3" alone may be anything."""
    year, month, day = match["year"], int(match["month"]), int(match["day"])
    if not year and not match["lead"].strip():
        return None
    if match["mark"] == "/" and month > 12:
        month, day = day, month
    return _next_date(now.date(), day, month, year)


def _named(match: re.Match[str], now: dt.datetime) -> Until:
    """12. März, 12 March 2026, March 12th."""
    return _next_date(now.date(), int(match["day"]), _MONTHS[match["month"].lower()], match["year"])


def _next_date(today: dt.date, day: int, month: int, year: str | None) -> dt.date | None:
    """The date, without a year the one less than ten months ahead; one that has just passed stays past."""
    try:
        if year:
            return dt.date(int(year) + (2000 if len(year) == 2 else 0), month, day)
        this = dt.date(today.year, month, day)
        return this if (today - this).days < 60 else dt.date(today.year + 1, month, day)
    except ValueError:
        return None


def _span(match: re.Match[str], now: dt.datetime) -> Until:
    """innerhalb von 3 Werktagen, in zwei Wochen, within 24 hours: of "2 to 3 days" the longer."""
    n, unit = _number(match["most"] or match["n"]), match["unit"].lower()
    if unit.startswith(("stund", "hour", "std")):
        return now + dt.timedelta(hours=n)
    if unit.startswith(("minut", "min")):
        return now + dt.timedelta(minutes=n)
    if unit.startswith(("woche", "week")):
        return now.date() + dt.timedelta(days=7 * n)
    if unit.startswith(("monat", "month")):
        return _months_on(now.date(), n)
    return _working_days_on(now.date(), n) if match["working"] else now.date() + dt.timedelta(days=n)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _NUMBERS[text.lower()]


def _working_days_on(day: dt.date, n: int) -> dt.date:
    while n > 0:
        day += dt.timedelta(days=1)
        n -= day.weekday() < 5
    return day


def _months_on(day: dt.date, n: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _week(match: re.Match[str], now: dt.datetime) -> Until:
    """Within this or the next week: early is Tuesday, the middle Wednesday, else Friday; at the weekend this week's Sunday."""
    part = (match["part"] or "").lower()
    after = 1 if part in ("anfang", "early", "beginning of", "start of") else 2 if part in ("mitte", "mid", "middle of") else 4
    monday = _monday(now.date()) + dt.timedelta(days=7 if match["next"] else 0)
    day = monday + dt.timedelta(days=after)
    return day if day >= now.date() else monday + dt.timedelta(days=6)


def _calendar_week(match: re.Match[str], now: dt.datetime) -> Until:
    try:
        return dt.date.fromisocalendar(now.date().isocalendar().year, int(match["n"]), 5)
    except ValueError:
        return None


def _month_end(match: re.Match[str], now: dt.datetime) -> Until:
    """The end of this, the next or a named month; its beginning is the 10th, its middle the 20th."""
    today, part, named = now.date(), (match["part"] or "").lower(), match["month"]
    first = _months_on(today.replace(day=1), 1 if match["next"] else 0)
    if named:
        month = _MONTHS[named.lower()]
        first = dt.date(today.year + (month < today.month), month, 1)
    last = calendar.monthrange(first.year, first.month)[1]
    early, middle = ("anfang", "beginning of", "early", "start of"), ("mitte", "middle of", "mid")
    return first.replace(day=10 if part in early else 20 if part in middle else last)


def _clock(match: re.Match[str], now: dt.datetime) -> Until:
    found = _HOUR.search(match[0])
    time = _time(found) if found else None
    return dt.datetime.combine(now.date(), time, now.tzinfo) if time else None


def _rule(pattern: str, resolve: Callable[[re.Match[str], dt.datetime], Until]) -> Rule:
    return re.compile(pattern, re.IGNORECASE), resolve


_DAYS: tuple[Rule, ...] = (
    _rule(
        rf"(?P<lead>\b{_LEAD})\b(?:heute(?:\s+(?:noch|abend|nachmittag|vormittag|mittag))?|today|tonight|this (?:morning"
        rf"|afternoon|evening))\b",
        _today,
    ),
    _rule(
        rf"(?P<lead>\b{_LEAD})\b(?<!guten )(?<!good )(?:(?P<far>über|the day after )?(?:morgen(?!\s*(?:stund|s\b))"
        rf"|tomorrow)|(?:des )?morgigen tages)\b",
        _tomorrow,
    ),
    _rule(
        rf"(?P<lead>\b{_LEAD})(?:(?:kommende|nächste|diese|folgende|kommender|nächster)[nmr]?\s+|this\s+|next\s+|coming\s+)?"
        rf"(?P<week>woche\s+)?(?:am\s+)?\b(?P<day>{_WEEKDAY})\b(?!\s*(?:-|–|bis|to"
        rf"|through)\s)(?P<week_after>\s+(?:next week|(?:in der )?nächste[rn]?\s+woche))?"
        r"(?!,?\s+(?:den|dem|der|the)?\s*\d{1,2}\.)(?!,?\s+\d{1,2}(?:st|nd|rd|th)?\s+[A-Z])",
        _weekday,
    ),
    _rule(
        rf"(?P<lead>\b{_LEAD}(?:(?:{_WEEKDAY}),?\s+(?:(?:dem|den"
        rf"|the)\s+)?)?)(?P<day>\d{{1,2}})(?P<mark>[./])(?P<month>\d{{1,2}})"
        r"(?:(?:[./](?P<year>20\d\d|\d\d)\b)|\.(?!\d)|(?=\b(?!\.?\d)))(?!\s*(?:Uhr|h\b|€|Euro|EUR|%|GB|MB))",
        _numbers,
    ),
    _rule(rf"(?P<lead>\b{_LEAD})\b(?P<year>20\d\d)(?P<mark>-)(?P<month>\d\d)-(?P<day>\d\d)\b", _numbers),
    _rule(
        rf"(?P<lead>\b{_LEAD}(?:(?:{_WEEKDAY}),?\s+(?:(?:dem|den|the)\s+)?)?)(?P<day>\d{{1,2}})(?:\.|st|nd|rd"
        rf"|th)?\s*(?:of\s+)?(?P<month>{_MONTH})\b\.?(?:,?\s+(?P<year>20\d\d))?",
        _named,
    ),
    _rule(
        rf"(?P<lead>\b{_LEAD}(?:(?:{_WEEKDAY}),?\s+)?)\b(?P<month>{_MONTH})\s+(?P<day>\d{{1,2}})(?:st|nd|rd"
        rf"|th)?\b(?!\.?\d)(?:,?\s+(?P<year>20\d\d))?",
        _named,
    ),
    _rule(
        r"\b(?:innerhalb|binnen|in|within)\s+(?:von\s+|of\s+)?(?:(?:den|der|the)\s+)?(?:(?:nächsten|kommenden|next"
        r"|coming)\s+)?(?:ca\.\s+|maximal\s+|spätestens\s+)?"
        rf"(?:(?P<n>{_NUMBER})\s*(?:(?:-|–|bis|to|or|oder)\s*(?P<most>{_NUMBER})\s*)?)\s*"
        r"(?:(?:nächsten|kommenden|next|coming)\s+)?(?P<working>(?:full\s+)?(?:working|business)\s+|werk|arbeits|geschäfts)?"
        r"(?P<unit>tag(?:en|es|e|s)?|days?|stunden?|std\b|hours?|minuten?|minutes?|wochen?|weeks?|monat(?:en|s|e)?|months?)\b",
        _span,
    ),
    _rule(
        r"\b(?:(?:bis|noch|spätestens|by|before)\s+)?(?:(?:zum|zur|im|in|am|the)\s+)?(?:laufe\s+)?(?:(?P<part>anfang"
        r"|mitte|ende|end of|early|mid|late|beginning of|middle of"
        r"|start of)[\s-]+)?(?:der\s+|die\s+|the\s+)?(?:(?P<next>nächste[rnm]?|kommende[rnm]?|folgende[rnm]?|next)\s+"
        r"|(?:diese[rnm]?|laufende[rnm]?|this)\s+|(?<=ende der )|(?<=ende )|(?<=laufe der )|(?<=end of the ))"
        rf"(?:woche|week)\b(?!\s+(?:{_WEEKDAY}))|\b(?:bis|vor|am|noch vor|by|before)\s+(?:zum|dem|diesem|the"
        rf"|this)?\s*(?:wochenende|weekend)\b",
        _week,
    ),
    _rule(r"\b(?:in|bis|by|spätestens)\s+(?:der\s+)?(?:KW|Kalenderwoche|calendar week)\s*(?P<n>\d{1,2})\b", _calendar_week),
    _rule(
        rf"\b(?:(?:bis|by|before|spätestens)\s+)?(?:(?:zum|zu|the)\s+)?(?:(?P<part>ende|end of|anfang|mitte|beginning of"
        rf"|early|middle of|mid|start of)[\s-]+)"
        rf"(?:(?:des|der|dieses|the|this)\s+)?(?:(?P<next>nächsten|kommenden|next)\s+)?(?:(?P<month>{_MONTH})|monats"
        rf"|monat|month)\b|\b(?:bis\s+)?(?:zum\s+)?monatsende\b",
        _month_end,
    ),
    _rule(r"\b(?:im\s+)?(?:laufe\s+des\s+)?(?P<next>nächsten|kommenden|next)\s+(?P<part>)(?P<month>(?!))?(?:monats?"
    r"|month)\b", _month_end),
)  # fmt: skip

_WITHIN_TODAY: tuple[Rule, ...] = (
    _rule(
        rf"(?P<lead>\b{_LEAD})\b(?:end of (?:the )?(?:business )?day|close of business|EOD|feierabend"
        r"|(?:des )?(?:heutigen )?(?:vormittags|nachmittags|tages))\b",
        _today,
    ),
    _rule(r"\b(?:bis|um|gegen|by|at|before|spätestens)\s+(?:um\s+)?\d{1,2}(?:[:.]\d{2})?\s*(?:Uhr|[ap]\.?m\b\.?)", _clock),
)  # fmt: skip
"""What means today only where no day is named."""
