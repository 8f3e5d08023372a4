"""What every page shows around its own content: where one can go, who one is, which data one sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from kundig.message import sentence
from kundig.server import firm
from kundig.server.access import caller_of
from kundig.server.language import spoken

THEMES = ("light", "dark")
THEME_COOKIE = "kundig_theme"


@dataclass(frozen=True)
class Entry:
    """One place to go: its title, the name of its URL, the act it needs, and the key that leads there."""

    title: str
    url: str
    act: str
    key: str = ""


ENTRIES = (
    Entry(sentence("Overview"), "explore:overview", "ask", "o"),
    Entry(sentence("Insights"), "explore:list", "ask", "i"),
    Entry(sentence("Memory"), "desk:search", "memory", "m"),
    Entry(sentence("Data"), "sources:home", "import", "d"),
    Entry(sentence("Alerts"), "rules:home", "rules", "a"),
    Entry(sentence("Privacy"), "privacy:home", "privacy", "p"),
    Entry(sentence("People"), "people:home", "people", "u"),
    Entry(sentence("Audit log"), "people:audit", "audit"),
)


def entries(request: HttpRequest) -> list[dict[str, Any]]:
    """The places this caller may go to."""
    caller = caller_of(request)
    if caller is None:
        return []
    found = [(e, href) for e in ENTRIES if caller.may(e.act) and (href := _href(e.url))]
    here = max((href for _, href in found if _is_here(request.path, href)), key=len, default="")
    return [{"title": e.title, "href": href, "key": e.key, "here": href == here} for e, href in found]


def _href(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _is_here(path: str, href: str) -> bool:
    return path == href if href == "/" else path.startswith(href)


def context(request: HttpRequest) -> dict[str, Any]:
    """Template variables of every page."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "lang": spoken(),
        "theme": theme if theme in THEMES else "",
        "caller": caller_of(request),
        "navigation": entries(request),
        "firm": firm.settings().firm,
        "sample": firm.is_sample(request),
    }
