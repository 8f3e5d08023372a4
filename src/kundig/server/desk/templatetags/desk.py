"""How the desk's templates show what the asker sent: words of our closed lists, and times in the workspace's zone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache

from django import template
from django.utils import timezone

from kundig.message import Word, sentence, show
from kundig.server.language import spoken

register = template.Library()
WORDS = (
    sentence("undated"), sentence("dormant"), sentence("unhappy"), sentence("neutral"), sentence("happy"), sentence("given"),
    sentence("restricted"), sentence("unrestricted"), sentence("objected"), sentence("unobjected"),
)  # fmt: skip
"""Words that reach the templates as data and that no other part of kundig words."""
_LOCALES = {"en": "en_GB", "de": "de_DE"}


@register.filter
def word(text: str | None) -> str:
    """A word of a closed list (a kind, a channel, a state) in the language of the page; "" for none."""
    return _worded(text, spoken()) if text else ""


@lru_cache(2048)
def _worded(text: str, lang: str) -> str:
    """A page says the same few words a hundred times."""
    return show(Word(text), lang)


@register.filter
def when(text: str | None) -> str:
    """A time in ISO 8601 as date and time of day."""
    return show(_local(text), spoken()) if text else "–"


@register.filter
def day(text: str | None) -> str:
    """A time in ISO 8601 as its date."""
    return show(_local(text).date(), spoken()) if text else "–"


@register.filter
def month(text: str) -> str:
    """2026-05 as May 2026."""
    from babel.dates import format_date

    return str(format_date(dt.date.fromisoformat(f"{text}-01"), "MMMM yyyy", locale=_LOCALES[spoken()]))


@register.filter
def graded(score: float | None) -> str:
    """A rating without needless decimals."""
    return "" if score is None else show(int(score) if score == int(score) else score, spoken())


@register.filter
def beside(values: Sequence[str], keys: Sequence[Mapping[str, str]]) -> list[str]:
    """The mail addresses or phone numbers that are not told as keys already."""
    told = {key["key"].casefold() for key in keys}
    return [value for value in values if value.casefold() not in told]


def _local(text: str) -> dt.datetime:
    return timezone.localtime(dt.datetime.fromisoformat(text))
