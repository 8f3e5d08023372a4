"""How often somebody may call: questions by token, tokens that are not known by address.

Counted by the minute in Django's cache: in the process, or for several workers in the table they share, where two that count
at the same moment may count as one. A token that is good always passes the second limit, so that a neighbour behind the
same address who sends bad ones locks nobody out. Live events are not counted: the inbox has its own backpressure.
"""

from __future__ import annotations

import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

QUESTIONS = 600
"""Calls of one token in a minute."""
UNKNOWN = 30
"""Tokens in a minute from one address that nobody has."""
WINDOW_S = 60


class Limited(Exception):  # noqa: N818 - it passes by itself
    """Too often; ``again_s`` is when to come back, in seconds."""

    def __init__(self, again_s: int) -> None:
        super().__init__(again_s)
        self.again_s = again_s


def asked(token_id: int, now: float | None = None) -> None:
    """Count one call with a token; Limited where it is one too many."""
    _count(f"calls:{token_id}", QUESTIONS, now)


def failed(request: HttpRequest, now: float | None = None) -> None:
    """Count one token that is not known; Limited where too many came from this address."""
    _count(f"unknown:{address(request)}", UNKNOWN, now)


def address(request: HttpRequest) -> str:
    """Where a request comes from: what the proxy says where one is configured, else who has connected.

    Without ``public_url`` there is no proxy, and anybody could write the header. Its last part is the proxy's own; what
    stands before it came from the client.
    """
    if settings.KUNDIG.public_url:
        told = str(request.headers.get("X-Forwarded-For", "")).rpartition(",")[2].strip()
        if told:
            return told[:64]
    return str(request.META.get("REMOTE_ADDR") or "unknown")


def _count(name: str, most: int, now: float | None) -> None:
    at = time.time() if now is None else now
    key = f"{name}:{int(at // WINDOW_S)}"
    cache.add(key, 0, WINDOW_S * 2)
    try:
        count = cache.incr(key)
    except ValueError:  # dropped since, to make room
        return
    if count > most:
        raise Limited(max(1, int(WINDOW_S - at % WINDOW_S)))
