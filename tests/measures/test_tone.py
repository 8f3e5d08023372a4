"""Tone: what is found and what is not, German and English, with its words; when it abstains; and the mirror's formula."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundig.measures import tone
from kundig.measures._tone_words import FUNCTION_WORDS

FIRM = [
    ("de", "Guten Tag Frau Müller, vielen Dank für Ihre Nachricht.", {"greeting", "thanks"}),
    ("de", "Es tut uns sehr leid, das war unser Fehler.", {"apology"}),
    ("de", "Bitte entschuldigen Sie die Verspätung.", {"apology"}),
    ("de", "Leider hat das nicht geklappt.", set()),
    ("de", "Ich kann gut verstehen, dass Sie das stört.", {"acknowledgement"}),
    ("de", "Das ist wirklich ärgerlich.", {"acknowledgement"}),
    ("de", "Der Techniker konnte nicht kommen, weil die Straße gesperrt war.", {"reason given"}),
    ("de", "Das dauert länger, da wir auf ein Ersatzteil warten.", {"reason given"}),
    ("de", "da ist etwas schiefgegangen, ich kümmere mich selbst darum.", set()),
    ("de", "Sie erhalten das Paket bis Freitag.", {"commitment"}),
    ("de", "Wir melden uns bis spätestens 31.10.2026 bei Ihnen.", {"commitment"}),
    ("de", "Wir melden uns innerhalb von 24 Stunden.", {"commitment"}),
    ("de", "Wir melden uns bald.", set()),
    ("de", "Sie haben das Formular nicht ausgefüllt.", {"blame"}),
    ("de", "Laut unseren AGB ist das leider nicht möglich.", {"policy shield"}),
    ("de", "Starten Sie Ihren Router neu.", {"bare imperative"}),
    ("de", "Bitte starten Sie Ihren Router neu.", set()),
    ("de", "Haben Sie den Router neu gestartet?", set()),
    ("de", "Hallo Frau Schmidt,\n\nstarten Sie den\nRouter neu.", {"greeting", "bare imperative"}),
    ("de", "Wie bereits erwähnt, dauert das drei Wochen.", {"already stated"}),
    ("en", "Dear Ms Brown, thank you for your message.", {"greeting", "thanks"}),
    ("en", "We are very sorry, this was our mistake.", {"apology"}),
    ("en", "Unfortunately that did not work.", set()),
    ("en", "I understand how frustrating this is.", {"acknowledgement"}),
    ("en", "The parcel is late because the lorry broke down.", {"reason given"}),
    ("en", "You will have it by Friday.", {"commitment"}),
    ("en", "We will reply within two working days.", {"commitment"}),
    ("en", "We will reply soon.", set()),
    ("en", "You failed to fill in the form.", {"blame"}),
    ("en", "Per our policy, refunds are not given.", {"policy shield"}),
    ("en", "Restart your router.", {"bare imperative"}),
    ("en", "Please restart your router.", set()),
    ("en", "As already stated, this takes three weeks.", {"already stated"}),
    ("en", "As mentioned above, this takes three weeks.", {"already stated"}),
]

CUSTOMER = [
    ("de", "Ich schreibe Ihnen jetzt zum dritten Mal!!", {"said again", "repeated marks"}),
    ("de", "Das habe ich schon Ihrer Kollegin erzählt.", {"said again"}),
    ("de", "Ich warte IMMER NOCH auf ANTWORT.", {"capitals", "still waiting"}),
    ("de", "Seit drei Wochen kein Internet.", {"still waiting"}),
    ("de", "Meine IBAN hat sich geändert.", set()),
    ("de", "Wie ändere ich meine Adresse?", set()),
    ("en", "This is the third time I write. I already told your colleague.", {"said again"}),
    ("en", "I'm STILL waiting, NOTHING has come?!", {"still waiting", "capitals", "repeated marks"}),
    ("en", "How do I change my address?", set()),
]


@pytest.mark.parametrize(("lang", "text", "expected"), FIRM)
def test_what_a_message_of_the_firm_shows(lang: str, text: str, expected: set[str]) -> None:
    assert set(tone.appreciation(text, lang)) == expected


@pytest.mark.parametrize(("lang", "text", "expected"), CUSTOMER)
def test_what_a_customer_has_had_to_bear(lang: str, text: str, expected: set[str]) -> None:
    assert set(tone.load(text, lang)) == expected


@pytest.mark.parametrize(("lang", "text"), [(lang, text) for lang, text, _ in [*FIRM, *CUSTOMER]])
def test_the_language_of_a_sentence_is_told_or_left_open_but_not_mistaken(lang: str, text: str) -> None:
    assert tone.language(text) in (lang, "")


def test_what_is_found_is_told_in_its_words_without_numbers_and_names() -> None:
    found = tone.appreciation("Sehr geehrte Frau Müller,\nSie erhalten es bis\nspätestens 31.10.2026 oder 24.12.", "de")
    assert found["greeting"] == ("sehr geehrte",)
    assert found["commitment"] == ("bis spätestens #.#.#",)


def test_each_indicator_has_a_name() -> None:
    assert {name for lang, text, _ in FIRM for name in tone.appreciation(text, lang)} == {
        *tone.indicators("appreciation"), *tone.indicators("against"),
    }  # fmt: skip
    assert {name for lang, text, _ in CUSTOMER for name in tone.load(text, lang)} == set(tone.indicators("load"))


def test_friendly_is_who_greets_or_thanks() -> None:
    assert tone.friendly("Danke, das hat geholfen.", "de")
    assert tone.friendly("Hello, where is my parcel?", "en")
    assert not tone.friendly("Wo ist mein Paket?", "de")


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour, je n'ai pas reçu ma commande et je voudrais savoir où elle est.",
        "Ik heb mijn bestelling nog niet ontvangen, kunt u mij helpen?",
        "No he recibido mi pedido, ¿me pueden ayudar por favor?",
        "Non ho ricevuto il mio ordine, potete aiutarmi?",
        "Não recebi o meu pedido, podem ajudar?",
        "Nie otrzymałem mojego zamówienia, proszę o pomoc",
        "Siparişim hala gelmedi, lütfen yardım edin.",
        "Jag har inte fått min beställning än.",
        "Jeg har ikke modtaget min ordre",
        "12345",
        "",
        "ok",
    ],
)
def test_other_languages_and_too_little_are_left_open(text: str) -> None:
    assert tone.language(text) == ""


def test_real_questions_are_told_in_their_language(shared_data: Path) -> None:
    with (shared_data / "banking77" / "test.csv").open(encoding="utf-8", newline="") as file:
        english = [row["text"] for row in csv.DictReader(file)]
    german = [line.split("\t")[0] for line in (shared_data / "massive_de" / "dev.txt").read_text(encoding="utf-8").splitlines()]
    told = [(tone.language(text), "en") for text in english] + [(tone.language(text), "de") for text in german]
    assert sum(found == right for found, right in told) / len(told) > 0.94
    assert sum(found not in (right, "") for found, right in told) / len(told) < 0.005


def test_a_function_word_is_in_one_class_only() -> None:
    for lang, classes in FUNCTION_WORDS.items():
        listed = [word for words in classes.values() for word in words.split()]
        assert len(listed) == len(set(listed)), f"{lang}: {sorted(word for word in set(listed) if listed.count(word) > 1)}"
        assert tuple(classes) == tone.CLASSES
    assert len(tone.CLASSES) == 9


def test_matching_by_hand() -> None:
    assert tone.matching(10.0, 10.0) == 1
    assert tone.matching(10.0, 5.0) == pytest.approx(1 - 5 / 15.0001)
    assert tone.matching(0.0, 5.0) == pytest.approx(0, abs=1e-4)
    assert tone.matching(0.0, 0.0) == 1


def test_the_mirror_is_the_mean_of_nine_classes() -> None:
    one, other = "the " * 30 + "parcel " * 30, "the " * 15 + "parcel " * 45
    found = tone.mirror(one, other, "en")
    assert found is not None
    assert found.classes["articles"] == pytest.approx(1 - 25 / 75.0001)
    assert found.score == pytest.approx((8 + 1 - 25 / 75.0001) / 9)


def test_the_mirror_abstains_below_fifty_words_a_side() -> None:
    assert tone.mirror("the " * 50, "the " * 49, "en") is None
    assert tone.mirror("the " * 50, "the " * 50, "en") is not None


@given(st.lists(st.sampled_from([*FUNCTION_WORDS["de"]["articles"].split(), "nicht", "paket"]), min_size=50, max_size=80),
       st.lists(st.sampled_from(["ich", "sie", "auf", "paket"]), min_size=50, max_size=80))  # fmt: skip
def test_the_mirror_lies_between_0_and_1_and_is_the_same_both_ways(one: list[str], other: list[str]) -> None:
    left, right = " ".join(one), " ".join(other)
    found, back, same = (tone.mirror(a, b, "de") for a, b in ((left, right), (right, left), (left, left)))
    assert found is not None
    assert back is not None
    assert same is not None
    assert 0 <= found.score <= 1
    assert found.score == pytest.approx(back.score)
    assert same.score == pytest.approx(1)


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    tone.language(text)
    for lang in ("de", "en"):
        tone.appreciation(text, lang)
        tone.load(text, lang)
