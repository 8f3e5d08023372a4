"""Reasons are learned from texts, told with a probability that means what it says, and withheld where it is too low."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from kundig import model
from kundig.errors import ModelError
from kundig.measures.calibration import expected_error
from kundig.models.reason import Reason, judged, learned
from tests.insights.test_topics import STORIES, written
from tests.lake.staging import lake_in, put
from tests.rows import NOW, RowsLake

BILL = "Auf der Rechnung stehen 33 Euro zu viel."


def table(rows: list[tuple[str, str]]) -> dict[str, pa.Table]:
    names = ("event_id", "reason", "text")
    return {"contacts": pa.Table.from_pylist([dict(zip(names, (str(n), *row), strict=True)) for n, row in enumerate(rows)])}


def told(number: int = 200, seed: int = 1) -> list[tuple[str, str]]:
    chance = random.Random(seed)
    names = [chance.choice([*STORIES]) for _ in range(number)]
    return [
        (name, chance.choice(STORIES[name]).format(n=n) + f" und ich warte, {chance.random()}.") for n, name in enumerate(names)
    ]


def without_reason(text: str, event: str = "f" * 32) -> dict[str, Any]:
    at = "2026-06-17T10:00"
    return {"event_id": event, "occurred_at": at, "kind": "contact", "case_id": f"new {event}", "person_id": "x", "text": text}


def test_a_contact_without_a_reason_gets_the_one_its_text_speaks_of(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    put(lake, [*written(), without_reason(BILL), without_reason("Lorem ipsum dolor.", "e" * 32)])
    fitted = model.fit(lake, Reason(), seed=1)
    scored = {row["event_id"]: row for row in model.predict(lake, fitted).to_pylist()}
    assert set(scored) == {"f" * 32, "e" * 32}, "only those without a reason"
    bill, nothing = scored["f" * 32], scored["e" * 32]
    assert bill["value"] == "bill" and bill["probability"] >= 0.7
    assert "rechnung" in bill["because"]
    assert nothing["value"] is None and nothing["because"] is None
    assert nothing["probability"] < bill["probability"]
    assert fitted.judged is not None
    assert fitted.judged.figures["accuracy"] > 0.95
    assert fitted.judged.figures["accuracy_n"] == 90
    assert str(fitted.judged.sentences[0]).startswith("The reasons of 90 later contacts are told right in ")


def test_what_is_told_becomes_a_label_in_the_lake(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    put(lake, [*written(), without_reason(BILL), without_reason("Lorem ipsum.", "e" * 32)])
    fitted = model.fit(lake, Reason(), judge=False)
    assert lake.label("reason", model.predict(lake, fitted), fitted.card.version) == 1
    with lake.read("analysis") as reading:
        rows = reading.query("select event_id, value from labels where name = 'reason'").to_pylist()
        assert rows == [{"event_id": "f" * 32, "value": "bill"}]
        assert reading.query("select count(*) as n from events where reason is null")["n"][0].as_py() == 2, (
            "events stay as they are"
        )


def test_it_learns_from_the_first_text_of_a_case_only() -> None:
    rows = written(120)
    chased = [
        {**row, "event_id": f"{70_000 + n:032x}", "occurred_at": NOW, "text": "Wie ist der Stand?"}
        for n, row in enumerate(row for row in rows if row["kind"] == "contact")
    ]
    with RowsLake([*rows, *chased]).read("service") as reading:
        tables, _ = model.read(reading, Reason())
    assert tables["contacts"].num_rows == 120
    assert "Wie ist der Stand?" not in tables["contacts"]["text"].to_pylist()


def test_the_threshold_decides_how_often_it_speaks() -> None:
    made = Reason().learn(table(told()), NOW)
    rows = pa.table(
        {"event_id": ["a", "b"], "text": ["Mein Router und die Rechnung", "Der Umzug in die neue Wohnung verschiebt sich"]}
    )
    assert Reason(threshold=0.0).predict(made, rows)["value"].null_count == 0
    assert Reason(threshold=1.1).predict(made, rows)["value"].null_count == 2
    assert Reason().predict(made, rows.slice(0, 0)).num_rows == 0


def test_probabilities_mean_what_they_say() -> None:
    """Of texts whose words are drawn at random from two overlapping lists, as many are right as is said."""
    chance = np.random.default_rng(1)
    words = np.array([f"wort{a}{b}" for a in "abcdefgh" for b in "ijklmnop"])
    likely = np.linspace(3, 1, len(words))

    def drawn(n: int) -> tuple[list[str], list[str]]:
        kinds = chance.integers(0, 2, n)
        shares = [likely / likely.sum(), likely[::-1] / likely.sum()]
        return [" ".join(chance.choice(words, 8, p=shares[kind])) for kind in kinds], [("one", "other")[kind] for kind in kinds]

    made = learned(*drawn(1_200))
    texts, truth = drawn(1_500)
    said, chances, _ = judged(made, texts)
    right = [one == other for one, other in zip(said, truth, strict=True)]
    assert 0.6 < np.mean(right) < 0.95
    assert expected_error(right, chances) < 0.05


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "Too few contacts"),
        (told(60), "Too few contacts"),
        ([("bill", text) for _, text in told()], "Fewer than two reasons"),
        ([("bill" if n else "rare", text) for n, (_, text) in enumerate(told())], "Fewer than two reasons"),
        ([(("a", "b")[n % 2], f"Où est la facture numéro {n}") for n in range(120)], "neither German nor English"),
    ],
)
def test_what_cannot_teach_is_refused(rows: list[tuple[str, str]], why: str) -> None:
    empty = {"contacts": pa.table({name: pa.array([], pa.string()) for name in ("event_id", "reason", "text")})}
    with pytest.raises(ModelError, match=why):
        Reason().learn(table(rows) if rows else empty, NOW)


def test_what_is_always_right_is_not_said_to_be_certain() -> None:
    rows = [(name, text) for name, text in told(120) if name != "moving"]
    made = Reason().learn(table([*rows, *told(60, 3)]), NOW)
    _, chances, _ = judged(made, ["Meine Rechnung ist zu hoch"])
    assert 0.9 < chances[0] < 1.0


@pytest.mark.long
def test_banking77_is_told_right_as_often_as_published_ways_without_a_language_model(shared_data: Path) -> None:
    """TF-IDF with logistic regression reaches .9153 of the 3,080 test texts."""
    folder = shared_data / "banking77"
    learn, test = ([*csv.DictReader((folder / name).open(encoding="utf-8", newline=""))] for name in ("train.csv", "test.csv"))
    made = learned([row["text"] for row in learn], [row["category"] for row in learn])
    said, _, _ = judged(made, [row["text"] for row in test])
    assert np.mean([one == row["category"] for one, row in zip(said, test, strict=True)]) > 0.91
