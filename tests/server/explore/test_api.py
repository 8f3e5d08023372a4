"""The shelf of insights for other systems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kundig import insight


@pytest.fixture
def headers(token: Callable[[str], dict[str, str]]) -> dict[str, str]:
    return token("integrator")


def test_the_list_describes_every_insight_the_role_may_ask(client_as: Callable[..., Client]) -> None:
    told = client_as("owner").get("/api/insights").json()
    assert [one["name"] for one in told] == list(insight.shelf())
    named = next(one for one in told if one["name"] == "journey-map")
    assert [(i["name"], i["kind"], i["default"]) for i in named["inputs"]] == [
        ("activities", "number", "30"),
        ("edges", "number", "40"),
    ]
    assert named["purpose"] == "analysis" and named["title"] == "Journey map"


def test_an_insight_whose_purpose_the_role_lacks_is_absent(client_as: Callable[..., Client]) -> None:
    client = client_as("analyst")
    assert "re-explanations" not in [one["name"] for one in client.get("/api/insights").json()]
    assert client.get("/api/insights/re-explanations").status_code == 403


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return (
        [_rounded(item) for item in value]
        if isinstance(value, list)
        else float(f"{value:.9g}")
        if isinstance(value, float)
        else value
    )


@pytest.mark.parametrize("name", list(insight.shelf()))
def test_the_json_is_that_of_the_command_line(name: str, site: Any, client_as: Callable[..., Client]) -> None:
    told = client_as("owner").get(f"/api/insights/{name}").json()
    expected = site.workspace.ask(name, share=True).to_json("en")
    assert _rounded(told) == _rounded(expected)  # sums of fractions may run in another order


def test_options_and_filters_are_query_parameters(site: Any, headers: dict[str, str]) -> None:
    client = Client(headers=headers)
    told = client.get("/api/insights/journey-map?activities=5&channel=phone&since=2026-01-15").json()
    wanted = site.workspace.ask("journey-map", share=True, activities=5, channel="phone", since="2026-01-15")
    assert told == wanted.to_json("en")
    assert client.get("/api/insights/repeat_contacts?days=3").json()["inputs"] == {"days": 3}


@pytest.mark.parametrize(
    ("query", "option"),
    [("nonsense=1", "nonsense"), ("days=many", "days"), ("days=-1", "days"), ("since=yesterday", "since"), ("days=99999999", "days"),
     ("reason=%00", "reason")],
)  # fmt: skip
def test_what_does_not_fit_is_named(query: str, option: str, headers: dict[str, str]) -> None:
    response = Client(headers=headers).get(f"/api/insights/repeat-contacts?{query}")
    assert (response.status_code, response.json()["parameter"]) == (400, option)
    assert response["Content-Type"] == "application/problem+json"


def test_a_filter_whose_days_leave_nothing_is_refused(headers: dict[str, str]) -> None:
    response = Client(headers=headers).get("/api/insights/variants?since=2026-02-01&until=2026-01-01")
    assert response.status_code == 400


def test_an_unknown_insight_is_404_with_the_known_ones(headers: dict[str, str]) -> None:
    response = Client(headers=headers).get("/api/insights/nonsense")
    assert response.status_code == 404
    assert "journey-map" in response.json()["detail"]


def test_nobody_and_agents_get_nothing(client_as: Callable[..., Client]) -> None:
    assert client_as("").get("/api/insights/variants").status_code == 401
    assert client_as("agent").get("/api/insights/variants").status_code == 403
    assert client_as("integrator").get("/api/insights").status_code == 200
