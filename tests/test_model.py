"""A model learns from the lake, is kept sealed, and is opened only by the workspace that wrote it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest

from kundig import model
from kundig.answer import Telling
from kundig.errors import ModelError, QuestionError
from kundig.lake import Where
from kundig.message import Message
from tests.rows import RowsLake

ROWS = [
    {"case_id": str(n), "person_id": f"p{n}", "kind": "contact", "occurred_at": f"2026-05-0{n}T10:00", "reason": "bill"}
    for n in range(1, 8)
]


@dataclass(frozen=True)
class Mean:
    """Foresees that a person turns to the firm as often as persons do on average."""

    least: int = 3

    title: ClassVar[str] = "Contacts"
    definition: ClassVar[str] = "The mean number of contacts per person."
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("person_id",)
    about: ClassVar[str] = "person_id"
    sql: ClassVar[Mapping[str, str]] = {
        "persons": "select person_id, count(*) as n from events where occurred_at <= :now group by 1"
    }
    current: ClassVar[str] = "select distinct person_id from events"

    def learn(self, tables: model.Tables, now: dt.datetime, seed: int = 0) -> float:
        counts = tables["persons"]["n"].to_pylist()
        if len(counts) < self.least:
            raise ModelError("Too few persons: {n}.", n=len(counts))
        return float(sum(counts) / len(counts))

    def predict(self, learned: float, rows: pa.Table) -> pa.Table:
        return rows.append_column("expected", pa.array([learned] * rows.num_rows))

    def evaluate(self, tables: model.Tables, now: dt.datetime, seed: int = 0) -> Telling:
        mean = self.learn(tables, now, seed)
        return Telling({"mean": mean}, [Message("{n} on average", {"n": mean})], tables["persons"].num_rows)


@pytest.fixture(autouse=True)
def _on_the_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "shelf", lambda: {"mean": Mean})
    monkeypatch.setattr(model, "name_of", lambda _: "mean")


@pytest.fixture
def fitted() -> model.Fitted:
    return model.fit(lake(), Mean(), seed=4)


def lake() -> Any:
    made = RowsLake(ROWS)
    made.clock = lambda: dt.datetime(2026, 6, 1, tzinfo=dt.UTC)  # type: ignore[attr-defined]
    return made


def test_a_model_says_from_what_it_learned_and_how_well(fitted: model.Fitted) -> None:
    card = fitted.card
    assert (card.model, card.seed, card.lake_version, dict(card.rows)) == ("mean", 4, 1, {"persons": 7})
    assert card.figures == {"mean": 1.0}
    assert card.data_until == dt.datetime(2026, 5, 7, 10, tzinfo=dt.UTC)
    assert fitted.judged is not None and fitted.judged.n == 7


def test_its_version_changes_with_settings_seed_and_data(fitted: model.Fitted) -> None:
    others = [model.fit(lake(), Mean(least=2), seed=4), model.fit(lake(), Mean(), seed=5)]
    assert len({fitted.card.version, *(other.card.version for other in others)}) == 3
    assert model.fit(lake(), Mean(), seed=4).card.version == fitted.card.version


def test_everybody_or_only_some_are_scored(fitted: model.Fitted) -> None:
    assert model.predict(lake(), fitted).num_rows == 7
    assert model.predict(lake(), fitted, ["p2", "p9"]).to_pylist() == [{"person_id": "p2", "expected": 1.0}]
    assert model.predict(lake(), fitted, []).num_rows == 0


def test_a_filter_narrows_what_it_learns_from() -> None:
    answer = model.evaluate(lake(), Mean(), Where(until=dt.datetime(2026, 5, 5, tzinfo=dt.UTC)))
    assert (answer.n, answer.title, set(answer.where)) == (4, "Contacts", {"until"})


def test_too_little_and_nothing_are_refused_with_a_reason() -> None:
    with pytest.raises(ModelError, match="Too few persons: 7"):
        model.fit(lake(), Mean(least=10))
    empty = RowsLake([])
    with pytest.raises(ModelError, match="no person_id"):
        model.fit(empty, Mean())  # type: ignore[arg-type]
    with pytest.raises(QuestionError, match="no model called crystal"):
        model.find("crystal")


def test_it_is_kept_and_opened_again(fitted: model.Fitted, tmp_path: Path) -> None:
    assert model.load("mean", tmp_path, b"k") is None
    model.save(fitted, tmp_path, b"k")
    again = model.load("mean", tmp_path, b"k")
    assert again is not None
    assert (again.learned, again.card, again.model) == (fitted.learned, fitted.card, Mean())
    assert model.kept(tmp_path)["mean"]["figures"] == {"mean": 1.0}


def test_what_another_key_sealed_or_somebody_changed_is_not_opened(fitted: model.Fitted, tmp_path: Path) -> None:
    place = model.save(fitted, tmp_path, b"k")
    with pytest.raises(ModelError, match="was not written by this workspace"):
        model.load("mean", tmp_path, b"another")
    body = bytearray((place / "learned").read_bytes())
    body[-3] ^= 1
    (place / "learned").write_bytes(body)
    with pytest.raises(ModelError, match="kundig train mean"):
        model.load("mean", tmp_path, b"k")


@dataclass(frozen=True)
class Careful(Mean):
    """One that is content with less where more did not pay."""

    def simplest(self, figures: Any) -> tuple[Mean, list[Message]]:
        return Careful(least=1), [Message("It did not pay.")]


def test_what_did_not_pay_is_not_kept_and_that_is_said() -> None:
    kept = model.fit(lake(), Careful())
    assert (kept.model, kept.card.settings) == (Careful(least=1), {"least": 1})
    assert kept.judged is not None and str(kept.judged.sentences[-1]) == "It did not pay."
    assert model.fit(lake(), Careful(), judge=False).card.settings == {"least": 3}
