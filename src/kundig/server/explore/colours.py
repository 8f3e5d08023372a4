"""The stylesheet that gives pictures their colours on a dark page, made from the palette they are drawn with."""

from __future__ import annotations

import hashlib
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from kundig.answer.palette import DARK
from kundig.server.access import public

WIDEST = 60
"""In hundreds of pixels; a wider picture is not shrunk."""
_CHOSEN = ":root[data-theme=dark] .kundig"
_SYSTEM = ":root:not([data-theme=light]) .kundig"


@cache
def stylesheet() -> str:
    """Each colour of a picture is exchanged for its twin: where dark was chosen, or the system is dark and light was not.

    Pictures shrink to three quarters and no further: beyond that they scroll.
    """
    widths = "".join(f".picture>svg.wide-{n}{{min-width:{75 * n}px}}" for n in range(1, WIDEST + 1))
    return f"{widths}@media screen{{{_twins(_CHOSEN)}}}@media screen and (prefers-color-scheme:dark){{{_twins(_SYSTEM)}}}"


def _twins(scope: str) -> str:
    return "".join(
        f'{scope} svg [{part}="{colour}"]{{{part}:{twin}}}' for colour, twin in DARK.items() for part in ("fill", "stroke")
    )


@cache
def version() -> str:
    """Changes with the palette, so that browsers may keep the file for long."""
    return hashlib.sha256(stylesheet().encode()).hexdigest()[:8]


@public
@require_safe
def answer_css(request: HttpRequest) -> HttpResponse:
    """``/answer.css``"""
    return HttpResponse(stylesheet(), content_type="text/css; charset=utf-8", headers={"Cache-Control": "public, max-age=86400"})
