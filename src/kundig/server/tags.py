"""Template tags: our sentences and values in the language of the page, from the one catalogue."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.utils import timezone

from kundig.message import Message, say, sentences, show
from kundig.server.language import spoken

register = template.Library()


@register.simple_tag(name="say")
def tag_say(text: str | Message, many: str = "", **values: Any) -> str:
    """``{% say "Hello {name}" name=user.name %}``; with ``many`` and ``n`` the plural."""
    if isinstance(text, Message):
        return text.say(spoken())
    if many:
        return sentences(text, many, **values).say(spoken())
    return Message(text, values).say(spoken())


@register.filter
def said(value: Any) -> str:
    """A message, or a word of ours, in the language of the page."""
    if isinstance(value, Message):
        return value.say(spoken())
    return say(str(value), spoken()) if value else ""


@register.filter
def shown(value: Any) -> str:
    """A number, date or time as the language writes it; times in the workspace's zone."""
    if isinstance(value, dt.datetime) and value.tzinfo:
        value = timezone.localtime(value)
    return show(value, spoken())


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """The value of ``key``; None where there is none."""
    return mapping.get(key) if mapping else None
