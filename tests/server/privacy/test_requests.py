"""Requests are worked off in time, by somebody who made sure whom he talks to."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kundig.server import firm
from kundig.server.people.models import Entry
from kundig.server.privacy.models import Request


@pytest.fixture
def officer(client_as: Callable[..., Client]) -> Client:
    return client_as("privacy")


@pytest.fixture
def take_in(officer: Client, people: list[Any]) -> Callable[..., Request]:
    def taken(kind: str, received: str = "", *, identified: bool = True) -> Request:
        day = received or timezone.localdate().isoformat()
        officer.post("/privacy/requests", {"kind": kind, "received": day, "person_id": people[0].id, "notes": "by phone"})
        one = Request.objects.order_by("-pk")[0]
        if identified:
            officer.post(f"/privacy/requests/{one.pk}/identify", {"how": "called back"})
        return Request.objects.get(pk=one.pk)

    return taken


def test_overdue_requests_come_first(officer: Client, take_in: Callable[..., Request]) -> None:
    late, fresh = take_in("access", "2026-01-05"), take_in("objection")
    page = officer.get("/privacy/").content.decode()
    assert page.index(f"/privacy/requests/{late.pk}") < page.index(f"/privacy/requests/{fresh.pk}")
    assert "overdue" in page and late.urgency == "bad"


@pytest.mark.parametrize(
    ("kind", "step"), [("access", "package"), ("portability", "package"), ("correction", "correct"), ("erasure", "erase")]
)
def test_nothing_happens_before_the_identity_is_checked(
    officer: Client, take_in: Callable[..., Request], kind: str, step: str
) -> None:
    one = take_in(kind, identified=False)
    answer = officer.post(f"/privacy/requests/{one.pk}/{step}", {"note": "x", "sure": "yes"})
    assert answer.status_code == 422
    assert b"make sure that it is the person who asks" in answer.content
    assert Request.objects.get(pk=one.pk).state == "open"


def test_access_hands_everything_out_and_keeps_nothing(
    officer: Client, site: Any, people: list[Any], take_in: Callable[..., Request]
) -> None:
    one = take_in("access")
    answer = officer.post(f"/privacy/requests/{one.pk}/package")
    assert answer["Content-Type"] == "application/zip" and "no-store" in answer["Cache-Control"]
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    assert {"person.json", "person.html", "events.csv", "people.csv", "processing.json"} <= set(packed.namelist())
    assert people[0].email in packed.read("person.json").decode()
    rows = list(csv.DictReader(io.StringIO(packed.read("events.csv").decode())))
    assert {row["person_id"] for row in rows} == {people[0].id}
    assert people[1].email not in "".join(packed.read(n).decode() for n in packed.namelist() if not n.startswith("processing"))
    assert not list((firm.run_folder() / "exports").rglob("*"))
    assert Entry.objects.filter(act="handed out data", person_id=people[0].id).exists()
    officer.post(f"/privacy/requests/{one.pk}/finish", {"reason": "sent"})
    assert Request.objects.get(pk=one.pk).state == "done"
    assert officer.post(f"/privacy/requests/{one.pk}/package").status_code == 422


def test_portability_hands_out_what_machines_read(officer: Client, take_in: Callable[..., Request]) -> None:
    answer = officer.post(f"/privacy/requests/{take_in('portability').pk}/package")
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert "person.json" in names and "person.html" not in names


@pytest.mark.parametrize(("kind", "purpose", "hidden"), [("restriction", "*", "service"), ("objection", "analysis", "analysis")])
def test_restriction_and_objection_count_at_once(
    officer: Client, site: Any, people: list[Any], take_in: Callable[..., Request], kind: str, purpose: str, hidden: str
) -> None:
    one = take_in(kind, identified=False)
    answer = officer.post(f"/privacy/requests/{one.pk}/decide", {"purpose": purpose})
    assert answer.status_code == 302 and Request.objects.get(pk=one.pk).state == "done"
    sql = "select 1 from events where person_id = :id limit 1"
    assert site.workspace.sql(sql, purpose=hidden, id=people[0].id).num_rows == 0
    assert site.workspace.sql(sql, purpose="privacy", id=people[0].id).num_rows == 1


def test_a_correction_is_an_event_of_its_own(
    officer: Client, site: Any, people: list[Any], take_in: Callable[..., Request]
) -> None:
    one = take_in("correction")
    before = site.workspace.memory(people[0].key).num_rows
    told = {"note": "The name was misspelt.", "name": "Neue Schreibweise", "email": "", "phone": ""}
    assert officer.post(f"/privacy/requests/{one.pk}/correct", told).status_code == 302
    memory = site.workspace.memory(people[0].key).to_pylist()
    assert len(memory) == before + 1
    assert [m["text"] for m in memory if m["source"] == "kundig"] == ["The name was misspelt."]
    row = site.workspace.sql(
        "select name, email from people where person_id = :id", purpose="service", id=people[0].id
    ).to_pylist()[0]
    assert row == {"name": "Neue Schreibweise", "email": people[0].email}
    assert Request.objects.get(pk=one.pk).state == "done"


def test_the_time_is_extended_once_and_with_a_reason(officer: Client, take_in: Callable[..., Request]) -> None:
    one = take_in("access")
    url = f"/privacy/requests/{one.pk}/extend"
    assert officer.post(url, {"why": " "}).status_code == 422
    assert officer.post(url, {"why": "many systems"}).status_code == 302
    later = Request.objects.get(pk=one.pk)
    assert later.due_on > one.due_on + dt.timedelta(days=55)
    assert officer.post(url, {"why": "again"}).status_code == 422
    late = take_in("access", "2026-01-05")
    assert officer.post(f"/privacy/requests/{late.pk}/extend", {"why": "too late"}).status_code == 422


def test_a_refusal_needs_a_reason(officer: Client, take_in: Callable[..., Request]) -> None:
    one = take_in("erasure")
    assert officer.post(f"/privacy/requests/{one.pk}/refuse", {"reason": ""}).status_code == 422
    assert officer.post(f"/privacy/requests/{one.pk}/finish", {"reason": "done"}).status_code == 422
    assert officer.post(f"/privacy/requests/{one.pk}/refuse", {"reason": "invoices must be kept"}).status_code == 302
    assert Request.objects.get(pk=one.pk).state == "refused"
    assert officer.post(f"/privacy/requests/{one.pk}/identify", {"how": "late"}).status_code == 422


def test_waiting_and_notes(officer: Client, take_in: Callable[..., Request]) -> None:
    one = take_in("access", identified=False)
    officer.post(f"/privacy/requests/{one.pk}/change", {"notes": "asked for a date of birth", "waiting": "on"})
    assert Request.objects.get(pk=one.pk).state == "waiting"
    officer.post(f"/privacy/requests/{one.pk}/identify", {"how": "called back"})
    assert Request.objects.get(pk=one.pk).state == "open"


@pytest.mark.parametrize("told", [{"kind": "dance", "received": "2026-01-01"}, {"kind": "access", "received": "2199-01-01"}, {"kind": "access", "received": "yesterday"}])  # fmt: skip
def test_a_request_that_does_not_fit_is_refused(officer: Client, people: list[Any], told: dict[str, str]) -> None:
    assert officer.post("/privacy/requests", {**told, "person_id": people[0].id}).status_code == 422
    assert officer.post("/privacy/requests", {**told, "person_id": "x"}).status_code == 404


def test_an_unknown_step_is_not_found(officer: Client, take_in: Callable[..., Request]) -> None:
    assert officer.post(f"/privacy/requests/{take_in('access').pk}/dance").status_code == 404


def test_no_step_for_the_wrong_kind(officer: Client, take_in: Callable[..., Request]) -> None:
    one = take_in("access")
    for step, told in (("correct", {"note": "x"}), ("erase", {"sure": "yes"}), ("decide", {"purpose": "*"})):
        assert officer.post(f"/privacy/requests/{one.pk}/{step}", told).status_code == 422


def test_audit_lines_hold_no_personal_text(officer: Client, people: list[Any], take_in: Callable[..., Request]) -> None:
    one = take_in("access")
    officer.post(f"/privacy/requests/{one.pk}/package")
    told = json.dumps([[e.act, e.about] for e in Entry.objects.all()])
    assert people[0].name not in told and people[0].email not in told and "by phone" not in told
