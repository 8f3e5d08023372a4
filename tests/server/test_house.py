"""What holds for the whole server: health, headers, language and theme, guards on every view, the first owner."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from kundig.server.roles import ACTS


def views(patterns: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every URL pattern with its view."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, before + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield before + str(pattern.pattern), pattern.callback


def test_every_view_says_who_may_call_it(site: Any) -> None:
    bare = [
        route for route, view in views(get_resolver().url_patterns)
        if not route.startswith(("account/", "api/")) and getattr(view, "act", None) not in {*ACTS, "", "*"}
    ]  # fmt: skip
    assert bare == []


def test_health_says_that_events_can_be_stored(site: Any) -> None:
    response = Client().get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "problems": []}


def test_health_fails_when_the_lake_is_gone(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    response = Client().get("/health")
    assert (response.status_code, response.json()["problems"]) == (503, ["workspace"])


def test_every_response_forbids_foreign_content(site: Any) -> None:
    for path in ("/health", "/account/login/", "/nowhere", "/api/nowhere", "/static/kundig.css"):
        response = Client().get(path)
        response.close()
        headers = response.headers
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


def test_a_page_has_no_inline_script_or_style(client_as: Callable[..., Client]) -> None:
    for path in ("/account/login/", "/nowhere"):
        page = client_as("").get(path).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=", page), path


def test_nobody_gets_further_than_the_login(client_as: Callable[..., Client]) -> None:
    response = client_as("").get("/")
    assert (response.status_code, response["Location"]) == (302, "/account/login/?next=/")


def test_language_is_the_browsers_until_one_is_chosen(client_as: Callable[..., Client]) -> None:
    client = client_as("", lang="de")
    assert '<html lang="de"' in client.get("/account/login/").content.decode()
    client.post("/language", {"language": "en", "next": "/account/login/"})
    assert '<html lang="en"' in client.get("/account/login/").content.decode()


def test_language_never_leads_to_another_host(site: Any) -> None:
    response = Client().post("/language", {"language": "de", "next": "https://evil.example/"})
    assert response["Location"] == "/"


def test_theme_is_remembered(site: Any) -> None:
    client = Client()
    client.post("/theme", {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/account/login/").content.decode()


def test_the_first_link_makes_one_owner(site: Any) -> None:
    from kundig.server.people import first
    from kundig.server.people.models import User

    link = first.link("")
    client = Client()
    weak = client.post(link, {"email": "o@example.org", "password": "kurz"})
    assert weak.status_code == 200
    assert not User.objects.exists()
    made = client.post(link, {"email": "O@Example.org", "password": "ein langer Satz hier"})
    assert made["Location"] == "/"
    assert User.objects.get().role == "owner"
    assert User.objects.get().email == "o@example.org"
    assert Client().get(link).status_code == 410
    assert first.link("") == ""


def test_a_forged_link_makes_nobody(site: Any) -> None:
    assert Client().get("/people/first/forged").status_code == 410


def test_metrics_need_a_token_or_a_role(site: Any, token: Callable[[str], dict[str, str]]) -> None:
    assert Client().get("/metrics").status_code == 401
    assert Client().get("/metrics", headers=token("analyst")).status_code == 401
    response = Client().get("/metrics", headers=token("integrator"))
    assert b"kundig_requests_total" in response.content
