"""Every page an owner can reach: WCAG 2.2 AA by axe in both languages and themes, quiet, light, narrow, and readable without script."""

from __future__ import annotations

import datetime as dt
import html
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from tests.server.browser import Visitor, visitor
from tests.server.running import Running, serving

import kundig

AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
MOST_BYTES = 300_000
MAIL, PASSWORD = "owner@example.org", "ein langer Satz als Kennwort"
_AXE = """async tags => (await axe.run(document, {runOnly: tags, resultTypes: ['violations']})).violations
  .flatMap(v => v.nodes.slice(0, 3).map(n => `${v.id}: ${n.html.slice(0, 200)} ${n.any.concat(n.all)[0]?.message ?? ''}`))"""
_BYTES = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].reduce((n, e) => n + e.encodedBodySize, 0)"
_WIDE = """() => document.documentElement.scrollWidth > innerWidth ? [...document.querySelectorAll('body *')].filter(
  e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll')).slice(0, 3).map(e => e.outerHTML.slice(0, 160)).join(' | ') || 'too wide' : ''"""


def starting_points() -> list[str]:
    """Every address of the server that needs no argument and can be read."""
    found: list[str] = []

    def walk(patterns: Any, before: str) -> None:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, route)
            elif isinstance(pattern, URLPattern) and not re.search(r"[<(]", route):
                found.append("/" + route.replace("^", "").replace("$", "").replace("\\", ""))

    walk(get_resolver().url_patterns, "")
    return [path for path in found if not path.startswith("/api/")]


SHOWN = ("contact-volume", "data-quality", "habits", "handovers", "journey-map", "promises", "today", "topics", "trust")
"""Insights whose pages differ most: a map, a heat map, a band, bars, a long table; the others have the same template."""


def reachable(who: Visitor, *, whole: bool = False) -> list[str]:
    """One address for every page the links lead to, and insights (the ``whole`` shelf); what is no page (a file, a form's target)
    is left out."""
    waiting, known, pages = starting_points(), set(), []
    while waiting:
        path = waiting.pop(0)
        kind = _kind(path, whole)
        if kind in known or kind == "none":
            continue
        known.add(kind)
        got = who.context.request.get(path, max_redirects=0)
        body = got.text() if got.status == 200 and "text/html" in got.headers.get("content-type", "") else ""
        if "<html" in body:
            pages.append(path)
            waiting += [html.unescape(found) for found in re.findall(r'href="(/[^"#]*)"', body)]
    return pages


def _kind(path: str, whole: bool) -> str:
    plain = path.split("?")[0]
    if plain.startswith(("/static/", "/api/", "/account/logout")) or ".css" in plain:
        return "none"
    match = resolve(plain)
    if match.view_name == "explore:insight":
        return plain if whole or plain.rpartition("/")[2] in SHOWN else "none"
    return str(match.route)


@pytest.fixture(scope="module")
def running(_made: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The site's firm served, its owner's account made, and something on every page."""
    place = tmp_path_factory.mktemp("served")
    shutil.copytree(_made.pristine, place / "ws")
    with serving(place / "ws", place / "said") as found:
        with visitor("en", found.address) as who:
            _settle(who, found)
        yield found


def _settle(who: Visitor, running: Running) -> None:
    who.page.goto(running.first_link)
    who.page.fill("input[name=email]", MAIL)
    who.page.fill("input[name=password]", PASSWORD)
    who.press("Make the account")
    who.heading("Overview")
    who.context.storage_state(path=running.folder.parent / "session.json")
    sql = "select person_id from people where email is not null order by 1 limit 1"
    person = str(kundig.open(running.folder).sql(sql, purpose="service").to_pylist()[0]["person_id"])
    _post(
        who,
        "/alerts/add",
        name="Zusagen",
        insight="promises",
        figure="overdue",
        operator=">",
        threshold="5",
        way="webhook",
        target="",
    )
    _post(who, "/people/tokens", name="Shop", role="integrator", days="365")
    _post(who, "/people/invite", email="ben@example.org", role="agent")
    today = dt.date.today().isoformat()
    _post(who, "/privacy/requests", person_id=person, kind="erasure", received=today, notes="")
    _post(who, "/privacy/retention/add", what="texts", days="730", purpose="service", source="", kind="")
    _post(who, "/insights/handovers/save", query="", name="Übergaben")
    upload = {
        "name": "wrong.csv",
        "mimeType": "text/csv",
        "buffer": b"Ticket;Kunde;Zeit;Was\nT-1;K-1;31.02.2026;Anruf\nT-2;K-2;28.02.2026;Anruf\n",
    }
    _post(who, "/data/import", multipart={"file": upload})
    letter = json.dumps(
        {"source": "shop", "id": "1", "occurred_at": "2026-01-01T00:00:00Z", "activity": "Call", "person_key": "K-1"}
    )
    _bury(running, letter)


def _bury(running: Running, letter: str) -> None:
    """A dead letter straight into the server's tables, wherever these lie."""
    names = 'payload, source, reason, "values", "column", person_id, received_at, died_at'
    row = (letter.encode(), "shop", "The body is no JSON.", "{}", "", "", "2026-11-01 10:00:00", "2026-11-01 10:00:00")
    sql = f"insert into sources_deadletter ({names}) values ({', '.join(['?'] * len(row))})"
    if address := os.environ.get("KUNDIG_TESTS_ON"):
        import psycopg

        with psycopg.connect(address) as database:
            database.execute(sql.replace("?", "%s"), row)
        return
    with sqlite3.connect(running.folder / "server.sqlite3", timeout=30) as lite:
        lite.execute(sql, row)


def _post(who: Visitor, path: str, multipart: dict[str, Any] | None = None, **form: str) -> None:
    token = next(one["value"] for one in who.context.cookies() if one["name"].endswith("kundig_csrf"))
    if multipart is not None:
        got = who.context.request.post(path, multipart={"csrfmiddlewaretoken": token, **multipart})
    else:
        got = who.context.request.post(path, form={"csrfmiddlewaretoken": token, **form})
    assert got.status < 400, (path, got.status, got.text()[:3000])


def owner(running: Running, lang: str, **options: Any) -> Any:
    """The owner in front of his browser."""
    return visitor(lang, running.address, storage_state=running.folder.parent / "session.json", **options)


def settled(who: Visitor, path: str) -> None:
    """Go to a page and wait until nothing on it is being computed."""
    who.page.goto(path)
    who.settle()


@pytest.mark.parametrize(
    ("lang", "whole"),
    [("de", False), pytest.param("de", True, marks=pytest.mark.long), pytest.param("en", True, marks=pytest.mark.long)],
)
def test_every_page_is_accessible_light_narrow_and_quiet(running: Running, lang: str, whole: bool) -> None:
    faults: dict[str, list[str]] = {}
    with owner(running, lang) as who:
        pages = reachable(who, whole=whole)
        assert {"privacy:person", "desk:person", "explore:cases", "sources:one", "rules:home"} <= {
            resolve(path.split("?")[0]).view_name for path in pages
        }
        for path in pages:
            settled(who, path)
            found = faults.setdefault(path, [])
            if (size := who.page.evaluate(_BYTES)) > MOST_BYTES:
                found.append(f"weighs {size} bytes")
            found += _looked_at(who, running)
            found += [f"wrong: {text}" for text in who.wrong]
            who.wrong.clear()
    told = [f"{path}: {text}" for path, found in faults.items() for text in found]
    assert not told, "\n".join(told)


def _looked_at(who: Visitor, running: Running) -> list[str]:
    """What axe finds in both themes, and what sticks out at 320 px."""
    who.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = []
    for theme in ("light", "dark"):
        who.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        found += [f"{theme}: {text}" for text in who.page.evaluate(_AXE, TAGS)]
    who.page.set_viewport_size({"width": 320, "height": 700})
    found += [f"320 px: {text}" for text in [who.page.evaluate(_WIDE)] if text]
    who.page.set_viewport_size({"width": 1280, "height": 900})
    return found


def test_every_page_can_be_read_without_script(running: Running) -> None:
    bare = []
    with owner(running, "en", script=False) as who:
        for path in reachable(who):
            who.page.goto(path)
            if who.page.locator("h1").count() != 1 or len(who.main()) < 40:
                bare.append(path)
    assert bare == []


def test_a_chart_can_be_looked_at_closer(running: Running) -> None:
    """The engine that draws it comes when it is wanted, runs under the same policy, and tells the values one points at."""
    with owner(running, "de") as who:
        settled(who, "/insights/contacts-per-case")
        assert who.page.evaluate("typeof vega") == "undefined"
        who.press("Look closer")
        who.page.locator(".drawn svg").wait_for()
        assert not who.page.locator(".picture > svg").is_visible()
        who.page.locator(".drawn .mark-rect path").first.hover(force=True)
        who.page.get_by_text("Kontakte: 1; Vorgänge:").wait_for()
        assert _looked_at(who, running) == []
        who.press("Back to the picture")
        assert who.page.locator(".picture > svg").is_visible()
        assert who.wrong == []


def test_a_page_that_breaks_the_rules_is_noticed(running: Running) -> None:
    """The control: without it, silence would prove nothing."""
    with owner(running, "en") as who:
        who.page.goto("/account/login/")
        who.page.evaluate(
            """() => { const wide = document.createElement('input'); wide.width = 900; wide.type = 'image'; document.querySelector('main').append(wide) }"""
        )
        assert any("image" in text or "label" in text for text in _looked_at(who, running))
        who.page.evaluate(
            "() => { const one = document.createElement('script'); one.textContent = 'window.fired = 1'; document.body.append(one) }"
        )
        who.page.evaluate("() => fetch('http://other.example/').catch(() => 0)")
        assert who.page.evaluate("window.fired") is None
        assert len(who.wrong) >= 2
