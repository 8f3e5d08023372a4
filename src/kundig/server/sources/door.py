"""Live events have a door of their own, before everything a page needs: sessions, messages, the second factor.

Measured: of the time of a request with a hundred events, Django's middleware and router were the larger half. What comes
with a token goes straight to the same code as ``POST /api/events`` behind it; everything else goes on to Django.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.db import Error, close_old_connections, connection
from django.http import HttpResponse
from django.utils import timezone, translation

from kundig.message import LANGUAGES
from kundig.server import firm, metrics
from kundig.server.roles import ROLES, Caller
from kundig.server.security import HEADERS

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
PATH = "/api/events"
_GOOD = (
    "select id, name, role, last_used_on from people_token "
    "where digest = %s and revoked_at is null and (expires_at is null or expires_at > %s)"
)


class Door:
    """A WSGI application before another one."""

    def __init__(self, behind: Application) -> None:
        self._behind = behind
        self._language = firm.settings().language

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not _is_ours(environ):
            return self._behind(environ, start_response)
        started = time.monotonic()
        with translation.override(self._spoken(environ)):
            response = _answered(environ)
        if response is None:
            return self._behind(environ, start_response)
        metrics.count("POST", "api/events", response.status_code, time.monotonic() - started)
        headers = {**HEADERS, "Cache-Control": "no-store", **dict(response.items()), "Content-Length": str(len(response.content))}
        start_response(f"{response.status_code} {response.reason_phrase}", list(headers.items()))
        return [response.content]

    def _spoken(self, environ: Environ) -> str:
        wanted = str(environ.get("HTTP_ACCEPT_LANGUAGE", ""))[:2].lower()
        return wanted if wanted in LANGUAGES else self._language


def _is_ours(environ: Environ) -> bool:
    return (
        environ.get("PATH_INFO") == PATH and environ.get("REQUEST_METHOD") == "POST"
        and str(environ.get("HTTP_AUTHORIZATION", "")).startswith("Bearer ") and str(environ.get("CONTENT_LENGTH", "")).isdigit()
    )  # fmt: skip


def _answered(environ: Environ) -> HttpResponse | None:
    """The answer; None where Django has to say that this caller may not send."""
    from kundig.server.people import tokens
    from kundig.server.sources import api

    if connection.vendor != "sqlite":  # a file needs no new connection for each request; a server may have gone away
        close_old_connections()
    try:
        token = environ["HTTP_AUTHORIZATION"][7:].strip()
        caller = _caller_today(token) or tokens.caller_with(token)
    except Error as error:
        return api.no_database(None, error)
    if caller is None or not caller.may("ingest"):
        return None
    size = int(environ["CONTENT_LENGTH"])
    return api.too_large() if size > api.MOST_BYTES else api.answer(environ["wsgi.input"].read(size), environ, caller)


def _caller_today(token: str) -> Caller | None:
    """The caller of a good token that was used today already; None where there is more to find out.

    Read with every request, so that a token revoked now is refused now; composing this query by the ORM takes longer than
    storing a dozen events.
    """
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_GOOD, (hashlib.sha256(token.encode()).hexdigest(), connection.ops.adapt_datetimefield_value(now)))
        row = cursor.fetchone()
    if row is None or str(row[3]) != str(now.date()) or row[2] not in ROLES:
        return None
    return Caller(row[1], ROLES[row[2]], token_id=row[0])
