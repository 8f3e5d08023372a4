"""One suite over the whole shelf of models: what holds for each, whoever wrote it."""

from __future__ import annotations

import dataclasses
import json
import math
import pickle
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kundig import event, model, proof
from kundig.errors import ModelError
from kundig.message import Message
from kundig.workspace import Workspace
from tests.rows import RowsLake
from tests.test_every_insight import german

every_model = pytest.mark.parametrize("name", sorted(model.shelf()))
_told: dict[str, model.Fitted] = {}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A simulated firm that has everything a model can learn from."""
    given = proof.Given(None, 1, tmp_path_factory.mktemp("firm"))
    with proof.simulated(given, customers=500, seed=2) as (workspace, _):
        (workspace.folder / "ratings.csv").write_text(_ratings(), encoding="utf-8")
        workspace.import_files([workspace.folder / "ratings.csv"])
        yield workspace


WORDS = {
    1: "wieder keine Hilfe|drei Wochen gewartet|niemand ruft zurück|sehr ärgerlich|Rechnung falsch|nie wieder",
    3: "ging so|war in Ordnung|nichts Besonderes|Antwort kam|mittelmäßig|passt schon",
    5: "schnelle Hilfe|sehr freundlich|alles gelöst|danke dafür|kompetente Beratung|gerne wieder",
}


def _ratings(n: int = 360) -> str:
    """Rated comments, since few of the simulated firm's customers write when they are angry."""
    chance = random.Random(4)
    lines = ["Kundennummer;Zeitpunkt;Aktivität;Bewertung;Kommentar"]
    for i in range(n):
        score = chance.choice(list(WORDS))
        words = ", ".join(chance.sample(WORDS[score].split("|"), 2))
        lines.append(
            f"K{1000000 + i % 700};{1 + i % 28:02}.{5 + i % 5:02}.2026 1{i % 10}:00;Bewertung;{score};Mit dem Service {words} und die Hotline"
        )
    return "\n".join(lines) + "\n"


def fitted(firm: Workspace, name: str) -> model.Fitted:
    if name not in _told:
        _told[name] = model.fit(firm.lake, model.find(name)(), seed=3)
    return _told[name]


@every_model
def test_is_frozen_and_declares_what_it_is(name: str) -> None:
    cls: Any = model.find(name)
    assert cls.__dataclass_params__.frozen
    assert all(field.default is not dataclasses.MISSING for field in dataclasses.fields(cls))
    assert event.purpose(cls.purpose) is not None
    assert cls.sql and cls.current and cls.about and cls.__doc__
    assert "\n" not in cls.definition, "one paragraph"


@every_model
def test_speaks_german(firm: Workspace, name: str) -> None:
    cls, judged = model.find(name), fitted(firm, name).judged
    assert judged is not None
    texts = [cls.title, cls.definition, *getattr(cls, "columns", {}).values(), *_texts(judged.sentences)]
    assert [text for text in texts if not all(german().get(text, [""]))] == []


def _texts(messages: Any) -> Iterator[str]:
    for message in messages:
        yield message.text
        yield from _texts(value for value in message.values.values() if isinstance(value, Message))


@every_model
def test_is_judged_on_later_data_in_plain_figures(firm: Workspace, name: str) -> None:
    judged = fitted(firm, name).judged
    assert judged is not None and judged.n > 0 and judged.sentences
    for figure, value in judged.figures.items():
        assert figure.isidentifier() and figure == figure.lower()
        assert value is None or type(value) in (int, float, str, bool), f"{figure}: {value!r}"
        assert not isinstance(value, float) or math.isfinite(value), figure
    json.dumps(judged.to_json("de"), allow_nan=False)


@every_model
def test_scores_what_there_is_and_single_ones_alike(firm: Workspace, name: str) -> None:
    cls, learned = model.find(name), fitted(firm, name)
    everybody = model.predict(firm.lake, learned)
    assert everybody.num_rows > 0 and cls.about in everybody.column_names
    one = everybody.slice(everybody.num_rows // 2, 1)
    alone = model.predict(firm.lake, learned, one[cls.about].to_pylist())
    assert alone.num_rows == 1
    for column in one.column_names:
        seen, told = one[column][0].as_py(), alone[column][0].as_py()
        assert told == (pytest.approx(seen, rel=1e-6, abs=1e-9) if isinstance(seen, float) else seen), column


@every_model
def test_what_it_learned_can_be_kept(firm: Workspace, name: str, tmp_path: Path) -> None:
    model.save(fitted(firm, name), tmp_path, b"key")
    again = model.load(name, tmp_path, b"key")
    assert again is not None
    assert model.predict(firm.lake, again).to_pylist() == model.predict(firm.lake, fitted(firm, name)).to_pylist()


@pytest.mark.long
@every_model
def test_the_same_seed_learns_the_same(firm: Workspace, name: str) -> None:
    again = model.fit(firm.lake, model.find(name)(), seed=3, judge=False)
    assert again.card.version == fitted(firm, name).card.version
    assert model.predict(firm.lake, again).to_pylist() == model.predict(firm.lake, fitted(firm, name)).to_pylist()


@every_model
def test_holds_no_person(firm: Workspace, name: str) -> None:
    """What is kept must not name anybody: a model outlives the reading it learned in."""
    body = pickle.dumps(fitted(firm, name).learned)
    for person in firm.sql("select distinct person_id from events where person_id is not null limit 50")["person_id"].to_pylist():
        assert person.encode() not in body


@cache
def _few() -> RowsLake:
    rows = [
        {"case_id": str(n), "person_id": f"p{n}", "kind": "contact", "channel": "phone", "reason": "bill", "score": 4.0,
         "score_scale": "1-5", "occurred_at": f"2026-05-0{n}T10:00", "text": "My bill is wrong", "direction": "inbound",
         "promise_id": str(n), "team": "one"}
        for n in range(1, 5)
    ]  # fmt: skip
    return RowsLake(rows)


@every_model
@pytest.mark.parametrize("lake", [_few, lambda: RowsLake([])], ids=["few", "empty"])
def test_too_little_is_refused_with_a_reason(name: str, lake: Any) -> None:
    with pytest.raises(ModelError) as refused:
        model.fit(lake(), model.find(name)())
    assert all(german().get(refused.value.text, [""])), refused.value.text


def test_the_shelf_lists_what_a_score_is_about() -> None:
    assert {model.find(name).about for name in model.shelf()} <= {"person_id", "case_id", "event_id", "day", "slot_at"}
