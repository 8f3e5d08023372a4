"""Promises found in the firm's messages: whether they are recorded, and whether anybody acted on them."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from kundig.errors import QuestionError
from kundig.insight import ask
from kundig.insights.promises_in_text import PromisesInText
from tests.rows import RowsLake

Row = dict[str, Any]


def message(case: str | None, time: str, text: str, **more: Any) -> Row:
    return {"kind": "answer", "direction": "outbound", "actor": "human", "case_id": case, "person_id": f"person {case}",
            "occurred_at": time, "text": text, "channel": "email", **more}  # fmt: skip


ROWS = [
    message("a", "2026-03-11T09:00:00", "Wir melden uns bis Freitag bei Ihnen."),
    message("b", "2026-03-11T09:00:00", "We will call you tomorrow.\n> We will refund you by Monday."),
    message("b", "2026-03-12T09:00:00", "As promised, here is the answer."),
    message("c", "2026-03-11T09:00:00", "Sie erhalten das Geld bis zum 13.3. zurück."),
    {"kind": "promise_made", "case_id": "c", "promise_id": "p", "occurred_at": "2026-03-11T10:00:00", "due_at": "2026-03-13T23:00:00"},
    message("d", "2026-03-11T09:00:00", "Der Techniker kommt am 1. April."),
    message("e", "2026-03-11T09:00:00", "Bitte senden Sie uns die Unterlagen bis Freitag."),
    message("f", "2026-03-11T09:00:00", "Ich schicke Ihnen die Unterlagen bis Freitag.", kind="contact", direction="inbound", actor="customer"),
    message(None, "2026-03-11T09:00:00", "Wir liefern bis Donnerstag."),
    {"kind": "other", "occurred_at": "2026-03-20T09:00:00"},
]  # fmt: skip


def rows(asked: PromisesInText | None = None) -> list[Row]:
    found: list[Row] = ask(RowsLake(ROWS), asked or PromisesInText()).table.to_pylist()
    return found


def test_each_promise_with_its_date_sentence_and_state() -> None:
    found = {row["case_id"]: row for row in rows()}
    assert {case: (row["what"], row["recorded"], row["state"]) for case, row in found.items()} == {
        "a": ("an answer", False, "overdue"), "b": ("a call", False, "acted on"), "c": ("money back", True, "overdue"),
        "d": ("a visit", False, "not due"), None: ("something sent", False, "unknown"),
    }  # fmt: skip
    assert found["a"]["sentence"] == "Wir melden uns bis Freitag bei Ihnen."
    assert found["a"]["due_at"] == dt.datetime(2026, 3, 13, 23, 59, 59, tzinfo=dt.UTC)


def test_the_counts() -> None:
    answer = ask(RowsLake(ROWS), PromisesInText())
    names = ("messages", "proposed", "unrecorded", "overdue", "overdue_unrecorded")
    assert [answer.figures[name] for name in names] == [7, 5, 4, 2, 1]
    assert answer.figures["unrecorded_share"] == pytest.approx(0.8)
    assert str(answer.sentences[0]) == "In 7 messages of the firm 5 promises with a date were found."
    assert answer.chart is not None


def test_the_zone_decides_what_tomorrow_is() -> None:
    late = [message("a", "2026-03-11T23:30:00", "We will call you tomorrow."), ROWS[-1]]
    days = [ask(RowsLake(late), PromisesInText(zone=zone)).table.to_pylist()[0]["due_at"].day for zone in ("UTC", "Asia/Tokyo")]
    assert days == [12, 13]


def test_only_what_is_recorded_nowhere_and_only_the_newest() -> None:
    assert "c" not in {row["case_id"] for row in rows(PromisesInText(unrecorded=True))}
    assert ask(RowsLake(ROWS), PromisesInText(most=1)).figures["messages"] == 1


def test_texts_and_single_cases_are_never_passed_on() -> None:
    many = [message(f"m{n}", "2026-03-11T09:00:00", "We will call you tomorrow, Mrs Secret.") for n in range(12)]
    few = [message(f"f{n}", "2026-03-11T09:00:00", "Der Techniker kommt am 1. April zu Frau Geheim.") for n in range(3)]
    answer = ask(RowsLake([*many, *few, ROWS[-1]]), PromisesInText(), share=True)
    said = json.dumps(answer.to_json())
    assert not [word for word in ("Secret", "Geheim", "m3", "f1") if word in said]
    assert answer.table.to_pylist() == []
    assert answer.suppressed == 2, "a single kind would follow from the total"
    whole = ask(RowsLake([*many, ROWS[-1]]), PromisesInText(), share=True)
    assert whole.table.to_pylist() == [{"what": "a call", "proposed": 12, "persons": 12}]


def test_without_promises_it_says_so() -> None:
    answer = ask(RowsLake([message("e", "2026-03-11T09:00:00", "Thank you."), ROWS[-1]]), PromisesInText())
    assert str(answer.sentences[0]) == "In 1 messages of the firm 0 promises with a date were found."
    assert answer.figures["unrecorded_share"] is None
    assert answer.chart is None


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(QuestionError, match="Middle-earth"):
        PromisesInText(zone="Middle-earth/Bree")
