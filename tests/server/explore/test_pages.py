"""Every insight as a page: answers, forms, sorting, comparison, saved views, and pages for those who must wait."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from kundig import insight
from kundig.message import say
from kundig.server.asking import Pending
from kundig.server.explore import asked
from kundig.server.explore.models import View

INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=")
SHELF = list(insight.shelf())


@pytest.fixture
def owner(client_as: Callable[..., Client]) -> Client:
    return client_as("owner")


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


@pytest.mark.parametrize("name", SHELF)
def test_every_insight_is_a_page_with_its_sentence(name: str, site: Any, user: Callable[..., Any]) -> None:
    someone, answer = user("owner"), asked.put(site.workspace, name)
    for lang in ("en", "de"):
        client = Client(headers={"accept-language": lang})
        client.force_login(someone, backend="django.contrib.auth.backends.ModelBackend")
        response = client.get(f"/insights/{name}")
        page = text_of(response)
        assert response.status_code == 200, name
        assert answer.sentences[0].say(lang) in page, name
        assert say(answer.title, lang) in page and say(answer.definition, lang) in page, name
        assert not INLINE.search(response.content.decode()), name
        assert f'<html lang="{lang}"' in page


def test_every_input_and_filter_is_a_labelled_field(owner: Client) -> None:
    for name, cls in insight.shelf().items():
        page = owner.get(f"/insights/{name}").content.decode()
        for one in [
            *(field.name for field in insight.inputs_of(cls)),
            "since",
            "until",
            "channel",
            "reason",
            "activity",
            "account",
        ]:
            assert f'for="f-{one}"' in page and f'id="f-{one}" name="{one}"' in page, (name, one)


SLOW = ("churn", "moments-that-matter", "remaining-time", "topics", "contact-volume", "tone", "next-step")
"""What learns before it answers."""


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.long) if name in SLOW else name for name in SHELF])
def test_no_number_breaks_a_page(name: str, owner: Client) -> None:
    for field in insight.inputs_of(insight.find(name)):
        for value in ("0", "1000000"):
            assert owner.get(f"/insights/{name}", {field.name: value}).status_code in (200, 400), (name, field.name, value)


def test_the_url_holds_the_question(site: Any, owner: Client) -> None:
    page = text_of(owner.get("/insights/repeat-contacts?days=3&since=01.02.2026&channel=Telefon"))
    wanted = site.workspace.ask("repeat-contacts", days=3, since="2026-02-01", channel="phone", share=True)
    assert wanted.sentences[0].say("en") in page
    assert 'value="2026-02-01" type="date"' in page and 'value="3" type="number"' in page


@pytest.mark.parametrize(
    ("query", "field"), [("days=often", "days"), ("since=soon", "since"), ("since=2026-02-01&until=2026-01-01", "since")]
)
def test_what_does_not_fit_is_told_at_its_field(query: str, field: str, owner: Client) -> None:
    response = owner.get(f"/insights/repeat-contacts?{query}")
    assert response.status_code == 400
    assert f'id="e-{field}"' in text_of(response) and 'aria-invalid="true"' in text_of(response)


def test_an_error_of_the_insight_itself_is_told_at_its_field(owner: Client) -> None:
    response = owner.get("/insights/promises?list=nonsense")
    assert response.status_code == 400
    assert 'id="e-list"' in text_of(response) and "overdue" in text_of(response)


def test_a_value_no_event_has_is_told_with_those_there_are(owner: Client) -> None:
    page = text_of(owner.get("/insights/variants?channel=pigeon"))
    assert 'id="e-channel"' in page and "phone" in page.split('id="e-channel"')[1][:300]
    assert 'id="e-account"' in text_of(owner.get("/insights/variants?account=nobody"))


def test_an_unknown_option_is_named(owner: Client) -> None:
    response = owner.get("/insights/variants?colour=red")
    assert response.status_code == 400 and "has no option colour" in text_of(response)


def test_the_table_is_sorted_by_a_column(owner: Client, site: Any) -> None:
    def first(query: str) -> str:
        page = text_of(owner.get(f"/insights/journey-map{query}"))
        return str(re.findall(r'<th scope="row">([^<]*)</th>', page.split('id="table"')[1])[0])

    rows = [row["from_activity"] for row in site.workspace.ask("journey-map", share=True).table.to_pylist()]
    assert (first("?sort=from_activity"), first("?sort=-from_activity"), first("")) == (min(rows), max(rows), rows[0])
    assert 'aria-sort="descending"' in text_of(owner.get("/insights/journey-map?sort=-n"))
    assert owner.get("/insights/journey-map?sort=nonsense&page=99").status_code == 200


def test_the_period_before_stands_beside_it(owner: Client, site: Any) -> None:
    page = text_of(owner.get("/insights/contacts-per-case?since=2026-03-01&until=2026-04-01&compare=1"))
    assert "1 Mar 2026 to 31 Mar 2026" in page and "1 Feb 2026 to 28 Feb 2026" in page
    then = site.workspace.ask("contacts-per-case", since="2026-02-01", until="2026-03-01", share=True)
    assert f'<td class="number">{then.figures["contacts"]}</td>' in page


def test_whoever_must_wait_gets_a_page_that_asks_again(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def later(*args: Any, **kwargs: Any) -> None:
        raise Pending

    monkeypatch.setattr("kundig.server.explore.pages.ask", later)
    page = text_of(owner.get("/insights/variants?most=5"))
    assert 'hx-get="/insights/variants?most=5"' in page and '<noscript><meta http-equiv="refresh"' in page
    part = text_of(owner.get("/insights/variants?most=5", headers={"hx-request": "true"}))
    assert part.strip().startswith('<div id="answer" hx-get=') and "<html" not in part
    for path in ("/insights/variants/file.csv", "/insights/variants/cases"):
        response = owner.get(path)
        assert (response.status_code, response["Refresh"]) == (202, "2")


def test_the_answer_alone_for_a_page_that_waited(owner: Client) -> None:
    part = text_of(owner.get("/insights/variants", headers={"hx-request": "true"}))
    assert part.strip().startswith('<div id="answer"') and "hx-trigger" not in part and "<html" not in part


def test_a_purpose_the_role_lacks_is_absent(client_as: Callable[..., Client]) -> None:
    manager = client_as("manager")
    assert "re-explanations" not in text_of(manager.get("/insights/"))
    assert manager.get("/insights/re-explanations").status_code == 403
    assert manager.get("/insights/re-explanations/file.csv").status_code == 403
    assert manager.get("/insights/re-explanations/cases").status_code == 403
    assert client_as("agent").get("/insights/").status_code == 403


def test_an_unknown_insight_is_not_found(owner: Client) -> None:
    for path in ("/insights/nonsense", "/insights/nonsense/cases", "/insights/variants/file.exe", "/insights/views/99"):
        assert owner.get(path).status_code == 404, path


def test_a_view_is_saved_found_again_shared_and_deleted(owner: Client, client_as: Callable[..., Client]) -> None:
    owner.post("/insights/variants/save", {"name": " Phone  only ", "query": "most=5&channel=phone"})
    view = View.objects.get()
    assert (view.name, view.insight, view.query) == ("Phone only", "variants", "most=5&channel=phone")
    assert "Phone only" in text_of(owner.get("/insights/")) and "Phone only" in text_of(owner.get("/"))
    colleague = client_as("analyst")
    assert colleague.get(f"/insights/views/{view.pk}")["Location"] == "/insights/variants?most=5&channel=phone"
    assert "Phone only" not in text_of(colleague.get("/insights/"))
    assert colleague.post(f"/insights/views/{view.pk}/delete").status_code == 404
    assert owner.post(f"/insights/views/{view.pk}/delete").status_code == 302
    assert not View.objects.exists()


def test_a_view_without_a_name_is_refused(owner: Client) -> None:
    assert owner.post("/insights/variants/save", {"name": " ", "query": ""}).status_code == 400
    assert owner.post("/insights/variants/save", {"name": "x", "query": "y" * 3000}).status_code == 400


def test_one_name_is_one_view(owner: Client) -> None:
    for query in ("most=5", "most=6"):
        owner.post("/insights/variants/save", {"name": "Mine", "query": query})
    assert [view.query for view in View.objects.all()] == ["most=6"]


def test_a_script_in_a_filter_stays_text(owner: Client) -> None:
    page = owner.get("/insights/variants", {"reason": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_a_journey_map_leads_to_cases_and_follows_a_variant(owner: Client, client_as: Callable[..., Client]) -> None:
    page = text_of(owner.get("/insights/journey-map"))
    variant = re.findall(r'<option value="([0-9a-f]{32})"', page)[0]
    svg = page[page.index("<svg") : page.index("</svg>")]
    assert 'role="group"' in svg[:300] and "key.from_activity=" in svg and "aria-label=" in svg
    followed = text_of(owner.get(f"/insights/journey-map?variant={variant}"))
    assert "edge on-way" in followed and "off-way" in followed and f"key.variant_hash={variant}" in followed
    assert "on-way" not in text_of(owner.get("/insights/journey-map?variant=" + "0" * 32))
    assert "?activities=45&edges=60" in page and "?activities=20&edges=26" in page


def test_every_detail_of_the_map_can_be_drawn(owner: Client) -> None:
    for n in (10, 60):
        assert owner.get(f"/insights/journey-map?activities={n}&edges={n}").status_code == 200


def test_every_typed_input_has_a_kind(owner: Client) -> None:
    from kundig.server.explore import form

    @dataclasses.dataclass
    class Odd:
        flag: bool = True

    assert form.kind_of(dataclasses.fields(Odd)[0]) == "yes"
