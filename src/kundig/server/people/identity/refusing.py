"""Pages for those whom the identity provider's answer does not let in; why goes to the log, without who."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kundig.message import sentence

log = logging.getLogger("kundig.identity")


def refused(request: HttpRequest, why: str) -> HttpResponse:
    """The provider's answer does not prove who it is."""
    log.warning("a login by the identity provider was refused: %s", why)
    hint = sentence("Go back to the log-in page and try again. If it fails again, tell the owner.")
    return render(request, "problem.html", {"title": sentence("You could not be logged in."), "hint": hint}, status=401)


def unreachable(request: HttpRequest) -> HttpResponse:
    """The provider does not answer."""
    log.warning("the identity provider does not answer")
    hint = sentence("Try again in a few minutes, or log in with a password.")
    return render(
        request, "problem.html", {"title": sentence("The identity provider does not answer."), "hint": hint}, status=502
    )


def unverified(request: HttpRequest) -> HttpResponse:
    """The provider has not verified the address."""
    log.warning("a login by the identity provider was refused: no verified mail address")
    title = sentence("The identity provider has not verified your mail address.")
    hint = sentence("Have it verified there, then log in again.")
    return render(request, "problem.html", {"title": title, "hint": hint}, status=403)


def unknown(request: HttpRequest) -> HttpResponse:
    """No account here has the address."""
    log.warning("a login by the identity provider was refused: no account")
    title = sentence("You have no account here.")
    hint = sentence("Accounts are made by the owner: ask for one under the mail address that the identity provider knows.")
    return render(request, "problem.html", {"title": title, "hint": hint}, status=403)
