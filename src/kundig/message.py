"""A sentence with its values, worded by whoever shows it, in German or English.

The core never formats numbers into text. It returns ``Message("{n} cases", {"n": 3})``; a surface calls
``message.say("de")`` and gets the German sentence from the one catalogue in ``kundig/locale`` with numbers
and dates as Germans write them. English is the source and the catalogue's key.

Mark every text a person can read with :func:`sentence` (or build a Message from a literal): a test collects
the marked texts and fails where the German is missing.
"""

from __future__ import annotations

import datetime as dt
import gettext
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "de")
_LOCALES = {"en": "en_GB", "de": "de_DE"}


def sentence(text: str) -> str:
    """Mark ``text`` for translation and return it unchanged."""
    return text


@dataclass(frozen=True)
class Share:
    """A proportion between 0 and 1, shown as per cent."""

    value: float
    digits: int = 1


@dataclass(frozen=True)
class Duration:
    """A length of time in seconds, shown in the unit a person would use."""

    seconds: float


@dataclass(frozen=True)
class Number:
    """A number with a fixed number of decimals."""

    value: float
    digits: int = 2


@dataclass(frozen=True)
class Word:
    """A word from a closed list of ours (a channel, a kind), looked up in the catalogue."""

    text: str


@dataclass(frozen=True)
class Message:
    """A text in English with ``{named}`` values; ``many`` and ``n`` give the plural form."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    many: str = ""
    n: int | None = None

    def say(self, lang: str = "en") -> str:
        """This message in ``lang``, values formatted for its locale."""
        return say(self, lang)

    def __str__(self) -> str:
        return say(self, "en")

    def __hash__(self) -> int:
        return hash((self.text, self.many, self.n, tuple(sorted((k, repr(v)) for k, v in self.values.items()))))


def sentences(one: str, many: str, n: int, **values: Any) -> Message:
    """A message with a plural: ``sentences("{n} case", "{n} cases", 3)``."""
    return Message(one, {"n": n, **values}, many=many, n=n)


def say(message: Message | str, lang: str = "en") -> str:
    """``message`` in ``lang`` ("de" or "en"); a plain string is looked up as it is."""
    if isinstance(message, str):
        return _catalogue(lang).gettext(message) if message else ""
    words = _catalogue(lang)
    if message.many and message.n is not None:
        text = words.ngettext(message.text, message.many, message.n)
    else:
        text = words.gettext(message.text) if message.text else ""
    text = text.format(**{name: show(value, lang) for name, value in message.values.items()})
    return _in_good_german(text) if lang == "de" and message.values else text


_ABBREVIATED = re.compile(r"\b(Min|Std|Sek)\.\.(?!\.)")
_DATIVE = re.compile(
    r"\b((?:ab|aus|bei|binnen|in|mit|nach|seit|unter|von|vor|zu) (?:etwa |rund )?-?[\d.,]+ Tage)(?!\w)", re.IGNORECASE
)
_DATIVE_UNTIL = re.compile(r"( Tagen bis -?[\d.,]+ Tage)(?!\w)")


def _in_good_german(text: str) -> str:
    """A length of time fits its sentence: "binnen 1,6 Tagen", and one full stop after an abbreviated unit."""
    text = _DATIVE.sub(r"\1n", _ABBREVIATED.sub(r"\1.", text))
    return _DATIVE_UNTIL.sub(r"\1n", text)


def show(value: Any, lang: str = "en") -> str:
    """One value as a person in ``lang`` writes it; numbers and dates by locale."""
    match value:
        case None:
            return "–"
        case Message():
            return say(value, lang)
        case Word():
            return say(value.text, lang).replace("_", " ")
        case Share():
            return percent(value.value, lang, value.digits)
        case Duration():
            return duration(value.seconds, lang)
        case Number():
            return number(value.value, lang, value.digits)
        case bool():
            return say("yes" if value else "no", lang)
        case int():
            return number(value, lang, 0)
        case float():
            return number(value, lang, 2)
        case dt.datetime() | dt.date():
            return date(value, lang)
        case _:
            return str(value)


def number(value: float, lang: str = "en", digits: int = 2) -> str:
    """1234.5 as 1,234.50 or 1.234,50; what rounds to zero has no sign."""
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return str(format_decimal(value if round(value, digits) else 0, format=pattern, locale=_LOCALES[lang]))


def percent(value: float, lang: str = "en", digits: int = 1) -> str:
    """0.1665 as 16.7% or 16,7 %."""
    from babel.numbers import format_percent

    pattern = "#,##0" + ("." + "0" * digits if digits else "") + ("\u00a0%" if lang == "de" else "%")
    return str(format_percent(value if round(value, digits + 2) else 0, format=pattern, locale=_LOCALES[lang]))


def date(value: dt.datetime | dt.date, lang: str = "en") -> str:
    """21.11.2026 in German, 21 Nov 2026 in English; with the time where there is one."""
    from babel.dates import format_date, format_datetime

    if isinstance(value, dt.datetime):
        pattern = "dd.MM.yyyy, HH:mm" if lang == "de" else "d MMM yyyy, HH:mm"
        return str(format_datetime(value, pattern, locale=_LOCALES[lang]))
    return str(format_date(value, "dd.MM.yyyy" if lang == "de" else "d MMM yyyy", locale=_LOCALES[lang]))


_DAY = 86400.0
_UNITS = ((_DAY, "{n} days"), (3600.0, "{n} h"), (60.0, "{n} min"), (1.0, "{n} s"))


def duration(seconds: float, lang: str = "en") -> str:
    """A length of time in one unit: 42 s, 12 min, 3.4 h, 2.1 days."""
    sign, length = ("-" if seconds < 0 else ""), abs(seconds)
    for size, text in _UNITS:
        if length >= size or size == 1.0:
            n = length / size
            shown = number(n, lang, 0 if n >= 100 or n == int(n) else 1)
            return sign + say(sentence("{n} day") if shown == "1" and size == _DAY else text, lang).replace("{n}", shown)
    raise AssertionError("unreachable")


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(lang: str) -> gettext.NullTranslations:
    if lang not in LANGUAGES:
        raise ValueError(f"language {lang!r} is not one of {', '.join(LANGUAGES)}")
    if lang == "en":
        return gettext.NullTranslations()
    return gettext.translation("kundig", str(Path(__file__).parent / "locale"), [lang], fallback=True)
