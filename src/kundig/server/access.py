"""Who may call which view.

A view names the one act it needs (``@may("ask")``), or says that it is for everybody (``@public``). A test walks through
the URLs and fails where a view says neither.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kundig.server.roles import ACTS, ROLES, Caller

View = TypeVar("View", bound=Callable[..., HttpResponse])


def caller_of(request: HttpRequest) -> Caller | None:
    """Who asks; None where nobody is logged in and no token came with the request."""
    found = getattr(request, "caller", None)
    if isinstance(found, Caller):
        return found
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.is_active or user.role not in ROLES:
        return None
    return Caller(user.email, ROLES[user.role], user_id=user.pk)


def may(act: str) -> Callable[[View], View]:
    """A page for those whose role allows ``act``: others are asked to log in, or told that they may not."""
    if act not in ACTS:
        raise ValueError(f"there is no act {act!r}")

    def guard(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            caller = caller_of(request)
            if caller is None:
                return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
            if not caller.may(act):
                return render(request, "forbidden.html", {"act": ACTS[act]}, status=403)
            return view(request, *args, **kwargs)

        guarded.act = act  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return guard


def public(view: View) -> View:
    """A page for everybody."""
    view.act = ""  # type: ignore[attr-defined]
    return view


def logged_in(view: View) -> View:
    """A page for everybody with an account."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if caller_of(request) is None:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        return view(request, *args, **kwargs)

    guarded.act = "*"  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def caller(request: HttpRequest) -> Caller:
    """Who asks, where the view's guard has made sure that there is somebody."""
    found = caller_of(request)
    if found is None:
        raise PermissionError("a view without a guard asked who is calling")
    return found
