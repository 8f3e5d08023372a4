"""What the house itself answers: health, language, theme, and pages that are not there."""

from __future__ import annotations

import os
import shutil

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from kundig import message
from kundig.server import firm
from kundig.server import metrics as counts
from kundig.server.access import caller_of, public
from kundig.server.navigation import THEME_COOKIE, THEMES
from kundig.server.people import tokens

LEAST_FREE = 64 * 1024 * 1024
"""Bytes on the lake's disk below which nothing can be promised."""
_YEAR = 365 * 24 * 3600


@public
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """200 when an event can be stored: the database answers, the workspace can be written, the disk has room."""
    problems = _problems()
    return JsonResponse({"status": "ok" if not problems else "failing", "problems": problems}, status=503 if problems else 200)


@public
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when requests may be sent here."""
    return health(request)


def _problems() -> list[str]:
    found = []
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        found.append("database")
    place = firm.folder()
    if not os.access(place / "lake", os.W_OK):
        found.append("workspace")
    if shutil.disk_usage(place).free < LEAST_FREE:
        found.append("disk")
    return found


@public
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for those whose token or role may."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    caller = tokens.caller_with(token.strip()) if scheme.lower() == "bearer" else caller_of(request)
    if caller is None or not caller.may("operate"):
        return HttpResponse("a token is needed\n", status=401, content_type="text/plain")
    return HttpResponse(counts.text(), content_type="text/plain; version=0.0.4")


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the language of this browser."""
    chosen = request.POST.get("language", "")
    return _remembered(request, settings.LANGUAGE_COOKIE_NAME, chosen if chosen in message.LANGUAGES else "")


@public
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark; anything else follows the system."""
    chosen = request.POST.get("theme", "")
    return _remembered(request, THEME_COOKIE, chosen if chosen in THEMES else "")


def _remembered(request: HttpRequest, cookie: str, value: str) -> HttpResponse:
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=settings.HTTPS)
    response = HttpResponseRedirect(target if safe else "/")
    if value:
        response.set_cookie(cookie, value, max_age=_YEAR, samesite="Lax", httponly=True, secure=settings.HTTPS)
    else:
        response.delete_cookie(cookie)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400"""
    return render(request, "problem.html", {"title": message.sentence("This request cannot be read.")}, status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403"""
    return render(request, "forbidden.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404"""
    return render(request, "problem.html", {"title": message.sentence("There is no such page.")}, status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """500"""
    return render(request, "problem.html", {"title": message.sentence("Something went wrong inside kundig.")}, status=500)
