"""The page of data, and the sample firm: made, looked at, left and removed without touching anything of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kundig.server import firm
from kundig.server.people.models import Entry
from kundig.server.sources import sample
from kundig.server.sources.models import Import


def test_what_came_in_is_accounted_for(client_as: Callable[..., Client]) -> None:
    page = client_as("manager").get("/data/").content.decode()
    for name in ("interactions.csv", "customers.csv", "mailbox.mbox"):
        assert name in page
    assert "/data/import" in page
    assert "/data/sample" in page
    assert "/api/events" in page
    assert "/data/dead-letters" in page


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "CUSTOMERS", 12)


def test_the_sample_firm_comes_and_goes(client_as: Callable[..., Client], at_once: list[str], small: None, site: Any) -> None:
    client = client_as("manager", "de")
    before = sorted(path.name for path in site.folder.iterdir())
    assert client.get("/data/sample").status_code == 200
    assert client.post("/data/sample")["Location"] == "/data/sample"
    assert at_once == ["sources.sample"]
    assert Import.objects.get().state == Import.DONE
    assert client.get("/data/sample", headers={"HX-Request": "true"})["HX-Redirect"] == "/"
    page = client.get("/data/").content.decode()
    assert "app.jsonl" in page
    assert "/data/sample/remove" in page
    assert firm.opened(str(firm.folder() / "sample")).settings.language == "de"
    assert client.get("/data/sample").status_code == 200
    client.post("/data/sample/leave")
    assert "app.jsonl" not in client.get("/data/").content.decode()
    assert client.post("/data/sample")["Location"] == "/", "it is there already"
    client.post("/data/sample/remove")
    assert not firm.has_sample()
    assert not Import.objects.exists()
    assert "/data/sample/remove" not in client.get("/data/").content.decode()
    assert sorted({path.name for path in site.folder.iterdir()} - {"uploads", "run"}) == [
        n for n in before if n not in ("uploads", "run")
    ]
    assert site.workspace.lake.version == site.version
    assert [entry.act for entry in Entry.objects.order_by("id")] == ["make sample data", "remove sample data"]


def test_a_sample_that_fails_says_so(
    client_as: Callable[..., Client], at_once: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "make", lambda *_: 1 / 0)
    client = client_as("manager")
    client.post("/data/sample")
    assert "failed inside kundig" in client.get("/data/sample").content.decode()
    assert not firm.has_sample()


def test_own_files_never_go_into_the_sample(
    client_as: Callable[..., Client], at_once: list[str], small: None, bring: Callable[..., str]
) -> None:
    client = client_as("owner")
    client.post("/data/sample")
    assert firm.SAMPLE in client.session
    assert "goes into your own data" in client.get("/data/import").content.decode()
    bring(client)
    assert firm.SAMPLE not in client.session
    assert not Import.objects.get(kind="file").sample
    client.post("/data/sample/remove")
