"""Rejected rows: seen, taken away, mended in a spreadsheet program, played again."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.server.sources.imports.conftest import TICKETS
from tests.server.sources.imports.test_pages import fields

from kundig.server.people.models import Entry


@pytest.fixture
def imported(client_as: Callable[..., Client], bring: Callable[..., str], at_once: list[str]) -> Client:
    """A German owner who has imported a file with three bad rows."""
    client = client_as("owner", "de")
    evil = b'W-93;=1+1;W93;Anruf;Telefon;5;"=HYPERLINK(1)"\r\n'
    address = bring(client, TICKETS.replace(b"Bemerkung\r", b"@Bemerkung\r") + evil)
    client.post(f"{address}/mapping", {**fields(client.get(address).content.decode()), "act": "pour"})
    return client


def downloaded(client: Client) -> bytes:
    answer: Any = client.get("/data/rejected.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="rejected.csv"'
    return b"".join(answer.streaming_content)


def mend(client: Client, content: bytes, name: str = "rejected.csv") -> str:
    answer = client.post("/data/rejected/mended", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302
    return client.get(answer["Location"]).content.decode()


def test_each_row_stands_there_with_its_reason(imported: Client) -> None:
    page = imported.get("/data/rejected").content.decode()
    assert "gestern" in page
    assert "Das ist kein lesbares Datum." in page
    assert "Die Zeile hat 2 Zellen, die Kopfzeile 7." in page
    assert Entry.objects.filter(act="read rejected rows").count() == 1


def test_the_csv_is_one_that_german_excel_opens_and_runs_nothing(imported: Client) -> None:
    text = downloaded(imported).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert len(rows) == 5
    assert rows[0][:2] == ["rejected_id", "rejected_reason"]
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@\t" and cell]
    assert Entry.objects.filter(act="download rejected rows", about__n=4).exists()


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8-sig", ";"), ("cp1252", ";"), ("utf-16", "\t"), ("utf-8", ",")])
def test_mended_rows_are_played_whatever_program_saved_them(imported: Client, encoding: str, delimiter: str) -> None:
    rows = list(csv.reader(io.StringIO(downloaded(imported).decode("utf-8-sig")), delimiter=";"))
    made = io.StringIO()
    writer = csv.writer(made, delimiter=delimiter)
    for row in rows:
        writer.writerow(
            ["04.03.2026 10:00" if cell in ("gestern", "'=1+1") else "5" if cell == "sehr gut" else cell for cell in row]
        )
    page = mend(imported, made.getvalue().encode(encoding))
    assert "3 Zeilen gelesen = 3 verwendet" in page
    left = imported.get("/data/rejected").content.decode()
    assert "gestern" not in left
    assert "Die Zeile hat 2 Zellen" in left


def test_texts_come_back_as_they_were(imported: Client, site: Any) -> None:
    mend(imported, downloaded(imported).replace(b"'=1+1", b"04.03.2026 10:00"))
    texts = site.workspace.sql("select t.text from texts t where t.text like '=HYP%'", purpose="service")
    assert texts.to_pylist() == [{"text": "=HYPERLINK(1)"}]


@pytest.mark.parametrize(
    "content", [b"a;b\n1;2\n", b"\x00\x01\xff" * 50, b"rejected_id", b"\n\n"], ids=["other", "binary", "bare", "blank"]
)
def test_another_file_is_refused_with_a_sentence(imported: Client, content: bytes) -> None:
    page = mend(imported, content, "mended.csv")
    assert "mended.csv hat keine Spalte rejected_id." in page
    assert "/uploads/" not in page


def test_rows_are_played_as_they_are(imported: Client) -> None:
    answer = imported.post("/data/rejected/again")
    page = imported.get(answer["Location"]).content.decode()
    assert "3 Zeilen gelesen = 0 verwendet + 3 zurückgewiesen" in page


def test_without_rows_there_is_nothing_to_play(client_as: Callable[..., Client], at_once: list[str]) -> None:
    client = client_as("manager")
    assert "No row is rejected." in client.get("/data/rejected").content.decode()
    page = client.get(client.post("/data/rejected/again")["Location"]).content.decode()
    assert "No rejected row can be played again." in page
    assert client.post("/data/rejected/mended", {}).status_code == 422
    assert client.post("/data/rejected/mended", {"file": SimpleUploadedFile("x.csv", b"")}).status_code == 422
