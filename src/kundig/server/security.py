"""What holds for every response: headers, and errors worded for the person who must act."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from kundig import errors
from kundig.message import Message

Handler = Callable[[HttpRequest], HttpResponse]
log = logging.getLogger("kundig.web")

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_STATUS = {
    errors.BusyError: 503,
    errors.StorageError: 507,
    errors.PrivacyError: 403,
}


class SecurityMiddleware:
    """Sets the headers on whatever comes out, static files and errors included, and logs route and time."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        response = self._handler(request)
        for name, value in HEADERS.items():
            response.setdefault(name, value)
        if settings.HTTPS:
            response.setdefault("Strict-Transport-Security", "max-age=31536000")
        if not request.path.startswith("/static/"):
            response.setdefault("Cache-Control", "no-store")
            _note(request, response, time.monotonic() - started)
        return response


def _note(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """The route and not the path: a path may name a person."""
    match = getattr(request, "resolver_match", None)
    facts = {
        "method": request.method, "route": match.route if match else "", "status": response.status_code,
        "seconds": round(seconds, 4),
    }  # fmt: skip
    log.info("request", extra=facts)
    from kundig.server import metrics

    metrics.count(str(facts["method"]), str(facts["route"]), response.status_code, seconds)


class ErrorMiddleware:
    """Errors of the core as a page with the next step; the API words its own as problem+json."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._handler(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, errors.KundigError):
            told = {"title": Message(error.text, error.values), "hint": Message(error.hint, error.values) if error.hint else ""}
            return render(request, "problem.html", told, status=status_of(error))
        if isinstance(error, (Http404, PermissionDenied)):
            return None
        log.exception("a page failed")
        return None


def status_of(error: errors.KundigError) -> int:
    """The HTTP status for an error of the core."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 400)
