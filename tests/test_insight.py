"""Several questions may share one reading, and one question may weigh the answers to others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from kundig import insight
from kundig.errors import PrivacyError, QuestionError
from kundig.insight import Result, Telling, ask, ask_each, ask_in, find
from kundig.lake import Reading, Where
from tests.rows import RowsLake

ROWS: list[Mapping[str, Any]] = [
    {"case_id": "1", "person_id": "a", "kind": "contact", "channel": "phone", "occurred_at": "2026-05-01T10:00"},
    {"case_id": "1", "person_id": "a", "kind": "contact", "channel": "phone", "occurred_at": "2026-05-02T10:00"},
    {"case_id": "2", "person_id": "b", "kind": "contact", "channel": "email", "occurred_at": "2026-05-03T10:00"},
]


class CountingLake(RowsLake):
    """Counts how often it is read."""

    readings = 0

    def read(self, purpose: str, where: Where | None = None) -> Reading:
        self.readings += 1
        return super().read(purpose, where)


@dataclass(frozen=True)
class Weighing:
    """Says what two other questions say."""

    title: ClassVar[str] = "Weighing"
    definition: ClassVar[str] = "What others say."
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("events",)
    sql: ClassVar[str] = "select count(*) as n from events"
    asks: ClassVar[tuple[str, ...]] = ("contacts-per-case", "promises")

    def tell(self, result: Result) -> Telling:
        contacts, promises = result.answers["contacts-per-case"], result.answers["promises"]
        return Telling({"mean": contacts.figures["mean_contacts"], "untold": promises.untold}, [], contacts.n)


def test_questions_of_one_purpose_share_a_reading() -> None:
    lake: Any = CountingLake(ROWS)
    questions = [find(name)() for name in ("contacts-per-case", "variants", "re-explanations", "handovers")]
    answers = list(ask_each(lake, questions, Where(channel="phone")))
    assert [answer.name for answer in answers] == ["contacts-per-case", "variants", "re-explanations", "handovers"]
    assert lake.readings == len({question.purpose for question in questions})
    for question, answer in zip(questions, answers, strict=True):
        assert answer.to_json() == ask(RowsLake(ROWS), question, Where(channel="phone")).to_json()  # type: ignore[arg-type]


def test_a_reading_for_another_purpose_is_refused() -> None:
    lake = RowsLake(ROWS)
    with lake.read("quality") as reading, pytest.raises(PrivacyError, match="asked for the purpose analysis, not quality"):
        ask_in(reading, find("variants")())


def test_a_question_gets_the_answers_it_asks_for_under_the_same_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insight, "name_of", lambda one: "weighing" if isinstance(one, Weighing) else "other")
    lake: Any = RowsLake(ROWS)
    assert ask(lake, Weighing()).figures == {"mean": 1.5, "untold": "promise_id"}
    assert ask(lake, Weighing(), Where(channel="email")).figures["mean"] == 1.0


@dataclass(frozen=True)
class Bounded(Weighing):
    """Takes numbers."""

    hours: int = insight.asked(0, "Hours.", least=-12, most=14)
    days: float = insight.asked(1.0, "Days.")
    word: str = insight.asked("", "A word.")
    whether: bool = insight.asked(False, "Whether.")


@pytest.mark.parametrize("given", [{"hours": -13}, {"hours": 15}, {"days": -0.1}, {"days": float("nan")}, {"days": 1e99}])
def test_a_number_out_of_its_bounds_is_refused_with_what_it_may_be(given: dict[str, Any]) -> None:
    with pytest.raises(QuestionError) as refused:
        ask(RowsLake(ROWS), Bounded(**given))  # type: ignore[arg-type]
    assert (refused.value.values["input"], refused.value.values["value"]) == next((n, str(v)) for n, v in given.items())
    assert str(refused.value.values["least"]) in str(refused.value)


def test_the_bounds_themselves_are_allowed() -> None:
    for hours in (-12, 14):
        assert ask(RowsLake(ROWS), Bounded(hours=hours, days=0)).inputs["hours"] == hours  # type: ignore[arg-type]
    assert [insight.bounds(one) is None for one in insight.inputs_of(Bounded)] == [False, False, True, True]
