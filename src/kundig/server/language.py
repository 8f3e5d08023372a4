"""The language of a page: the one the person chose, else the browser's, else the workspace's."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from kundig.message import LANGUAGES
from kundig.server import firm

Handler = Callable[[HttpRequest], HttpResponse]


class LanguageMiddleware:
    """Activates one language for a request; forms, dates and our own sentences follow it."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(chosen(request)):
            response = self._handler(request)
        response.setdefault("Content-Language", spoken_in(request))
        return response


def chosen(request: HttpRequest) -> str:
    """de or en."""
    wanted = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if wanted in LANGUAGES:
        return wanted
    accepted = request.headers.get("Accept-Language", "")
    found = [part.split(";")[0].strip()[:2].lower() for part in accepted.split(",")]
    return next((code for code in found if code in LANGUAGES), firm.settings().language)


def spoken() -> str:
    """The language in force."""
    return (translation.get_language() or "en")[:2]


def spoken_in(request: HttpRequest) -> str:
    """The language of a request."""
    return chosen(request)


def in_order(text: str) -> str:
    """A key that puts words where a person looks for them: letters with marks beside those without (DIN 5007-1)."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
