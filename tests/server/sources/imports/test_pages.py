"""The import wizard as a manager uses it: a file, its mapping, its events, what became of every row."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.server.sources.imports.conftest import TICKETS, notices

from kundig.server.people.models import Entry
from kundig.server.sources.imports import uploads
from kundig.server.sources.models import Import

Bring = Callable[..., str]


def fields(page: str) -> dict[str, str]:
    """What a form would send as it stands."""
    told = dict(re.findall(r'<input id="\w+" name="(\d-\w+)" value="([^"]*)"', page))
    for name, inside in re.findall(r'<select[^>]* name="([\w-]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.findall(r'<option(?: value="([^"]*)")? selected>([^<]*)', inside)
        told[name] = (chosen[0][0] or chosen[0][1]) if chosen else ""
    return told


def place(page: str, column: str) -> str:
    found = re.search(rf'id="c(\d+-\d+)">{column}<', page)
    assert found, column
    table, n = found[1].split("-")
    return f"{table}-part-{n}"


def test_from_the_file_to_the_answers(client_as: Callable[..., Client], bring: Bring, at_once: list[str], site: Any) -> None:
    client = client_as("manager")
    address = bring(client)
    page = client.get(address).content.decode()
    told = fields(page)
    assert [told[place(page, name)] for name in ("Kundennr", "Datum", "Vorgang", "Status")] == [
        "person",
        "occurred_at",
        "case",
        "activity",
    ]
    assert "Größe 0: geht nicht" in page
    assert "Of 63 rows: 60 with events, 3 rejected" in page
    assert site.workspace.lake.version == site.version, "nothing is stored yet"
    answer = client.post(f"{address}/mapping", {**told, "act": "pour"})
    assert (answer.status_code, at_once) == (302, ["sources.pour"])
    done = client.get(address).content.decode()
    assert "63 rows read = 60 used + 3 rejected + 0 duplicate + 0 without event + 0 withheld." in done
    assert "60 new events are stored." in done
    assert done.count("<h3>") == 3, "three first answers"
    assert not uploads.folder_of(Import.objects.get().pk).exists(), "the file is deleted after the import"
    home = client.get("/data/").content.decode()
    assert "Vorgänge.csv" in home
    notes = [(entry.act, entry.about) for entry in Entry.objects.order_by("id")]
    assert [act for act, _ in notes] == ["upload", "import"]
    assert "Vorg" not in str(notes), "a file's name may be personal"


def test_what_is_chosen_counts_and_is_kept_for_the_next_time(
    client_as: Callable[..., Client], bring: Bring, at_once: list[str], site: Any
) -> None:
    client = client_as("owner", "de")
    address = bring(client)
    page = client.get(address).content.decode()
    told = fields(page) | {place(page, "Kanal"): "team", "0-source": "helpdesk-nord"}
    looked = client.post(f"{address}/mapping", {**told, "act": "look"}, follow=True).content.decode()
    assert fields(looked)[place(looked, "Kanal")] == "team"
    assert "Das haben Sie so gewählt." in looked or "You chose this." in looked
    assert not list((site.folder / "mappings").glob("vorg*")), "not before the import"
    client.post(f"{address}/mapping", {**fields(looked), "act": "pour"})
    assert "60" in client.get(address).content.decode()
    rows = site.workspace.sql(
        "select distinct team, channel, source from events where source = 'helpdesk-nord'", purpose="quality"
    )
    assert rows.to_pylist() == [{"team": "Telefon", "channel": None, "source": "helpdesk-nord"}]
    again = client.get(bring(client)).content.decode()
    assert fields(again)[place(again, "Kanal")] == "team"


def test_changes_can_be_taken_back(client_as: Callable[..., Client], bring: Bring) -> None:
    client = client_as("owner")
    address = bring(client)
    page = client.get(address).content.decode()
    client.post(f"{address}/mapping", {**fields(page), place(page, "Kanal"): "team", "act": "look"})
    assert Import.objects.get().choices
    client.post(f"{address}/mapping", {"act": "reset"})
    assert fields(client.get(address).content.decode()) == fields(page)


def test_a_mapping_that_fits_no_column(client_as: Callable[..., Client], bring: Bring, at_once: list[str]) -> None:
    client = client_as("owner")
    address = bring(client)
    page = client.get(address).content.decode()
    told = {name: "" if "-part-" in name else value for name, value in fields(page).items()}
    after = client.post(f"{address}/mapping", {**told, "act": "pour"}, follow=True).content.decode()
    assert not at_once
    assert 'value="pour" disabled' in after
    assert (
        client.post(f"{address}/mapping", {**fields(after), place(after, "Datum"): "occurred_at", "act": "pour"}).status_code
        == 302
    )
    assert at_once


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"0-time_zone": "Mars/Olympus"}, "There is no time zone called Mars/Olympus"),
        ({"0-source": "x" * 61}, "at most 60 characters"),
        ({"0-part-1": "case"}, "Only one column can be"),
    ],
)
def test_choices_that_cannot_be_are_told(
    client_as: Callable[..., Client], bring: Bring, change: dict[str, str], said: str
) -> None:
    client = client_as("owner")
    address = bring(client)
    told = fields(client.get(address).content.decode())
    answer = client.post(f"{address}/mapping", {**told, **change, "act": "pour"})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_unknown_parts_and_values_in_the_form_are_ignored(client_as: Callable[..., Client], bring: Bring) -> None:
    client = client_as("owner")
    address = bring(client)
    told = fields(client.get(address).content.decode())
    odd = {"0-part-0": "__class__", "0-decimal": "x", "0-scale": "9-1", "0-unit": "aeons", "9-part-9": "case", "act": "look"}
    assert client.post(f"{address}/mapping", {**told, **odd}).status_code == 302
    assert Import.objects.get().choices == {}


def test_an_empty_file_is_refused_at_once(client_as: Callable[..., Client]) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = client_as("owner")
    assert client.post("/data/import", {"file": SimpleUploadedFile("leer.csv", b"")}).status_code == 422
    assert client.post("/data/import", {}).status_code == 422
    assert not Import.objects.exists()


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("nur-kopf.csv", b"Kundennr;Datum\r\n", "nur-kopf.csv"),
        ("bild.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "bild.png is in no format that kundig reads"),
        ("wie.csv", bytes(range(256)) * 50, "wie.csv is in no format that kundig reads"),
        ("kaputt.xlsx", b"PK\x03\x04" + b"\0" * 100, "kaputt.xlsx"),
        ("flucht.zip", zipped(**{"..__..__etc__passwd": b"a;b\n1;2\n"}), "leads out of the archive"),
        ("ohne-zeit.csv", b"name;ort\nA;B\nC;D\n", "No column here looks like a time"),
        ("zu.csv.gz", gzip.compress(b"Kundennr;Datum\r\n")[:-9], "zu.csv"),
    ],
    ids=["no rows", "picture", "binary", "broken workbook", "path in an archive", "no time", "cut off"],
)  # fmt: skip
def test_a_foreign_file_gets_a_sentence(
    client_as: Callable[..., Client], bring: Bring, at_once: list[str], name: str, content: bytes, said: str
) -> None:
    client = client_as("owner")
    address = bring(client, content, name)
    answer = client.get(address)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert said in notices(page)
    assert 'value="pour">' not in page
    client.post(f"{address}/mapping", {"act": "pour"})
    assert not at_once
    assert client.post(f"{address}/drop").status_code == 302
    assert not Import.objects.exists()


def test_a_column_without_a_name_for_time_can_be_chosen(
    client_as: Callable[..., Client], bring: Bring, at_once: list[str]
) -> None:
    client = client_as("owner")
    lines = "".join(f"K{i};2026-03-{i % 28 + 1:02};ja\n" for i in range(30))
    address = bring(client, f"wer;geburtstag;egal\n{lines}".encode(), "liste.csv")
    page = client.get(address).content.decode()
    assert "No column here looks like a time" in page
    told = fields(page) | {place(page, "geburtstag"): "occurred_at", place(page, "wer"): "person"}
    looked = client.post(f"{address}/mapping", {**told, "act": "look"}, follow=True).content.decode()
    assert 'value="pour">' in looked
    client.post(f"{address}/mapping", {**fields(looked), "act": "pour"})
    assert "30 new events are stored." in client.get(address).content.decode()


def test_formulas_and_scripts_in_a_file_stay_text(client_as: Callable[..., Client], bring: Bring) -> None:
    client = client_as("owner")
    evil = (
        "Kundennr;Datum;<script>alert(1)</script>;\"=cmd|' /C calc'!A0\"\nK1;2026-03-01;<img src=x onerror=alert(1)>;=1+1\n" * 3
    )
    page = client.get(bring(client, evil.encode(), "<b>böse</b>.csv")).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<b>böse" not in page


def test_an_archive_with_several_tables(client_as: Callable[..., Client], bring: Bring, at_once: list[str]) -> None:
    client = client_as("owner")
    orders = (
        "order_id,order_purchase_timestamp,order_delivered_customer_date,order_estimated_delivery_date,customer_id\n"
        + "".join(
            f"o{i},2026-03-{i % 28 + 1:02} 10:00:00,2026-04-{i % 28 + 1:02} 10:00:00,2026-04-10 00:00:00,c{i}\n"
            for i in range(30)
        )
    )
    address = bring(client, zipped(tickets_dot_csv=TICKETS, orders_dot_csv=orders.encode(), lies_dot_txt=b"Hallo"), "alles.zip")
    page = client.get(address).content.decode()
    assert "alles.zip/orders.csv" in page
    assert "alles.zip/tickets.csv" in page
    client.post(f"{address}/mapping", {**fields(page), "act": "pour"})
    done = client.get(address).content.decode()
    assert "93 rows read" in done


def test_two_uploads_at_once_are_two_imports(client_as: Callable[..., Client], bring: Bring, at_once: list[str]) -> None:
    one, two = client_as("owner"), client_as("manager")
    addresses = bring(one, name="a.csv"), bring(two, name="b.csv")
    assert addresses[0] != addresses[1]
    for client, address in zip((one, two), addresses, strict=True):
        client.post(f"{address}/mapping", {**fields(client.get(address).content.decode()), "act": "pour"})
    assert at_once == ["sources.pour"] * 2
    assert Import.objects.filter(state="done").count() == 2


def test_systems_that_asked_for_it_are_told_of_an_import(
    client_as: Callable[..., Client], bring: Bring, at_once: list[str]
) -> None:
    from kundig.server.rules.models import Delivery, Webhook

    Webhook.objects.create(url="https://example.org/hook", secret="whsec_eA==", kinds=["import.finished"])
    client = client_as("owner")
    address = bring(client)
    client.post(f"{address}/mapping", {**fields(client.get(address).content.decode()), "act": "pour"})
    told = Delivery.objects.get().body
    assert (told["type"], told["data"]["rows"]["used"], told["data"]["events"]["new"]) == ("import.finished", 60, 60)
    assert "Vorg" not in str(told), "a file's name may be personal"


def test_nothing_is_poured_twice(client_as: Callable[..., Client], bring: Bring, at_once: list[str]) -> None:
    client = client_as("owner")
    address = bring(client)
    told = {**fields(client.get(address).content.decode()), "act": "pour"}
    client.post(f"{address}/mapping", told)
    assert client.post(f"{address}/mapping", told).status_code == 404
    assert at_once == ["sources.pour"]
    second = bring(client)
    client.post(f"{second}/mapping", {**fields(client.get(second).content.decode()), "act": "pour"})
    assert "0 used + 3 rejected + 60 duplicate" in client.get(second).content.decode()


def test_a_child_that_died_is_noticed(client_as: Callable[..., Client], bring: Bring) -> None:
    client = client_as("owner")
    address = bring(client)
    Import.objects.update(state=Import.RUNNING)
    page = client.get(address).content.decode()
    assert "The import was interrupted." in notices(page)
    assert 'value="pour">' in page


def test_progress_is_shown_and_leads_on(client_as: Callable[..., Client], bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    from kundig.server import children

    client = client_as("owner")
    address = bring(client)
    Import.objects.update(state=Import.RUNNING, phase="reading", rows=1234, expected=5000)
    monkeypatch.setattr(children, "is_running", lambda module: True)
    page = client.get(address).content.decode()
    assert 'max="5000" value="1234"' in page
    assert 'http-equiv="refresh"' in page
    piece = client.get(address, {"part": "progress"}, headers={"HX-Request": "true"}).content.decode()
    assert "1,234" in piece
    assert "<html" not in piece
    Import.objects.update(state=Import.FAILED)
    assert client.get(address, {"part": "progress"}, headers={"HX-Request": "true"})["HX-Redirect"] == address


def test_a_large_file_needs_script(client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_as("owner")
    monkeypatch.setattr(uploads, "PLAIN_BYTES", -uploads.MIB)
    answer = client.post("/data/import", {"file": io.BytesIO(TICKETS)})
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/data/", "/data/import", "/data/sample", "/data/rejected", "/data/rejected.csv"])
def test_only_who_may_import_comes_here(client_as: Callable[..., Client], path: str) -> None:
    assert client_as("").get(path).status_code == 302
    for role in ("agent", "analyst", "privacy", "integrator"):
        assert client_as(role).get(path).status_code == 403
    answer = client_as("manager", "de").get(path)
    answer.close()
    assert answer.status_code == 200
