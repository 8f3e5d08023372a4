"""Topics are found without labels, named by their own words, told again as the same, and doubted where halves disagree."""

from __future__ import annotations

import csv
import random
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from kundig.measures.topic_model import Topics, language_of, topics, words_of

PARTS = {
    "Rechnung": (("Die Rechnung", "Meine Abrechnung", "Die neue Rechnung"), ("ist zu hoch", "zeigt den falschen Betrag"),
                 ("im März", "seit der Tariferhöhung", "trotz Festpreis")),
    "Router": (("Der Router", "Mein neuer Router", "Das WLAN"), ("blinkt rot", "startet dauernd neu"),
               ("im Wohnzimmer", "am Abend", "nach dem Gewitter")),
    "Umzug": (("Unser Umzug", "Der Umzug"), ("steht bevor", "verschiebt sich"), ("in die neue Wohnung", "nach Köln", "im Sommer")),
}  # fmt: skip


def texts(each: int = 40, seed: int = 1) -> tuple[list[str], list[str]]:
    chance = random.Random(seed)
    made = [(name, " ".join(chance.choice([*product(*parts)])) + ".") for name, parts in PARTS.items() for _ in range(each)]
    chance.shuffle(made)
    return [text for _, text in made], [name for name, _ in made]


def found(exactly: int = 3) -> tuple[Topics, list[str], list[str]]:
    said, truth = texts()
    made = topics(said, exactly=exactly)
    assert made is not None
    return made, said, truth


def test_topics_are_those_that_were_put_in() -> None:
    made, said, truth = found()
    assert adjusted_rand_score(truth, made.labels) == 1.0
    for number in range(3):
        names = {truth[n] for n in np.flatnonzero(made.labels == number)}
        (name,) = names
        told = " ".join(made.terms[number]).lower()
        assert {"Rechnung": "rechnung", "Router": "router", "Umzug": "umzug"}[name] in told
        assert all(truth[n] == name for n in made.typical[number])
        assert all(said[n] for n in made.typical[number])


def test_what_is_really_there_is_found_again_in_halves_and_noise_is_not() -> None:
    made, _, _ = found()
    assert made.agreement == pytest.approx(1.0, abs=0.1)
    assert all(value is not None and value > 0.8 for value in made.stability)
    chance = random.Random(5)
    letters = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(60)]
    noise = topics([" ".join(chance.choices(letters, k=6)) for _ in range(200)], exactly=8)
    assert noise is not None and noise.agreement is not None and noise.agreement < 0.3
    assert max(value or 0 for value in noise.stability) < 0.6


def test_the_same_seed_tells_the_same_and_the_number_is_chosen_where_none_is_given() -> None:
    said, _ = texts()
    one, other = topics(said, most=12), topics(said, most=12)
    assert one is not None and other is not None
    assert (one.labels == other.labels).all()
    assert one.terms == other.terms
    assert 3 <= len(one) <= 12


def test_texts_beyond_the_sample_go_to_the_nearest_topic() -> None:
    said, truth = texts(200)
    made = topics(said, exactly=3, sample=90, newest=30, stable=False)
    assert made is not None
    assert adjusted_rand_score(truth, made.labels) > 0.95
    assert made.agreement is None


def test_groups_of_the_tree_hold_a_small_matter_apart() -> None:
    said, _ = texts()
    new = [f"Seit dem Firmware-Update ist die Kolkbox lahmgelegt, {word}." for word in ("leider", "wieder", "alles", "ganz")] * 2
    made = topics([*said, *new], exactly=3)
    assert made is not None
    wanted = set(range(len(said), len(said) + len(new)))
    assert any(set(rows.tolist()) == wanted for rows in made.groups)
    assert "Kolkbox" in " ".join(made.telling(np.array(sorted(wanted)), 3))


def test_a_term_of_a_single_author_is_not_told() -> None:
    said = [f"Die Rechnung zeigt {'Quittenmus' if n % 2 else 'falsche Beträge'}." for n in range(60)]
    authors = ["gardener" if n % 2 else f"person {n}" for n in range(60)]
    told = {word for author in (None, authors) for word in [_all_terms(said, author)]}
    assert "Quittenmus" in _all_terms(said, None)
    assert "Quittenmus" not in _all_terms(said, authors)
    assert len(told) == 2


def _all_terms(said: list[str], authors: list[str] | None) -> str:
    made = topics(said, exactly=2, authors=authors, least=5, stable=False)
    assert made is not None
    return " ".join(term for terms in made.terms for term in terms)


def test_too_few_texts_with_words_tell_nothing() -> None:
    assert topics([]) is None
    assert topics(["Die Rechnung ist falsch."] * 10) is None
    assert topics(["und", "der"] * 50) is None
    assert topics(["Ich habe das und die"] * 30 + ["Rechnung"] * 25) is not None


def test_a_text_without_words_of_its_own_belongs_to_no_topic() -> None:
    said, _ = texts()
    made = topics([*said, "und das ist es", "12.03.2026"], exactly=3, stable=False)
    assert made is not None
    assert made.labels[-2:].tolist() == [-1, -1]


def test_numbers_and_addresses_are_no_words() -> None:
    assert words_of("Bitte an eva.muster@example.org oder https://example.org/x: Rechnung 4711 vom 12.03.2026") == ["rechnung"]


def test_the_language_is_told_by_the_words_every_text_has() -> None:
    assert language_of(["Wo ist meine Rechnung?", "Ich habe den Vertrag gekündigt und warte."]) == "de"
    assert language_of(["Where is my bill?", "I have cancelled the contract and wait."]) == "en"
    french = "Bonjour, je voudrais savoir quand vous pouvez envoyer le technicien, je reste des jours sans connexion."
    assert language_of([french, "Où est ma facture ? Je voudrais résilier mon contrat.", "Merci beaucoup."]) == ""
    assert language_of([]) == ""


@pytest.mark.long
def test_banking77_is_told_better_than_by_the_published_ways(shared_data: Path) -> None:
    """LSA + Ward on the 3,080 test texts: normalised mutual information .554, adjusted Rand index .189."""
    with (shared_data / "banking77" / "test.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    made = topics([row["text"] for row in rows], exactly=77, sample=4_000)
    assert made is not None
    truth = [row["category"] for row in rows]
    assert normalized_mutual_info_score(truth, made.labels) > 0.65
    assert adjusted_rand_score(truth, made.labels) > 0.28


def test_parts_of_words_come_in_the_same_order_in_every_run() -> None:
    from kundig.measures.topic_model import _parts

    assert _parts("abc") == ("# ab", "#abc", "#bc ", "# abc", "#abc ", "# abc ")
