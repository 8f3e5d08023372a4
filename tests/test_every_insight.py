"""One suite over the whole shelf of insights: what holds for every question, whoever wrote it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import random
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import pyarrow as pa
import pytest
from scripts import catalogue

from kundig import event
from kundig.answer import Answer
from kundig.answer.sharing import Rule
from kundig.insight import ask, inputs_of, shelf
from kundig.lake import Reading, Snapshot, Where
from kundig.lake.reading import open_reading
from kundig.message import Message
from tests.rows import NOW, RowsLake, RowsSession

Row = dict[str, Any]
every_insight = pytest.mark.parametrize("name", sorted(shelf()))
TYPES = {"str": str, "int": int, "float": float, "bool": bool, "dt.date": dt.date}
HIDDEN = "the hidden one"


@cache
def firm(cases: int = 240) -> tuple[Row, ...]:
    """A small firm with everything an insight can need; what the hidden person does carries his name."""
    chance = random.Random(3)
    rows: list[Row] = []
    for n in range(cases):
        rows += _case(chance, f"case {n}", f"person {n % 90}", chance.choice(["bill", "moving", "fault"]))
    rows += _case(chance, "case of his", HIDDEN, HIDDEN, activity=HIDDEN)
    rows += [_event(chance, None, f"person {n}", "bill", "contact", n / 2, "I ask again") for n in range(8)]
    ordered = sorted(rows, key=lambda row: row["occurred_at"])
    return tuple({**row, "event_id": f"{n:032x}", "position": n} for n, row in enumerate(ordered))


def _case(chance: random.Random, case: str, person: str, reason: str, activity: str = "") -> Iterable[Row]:
    day, promise = chance.uniform(0, 60), f"promise of {case}"
    late, channel = chance.choice([0, 0, 2]), chance.choice(["phone", "email"])
    said = {"bill": "My last bill is too high", "moving": "We are moving to another flat"}.get(
        reason, "My router is broken since Monday"
    )
    plan = [("opened", 0, ""), ("contact", 0.1, said), ("answer", 0.5, "We will call you tomorrow")]
    plan += [("contact", 1.5, f"As I said, {said[0].lower()}{said[1:]}")] * chance.choice([0, 1, 1, 2])
    plan += [("promise_made", 2, ""), ("handover", 2.5, ""), ("promise_kept", 4 + late, ""), ("survey_answer", 8, "Fine")]
    plan += [("closed", 9, "")] * chance.choice([0, 1, 1])
    for kind, after, text in plan:
        row = _event(chance, case, person, reason, kind, day + after, text)
        promised = {"promise_id": promise} if kind.startswith("promise") else {}
        due = {"due_at": row["occurred_at"] + dt.timedelta(days=3)} if kind == "promise_made" else {}
        usual = {"channel": channel} if chance.random() < 0.9 else {}
        yield {**row, **promised, **due, **usual, **({"activity": activity} if activity else {})}


def _event(chance: random.Random, case: str | None, person: str, reason: str, kind: str, day: float, text: str) -> Row:
    customer = kind in ("contact", "survey_answer")
    return {
        "case_id": case, "person_id": person, "reason": reason, "kind": kind, "activity": kind, "text": text,
        "occurred_at": dt.datetime(2026, 5, 1, tzinfo=dt.UTC) + dt.timedelta(days=day), "channel": chance.choice(["phone", "email"]),
        "direction": "inbound" if customer else "outbound", "actor": "customer" if customer else "human",
        "team": None if customer else chance.choice(["first line", "second line"]),
        "agent_id": None if customer else f"agent {chance.randrange(4)}",
        "score": chance.randrange(1, 6) if kind == "survey_answer" else None,
        "score_scale": "1-5" if kind == "survey_answer" else None, "duration_s": chance.uniform(60, 900),
    }  # fmt: skip


class KeptReading(Reading):
    """A reading that stays open for the next question."""

    def close(self) -> None:
        pass


class KeptLake(RowsLake):
    """Rows that are knitted once for all questions: the suite asks hundreds."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        super().__init__(rows)
        self._readings: dict[Any, KeptReading] = {}

    def read(self, purpose: str, where: Where | None = None) -> Reading:
        if (purpose, where) not in self._readings:
            made = self.made(purpose, where)
            self._readings[purpose, where] = KeptReading(made.session, made.snapshot, made.purpose, made.where, made.clock)
        return self._readings[purpose, where]

    def made(self, purpose: str, where: Where | None) -> Reading:
        return super().read(purpose, where)


class RestrictedLake(KeptLake):
    """The rows, and a person who has had the use of his data restricted."""

    def made(self, purpose: str, where: Where | None) -> Reading:
        session: Any = RowsSession(self._rows)
        decision = {"person_id": HIDDEN, "purpose": "*", "status": "restricted", "decided_at": NOW, "source": "letter"}
        session._given["stored_consents"] = pa.Table.from_pylist([decision], schema=event.CONSENTS.arrow())
        return open_reading(session, Snapshot(1, {"consents": ["rows"]}, ["rows"]), purpose, where or Where(), NOW)


@cache
def lake(of: str, *given: str) -> KeptLake:
    """The firm's lake; "restricted", "rest" (without the hidden person), "without" a need, "by hand" for a filter, "future", "empty"."""
    rows: dict[str, Callable[..., Iterable[Row]]] = {
        "firm": firm,
        "restricted": firm,
        "rest": lambda: [row for row in firm() if row["person_id"] != HIDDEN],
        "without": lambda need: without(firm(10), need),
        "by hand": lambda key: FILTERS[key][1](),
        "empty": list,
        "future": lambda: [{**row, "occurred_at": row["occurred_at"] + dt.timedelta(days=900)} for row in firm(10)],
    }
    return (RestrictedLake if of == "restricted" else KeptLake)(rows[of](*given))


@cache
def told(name: str) -> Answer:
    return ask(lake("firm"), shelf()[name]())


def content(answer: Answer) -> tuple[Any, ...]:
    """What two answers must have in common, floats to nine digits, since sums may run in another order."""
    whole = answer.to_json()
    return tuple(_rounded(whole[part]) for part in ("figures", "table", "sentences", "n", "untold"))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value


def without(rows: Iterable[Mapping[str, Any]], need: str) -> list[Row]:
    """The rows without all that could satisfy ``need``."""
    left = [dict(row) for row in rows]
    for part in (part.strip() for part in need.split("|")):
        if part == "events":
            left = []
        elif part.startswith("kind="):
            left = [row for row in left if row["kind"] != part.removeprefix("kind=")]
        else:
            left = [{**row, part: None} for row in left]
    return left


@every_insight
def test_is_a_frozen_question_with_typable_inputs(name: str) -> None:
    cls = shelf()[name]
    assert cls.__dataclass_params__.frozen  # type: ignore[attr-defined]
    for field in inputs_of(cls):
        assert field.type in TYPES, f"{field.name} is not one of {', '.join(TYPES)}"
        assert isinstance(field.default, TYPES[str(field.type)]), f"{field.name} has no default"
    assert hash(cls()) == hash(cls())
    assert cls.__doc__


@every_insight
def test_declares_what_it_is(name: str) -> None:
    cls = shelf()[name]
    assert event.purpose(cls.purpose) is not None
    assert all(len(text) > 3 for text in (cls.title, cls.definition, cls.sql))
    assert "\n" not in cls.definition, "one paragraph"
    fields = {*event.EVENTS.names, "text", "events"}
    for part in (part.strip() for need in cls.needs for part in need.split("|")):
        assert part in fields or part.removeprefix("kind=") in event.KINDS


@cache
def german() -> dict[str, list[str]]:
    """Every catalogue text with its German wordings (two for a plural), also those that authors have just left."""
    found: dict[str, list[str]] = {}
    for path in [*catalogue.LOCALE.glob("parts/*.po"), *([catalogue.PO] if catalogue.PO.exists() else [])]:
        for entry in catalogue.read(path):
            ids, words = ([part] if isinstance(part, str) else list(part) for part in (entry.id, entry.string))
            found.update(dict.fromkeys(filter(None, ids), words))
    return found


@every_insight
def test_speaks_german(name: str) -> None:
    cls = shelf()[name]
    texts = [cls.title, cls.definition, *getattr(cls, "columns", {}).values(), *_texts(told(name).sentences)]
    assert [text for text in texts if not all(german().get(text, [""]))] == []


def _texts(messages: Iterable[Message]) -> Iterable[str]:
    for message in messages:
        yield message.text
        yield from _texts(value for value in message.values.values() if isinstance(value, Message))


@every_insight
def test_is_told_by_a_firm_that_has_everything(name: str) -> None:
    answer = told(name)
    assert not answer.untold
    assert answer.figures
    assert answer.sentences
    assert answer.n > 0
    assert answer.table.num_rows > 0


@every_insight
@pytest.mark.parametrize("lang", ["en", "de"])
def test_is_plain_json(name: str, lang: str) -> None:
    whole = json.loads(json.dumps(told(name).to_json(lang), allow_nan=False))
    assert whole["name"] == name
    assert all(whole["sentences"])
    assert not [text for text in whole["sentences"] if "{" in text or "nan" in text.lower().split()]


@every_insight
def test_figures_are_flat_under_stable_names(name: str) -> None:
    figures = told(name).figures
    for figure, value in figures.items():
        assert figure == figure.lower()
        assert figure.isidentifier()
        assert value is None or type(value) in (int, float, str, bool), f"{figure}: {value!r}"
    for low in (figure for figure in figures if figure.endswith("_low")):
        ends = [figures[low], figures[low.removesuffix("_low")], figures[low.removesuffix("low") + "high"]]
        known = [float(end) for end in ends if end is not None]
        assert known == sorted(known), f"{low.removesuffix('_low')} lies outside its interval"


@every_insight
def test_draws_its_picture(name: str) -> None:
    answer = told(name)
    if answer.chart is not None:
        assert answer.to_svg("de").startswith("<svg")


@every_insight
def test_answers_an_empty_lake(name: str) -> None:
    answer = ask(lake("empty"), shelf()[name]())
    assert answer.n == 0
    assert answer.untold or answer.sentences
    json.dumps(answer.to_json("de"), allow_nan=False)


@every_insight
def test_answers_a_lake_whose_clock_is_behind(name: str) -> None:
    """All events lie in the future of the clock, so there is no newest time: figures may be null, nothing may fail."""
    answer = ask(lake("future"), shelf()[name]())
    json.dumps(answer.to_json("de"), allow_nan=False)
    assert answer.sentences


NEEDS = [(name, need) for name, cls in sorted(shelf().items()) for need in cls.needs]


@pytest.mark.parametrize(("name", "need"), NEEDS)
def test_says_what_is_missing(name: str, need: str) -> None:
    answer = ask(lake("without", need), shelf()[name]())
    assert answer.untold == need
    assert not answer.figures
    assert answer.sentences[0].say().startswith("Cannot be told: no ")


@every_insight
def test_shows_nothing_of_a_restricted_person(name: str) -> None:
    seen = ask(lake("restricted"), shelf()[name]())
    assert HIDDEN not in json.dumps(seen.to_json())
    assert HIDDEN not in str(seen.chart)
    assert content(seen) == content(ask(lake("rest"), shelf()[name]()))


@cache
def _first_in_case(field: str) -> dict[str, Any]:
    first: dict[str, Any] = {}
    for row in firm():
        if row["case_id"] and row[field] is not None:
            first.setdefault(row["case_id"], row[field])
    return first


def _by(field: str, of_case: Callable[[Any], bool], of_row: Callable[[Any], bool] | None = None) -> list[Row]:
    """The rows of the cases whose first ``field`` is chosen, and those without a case whose own is."""
    chosen = {case for case, value in _first_in_case(field).items() if of_case(value)}
    return [row for row in firm() if (row["case_id"] in chosen if row["case_id"] else (of_row or of_case)(row[field]))]


JUNE = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
FILTERS: dict[str, tuple[Where, Callable[[], list[Row]]]] = {
    "reason": (Where(reason="bill"), lambda: _by("reason", lambda reason: reason == "bill")),
    "since": (Where(since=JUNE), lambda: _by("occurred_at", lambda time: time >= JUNE)),
    "until": (Where(until=JUNE), lambda: _by("occurred_at", lambda time: time < JUNE)),
}


@every_insight
@pytest.mark.parametrize("key", FILTERS)
def test_a_filter_equals_filtering_by_hand(name: str, key: str) -> None:
    question = shelf()[name]()
    assert content(ask(lake("firm"), question, FILTERS[key][0])) == content(ask(lake("by hand", key), question))


@every_insight
def test_a_filter_that_selects_nothing_is_answered(name: str) -> None:
    answer = ask(lake("firm"), shelf()[name](), Where(reason="no such reason"))
    assert answer.n == 0
    json.dumps(answer.to_json(), allow_nan=False)


@every_insight
def test_shared_shows_no_small_group(name: str) -> None:
    cls = shelf()[name]
    answer = ask(lake("firm"), cls(), share=True)
    rule = Rule.of(cls)
    if rule.size in answer.table.column_names:
        assert all(size >= rule.least for size in answer.table[rule.size].to_pylist())
    assert HIDDEN not in json.dumps(answer.to_json())


@every_insight
def test_the_same_question_gives_the_same_answer(name: str) -> None:
    again = ask(lake("firm"), dataclasses.replace(shelf()[name]()))
    assert content(again) == content(told(name))
