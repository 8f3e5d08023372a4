"""From a figure down to its cases: the same number, nothing for small groups, a line in the audit log."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from kundig.server.explore import cases, doors
from kundig.server.people.models import Entry


def count(site: Any, name: str, keys: dict[str, str], figure: str = "") -> int:
    told = cases.behind(site.workspace, cases.Behind(name, {}, keys, figure), {}, "en")
    return -1 if told["least"] else int(told["n"])


@pytest.mark.parametrize(
    "name",
    [
        "channels",
        "consistency",
        "contact-reasons",
        "contacts-per-case",
        "handovers",
        "journey-map",
        "throughput-times",
        "variants",
    ],
)
def test_behind_a_row_are_as_many_cases_as_it_says(name: str, site: Any) -> None:
    answer = site.workspace.ask(name, share=True)
    size = "n" if name == "variants" else "cases"
    rows = answer.table.to_pylist()[:6]
    assert rows
    for row in rows:
        keys = doors.keys_of(name, row)
        assert keys is not None
        if row[size]:
            assert count(site, name, keys) == row[size], row


def test_repeat_contacts_lead_to_all_cases_of_the_reason(site: Any) -> None:
    row = site.workspace.ask("repeat-contacts", share=True).table.to_pylist()[0]
    assert count(site, "repeat-contacts", {"reason": row["reason"]}) == row["cases"] + row["censored"]


@pytest.mark.parametrize("key", list(doors.FIGURES))
def test_behind_a_figure_are_as_many_cases_as_it_says(key: str, site: Any) -> None:
    name, figure = key.split("/")
    value = site.workspace.ask(name, share=True).figures.get(figure)
    found = count(site, name, {}, figure)
    assert found in (value or 0, -1) or (name == "promises" and 0 < found <= value)


def test_promises_lead_to_the_cases_they_were_made_in(site: Any) -> None:
    rows = site.workspace.ask("promises", share=True).table.to_pylist()
    for row in rows:
        keys = doors.keys_of("promises", row)
        assert (keys is None) == (row["value"] is None)
        if keys:
            assert count(site, "promises", keys) in (-1, *range(1, row["made"] + 1)), row


def test_a_small_group_is_not_opened(site: Any, client_as: Callable[..., Client]) -> None:
    rows = site.workspace.sql(
        "select variant_hash, count(distinct person_id) as p from cases group by 1 having p = 1"
    ).to_pylist()
    page = client_as("owner").get("/insights/variants/cases", {"key.variant_hash": rows[0]["variant_hash"]}).content.decode()
    assert "Fewer than 5 customers" in page and "<tbody>" not in page
    assert not Entry.objects.exists()


def test_the_list_shows_cases_and_leaves_a_line(site: Any, client_as: Callable[..., Client]) -> None:
    answer = site.workspace.ask("promises", share=True)
    client = client_as("owner")
    page = unescape(client.get("/insights/journey-map/cases?figure=cases").content.decode())
    assert len(re.findall("<tr>", page)) == 101 and "page=2" in page
    assert answer.n
    line = Entry.objects.get()
    assert (line.act, line.about["insight"], line.about["cases"]) == ("cases", "journey-map", 100)
    second = client.get("/insights/journey-map/cases?figure=cases&page=2").content.decode()
    assert 'rel="prev"' in second


def test_persons_are_absent_for_those_who_do_not_serve(client_as: Callable[..., Client], site: Any) -> None:
    person = site.workspace.sql("select max(person_id) as p from cases")["p"][0].as_py()
    for role, seen in (("owner", True), ("manager", False), ("analyst", False)):
        client = client_as(role)
        page = client.get("/insights/journey-map/cases?figure=cases").content.decode()
        assert ('scope="col">Person<' in page) == seen, role
        assert seen or person not in page
    ids = set(site.workspace.sql("select distinct person_id from cases where person_id is not null")["person_id"].to_pylist())
    pages = "".join(client.get(f"/insights/journey-map/cases?figure=cases&page={n}").content.decode() for n in range(1, 6))
    assert "events without a case" in pages and not any(one in pages for one in ids)


def test_the_filter_holds_for_cases_too(site: Any, client_as: Callable[..., Client]) -> None:
    page = client_as("owner").get("/insights/variants/cases?figure=cases&since=2026-03-01&until=2026-04-01").content.decode()
    n = site.workspace.ask("variants", since="2026-03-01", until="2026-04-01").n
    assert f"{n} cases, the newest first." in page


@pytest.mark.parametrize("query", ["key.nonsense=1", "figure=nonsense", "since=soon", "colour=red", "key.from_activity=%27%3B--"])
def test_what_leads_nowhere_is_told(query: str, client_as: Callable[..., Client]) -> None:
    response = client_as("owner").get(f"/insights/journey-map/cases?{query}")
    assert response.status_code in (200, 400)
    assert "<tbody>" not in response.content.decode()


def test_who_may_not_see_cases_finds_no_way_there(client_as: Callable[..., Client]) -> None:
    client = client_as("integrator")
    assert client.get("/insights/journey-map/cases?figure=cases").status_code == 403
    page = client.get("/insights/journey-map").content.decode()
    assert "/cases?" not in page
