"""Dead letters on pages: counted, with their reason, replayed, discarded; and not everybody sees whose they are."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kundig.server.people.models import Entry
from kundig.server.sources import inbox
from kundig.server.sources.models import DeadLetter, InboxBatch

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
EVENT = {
    "id": "1",
    "source": "shop",
    "occurred_at": "2026-11-20T09:30:00Z",
    "activity": "Paid",
    "person_key": "K-1007",
    "text": "Mein Text",
}
As = Callable[..., Client]


@pytest.fixture
def letter(site: Any) -> DeadLetter:
    return DeadLetter.objects.create(
        payload=json.dumps(EVENT).encode(), source="shop", reason="The same id is stored with other content.", column="id",
        person_id=inbox.pseudonym(EVENT), received_at=NOW,
    )  # fmt: skip


def test_the_list_counts_and_says_why(letter: DeadLetter, client_as: As) -> None:
    page = client_as("manager").get("/data/dead-letters").content.decode()
    assert "1 dead letter" in page
    assert "The same id is stored with other content." in page
    assert "K-1007" not in page


def test_an_empty_list_says_so(site: Any, client_as: As) -> None:
    assert "There are no dead letters" in client_as("owner").get("/data/dead-letters").content.decode()


def test_an_owner_sees_all_of_it_and_leaves_a_line(letter: DeadLetter, client_as: As) -> None:
    page = client_as("owner").get(f"/data/dead-letters/{letter.pk}").content.decode()
    assert "K-1007" in page
    assert "Mein Text" in page
    assert Entry.objects.get().person_id == letter.person_id


def test_a_manager_does_not_see_whose_it_is(letter: DeadLetter, client_as: As) -> None:
    page = client_as("manager").get(f"/data/dead-letters/{letter.pk}").content.decode()
    assert "Paid" in page
    assert "K-1007" not in page
    assert "Mein Text" not in page


@pytest.mark.parametrize("role", ["agent", "analyst", "privacy", "integrator"])
def test_others_may_not(letter: DeadLetter, client_as: As, role: str) -> None:
    client = client_as(role)
    for path in ("", f"/{letter.pk}"):
        assert client.get(f"/data/dead-letters{path}").status_code == 403
    for path in ("/replay", f"/{letter.pk}/replay", f"/{letter.pk}/discard"):
        assert client.post(f"/data/dead-letters{path}").status_code == 403
    assert DeadLetter.objects.count() == 1


@pytest.mark.parametrize("path", ["/replay", "/{pk}/replay"])
def test_replaying_puts_it_back_into_the_inbox(letter: DeadLetter, client_as: As, path: str) -> None:
    response = client_as("manager").post(f"/data/dead-letters{path.format(pk=letter.pk)}", follow=True)
    assert "1 event is on its way into the lake again." in response.content.decode()
    assert (DeadLetter.objects.count(), InboxBatch.objects.get().events) == (0, 1)
    assert json.loads(bytes(InboxBatch.objects.get().payload)) == [EVENT]
    assert Entry.objects.get().act == "replay dead letter"


def test_a_replayed_letter_that_fits_now_lies_in_the_lake(letter: DeadLetter, client_as: As, site: Any) -> None:
    from kundig.server.sources.flusher import Flusher

    client_as("manager").post(f"/data/dead-letters/{letter.pk}/replay")
    Flusher(site.workspace).drain()
    found = site.workspace.sql("select activity from events where source = 'shop'", purpose="service").to_pylist()
    assert [row["activity"] for row in found] == ["Paid"]


def test_discarding_is_for_good_and_noted(letter: DeadLetter, client_as: As) -> None:
    client_as("owner").post(f"/data/dead-letters/{letter.pk}/discard")
    assert (DeadLetter.objects.count(), InboxBatch.objects.count()) == (0, 0)
    assert Entry.objects.get().act == "discard dead letter"


def test_a_letter_that_is_gone(site: Any, client_as: As) -> None:
    client = client_as("owner")
    assert client.get("/data/dead-letters/9").status_code == 404
    assert client.post("/data/dead-letters/9/replay").status_code == 404


def test_the_list_has_pages(letter: DeadLetter, client_as: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kundig.server.sources.deadletters.ON_A_PAGE", 1)
    letter.pk = None
    letter.save()
    client = client_as("owner")
    assert "?page=2" in client.get("/data/dead-letters").content.decode()
    assert "?page=1" in client.get("/data/dead-letters?page=2").content.decode()


def test_what_is_erased_is_erased_here_too(letter: DeadLetter) -> None:
    other = {**EVENT, "id": "2", "person_key": "K-2"}
    InboxBatch.objects.create(events=2, payload=json.dumps([EVENT, other]).encode(), received_at=NOW)
    InboxBatch.objects.create(events=1, payload=json.dumps([EVENT]).encode(), received_at=NOW)
    assert inbox.erase([letter.person_id]) == 3
    assert DeadLetter.objects.count() == 0
    assert json.loads(bytes(InboxBatch.objects.get().payload)) == [other]
