"""After an erasure nothing of the person is in any file of the workspace or row of the server; a namesake is untouched."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kundig.errors import PrivacyError
from kundig.lake import erase as lake_erasure
from kundig.server import firm
from kundig.server.people import audit
from kundig.server.people.models import Entry
from kundig.server.privacy import eraser, erasing, stores
from kundig.server.privacy.models import Request
from kundig.server.roles import ROLES, Caller


@pytest.fixture
def officer(client_as: Callable[..., Client]) -> Client:
    return client_as("privacy")


@pytest.fixture
def filled(site: Any, people: list[Any], officer: Client) -> Iterator[Request]:
    """Something of the person in every store, and a request for erasure."""
    from kundig.server.explore.models import View
    from kundig.server.people.models import User
    from kundig.server.rules.models import Delivery
    from kundig.server.sources import inbox
    from kundig.server.sources.envelopes import read
    from kundig.server.sources.imports import uploads
    from kundig.server.sources.models import DeadLetter, Import

    who, other = people
    event = {"source": "shop", "occurred_at": "2026-01-20T09:30:00+01:00", "activity": "Order"}
    found, _ = read(json.dumps([
        {**event, "id": "e1", "person_key": who.key, "person_email": who.email},
        {**event, "id": "e2", "person_key": other.key, "text": f"Copy to {who.email}, please."},
    ]).encode(), "application/json", {}, "live")  # fmt: skip
    inbox.store(found)
    now = timezone.now()
    DeadLetter.objects.create(
        payload=json.dumps({**event, "person_key": who.key}).encode(),
        source="shop",
        reason="x",
        person_id=who.id,
        received_at=now,
    )
    upload = Import.objects.create(kind="file", state="ready", name="export.csv")
    folder = uploads.folder_of(upload.pk)
    folder.mkdir(parents=True)
    (folder / "export.csv").write_text(f"id;mail\n1;{who.email}\n")
    packed = Import.objects.create(kind="file", state="ready", name="other.xlsx")
    uploads.folder_of(packed.pk).mkdir(parents=True)
    (uploads.folder_of(packed.pk) / "other.xlsx").write_bytes(b"PK")
    kept = Import.objects.create(kind="file", state="ready", name="kept.csv")
    uploads.folder_of(kept.pk).mkdir(parents=True)
    (uploads.folder_of(kept.pk) / "kept.csv").write_text(f"id;mail\n2;{other.email}\n")
    Delivery.objects.create(message_id="m", target="https://example.org", kind="x", body={"person_id": who.id}, made_at=now)
    View.objects.create(user=User.objects.get(), name=who.name, insight="volume", query="")
    exports = firm.run_folder() / "exports" / "left"
    exports.mkdir(parents=True)
    (exports / "person.json").write_text(who.email)
    (site.workspace.rejected / "run.jsonl").write_text(
        json.dumps({"raw": f"{who.email};x"}) + "\n" + json.dumps({"raw": other.email}) + "\n"
    )
    assert officer.get(reverse("desk:person", args=[who.id])).status_code == 200
    audit.note(Caller("x", ROLES["privacy"]), "linked", other.id, same_as=who.id)
    officer.post(
        "/privacy/requests",
        {"kind": "erasure", "received": timezone.localdate().isoformat(), "person_id": who.id, "notes": f"{who.name} called"},
    )
    one = Request.objects.get()
    officer.post(f"/privacy/requests/{one.pk}/identify", {"how": f"He wrote from {who.email}"})
    yield one
    for row in (upload, packed, kept):
        uploads.forget_file(row)


def held(site: Any) -> Iterator[tuple[str, str]]:
    """The decoded content of every file of the workspace, and every row of the server."""
    for path in site.folder.rglob("*"):
        if not path.is_file() or path.name == "key":
            continue
        if path.suffix == ".parquet":
            yield path.name, json.dumps(pq.read_table(path).to_pylist(), default=str, ensure_ascii=False)
        else:
            yield str(path.relative_to(site.folder)), path.read_bytes().decode("utf-8", "replace")
    for model in stores._tables():
        for row in stores._told(model):
            yield (
                model.__name__,
                " ".join(stores._decoded(bytes(v)) if isinstance(v, (bytes, memoryview)) else str(v) for v in row),
            )


def holding(site: Any, word: str, but: str = "") -> list[str]:
    return sorted({place for place, text in held(site) if word in text and not (but and place.startswith(but))})


def begin(officer: Client, one: Request) -> None:
    assert officer.post(f"/privacy/requests/{one.pk}/erase", {"sure": "yes"}).status_code == 302
    assert Request.objects.get(pk=one.pk).state == "running"


def test_nothing_of_the_person_is_left_anywhere(site: Any, people: list[Any], officer: Client, filled: Request) -> None:
    who, other = people
    # From outside the lake the person is in all these places first.
    assert {"DeadLetter", "Delivery", "Entry", "InboxBatch", "Request", "View"} <= set(
        holding(site, who.id) + holding(site, who.email) + holding(site, who.name)
    )
    others = site.workspace.memory(other.key).num_rows
    begin(officer, filled)
    assert eraser.work() == 1
    assert holding(site, who.id, but="state.sqlite3") == []
    for word in (who.email, who.name, f"called {who.name}"):
        assert holding(site, word) == []
    assert site.workspace.memory(other.key).num_rows == others
    assert other.email in (site.workspace.rejected / "run.jsonl").read_text()
    assert "[erased]" in next(text for place, text in held(site) if place == "InboxBatch")
    assert not list(audit.broken())
    assert not site.workspace.lake.verify().problems


def test_the_receipt_says_what_was_done_and_names_nobody(site: Any, people: list[Any], officer: Client, filled: Request) -> None:
    begin(officer, filled)
    eraser.work()
    told = json.loads(officer.get(f"/privacy/requests/{filled.pk}/receipt.json").content)
    assert told["person_hash"] == lake_erasure.person_hash(people[0].id)
    assert set(told["stores"]) == set(stores.TITLES)
    removed = {name: counts["removed"] for name, counts in told["stores"].items()}
    assert (
        removed["uploads"] == 2
        and removed["deliveries"] == removed["views"] == removed["exports"] == 1
        and removed["waiting"] >= 2
    )
    assert told["lake"]["rows"]["events"] > 0 and told["searched"]["server_rows"] > 0
    assert people[0].id not in json.dumps(told)
    page = officer.get(f"/privacy/requests/{filled.pk}").content.decode()
    assert "Receipt of the erasure" in page and "Nothing of the person is left." in page
    assert Entry.objects.filter(act="erased", person_id=audit.sealed(people[0].id)).count() == 1


def test_importing_again_does_not_bring_him_back(site: Any, people: list[Any], officer: Client, filled: Request) -> None:
    from tests.server.place import PLACE

    begin(officer, filled)
    eraser.work()
    events = site.workspace.sql("select count(*) as n from events", purpose="privacy")["n"][0].as_py()
    report = site.workspace.import_files([PLACE / "firm" / "exports" / "interactions.csv"])
    assert report.events_withheld > 0
    assert site.workspace.sql("select count(*) as n from events", purpose="privacy")["n"][0].as_py() == events
    assert site.workspace.sql("select 1 from people where person_id = :id", purpose="privacy", id=people[0].id).num_rows == 0


@pytest.mark.parametrize(
    "place", ["begin", *(pytest.param(one, marks=pytest.mark.long) for one in ("sweep", "scrub")), "finish", "seal"]
)
def test_an_erasure_that_was_killed_goes_on(
    site: Any, people: list[Any], officer: Client, filled: Request, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(officer, filled)
    victim = {
        "begin": (lake_erasure, "begin"), "sweep": (stores, "_audit"), "scrub": (stores, "scrub"),
        "finish": (lake_erasure, "finish"), "seal": (erasing, "_seal_again"),
    }[place]  # fmt: skip
    with monkeypatch.context() as patched:
        if place == "sweep":
            patched.setitem(stores._SWEEPS, "audit", lambda words: 1 / 0)
        else:
            patched.setattr(*victim, lambda *a, **k: 1 / 0)
        assert eraser.work() == 0
    stopped = Request.objects.get(pk=filled.pk)
    assert stopped.state == "running" and stopped.problem
    assert b"Go on with the erasure" in officer.get(f"/privacy/requests/{filled.pk}").content
    officer.post(f"/privacy/requests/{filled.pk}/erase", {"sure": "yes"})
    assert eraser.work() == 1
    assert holding(site, people[0].id, but="state.sqlite3") == [] and holding(site, people[0].email) == []


def test_who_looked_meanwhile_leaves_no_trace(
    site: Any, people: list[Any], officer: Client, filled: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(officer, filled)
    really = lake_erasure.finish

    def finish(*arguments: Any) -> Any:
        receipt = really(*arguments)
        audit.note(Caller("agent", ROLES["agent"]), "saw memory", people[0].id)
        return receipt

    monkeypatch.setattr(lake_erasure, "finish", finish)
    eraser.work()
    assert holding(site, people[0].id, but="state.sqlite3") == []


def test_a_trace_that_cannot_be_removed_stops_the_erasure(site: Any, people: list[Any], officer: Client, filled: Request) -> None:
    from kundig.server.rules.models import Webhook

    Webhook.objects.create(url=f"https://example.org/{people[0].id}", secret="s")
    begin(officer, filled)
    assert eraser.work() == 0
    assert "rules_webhook" in Request.objects.get(pk=filled.pk).problem["values"]["where"]
    assert site.workspace.memory(people[0].key).num_rows > 0
    Webhook.objects.all().delete()
    officer.post(f"/privacy/requests/{filled.pk}/erase", {"sure": "yes"})
    assert eraser.work() == 1


def test_the_progress_is_shown(officer: Client, filled: Request) -> None:
    begin(officer, filled)
    page = officer.get(f"/privacy/requests/{filled.pk}/progress")
    assert b"Erasure under way" in page.content and "HX-Refresh" not in page
    eraser.work()
    assert officer.get(f"/privacy/requests/{filled.pk}/progress")["HX-Refresh"] == "true"


def test_an_erasure_needs_the_tick(officer: Client, filled: Request) -> None:
    assert officer.post(f"/privacy/requests/{filled.pk}/erase").status_code == 422
    assert Request.objects.get(pk=filled.pk).state == "open"


def test_without_a_request_too(site: Any, people: list[Any], officer: Client) -> None:
    officer.get(f"/privacy/persons/{people[0].id}")
    receipt = erasing.erase_person(site.workspace, people[0].id, "kundig erase")
    assert receipt.person_hash == lake_erasure.person_hash(people[0].id)
    assert holding(site, people[0].id, but="state.sqlite3") == []
    assert Request.objects.get().state == "done"


def test_a_person_the_lake_does_not_know(site: Any) -> None:
    letter = "ab" * 16
    audit.note(Caller("x", ROLES["privacy"]), "saw memory", letter)
    erasing.erase_person(site.workspace, letter, "x")
    assert holding(site, letter, but="state.sqlite3") == []


def test_whole_words_only() -> None:
    from kundig.lake.traces import Traces

    words = stores.Words(Traces(("a" * 32,), ("10042", "anna@example.org")))
    assert words.are_in({"k": ["call 10042 now"]}) and words.are_in(b'["anna\\u0040example.org"]')
    assert not words.are_in("2026-01-01T00:00:00.100421") and not words.are_in("joanna@example.org") and not words.are_in(7)
    assert words.without({"text": "10042, 100423"}) == {"text": "[erased], 100423"}


def test_nothing_of_deleted_rows_stays_in_the_database_file(site: Any, people: list[Any]) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the bytes of PostgreSQL's files are its own")
    erasing.erase_person(site.workspace, people[0].id, "x")
    data = b"".join(path.read_bytes() for path in Path(site.folder).glob("server.sqlite3*"))
    assert people[0].id.encode() not in data and people[0].email.encode() not in data


def test_proof_before_the_lake(site: Any, people: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "left", lambda words: (["somewhere"], 1))
    with pytest.raises(PrivacyError, match="somewhere"):
        erasing.erase_person(site.workspace, people[0].id, "x")
    assert dt.datetime.now(dt.UTC) and site.workspace.memory(people[0].key).num_rows > 0


def test_his_other_requests_are_over_and_other_systems_are_told(officer: Client, filled: Request, people: list[Any]) -> None:
    from kundig.server.rules.models import Delivery, Webhook

    Webhook.objects.create(url="https://example.org/hook", secret="s", kinds=["erasure.done", "request.received"])
    officer.post("/privacy/requests", {"kind": "access", "received": timezone.localdate().isoformat(), "person_id": people[0].id})
    begin(officer, filled)
    assert eraser.work() == 1, Request.objects.get(pk=filled.pk).problem
    other = Request.objects.get(kind="access")
    assert (other.state, other.reason) == ("done", erasing.CLOSED)
    told = {d.kind: d.body for d in Delivery.objects.filter(webhook__isnull=False)}
    assert "erased meanwhile" in officer.get(f"/privacy/requests/{other.pk}").content.decode()
    assert people[0].id not in json.dumps(list(told.values())) and set(told) == {"erasure.done", "request.received"}
