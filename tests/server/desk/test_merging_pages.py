"""Two persons become one by evidence and a click, and two again by another."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

from django.test import Client

from kundig.server.people.models import Entry


def events(site: Any, person: str) -> int:
    return int(site.workspace.memory(person).num_rows)


def test_a_proposal_is_compared_linked_and_taken_back(
    client_as: Callable[..., Client], site: Any, writer: tuple[str, str]
) -> None:
    client, (mail, customer) = client_as("agent"), writer
    alone = events(site, customer)
    assert f"/memory/{mail}/link?other={customer}" in client.get(f"/memory/{mail}/same").content.decode()
    compared = client.get(f"/memory/{mail}/link?other={customer}").content.decode()
    assert "Link them" in compared and f'value="{customer}"' in compared
    told = {"other": customer, "survivor": customer, "evidence": "asked on the phone"}
    assert client.post(f"/memory/{mail}/link", told)["Location"] == f"/memory/{mail}"
    assert events(site, customer) > alone
    text = client.get(f"/memory/{mail}").content.decode()
    assert "2 identifiers are read as this one person" in text
    assert "asked on the phone" in client.get(f"/memory/{mail}/same").content.decode()
    client.post(f"/memory/{mail}/unlink", {"person": mail, "same_as": customer})
    assert events(site, customer) == alone
    acts = list(Entry.objects.filter(act__in=("linked", "took a link back")).values_list("act", "person_id"))
    assert acts == [("linked", mail), ("linked", customer), ("took a link back", mail), ("took a link back", customer)]


def test_without_evidence_nothing_is_linked(client_as: Callable[..., Client], site: Any, writer: tuple[str, str]) -> None:
    response = client_as("agent").post(f"/memory/{writer[0]}/link", {"other": writer[1], "survivor": writer[1], "evidence": " "})
    assert response.status_code == 422
    assert "Say what shows" in response.content.decode()
    assert site.workspace.links_of(writer[0]) == []


def test_two_strong_keys_need_somebody_who_is_sure(client_as: Callable[..., Client], site: Any) -> None:
    one, other = site.workspace.sql(
        "select person_id from people where identifier_kind = 'customer' order by 1 limit 2", purpose="service"
    )["person_id"].to_pylist()
    client = client_as("agent")
    assert "speaks for two persons" in client.get(f"/memory/{one}/link?other={other}").content.decode()
    told = {"other": other, "survivor": one, "evidence": "moved"}
    refused = client.post(f"/memory/{one}/link", told)
    assert refused.status_code == 422 and "probably two" in refused.content.decode()
    assert client.post(f"/memory/{one}/link", {**told, "sure": "yes"}).status_code == 302
    assert [(row["person_id"], row["same_as"]) for row in site.workspace.links_of(one)] == [(other, one)]


def test_consents_of_both_are_shown_and_the_stricter_counts(
    client_as: Callable[..., Client], site: Any, writer: tuple[str, str]
) -> None:
    site.workspace.record_consent(writer[0], "marketing", "given", source="test")
    site.workspace.record_consent(writer[1], "marketing", "withdrawn", source="test")
    text = html.unescape(client_as("agent").get(f"/memory/{writer[0]}/link?other={writer[1]}").content.decode())
    assert "<td>given</td><td>withdrawn</td><td><strong>withdrawn</strong></td>" in text


def test_bad_requests_change_nothing(client_as: Callable[..., Client], site: Any, writer: tuple[str, str]) -> None:
    client, (mail, customer) = client_as("agent"), writer
    version = site.workspace.lake.version
    for other in ("", "nobody", "0" * 32, mail, "' or 1=1 --"):
        assert client.get(f"/memory/{mail}/link", {"other": other}).status_code == 404, other
        assert client.post(f"/memory/{mail}/link", {"other": other, "evidence": "x"}).status_code == 404, other
    assert client.post(f"/memory/{mail}/unlink", {"person": mail, "same_as": customer}).status_code == 404
    assert client.post(f"/memory/{'0' * 32}/unlink", {}).status_code == 404
    assert client.get(f"/memory/{mail}/unlink").status_code == 405
    assert client.get(f"/memory/{'0' * 32}/same").status_code == 404
    assert site.workspace.lake.version == version


def test_an_integrator_may_look_but_not_merge(client_as: Callable[..., Client], writer: tuple[str, str]) -> None:
    client = client_as("integrator")
    assert client.get(f"/memory/{writer[0]}").status_code == 200
    assert client.get(f"/memory/{writer[0]}/same").status_code == 403
    assert client.post(f"/memory/{writer[0]}/link", {"other": writer[1], "evidence": "x"}).status_code == 403


def test_writing_needs_the_csrf_token(client_as: Callable[..., Client], writer: tuple[str, str]) -> None:
    client = client_as("agent", enforce_csrf_checks=True)
    assert client.post(f"/memory/{writer[0]}/link", {"other": writer[1], "evidence": "x"}).status_code == 403
