"""A model learns from the lake what an insight can only count; its scores advise, they never decide alone.

It is a frozen dataclass whose fields are its own settings. No base class, decorator or registration: the folder
``kundig/models`` is the list. A model names what it reads (``sql``), so that learning, scoring and judging it are functions
of tables: an insight can put the same SQL into its ``details`` and call the same functions on what comes back.

    @dataclass(frozen=True)
    class NextStep:
        title: ClassVar = sentence("The next step")
        definition: ClassVar = sentence("...")
        purpose: ClassVar = "analysis"
        needs: ClassVar = ("case_id",)
        about: ClassVar = "case_id"
        sql: ClassVar = {"steps": "select case_id, position, from_activity, ... from steps order by case_id, position"}
        current: ClassVar = "select case_id, variant from cases where closed_at is null"

        def learn(self, tables, now, seed=0): ...       # plain data; ModelError where the data cannot teach it
        def predict(self, learned, rows): ...           # a table: the column ``about``, the score, its reasons
        def evaluate(self, tables, now, seed=0): ...    # a Telling: learned from the past, judged on what came later

``:name`` is the setting of that name, ``:now`` the newest time in the data. Optional: ``simplest(figures)`` gives, after the
evaluation, the model without what did not pay, and the sentences that say so; that one is kept.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import hmac
import importlib
import json
import os
import pickle
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from kundig.answer import Answer, Figure, Telling
from kundig.errors import ModelError, QuestionError

if TYPE_CHECKING:
    import pyarrow as pa

    from kundig.lake import Lake, Reading, Where

Tables = Mapping[str, "pa.Table"]


class Model(Protocol):
    """What a class on the shelf provides beside its settings."""

    title: ClassVar[str]
    definition: ClassVar[str]
    purpose: ClassVar[str]
    needs: ClassVar[tuple[str, ...]]
    """As for an insight: columns, "kind=...", "text"."""
    about: ClassVar[str]
    """The key column of what is scored: "person_id", "case_id", "event_id" or "day"."""
    sql: ClassVar[Mapping[str, str]]
    """What it learns from, by name."""
    current: ClassVar[str]
    """What there is to score now, one row per ``about``, with the columns ``predict`` reads."""

    def learn(self, tables: Tables, now: dt.datetime, seed: int = 0) -> Any: ...

    def predict(self, learned: Any, rows: pa.Table) -> pa.Table: ...

    def evaluate(self, tables: Tables, now: dt.datetime, seed: int = 0) -> Telling: ...


@dataclass(frozen=True)
class Card:
    """What a learned model says of itself: from what, when and how well; ``figures`` are its evaluation's."""

    model: str
    settings: Mapping[str, Any]
    seed: int
    lake_version: int
    learned_at: dt.datetime
    data_until: dt.datetime
    rows: Mapping[str, int]
    figures: Mapping[str, Figure] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Twelve hex digits of everything that makes the model what it is."""
        made = [self.model, dict(self.settings), self.seed, self.lake_version]
        return hashlib.sha256(json.dumps(made, sort_keys=True, default=str).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Fitted:
    """A model and what it has learned."""

    model: Any
    learned: Any
    card: Card
    judged: Answer | None = None
    """How well it foresees later data, where that was looked at."""


@cache
def shelf() -> dict[str, type[Model]]:
    """All models by name (dashes), in alphabetical order."""
    import kundig.models as folder

    names = sorted(info.name for info in pkgutil.iter_modules(folder.__path__) if not info.name.startswith("_"))
    return {name.replace("_", "-"): _class_of(importlib.import_module(f"{folder.__name__}.{name}"), name) for name in names}


def find(name: str) -> type[Any]:
    """The model called ``name``, with dashes or underscores; QuestionError where there is none."""
    wanted = name.replace("_", "-").lower()
    if wanted not in shelf():
        raise QuestionError("There is no model called {name}.", "There are: {known}.", name=name, known=", ".join(shelf()))
    return shelf()[wanted]


def name_of(model: Any) -> str:
    """The name of a model or its class, as the CLI writes it."""
    cls = model if isinstance(model, type) else type(model)
    return cls.__module__.rsplit(".", 1)[-1].replace("_", "-")


def read(reading: Reading, model: Any) -> tuple[dict[str, pa.Table], dt.datetime]:
    """What ``model`` learns from, and the newest time in the data. ModelError where a need is not met."""
    missing = next((need for need in model.needs if not reading.has(need)), "")
    if missing or reading.now is None:
        raise ModelError(
            "The data has no {what} to learn from.", "Import data that has it; `kundig schema` says what each field means.",
            what=missing or "events",
        )  # fmt: skip
    return {name: reading.query(sql, _params(model, reading.now)) for name, sql in model.sql.items()}, reading.now


def fit(lake: Lake, model: Any, where: Where | None = None, *, seed: int = 0, judge: bool = True) -> Fitted:
    """Learn from everything up to now; ``judge`` puts the evaluation on later data into the card.

    ModelError where the data cannot teach it.
    """
    with lake.read(model.purpose, where) as reading:
        tables, now = read(reading, model)
        judged = _answer(model, reading, model.evaluate(tables, now, seed)) if judge else None
        if judged and hasattr(model, "simplest"):
            model, why = model.simplest(judged.figures)
            judged = dataclasses.replace(judged, sentences=(*judged.sentences, *why))
        card = Card(
            name_of(model), dataclasses.asdict(model), seed, reading.version, lake.clock(), now,
            {name: table.num_rows for name, table in tables.items()}, dict(judged.figures) if judged else {},
        )  # fmt: skip
        return Fitted(model, model.learn(tables, now, seed), card, judged)


def predict(lake: Lake, fitted: Fitted, keys: Sequence[str] | None = None, where: Where | None = None) -> pa.Table:
    """Score what there is now, or only ``keys`` (values of the model's ``about``), in their order."""
    model = fitted.model
    with lake.read(model.purpose, where) as reading:
        params = _params(model, reading.now) | {"keys": list(keys or ())}
        chosen = f" where {model.about} in (select * from unnest(:keys))" if keys is not None else ""
        rows = reading.query(f"select * from ({model.current}) current_rows{chosen} order by {model.about}", params)
    scored: pa.Table = model.predict(fitted.learned, rows)
    return scored


def evaluate(lake: Lake, model: Any, where: Where | None = None, *, seed: int = 0) -> Answer:
    """How well the model foresees later data than it learned from, as an answer."""
    with lake.read(model.purpose, where) as reading:
        tables, now = read(reading, model)
        return _answer(model, reading, model.evaluate(tables, now, seed))


def _answer(model: Any, reading: Reading, told: Telling) -> Answer:
    import pyarrow as pa

    return Answer(
        name=name_of(model), title=model.title, definition=model.definition, figures=dict(told.figures),
        sentences=tuple(told.sentences), chart=told.chart, table=told.table if told.table is not None else pa.table({}),
        sql=";\n\n".join(sql.strip() for sql in model.sql.values()), n=told.n, lake_version=reading.version,
        inputs=dataclasses.asdict(model), where=reading.where.given(), columns=dict(getattr(model, "columns", {})),
        words=tuple(getattr(model, "words", ())),
    )  # fmt: skip


def save(fitted: Fitted, folder: Path, key: bytes) -> Path:
    """Write a learned model below ``folder`` (a workspace's ``models``), sealed with the workspace's key."""
    place = folder / fitted.card.model
    place.mkdir(parents=True, exist_ok=True)
    body = pickle.dumps((fitted.learned, fitted.card))
    _write(place / "learned", _seal(body, key) + body)
    card = json.dumps(plain(fitted.card), indent=2, sort_keys=True)
    _write(place / "card.json", f"{card}\n".encode())
    return place


def load(name: str, folder: Path, key: bytes) -> Fitted | None:
    """The learned model called ``name``, None where there is none; ModelError where somebody else wrote it."""
    path = folder / name_of(find(name)) / "learned"
    if not path.exists():
        return None
    whole = path.read_bytes()
    seal, body = whole[:32], whole[32:]
    # Unpickling runs code, so only what this workspace's key has sealed is opened.
    if not hmac.compare_digest(seal, _seal(body, key)):
        raise ModelError(
            "{file} was not written by this workspace.", "Learn it again: kundig train {name}", file=str(path), name=name
        )
    learned, card = pickle.loads(body)  # noqa: S301 - sealed above
    return Fitted(find(name)(**card.settings), learned, card)


def plain(card: Card) -> dict[str, Any]:
    """A card as plain values for programs."""
    times = {"learned_at": card.learned_at.isoformat(), "data_until": card.data_until.isoformat()}
    return {**dataclasses.asdict(card), **times, "version": card.version}


def kept(folder: Path) -> dict[str, dict[str, Any]]:
    """The cards of the learned models below ``folder``, by name."""
    return {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*/card.json"))}


def _params(model: Any, now: dt.datetime | None) -> dict[str, Any]:
    return {**dataclasses.asdict(model), "now": now}


def _seal(body: bytes, key: bytes) -> bytes:
    return hmac.new(key, b"kundig model\n" + body, hashlib.sha256).digest()


def _write(path: Path, body: bytes) -> None:
    """The whole file or the old one, also when the power fails."""
    made = path.with_name(path.name + ".new")
    with made.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)


def _class_of(module: Any, name: str) -> type[Model]:
    cls: type[Model] = getattr(module, "".join(part.capitalize() for part in name.split("_")))
    return cls
