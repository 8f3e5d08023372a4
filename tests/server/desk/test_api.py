"""A person's memory for other systems: any identifier, problems as documents, ETag and 304."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from kundig.server.people.models import Entry

Headers = Callable[[str], dict[str, str]]


def url(key: str) -> str:
    return f"/api/persons/{quote(key, safe='')}/memory"


def test_a_memory_by_any_identifier(token: Headers, known: Any) -> None:
    headers, client = token("integrator"), Client()
    for key in (known.person_id, known.number, known.phone):
        response = client.get(url(key), headers=headers)
        assert response.status_code == 200, key
        found = response.json()
        assert found["person"]["person_id"] == known.person_id
        assert {"glance", "timeline", "open_cases", "promises", "lake_version", "next"} <= set(found)
    assert Entry.objects.filter(act="saw memory", person_id=known.person_id, who="test").count() == 1


def test_a_session_will_do(client_as: Callable[..., Client], known: Any) -> None:
    assert client_as("agent").get(url(known.number)).status_code == 200


def test_who_may_not_gets_a_problem(token: Headers, known: Any) -> None:
    assert Client().get(url(known.number)).status_code == 401
    refused = Client().get(url(known.number), headers=token("analyst"))
    assert (refused.status_code, refused.headers["Content-Type"]) == (403, "application/problem+json")
    assert known.name not in refused.content.decode()


def test_nobody_is_404_and_several_are_409_with_the_kinds_to_choose_from(
    token: Headers, site: Any, writer: tuple[str, str]
) -> None:
    headers, client = token("integrator"), Client()
    missing = client.get(url("nobody at all"), headers=headers)
    assert (missing.status_code, missing.json()["title"]) == (404, "Nobody is known by this key.")
    mail = site.workspace.find(writer[0]).rows[0]["identifier"]
    several = client.get(url(mail), headers=headers)
    assert (several.status_code, several.json()["kinds"]) == (409, ["customer", "email"])
    chosen = [
        client.get(url(mail), {"kind": kind}, headers=headers).json()["person"]["person_id"] for kind in ("email", "customer")
    ]
    assert chosen == list(writer)


def test_parts_filters_and_limits(token: Headers, known: Any) -> None:
    headers, client = token("integrator"), Client()
    first = client.get(url(known.number), {"limit": 3}, headers=headers).json()
    second = client.get(url(known.number), {"limit": 3, "cursor": first["next"]}, headers=headers).json()
    times = [event["occurred_at"] for part in (first, second) for event in part["timeline"]]
    assert len(times) == 6 and times == sorted(times, reverse=True)
    case = next(event["case_id"] for event in first["timeline"] if event["case_id"])
    chosen = client.get(url(known.number), {"case": case, "since": "2020-01-01T00:00:00"}, headers=headers).json()
    assert {event["case_id"] for event in chosen["timeline"]} == {case}
    assert client.get(url(known.number), {"since": "2100-01-01T00:00:00Z"}, headers=headers).json()["timeline"] == []
    assert {e["channel"] for e in client.get(url(known.number), {"channel": "phone"}, headers=headers).json()["timeline"]} <= {
        "phone"
    }


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 5000}, {"limit": "x"}, {"since": "yesterday"}, {"cursor": "x" * 99}])
def test_what_does_not_fit_is_422(token: Headers, known: Any, wrong: dict[str, Any]) -> None:
    assert Client().get(url(known.number), wrong, headers=token("integrator")).status_code == 422


def test_an_unknown_cursor_is_400(token: Headers, known: Any) -> None:
    assert Client().get(url(known.number), {"cursor": "x"}, headers=token("integrator")).status_code == 400


def test_nothing_new_is_304(token: Headers, site: Any, known: Any, writer: tuple[str, str]) -> None:
    headers, client = token("integrator"), Client()
    etag = client.get(url(known.number), headers=headers).headers["ETag"]
    again = client.get(url(known.number), headers={**headers, "If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert client.get(url(known.number), headers={**headers, "If-None-Match": f"W/{etag}"}).status_code == 304
    site.workspace.lake.link(writer[0], known.person_id, evidence="test", author="test")
    fresh = client.get(url(known.number), headers={**headers, "If-None-Match": etag})
    assert fresh.status_code == 200 and fresh.headers["ETag"] != etag


def test_who_restricted_his_data_is_refused_without_them(token: Headers, restricted: Any) -> None:
    refused = Client().get(url(restricted.number), headers=token("integrator"))
    assert refused.status_code == 403
    assert restricted.name not in refused.content.decode() and restricted.person_id not in refused.content.decode()
    assert Client().get(url(restricted.number), headers=token("privacy")).status_code == 200


@pytest.mark.parametrize("key", ["a/b", "../..", "%", "'", "\u0000", "x" * 3000, "ä ö", "@", "+"])
def test_strange_keys_are_nobody(token: Headers, key: str) -> None:
    assert Client().get(url(key), headers=token("integrator")).status_code in (404, 400)
