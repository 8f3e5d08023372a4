"""Dates and numbers as exports write them, as SQL expressions that read millions of values at once.

Each expression takes the SQL of a text (already trimmed, null where empty) and gives null where the text is not what it
should be; the caller tells "absent" from "unreadable". A date's shape says how to read it, value by value: 2026-11-21,
21.11.2026 and 1795269600 may stand in one column. Only 03/04/2024 needs to be told (``date_order``).
"""

from __future__ import annotations

_GERMAN = ("%d.%m.{y} %H:%M:%S.%f", "%d.%m.{y} %H:%M:%S", "%d.%m.{y} %H:%M", "%d.%m.{y}")
_PARTED = {"dmy": "%d/%m/{y}", "mdy": "%m/%d/{y}"}
_CLOCKS = (" %I:%M:%S %p", " %I:%M %p", " %H:%M:%S.%f", " %H:%M:%S", " %H:%M", "")
_WORDED = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%a %d %b %Y", "%a %b %d %Y", "%d-%b-%Y")
_NBSP = "\u00a0\u202f"
_MONTHS = {"Jän": "Jan", "Mär": "Mar", "Mrz": "Mar", "Mai": "May", "Okt": "Oct", "Dez": "Dec"}

_ISO = "({x} like '____-%' or {x} like '____/%')"
_DIGITS = r"regexp_full_match({x}, '\d{{8,19}}(\.\d+)?')"
_ZONED_ISO = "regexp_matches(substr({x}, 11), '[A-SU-Za-su-z+-]')"
_PARTED_SHAPE = r"regexp_matches({x}, '^\d{{1,2}}[/-]\d{{1,2}}[/-]\d{{2,4}}')"
_MAIL = r"regexp_matches({x}, '[+-]\d{{4}}( \(\w+\))?$')"

EMPTY = (
    "null",
    "none",
    "n/a",
    "na",
    "nan",
    "nat",
    "-",
    "--",
    "?",
    "0000-00-00",
    "0000-00-00 00:00:00",
    "00.00.0000",
    "00.00.0000 00:00",
)
"""What exports write where there is no date or number."""


def literal(text: str) -> str:
    """``text`` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def is_empty(x: str) -> str:
    """SQL: the text stands for nothing."""
    return f"lower({x}) in ({', '.join(literal(word) for word in EMPTY)})"


def wall_time(x: str, order: str = "dmy") -> str:
    """SQL for the TIMESTAMP of text ``x``: as the clock on the wall shows it, or UTC where :func:`is_absolute`."""
    joined = f"regexp_replace(replace({x}, ',', '.'), ' +([+-])', '\\1')"
    iso_zoned = f"coalesce(try_cast({x} as timestamptz), try_cast({joined} as timestamptz))"
    return (
        "case"
        f" when {x} is null then null"
        f" when {_ISO.format(x=x)} then case when {_ZONED_ISO.format(x=x)} then {_utc(iso_zoned)}"
        f" else coalesce(try_cast({x} as timestamp), try_cast(replace({x}, ',', '.') as timestamp)) end"
        f" when {x} like '%.%.%' then {_german(x)}"
        f" when {_PARTED_SHAPE.format(x=x)} then {_parted(x, order)}"
        f" when {_DIGITS.format(x=x)} then {_counted(x)}"
        f" when {_MAIL.format(x=x)} then {_utc(_mail(x))}"
        f" else {_worded(x)} end"
    )


def is_absolute(x: str) -> str:
    """SQL: the text names its zone, or counts from 1970, so the mapping's zone does not matter."""
    return (
        "coalesce(case"
        f" when {_ISO.format(x=x)} then {_ZONED_ISO.format(x=x)}"
        rf" when regexp_full_match({x}, '\d+(\.\d+)?') then length(split_part({x}, '.', 1)) not in (8, 14)"
        f" else {_MAIL.format(x=x)} end, false)"
    )


def is_day(x: str) -> str:
    """SQL: the text is a date without a time."""
    return rf"not contains({x}, ':') and not regexp_full_match({x}, '\d{{9,}}(\.\d+)?')"


def number(x: str, decimal: str = ".") -> str:
    """SQL for the DOUBLE of text ``x``; currency signs, blanks and thousands marks are left out.

    Where a text can be read in one way only ("1.234,56", "12.5"), that way counts, else ``decimal`` decides ("1.234").
    """
    plain = rf"regexp_replace({x}, '[\s{_NBSP}€$£%'']|EUR|USD|CHF', '', 'g')"
    comma = f"replace(replace({plain}, '.', ''), ',', '.')"
    point = f"replace({plain}, ',', '')"
    is_comma = rf"regexp_full_match({plain}, '[+-]?(\d{{1,3}}(\.\d{{3}})+|\d+)(,\d+)?')"
    is_point = rf"regexp_full_match({plain}, '[+-]?(\d{{1,3}}(,\d{{3}})+|\d*)(\.\d+)?([eE][+-]?\d+)?')"
    first, second = ((is_comma, comma), (is_point, point)) if decimal == "," else ((is_point, point), (is_comma, comma))
    quick = rf"when regexp_full_match({x}, '[+-]?\d{{1,15}}') then {x}"
    return f"try_cast(case {quick} when {first[0]} then {first[1]} when {second[0]} then {second[1]} end as double)"


def seconds(x: str, decimal: str, factor: float) -> str:
    """SQL for a length of time in seconds: a number times ``factor``, or hh:mm:ss, or mm:ss."""
    parts = f"string_split({x}, ':')"
    clock = f"list_reduce(list_transform({parts}, lambda part: try_cast(part as double)), lambda total, part: total * 60 + part)"
    return rf"case when regexp_full_match({x}, '\d+:\d\d(:\d\d(\.\d+)?)?') then {clock} else {number(x, decimal)} * {factor} end"


def _utc(instant: str) -> str:
    return f"make_timestamp(epoch_us({instant}))"


def _formats(patterns: tuple[str, ...]) -> str:
    return "[" + ", ".join(literal(p) for p in patterns) + "]"


def _german(x: str) -> str:
    text = f"replace(replace({x}, ',', ''), ' Uhr', '')"
    long = _formats(tuple(p.format(y="%Y") for p in _GERMAN))
    short = _formats(tuple(p.format(y="%y") for p in _GERMAN))
    full = rf"regexp_matches({x}, '^\d{{1,2}}\.\s?\d{{1,2}}\.\s?\d{{4}}')"
    return f"case when {full} then try_strptime({text}, {long}) when {x} like '%.%.__%' then try_strptime({text}, {short}) end"


def _parted(x: str, order: str) -> str:
    """Day/month/year or month/day/year; dashes read like slashes."""
    text = rf"regexp_replace(regexp_replace(replace({x}, ',', ''), '^(\d+)-(\d+)-', '\1/\2/'), 'T', ' ')"
    long = _formats(tuple(_PARTED[order].format(y="%Y") + clock for clock in _CLOCKS))
    short = _formats(tuple(_PARTED[order].format(y="%y") + clock for clock in _CLOCKS))
    full = rf"regexp_matches({x}, '^\d+[/-]\d+[/-]\d{{4}}')"
    return f"case when {full} then try_strptime({text}, {long}) else try_strptime({text}, {short}) end"


def _counted(x: str) -> str:
    """yyyymmdd, yyyymmddhhmmss, or seconds, milliseconds, microseconds, nanoseconds since 1970 by their length."""
    whole = f"split_part({x}, '.', 1)"
    return (
        f"case length({whole})"
        f" when 8 then try_strptime({x}, '%Y%m%d') when 14 then try_strptime({x}, '%Y%m%d%H%M%S')"
        f" when 9 then {_since(x, 1e6)} when 10 then {_since(x, 1e6)} when 12 then {_since(x, 1e3)} when 13 then {_since(x, 1e3)}"
        f" when 16 then {_since(x, 1)} when 19 then {_since(x, 1e-3)} end"
    )


def _since(x: str, factor: float) -> str:
    return f"make_timestamp(cast(round(try_cast({x} as decimal(38, 9)) * {factor:.3f}) as bigint))"


def _mail(x: str) -> str:
    """The date of a mail header (RFC 5322), with or without the weekday."""
    text = rf"regexp_replace(regexp_replace({x}, ' \(\w+\)$', ''), '^\w{{3}}, *', '')"
    return f"try_strptime({text}, ['%d %b %Y %H:%M:%S %z', '%d %b %Y %H:%M %z'])"


def _has_month(x: str) -> str:
    """Cheap enough to keep prose away from forty patterns."""
    months = "jan|jän|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez"
    return f"strlen({x}) < 45 and regexp_matches({x}, '\\d{{4}}') and regexp_matches({x}, '(?i)\\b({months})')"


def _worded(x: str) -> str:
    """With the month as an English or German word: 21. März 2026 14:05, Nov 21, 2026."""
    text = f"replace(replace({x}, ',', ''), '.', '')"
    for german, english in _MONTHS.items():
        text = rf"regexp_replace({text}, '\b{german}[a-zäöü]*', '{english}', 'i')"
    text = rf"regexp_replace({text}, '\b(\w{{3}})(uary|ruary|ch|il|e|y|ust|tember|ober|ember)\b', '\1')"
    patterns = tuple(day + clock for day in _WORDED for clock in _CLOCKS)
    return f"case when {_has_month(x)} then try_strptime({text}, {_formats(patterns)}) end"
