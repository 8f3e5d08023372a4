"""The overview: what changed, what is wrong, what to do; a first step where there are no data."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

import kundig
from kundig import report
from kundig.message import Message
from kundig.server import asking
from kundig.server.asking import Pending
from kundig.server.explore import news, overview

PAGE = "kundig.server.explore.overview.ask"


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    overview._last.clear()


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


@pytest.mark.parametrize("lang", ["en", "de"])
def test_it_tells_the_managers_story(lang: str, site: Any, client_as: Callable[..., Client]) -> None:
    page = text_of(client_as("manager", lang=lang).get("/"))
    answers = [site.workspace.ask(name, share=True) for name in news.TOLD if name != "re-explanations"]
    heaviest = next(one for one in report.story(answers) if one.severity in news.GRADES)
    assert heaviest.message.say(lang) in page and heaviest.action is not None and heaviest.action.say(lang) in page
    overdue = next(answer for answer in answers if answer.name == "promises").figures["overdue"]
    assert f'figure=overdue">{overdue}</a>' in page


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_morning_page_leads_and_each_line_leads_on(lang: str, site: Any, client_as: Callable[..., Client]) -> None:
    page = text_of(client_as("manager", lang=lang).get("/"))
    answer = site.workspace.ask("today", share=True)
    assert answer.table.num_rows == len(answer.sentences) > 0
    for message, insight in zip(answer.sentences, answer.table["insight"].to_pylist(), strict=True):
        line = page[page.index(message.say(lang)) :]
        assert line.index(f'href="/insights/{insight}"') < line.index("</li>")
    assert page.index('id="today"') < page.index('id="changes"') < page.index('id="story"')


def test_what_a_role_may_not_read_for_is_not_in_its_story(client_as: Callable[..., Client]) -> None:
    assert "explain again" in text_of(client_as("owner").get("/"))
    assert "explain again" not in text_of(client_as("manager").get("/"))


def test_the_last_full_month_stands_beside_the_one_before(
    site: Any, client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert news.changes(site.workspace, ["analysis"], "en")["rows"] == []  # too few in a month of so small a firm
    monkeypatch.setattr(news, "ENOUGH", 5)
    told = news.changes(site.workspace, ["analysis"], "en")
    assert {row["insight"] for row in told["rows"]} >= {"contacts-per-case"}
    first = told["rows"][0]
    page = text_of(client_as("manager").get("/"))
    assert first["now"] in page and first["difference"] in page
    assert f"since={told['since']}&until={told['until']}&compare=1" in page


def test_parts_come_when_they_are_computed(client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    client, ask = client_as("manager"), asking.ask

    def later(folder: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        if name != "explore.state":
            raise Pending
        return ask(folder, name, *args, **kwargs)

    monkeypatch.setattr(PAGE, later)
    page = text_of(client.get("/"))
    assert 'hx-get="/?part=story"' in page and 'hx-get="/?part=changes"' in page and "http-equiv" in page
    monkeypatch.setattr(PAGE, ask)
    part = text_of(client.get("/?part=story", headers={"hx-request": "true"}))
    assert part.strip().startswith('<section id="story"') and "hx-get" not in part
    monkeypatch.setattr(PAGE, later)
    again = text_of(client.get("/?part=story", headers={"hx-request": "true"}))
    assert "Newer data are being worked in." in again and "What to do" in again


def test_nothing_is_known_yet(client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    def later(*args: Any, **kwargs: Any) -> Any:
        raise Pending

    monkeypatch.setattr(PAGE, later)
    page = text_of(client_as("manager").get("/"))
    assert "being read" in page and "hx-get" in page


def test_an_empty_workspace_names_the_next_step(
    site: Any, client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kundig.create(tmp_path / "empty")
    monkeypatch.setattr(overview, "folder_of", lambda request: tmp_path / "empty")
    page = text_of(client_as("owner").get("/"))
    assert "There are no data yet." in page and "What changed" not in page
    assert news.changes(kundig.open(tmp_path / "empty"), ["analysis"], "en") == {"rows": []}
    shutil.rmtree(tmp_path / "empty")


def test_who_may_not_ask_is_led_elsewhere(client_as: Callable[..., Client]) -> None:
    assert client_as("agent").get("/").status_code in (302, 403)


def test_no_inline_style_or_script(client_as: Callable[..., Client]) -> None:
    page = client_as("owner").get("/").content.decode()
    assert "<style" not in page and " style=" not in page and "<script>" not in page


def test_no_page_sends_its_reader_to_the_terminal(client_as: Callable[..., Client]) -> None:
    page = text_of(client_as("owner").get("/insights/promises"))
    assert "kundig ask" not in page, page[page.index("kundig ask") - 300 :][:500]
    assert "`" not in news._action(Message("`kundig rejected` shows each.")).text
    assert news._action(Message("Call them.")).text == "Call them."
