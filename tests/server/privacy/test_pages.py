"""The privacy officer's pages: finding a person, writing decisions down, the receipt, the register."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kundig.server.people.models import Entry
from kundig.server.privacy.models import Request


@pytest.fixture
def officer(client_as: Callable[..., Client]) -> Client:
    return client_as("privacy")


def test_the_home_page_says_what_waits(officer: Client) -> None:
    page = officer.get("/privacy/")
    assert page.status_code == 200
    assert b"Nothing waits." in page.content


@pytest.mark.parametrize("role", ["manager", "agent", "analyst", "integrator"])
def test_others_may_not(client_as: Callable[..., Client], role: str, people: list[Any]) -> None:
    client = client_as(role)
    for path in (
        "",
        f"persons/{people[0].id}",
        f"persons/{people[0].id}/receipt.json",
        "retention",
        "register.json",
        "requests/1",
    ):
        assert client.get(f"/privacy/{path}").status_code == 403


@pytest.mark.parametrize("key", ["key", "email", "id"])
def test_a_person_is_found_by_any_identifier(officer: Client, people: list[Any], key: str) -> None:
    answer = officer.post("/privacy/find", {"key": getattr(people[0], key)})
    assert (answer.status_code, answer["Location"]) == (302, f"/privacy/persons/{people[0].id}")
    page = officer.get(answer["Location"]).content.decode()
    assert people[0].email in page and "What the data are used for" in page
    assert Entry.objects.filter(act="saw decisions", person_id=people[0].id).count() == 1


def test_nobody_is_found_and_the_request_is_taken_in_all_the_same(officer: Client) -> None:
    missing = officer.post("/privacy/find", {"key": "nobody@example.org"})
    assert missing.status_code == 404
    assert b"Nobody is known by nobody@example.org." in missing.content
    made = officer.post("/privacy/requests", {"kind": "access", "received": "2026-01-31", "person_id": ""})
    assert made.status_code == 302
    one = Request.objects.get()
    assert str(one.due_on) == "2026-02-28"
    page = officer.get(made["Location"]).content.decode()
    assert "overdue" in page and "nothing is stored about him" in page
    officer.post(f"/privacy/requests/{one.pk}/finish", {"reason": "told"})
    assert Request.objects.get().state == "done"


def test_a_withdrawal_counts_at_the_next_question(officer: Client, site: Any, people: list[Any]) -> None:
    count = "select count(*) as n from events"
    url = f"/privacy/persons/{people[0].id}/decide"

    def seen() -> int:
        return int(site.workspace.sql(count, purpose="marketing", where={})["n"][0].as_py())

    before = seen()
    officer.post(url, {"purpose": "marketing", "status": "given", "notice": "2026-01", "evidence": "letter"})
    given = seen()
    officer.post(url, {"purpose": "marketing", "status": "withdrawn"})
    assert given >= before and seen() < max(given, 1)
    page = officer.get(f"/privacy/persons/{people[0].id}").content.decode()
    assert "consent withdrawn" in page and "letter" in page
    assert [e.about["status"] for e in Entry.objects.filter(act="recorded decision")] == ["given", "withdrawn"]


@pytest.mark.parametrize("told", [{"purpose": "x", "status": "given"}, {"purpose": "marketing", "status": "y"}, {"purpose": "marketing", "status": "given", "day": "2199-01-01"}])  # fmt: skip
def test_a_decision_that_does_not_fit_is_refused(officer: Client, people: list[Any], told: dict[str, str]) -> None:
    assert officer.post(f"/privacy/persons/{people[0].id}/decide", told).status_code == 422


def test_an_unknown_pseudonym_is_not_found(officer: Client) -> None:
    for path in (f"persons/{'0' * 32}", f"persons/{'0' * 32}/receipt", "requests/99", "requests/99/receipt.json", "retention/99"):
        assert officer.get(f"/privacy/{path}").status_code == 404


def test_the_receipt_has_the_fields_of_the_standard(officer: Client, people: list[Any]) -> None:
    officer.post(f"/privacy/persons/{people[0].id}/decide", {"purpose": "research", "status": "given", "notice": "v3"})
    told = json.loads(officer.get(f"/privacy/persons/{people[0].id}/receipt.json").content)
    assert set(told) == {"header", "processing", "parties", "events"}
    assert told["header"]["schema_version"] == "ISO/IEC TS 27560:2023"
    assert told["header"]["pii_principal_id"] == people[0].id
    research = next(row for row in told["processing"] if row["purpose"] == "research")
    assert research["purpose_id"] == "https://w3id.org/dpv#ResearchAndDevelopment"
    assert (research["notice"], research["used"]) == ("v3", True)
    assert told["events"][-1]["event_type_id"] == "https://w3id.org/dpv#ConsentGiven"
    assert people[0].email not in json.dumps(told)
    assert "Consent receipt" in officer.get(f"/privacy/persons/{people[0].id}/receipt").content.decode()


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_register_is_written_from_what_is_there(client_as: Callable[..., Client], lang: str) -> None:
    client = client_as("privacy", lang)
    page = client.get("/privacy/register")
    assert page.status_code == 200
    told = json.loads(client.get("/privacy/register.json").content)
    assert {row["id"] for row in told["purposes"]} == {"service", "quality", "analysis", "marketing", "research", "privacy"}
    assert told["sources"] and told["persons"] > 0 and told["controller"] == "Kolkfunk"
    columns = {f"{c['table']}.{c['column']}" for row in told["categories"] for c in row["columns"]}
    assert {"people.email", "events.activity", "texts.text"} <= columns


def test_the_api_reads_and_writes_decisions(
    client_as: Callable[..., Client], token: Callable[[str], Any], people: list[Any]
) -> None:
    client, headers = client_as(""), token("privacy")
    url = f"/api/persons/{people[0].key}/consents"
    made = client.post(url, json.dumps({"purpose": "marketing", "status": "given"}), "application/json", headers=headers)
    assert made.status_code == 201
    told = client.get(url, headers=headers).json()
    assert told["person_id"] == people[0].id and told["decisions"][-1]["status"] == "given"
    assert client.get("/api/persons/nobody/consents", headers=headers).status_code == 404
    wrong = client.post(url, json.dumps({"purpose": "fun", "status": "given"}), "application/json", headers=headers)
    assert wrong.status_code == 422
    late = client.post(url, json.dumps({"purpose": "*", "status": "given", "at": "2199-01-01T00:00:00"}), "application/json", headers=headers)  # fmt: skip
    assert late.status_code == 422
    assert client.get(url, headers=token("integrator")).status_code == 403
    assert client.get(url).status_code == 401
