"""The pages of the memory: found by POST, readable without script, absent for who may not, noted in the audit log."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kundig.server.people.models import Entry

HTMX = {"HX-Request": "true"}


def page(client: Client, url: str, **more: Any) -> str:
    response = client.get(url, **more)
    assert response.status_code == 200, (url, response.status_code)
    return response.content.decode()


def live_headers(text: str) -> dict[str, str]:
    found = re.search(r'id="live"[^>]*hx-headers="([^"]*)"', text)
    assert found
    return dict(json.loads(html.unescape(found[1])))


def test_a_person_is_found_and_opened(client_as: Callable[..., Client], known: Any) -> None:
    client = client_as("agent")
    assert "<form" in page(client, "/memory/")
    found = client.post("/memory/", {"words": known.name}).content.decode()
    assert f'href="/memory/{known.person_id}"' in found and known.email in found
    text = page(client, f"/memory/{known.person_id}")
    assert f"<h1>{html.escape(known.name)}</h1>" in text and known.number in text
    for heading in ("What is it about?", "What did we promise?", "What not to ask again", "Timeline"):
        assert heading in text
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=", text)


def test_german_pages_have_no_english_left(client_as: Callable[..., Client], known: Any) -> None:
    text = page(client_as("agent", lang="de"), f"/memory/{known.person_id}")
    assert '<html lang="de"' in text


def test_the_search_with_htmx_gives_the_results_alone(client_as: Callable[..., Client], known: Any) -> None:
    text = client_as("agent").post("/memory/", {"words": known.number}, headers=HTMX).content.decode()
    assert text.strip().startswith('<div id="results"') and "<html" not in text


def test_nobody_found_is_said(client_as: Callable[..., Client]) -> None:
    client = client_as("agent")
    assert "Nothing is known by this" in client.post("/memory/", {"words": "Xyzzyx"}).content.decode()
    assert client.post("/memory/", {"words": " "}).status_code == 200


@pytest.mark.parametrize("role", ["manager", "analyst"])
def test_who_may_not_sees_nothing(client_as: Callable[..., Client], known: Any, role: str) -> None:
    client = client_as(role)
    for url in (
        "/memory/",
        f"/memory/{known.person_id}",
        f"/memory/{known.person_id}/live",
        "/memory/case/x",
        "/memory/account/x",
    ):
        response = client.get(url)
        assert response.status_code == 403 and known.name not in response.content.decode()
    assert client.get(f"/memory/{known.person_id}/same").status_code == 403
    assert client.post(f"/memory/{known.person_id}/unlink").status_code == 403


def test_nobody_is_asked_to_log_in(client_as: Callable[..., Client], known: Any) -> None:
    assert client_as("").get(f"/memory/{known.person_id}").status_code == 302


@pytest.mark.parametrize("key", ["0" * 32, "nobody", "K1000001", "../x", "%00", "A" * 32])
def test_an_unknown_person_is_not_there(client_as: Callable[..., Client], key: str) -> None:
    assert client_as("agent").get(f"/memory/{key}").status_code == 404


def test_a_restricted_persons_page_says_so_without_data(client_as: Callable[..., Client], restricted: Any) -> None:
    text = page(client_as("agent"), f"/memory/{restricted.person_id}")
    assert "restricted" in text
    for told in (restricted.name, restricted.number, restricted.email, restricted.phone):
        assert html.escape(told) not in text
    assert restricted.name in html.unescape(page(client_as("privacy"), f"/memory/{restricted.person_id}"))


def test_filters_are_in_the_address(client_as: Callable[..., Client], known: Any) -> None:
    text = page(client_as("agent"), f"/memory/{known.person_id}?kind=contact")
    assert '<option value="contact" selected>' in text
    assert re.search(r"\d+ of \d+ events", text)
    assert "No event fits" in page(client_as("owner"), f"/memory/{known.person_id}?text=xyzzy")


def test_older_events_follow(client_as: Callable[..., Client], known: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from kundig.server.desk import pages

    monkeypatch.setattr(pages, "PART", 5)
    client = client_as("agent")
    first = page(client, f"/memory/{known.person_id}")
    older = re.search(r'href="([^"]*before=[0-9a-f]{32})"', first)
    assert older
    second = page(client, html.unescape(older[1]))
    ids = [set(re.findall(r'id="e([0-9a-f]{32})"', text)) for text in (first, second)]
    assert all(ids) and not ids[0] & ids[1]
    assert "every 5s" in first and "every 5s" not in second


def test_a_cursor_that_is_gone_is_told(client_as: Callable[..., Client], known: Any) -> None:
    response = client_as("agent").get(f"/memory/{known.person_id}?before={'0' * 32}")
    assert response.status_code == 400 and "timeline has changed" in response.content.decode()


def test_a_page_that_looks_again_gets_304_until_something_happens(
    client_as: Callable[..., Client], site: Any, known: Any, writer: tuple[str, str]
) -> None:
    client = client_as("agent")
    headers = live_headers(page(client, f"/memory/{known.person_id}"))
    url = f"/memory/{known.person_id}/live"
    unchanged = client.get(url, headers=headers)
    assert (unchanged.status_code, unchanged.headers["HX-Reswap"], unchanged.content) == (304, "none", b"")
    site.workspace.record_consent(writer[0], "marketing", "given", source="test")
    assert client.get(url, headers=headers).status_code == 304  # the lake has changed, this person has not
    site.workspace.lake.link(writer[0], known.person_id, evidence="test", author="test")
    fresh = client.get(url, headers=headers)
    assert fresh.status_code == 200
    text = fresh.content.decode()
    assert text.strip().startswith('<div id="live"') and "Something new has happened" in text
    assert client.get(url, headers=live_headers(text)).status_code == 304


def test_a_case_and_a_firm_have_pages(client_as: Callable[..., Client], site: Any, known: Any) -> None:
    client = client_as("agent")
    case = re.search(r'href="(/memory/case/[^"]+)"', page(client, f"/memory/{known.person_id}"))
    assert case
    text = page(client, html.unescape(case[1]))
    assert known.person_id in text and "Timeline" in text
    assert client.get("/memory/case/nothing").status_code == 404
    assert client.get(f"/memory/account/{'0' * 32}").status_code == 404
    accounts = site.workspace.sql("select account_id from people where account_id is not null limit 1", purpose="service")
    for account in accounts["account_id"].to_pylist():
        assert "Whoever has something open" in page(client, f"/memory/account/{account}")


def test_every_look_is_noted_once_in_ten_minutes(client_as: Callable[..., Client], known: Any) -> None:
    client = client_as("agent")
    for _ in range(3):
        page(client, f"/memory/{known.person_id}")
        client.get(f"/memory/{known.person_id}/live")
    (entry,) = Entry.objects.filter(act="saw memory")
    assert (entry.person_id, entry.who, entry.role) == (known.person_id, "agent@example.org", "agent")
    client.post("/memory/", {"words": known.number})
    assert Entry.objects.filter(act="saw summary", person_id=known.person_id).count() == 1


def test_texts_of_customers_are_text(
    client_as: Callable[..., Client], site: Any, known: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kundig.server.desk import recalling

    real = recalling.memory

    def planted(*args: Any, **more: Any) -> dict[str, Any]:
        found = real(*args, **more)
        for event in found["timeline"]:
            event |= {"text": "<script>alert(1)</script>", "activity": "<b>x</b>", "reason": '"><img src=x>', "team": "<i>"}
        return found

    monkeypatch.setattr(recalling, "memory", planted)
    text = page(client_as("agent"), f"/memory/{known.person_id}")
    assert "<script>alert" not in text and "<b>x" not in text and "<img src=x" not in text and "&lt;script&gt;" in text
