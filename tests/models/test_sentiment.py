"""Sentiment from the firm's own ratings: what it learns, when it stays off, and how it says what it is worth."""

from __future__ import annotations

import datetime as dt
import pickle
import random
from typing import Any

import pyarrow as pa
import pytest

from kundig import model
from kundig.errors import ModelError
from kundig.models import sentiment
from kundig.models.sentiment import Sentiment
from tests.rows import NOW, RowsLake

WORDS = {
    "negative": ["verspätet", "unfreundlich", "kaputt", "nie wieder", "Ärger"],
    "neutral": ["Formular", "Adresse", "Öffnungszeiten", "Unterlagen", "Konto"],
    "positive": ["danke", "freundlich geholfen", "schnell", "sehr zufrieden", "toll"],
}
SCORES = {"negative": 1.0, "neutral": 3.0, "positive": 5.0}


def rated(
    n: int = 240,
    scale: str | None = "1-5",
    mixed: bool = False,
    kinds: tuple[str, ...] = ("negative", "neutral", "neutral", "positive"),
) -> list[dict[str, Any]]:
    """Rated texts whose words go with their rating, or with another one's."""
    chance, rows = random.Random(2), []
    for at in range(n):
        kind = kinds[at % len(kinds)]
        told = chance.choice(list(WORDS)) if mixed else kind
        text = f"Der Zug war {chance.choice(WORDS[told])} und {chance.choice(WORDS[told])} am {at % 28 + 1}. Mai"
        rows.append({"event_id": f"{at:032x}", "kind": "survey_answer", "actor": "customer", "text": text, "score": SCORES[kind],
                     "score_scale": scale, "occurred_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=at)})  # fmt: skip
    return rows


def tables(rows: list[dict[str, Any]]) -> tuple[dict[str, pa.Table], dt.datetime]:
    with RowsLake(rows).read("service") as reading:
        return model.read(reading, Sentiment())


def test_learns_from_ratings_and_tells_why() -> None:
    made = Sentiment().learn(*tables(rated()))
    rows = pa.table(
        {"event_id": ["a", "b", "c"], "text": ["Alles kaputt, nie wieder", "Welches Formular für die Adresse?", "danke, toll"]}
    )
    scored = {row["event_id"]: row for row in Sentiment().predict(made, rows).to_pylist()}
    assert [scored[key]["value"] for key in "abc"] == ["negative", "neutral", "positive"]
    assert [scored[key]["reliable"] for key in "abc"] == [True, True, False]
    assert "kaputt" in scored["a"]["because"]
    assert all(1 / 3 < row["probability"] <= 1 for row in scored.values())
    again = Sentiment().predict(pickle.loads(pickle.dumps(made)), rows)
    assert again.equals(Sentiment().predict(made, rows))


def test_two_kinds_are_enough_and_their_words_point_the_right_way() -> None:
    made = Sentiment().learn(*tables(rated(kinds=("negative", "positive", "positive"))))
    rows = pa.table({"event_id": ["a", "b"], "text": ["kaputt und verspätet", "danke, schnell"]})
    scored = Sentiment().predict(made, rows).to_pylist()
    assert [row["value"] for row in scored] == ["negative", "positive"]
    assert "kaputt" in scored[0]["because"]
    assert "danke" in scored[1]["because"]


def test_nothing_to_score_is_an_empty_table() -> None:
    made = Sentiment().learn(*tables(rated(120)))
    empty = pa.table({"event_id": pa.array([], pa.string()), "text": pa.array([], pa.string())})
    assert Sentiment().predict(made, empty).num_rows == 0


def test_is_judged_on_later_texts() -> None:
    told = Sentiment().evaluate(*tables(rated()))
    assert told.n == told.figures["accuracy_n"] == 72
    assert told.figures["accuracy"] > 0.95
    assert told.figures["negative_f1"] > 0.95
    assert told.figures["most_frequent_accuracy"] == pytest.approx(0.5, abs=0.05)
    assert "not reliable" in str(told.sentences[-1])


def test_later_texts_without_a_usable_rating_cannot_judge() -> None:
    rows = [{**row, "score_scale": "?" if at >= 168 else "1-5"} for at, row in enumerate(rated())]
    told = Sentiment().evaluate(*tables(rows))
    assert told.figures["accuracy"] is None
    assert str(told.sentences[0]) == "There is no later text to judge it by."


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (rated(60), "Too few texts came with a rating: 60"),
        (rated(kinds=("neutral", "positive")), "nearly all of one kind: 0 of 240"),
        (rated(mixed=True), "would be in 120. That is not surely better than guessing, so it stays off"),
        (rated(scale="stars"), "Too few texts came with a rating: 0"),
        ([{**row, "text": f"{at:c}"} for at, row in zip(range(0x4E00, 0x4F00), rated(), strict=False)], "no words in common"),
    ],
)
def test_stays_off_with_a_reason(rows: list[dict[str, Any]], why: str) -> None:
    with pytest.raises(ModelError, match=why):
        Sentiment().learn(*tables(rows))


def test_without_texts_or_ratings_there_is_nothing_to_learn_from() -> None:
    with pytest.raises(ModelError, match="no score"):
        tables([{**row, "score": None} for row in rated(3)])


def test_the_boxes_of_two_scales() -> None:
    rows = pa.table({"text": list("abcdef"), "score": [2.0, 3.0, 4.0, 2.0, 3.0, 8.0], "score_scale": ["1-5"] * 3 + ["0-10"] * 3})
    assert sentiment.labelled(rows)[1] == ["negative", "neutral", "positive", "negative", "neutral", "positive"]


def test_quality_by_hand() -> None:
    labels = ["negative", "negative", "neutral", "neutral"]
    figures = sentiment.quality(labels, ["negative", "neutral", "neutral", "negative"])
    assert figures["accuracy"] == 0.5
    assert figures["negative_f1"] == 0.5
    assert figures["positive_f1"] is None


def test_scores_the_unrated_texts_of_customers_and_reads_no_later_ones() -> None:
    rows = [
        *rated(),
        {"kind": "contact", "actor": "customer", "text": "kaputt", "occurred_at": "2026-03-01T00:00", "event_id": "f" * 32},
    ]
    rows += [{"kind": "answer", "actor": "human", "text": "kaputt", "occurred_at": "2026-03-01T00:00", "event_id": "e" * 32}]
    rows += [{**rated(1)[0], "event_id": "d" * 32, "occurred_at": NOW + dt.timedelta(days=9)}]
    with RowsLake(rows).read("service") as reading:
        assert reading.query(Sentiment.current)["event_id"].to_pylist() == ["f" * 32]
        assert model.read(reading, Sentiment())[0]["rated"].num_rows == 240
        assert model.read(reading, Sentiment(most=50))[0]["rated"].num_rows == 50
