"""Word lists in German and English, and a workspace's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from kundig.errors import MappingError
from kundig.event import CHANNELS
from kundig.ingest import words

OURS = words.load()


@pytest.mark.parametrize(
    ("activity", "kind"),
    [
        ("Anruf", "contact"), ("Kundennachricht", "contact"), ("Antwort", "answer"), ("Lösung mitgeteilt", "answer"), ("Zusage gegeben", "promise_made"),
        ("Zusage eingehalten", "promise_kept"), ("Wiedereröffnet", "reopened"), ("Closed", "closed"), ("Resolve ticket", "closed"),
        ("Insert ticket", "opened"), ("Wait", "wait"), ("Queued", "wait"), ("Assign seriousness", "other"), ("Assigned to second level", "handover"),
        ("Übergabe", "handover"), ("product_view", "visit"), ("purchase", "purchase"), ("NPS survey", "survey_answer"), ("Kontakt geöffnet", "visit"),
        ("T06 Determine necessity of stop advice", "other"), ("", "other"), ("closed", "closed"),
    ],
)  # fmt: skip
def test_kinds(activity: str, kind: str) -> None:
    assert OURS.kind(activity) == kind


@pytest.mark.parametrize(
    ("word", "channel"),
    [("Telefon", "phone"), ("Anruf", "phone"), ("E-Mail", "email"), ("Mail", "email"), ("WhatsApp", "chat"), ("Brief", "letter"), ("Filiale", "shop"),
     ("Social Media", "social"), ("Internet", "web"), ("iOS", "app"), ("Rohrpost", "Rohrpost")],
)  # fmt: skip
def test_channels(word: str, channel: str) -> None:
    assert OURS.channel(word) == channel


def test_directions_and_actors() -> None:
    assert [OURS.direction(w) for w in ("eingehend", "ausgehend", "intern", "quer")] == ["inbound", "outbound", "internal", None]
    assert [OURS.actor(w) for w in ("Kunde", "Mitarbeiter", "System", "?")] == ["customer", "human", "machine", None]


@pytest.mark.parametrize("nobody", ["unknown", "N/A", "-", "0", " null ", "Unbekannt", "Gast", "anonymous"])
def test_placeholders_are_no_person(nobody: str) -> None:
    assert OURS.is_placeholder(nobody)
    assert not OURS.is_placeholder("K-0")


def test_headers_are_read_as_words() -> None:
    assert words.plain("firstResponse_At") == "first response at"
    assert words.plain("Fällig am (Straße)") == "faellig am strasse"
    assert words.plain("Crédit") == "credit"


def test_own_words_come_first(tmp_path: Path) -> None:
    own = tmp_path / "words.toml"
    own.write_text(
        'version = 1\nplaceholders = ["Laufkunde"]\n[kinds]\nclosed = ["anruf"]\n[channels]\nletter = ["rohrpost"]\n', "utf-8"
    )
    found = words.load(own)
    assert (found.kind("Anruf"), found.channel("Rohrpost"), found.is_placeholder("laufkunde")) == ("closed", "letter", True)
    assert (found.kind("Beschwerde"), found.channel("Telefon"), found.is_placeholder("-")) == ("contact", "phone", True)
    assert words.load(tmp_path / "none.toml").kind("Anruf") == "contact"


@pytest.mark.parametrize(
    "text", ["version = 1\n[kinds", "[kinds]\nclosed = []", 'version = 1\n[kinds]\nfinished = ["x"]', "version = 1\nkinds = 3"]
)
def test_a_bad_list_is_named(tmp_path: Path, text: str) -> None:
    own = tmp_path / "words.toml"
    own.write_text(text, "utf-8")
    with pytest.raises(MappingError, match=r"words\.toml"):
        words.load(own)


def test_every_name_of_a_closed_list_has_words() -> None:
    assert set(OURS.of("channels")) == set(CHANNELS)


@pytest.mark.parametrize(
    ("activity", "kind"),
    [("Order Completed", "purchase"), ("Bestellung abgeschlossen", "purchase"), ("kaeufe", "purchase"), ("Käufe", "purchase"), ("kontakte", "contact"),
     ("checkout", "other"), ("Checkout completed", "purchase"), ("Ticket abgeschlossen", "closed"), ("Reklamation zur Bestellung", "contact")],
)  # fmt: skip
def test_two_words_say_more_than_one_of_them(activity: str, kind: str) -> None:
    assert OURS.kind(activity) == kind


def test_own_kinds_come_before_our_phrases(tmp_path: Path) -> None:
    own = tmp_path / "words.toml"
    own.write_text('version = 1\n[kinds]\nclosed = ["order completed"]\n', "utf-8")
    assert words.load(own).kind("Order completed") == "closed"
