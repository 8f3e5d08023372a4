"""Files in slices: they stop and go on, no name leads anywhere, nothing beyond its size, and everything is deleted in time."""

from __future__ import annotations

import datetime as dt
import hashlib
import stat
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kundig.server import firm
from kundig.server.sources.imports import uploads
from kundig.server.sources.models import Import

BODY = b"a;b\n" * 3000


def begin(client: Client, name: str = "x.csv", size: int = len(BODY), **more: str) -> dict[str, Any]:
    answer = client.post("/data/uploads", {"name": name, "size": str(size), **more})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def put(client: Client, to: str, offset: object, body: bytes, **headers: str) -> Any:
    return client.put(f"{to}?offset={offset}", body, content_type="application/octet-stream", headers=headers)


def test_slices_arrive_and_the_file_is_whole(client_as: Callable[..., Client]) -> None:
    client = client_as("manager")
    told = begin(client)
    assert (told["stored"], told["slice"]) == (0, 8 * 1024 * 1024)
    assert put(client, told["to"], 0, BODY[:5000]).json()["stored"] == 5000
    assert put(client, told["to"], 5000, BODY[5000:]).json()["done"]
    upload = Import.objects.get()
    path = uploads.path_of(upload)
    assert (path.read_bytes(), upload.state) == (BODY, Import.READY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_after_a_reload_it_goes_on_where_it_stopped(client_as: Callable[..., Client]) -> None:
    client = client_as("owner")
    put(client, begin(client, modified="17")["to"], 0, BODY[:100])
    again = begin(client, modified="17")
    assert again["stored"] == 100
    assert client.get(again["to"]).json()["stored"] == 100
    assert begin(client, modified="18")["stored"] == 0, "a file that was changed is another one"
    assert Import.objects.count() == 2


def test_a_slice_at_a_wrong_offset_is_told_where_to_go_on(client_as: Callable[..., Client]) -> None:
    client = client_as("owner")
    to = begin(client)["to"]
    put(client, to, 0, BODY[:10])
    for offset in (0, 9, 11, 10**14):
        answer = put(client, to, offset, b"x")
        assert (answer.status_code, answer.json()["stored"]) == (409, 10)
    for offset in ("", "-1", "1.5", "eins", "\u0661"):
        assert put(client, to, offset, b"x").status_code == 400


def test_too_much_or_nothing_is_refused(client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_as("owner")
    to = begin(client, size=10)["to"]
    assert put(client, to, 0, b"x" * 11).status_code == 422
    assert put(client, to, 0, b"").status_code == 400
    monkeypatch.setattr(uploads, "SLICE", 5)
    assert put(client, to, 0, b"x" * 6).status_code == 413
    assert client.get(to).json()["stored"] == 0


def test_a_slice_that_arrives_damaged_is_not_taken(client_as: Callable[..., Client]) -> None:
    client = client_as("owner")
    to = begin(client)["to"]
    assert put(client, to, 0, b"abc", **{"X-Slice-SHA256": hashlib.sha256(b"abd").hexdigest()}).status_code == 422
    assert put(client, to, 0, b"abc", **{"X-Slice-SHA256": hashlib.sha256(b"abc").hexdigest()}).json()["stored"] == 3


@pytest.mark.parametrize("size", ["0", "-5", "viel", str(3 * 1024**3)])
def test_a_size_that_cannot_be_is_refused(client_as: Callable[..., Client], size: str) -> None:
    answer = client_as("owner", "de").post("/data/uploads", {"name": "x.csv", "size": size})
    assert answer.status_code == 422
    assert "x.csv" in answer.json()["error"]
    assert not Import.objects.exists()


def test_a_full_disk_is_said_before_anything_is_sent(client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_as("owner")
    monkeypatch.setattr(uploads, "ROOM", 1 << 60)
    assert client.post("/data/uploads", {"name": "x.csv", "size": "5"}).status_code == 507


def test_two_files_of_one_name_do_not_meet(client_as: Callable[..., Client]) -> None:
    client = client_as("owner")
    one, two = begin(client, modified="1"), begin(client, modified="2")
    put(client, one["to"], 0, b"1" * len(BODY))
    put(client, two["to"], 0, b"2" * len(BODY))
    contents = {uploads.path_of(each).read_bytes()[:1] for each in Import.objects.all()}
    assert contents == {b"1", b"2"}


def test_only_who_may_import_sends_files(client_as: Callable[..., Client]) -> None:
    to = begin(client_as("owner"))["to"]
    for role in ("agent", "analyst", "privacy", "integrator"):
        client = client_as(role)
        assert client.post("/data/uploads", {"name": "x", "size": "1"}).status_code == 403
        assert put(client, to, 0, b"x").status_code == 403
    assert client_as("").post("/data/uploads", {"name": "x", "size": "1"}).status_code == 302
    assert client_as("manager").get(f"/data/uploads/{uuid.uuid4()}").status_code == 404


def test_a_foreign_page_cannot_send_files(client_as: Callable[..., Client]) -> None:
    client = client_as("owner", enforce_csrf_checks=True)
    assert client.post("/data/uploads", {"name": "x", "size": "1"}).status_code == 403
    assert client.post("/data/import", {"file": ""}).status_code == 403
    assert client.post("/data/rejected/mended", {"file": ""}).status_code == 403


def test_old_files_are_deleted(client_as: Callable[..., Client]) -> None:
    client = client_as("owner")
    begin(client)
    upload = Import.objects.get()
    stray = firm.folder() / "uploads" / str(uuid.uuid4())
    stray.mkdir()
    Import.objects.update(made_at=timezone.now() - dt.timedelta(days=3))
    client.get("/data/")
    assert not Import.objects.exists()
    assert not uploads.folder_of(upload.pk).exists()
    assert stray.exists(), "it may be somebody's who begins just now"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"), ("C:\\Daten\\März.csv", "März.csv"), ("..", "file"), ("", "file"), ("a\0b\n.csv", "a_b_.csv"),
        ("x" * 300 + ".csv", "x" * 116 + ".csv"), (".hidden", "hidden"), ("Mu\u0308ller.csv", "Müller.csv"),
    ],
)  # fmt: skip
def test_names_are_made_harmless(name: str, kept: str) -> None:
    assert uploads.safe_name(name) == kept


@given(st.text())
def test_no_name_leads_out_of_its_folder(name: str) -> None:
    kept = uploads.safe_name(name)
    assert kept not in ("", ".", "..")
    assert not set(kept) & set("/\\\0\n")
    assert len(kept) <= 120
