"""Lived and remembered experience: the rules by which events are valued, what weighs on memory, and what ratings teach."""

from __future__ import annotations

import datetime as dt
import random
import re
from typing import Any

import pytest

from kundig.errors import QuestionError
from kundig.insight import ask
from kundig.insights import _felt
from kundig.insights.experience import Experience
from kundig.measures.remembered import remembered
from tests.rows import RowsLake

Row = dict[str, Any]


def case(name: str, *course: tuple[str, str], person: str | None = None, **more: Any) -> list[Row]:
    """Events of one case: pairs of kind and time, such as ("contact", "01T08:00") in January 2026."""
    return [
        {"case_id": name, "person_id": person or f"person of {name}", "kind": kind, "activity": kind, "occurred_at": f"2026-01-{time}", **more}
        for kind, time in course
    ]  # fmt: skip


LATER: Row = {"kind": "other", "occurred_at": "2026-02-01T00:00:00", "case_id": None}


def rules(rows: list[Row]) -> dict[str, float]:
    """The valence of each rule that was used."""
    table = ask(RowsLake([*rows, LATER]), Experience(by="rule")).table.to_pylist()
    return {row["rule"]: row["valence"] for row in table if row["events"]}


def test_the_definition_shows_the_numbers_the_rules_have() -> None:
    said = Experience.definition
    shown = [float(number) for number in re.findall(r"(?<=[a-z] )-?0\.\d(?=[,;. ])", said)]
    assert shown == [valence for word, valence in _felt.RULES.items() if valence and word not in (_felt.SCORE, _felt.NEUTRAL)]


RATED = {"score": 2.0, "score_scale": "1-5"}
EXAMPLES: dict[str, list[tuple[str, str]]] = {
    "promise broken": [("promise_broken", "02T08:00")],
    "promise withdrawn": [("promise_withdrawn", "02T08:00")],
    "promise kept in time": [("promise_kept", "02T08:00")],
    "opened again": [("reopened", "02T08:00")],
    "closed after one contact": [("contact", "01T08:00"), ("closed", "02T08:00")],
    "closed after several contacts": [("contact", "01T08:00"), ("contact", "01T09:00"), ("closed", "02T08:00")],
    "another contact": [("contact", "01T08:00"), ("contact", "01T09:00")],
    "handed over": [("handover", "02T08:00")],
    "answer after more than three days": [("contact", "01T08:00"), ("answer", "05T08:00")],
    "answer after more than a day": [("contact", "01T08:00"), ("answer", "02T09:00")],
    "answer within an hour": [("contact", "01T08:00"), ("handover", "01T08:10"), ("answer", "01T09:00")],
    "put on hold": [("wait", "02T08:00")],
    "nothing of this": [("contact", "01T08:00"), ("answer", "01T12:00")],
    "nothing of this, as nobody waited": [("contact", "01T08:00"), ("answer", "01T09:00"), ("answer", "09T08:00")],
    "rating": [("survey_answer", "02T08:00")],
}
"""By rule a course whose last event it fits."""


def test_each_rule_by_an_example() -> None:
    rows = [row for rule, course in EXAMPLES.items() for row in case(rule, *course, **(RATED if rule == "rating" else {}))]
    with RowsLake([*rows, LATER]).read("analysis") as reading:
        table = reading.query(_felt.SQL, {"most_cases": 100, "by": "reason", "now": reading.now})
    last = {row["case_id"]: row["rule"] for row in table.to_pylist()}
    assert {name.split(", ")[0]: rule for name, rule in last.items()} == {
        rule: rule for rule in _felt.RULES if rule != "promise kept late"
    }
    events = _felt.felt(table)
    assert dict(zip(last, events.valence[[*events.starts[1:] - 1, -1]], strict=True)) == pytest.approx(
        {name: -0.5 if name == "rating" else _felt.RULES[rule] for name, rule in last.items()}
    )


def test_a_promise_kept_after_its_first_date_is_late() -> None:
    made, kept = case("a", ("promise_made", "01T08:00"), ("promise_kept", "03T08:00"), promise_id="p")
    asked = case("b", ("contact", "01T08:00"))
    later = [{**made, "due_at": "2026-01-02T08:00:00"}, {**kept, "due_at": "2026-01-09T08:00:00"}]
    assert "promise kept late" in rules([*asked, *later])
    assert "promise kept in time" in rules([*asked, {**made, "due_at": "2026-01-04T08:00:00"}, kept])


def test_figures_equal_the_measure_by_hand() -> None:
    rows = case("a", ("contact", "01T00:00"), ("handover", "02T00:00"), ("reopened", "03T00:00"), ("closed", "04T00:00"))
    answer = ask(RowsLake([*rows, LATER]), Experience())
    minutes = [60.0 * 24 * days for days in (31, 30, 29, 28)]
    assert answer.figures["lived"] == pytest.approx((0 - 0.3 - 0.6 + 0.6) / 4)
    assert answer.figures["remembered"] == pytest.approx(remembered([0, -0.3, -0.6, 0.6], minutes))
    assert answer.figures["end"] == pytest.approx(0.6)
    assert answer.figures["weights"] == "default"
    assert answer.figures["remembered_low"] is None
    assert answer.n == 1
    assert answer.figures["heaviest_activity"] == "reopened"
    assert [row["activity"] for row in answer.table.to_pylist()] == ["reopened", "handover", "contact", "closed"]
    rest = [0, -0.3, 0, 0.6]
    assert answer.figures["heaviest_lift_there"] == pytest.approx(
        remembered(rest, minutes) - remembered([0, -0.3, -0.6, 0.6], minutes)
    )


def test_internal_notes_and_later_events_are_no_experience() -> None:
    rows = [*case("a", ("contact", "01T00:00")), *case("a", ("other", "02T00:00"), direction="internal")]
    rows += [{**rows[0], "kind": "reopened", "occurred_at": "2027-01-01T00:00:00"}]
    assert ask(RowsLake([*rows, LATER]), Experience()).figures["events_read"] == 1


def firm(cases: int = 240, rated: bool = True, taught_by: str = "peak") -> list[Row]:
    """Journeys with good and bad events whose ratings follow their peak and end, or nothing."""
    chance, rows = random.Random(5), [LATER]
    for n in range(cases):
        kinds = ["contact", *chance.choices(["handover", "promise_broken", "promise_kept", "answer"], k=6)]
        worth = {"handover": -0.3, "promise_broken": -0.9, "promise_kept": 0.6, "answer": 0.0, "contact": 0.0}
        felt = [worth[kind] for kind in kinds]
        told = max(felt, key=abs) * 0.7 + felt[-1] * 0.3 if taught_by == "peak" else chance.uniform(-1, 1)
        course = [(kind, f"{place + 1:02}T{n % 24:02}:00") for place, kind in enumerate(kinds)]
        more = {"reason": "move" if n % 3 else "bill", "channel": "phone" if n % 2 else "email", "account_id": f"account {n % 4}"}
        rows += case(f"case {n:03}", *course, person=f"person {n % 80}", **more)
        if rated:
            score = 3 + 2 * max(-1.0, min(1.0, told))
            rows += case(f"case {n:03}", ("survey_answer", "20T08:00"), person=f"person {n % 80}", score=score, score_scale="1-5")
    return rows


def test_weights_are_learned_where_peak_and_end_foresee_ratings_better() -> None:
    figures = ask(RowsLake(firm()), Experience()).figures
    assert figures["weights"] == "learned"
    assert figures["rated_cases"] == 240
    assert figures["weight_peak"] > 0.5
    assert figures["r2"] > figures["r2_mean_only"] + 0.05


def test_the_mean_is_kept_and_said_where_ratings_follow_nothing() -> None:
    answer = ask(RowsLake(firm(taught_by="nothing")), Experience())
    assert answer.figures["weights"] == "mean"
    assert (answer.figures["weight_peak"], answer.figures["weight_end"], answer.figures["weight_mean"]) == (0, 0, 1)
    assert any("so the simpler mean is kept" in str(said) for said in answer.sentences)


def test_without_ratings_the_weights_are_kundigs_own_and_said_to_be() -> None:
    answer = ask(RowsLake(firm(rated=False)), Experience())
    assert answer.figures["weights"] == "default"
    assert any("only 0 journeys with a rating" in str(said) for said in answer.sentences)


def test_equal_ratings_teach_nothing() -> None:
    rows = [{**row, "score": 4.0} if row.get("score") else row for row in firm()]
    assert ask(RowsLake(rows), Experience()).figures["weights"] == "default"


@pytest.mark.parametrize("by", ["reason", "channel", "account", "month"])
def test_groups_add_up_and_average_to_the_whole(by: str) -> None:
    answer = ask(RowsLake(firm(rated=False)), Experience(by=by))
    rows = answer.table.to_pylist()
    assert sum(row["cases"] for row in rows) == answer.figures["cases_read"] == 240
    assert sum(row["events"] for row in rows) == answer.figures["events_read"]
    mean = sum(row["remembered"] * row["cases"] for row in rows) / 240
    assert mean == pytest.approx(answer.figures["remembered"])
    assert all(row["worst_activity"] == "promise_broken" for row in rows)
    assert answer.to_svg("de").startswith("<svg")


def test_the_group_remembered_worst_is_named_where_it_is_surely_worse() -> None:
    rows = [LATER]
    for n in range(40):
        rows += case(f"good {n}", ("contact", f"{n % 20 + 1:02}T08:00"), ("closed", f"{n % 20 + 2:02}T08:00"), reason="bill")
        rows += case(
            f"bad {n}", ("contact", f"{n % 20 + 1:02}T08:00"), ("promise_broken", f"{n % 20 + 2:02}T08:00"), reason="move"
        )
    said = [str(message) for message in ask(RowsLake(rows), Experience(by="reason")).sentences]
    assert any(text.startswith("Remembered worst: move, ") and '"promise_broken" weighs most' in text for text in said)


def test_single_journeys_come_worst_first_and_are_not_passed_on() -> None:
    rows = firm(rated=False)
    table = ask(RowsLake(rows), Experience(by="case")).table
    values = table["remembered"].to_pylist()
    assert values == sorted(values)
    assert table.num_rows == 240
    shared = ask(RowsLake(rows), Experience(by="case"), share=True)
    assert shared.table.num_rows == 0
    assert "not for passing on" in str(shared.sentences[-1])


def test_a_bounded_draw_says_so_and_is_the_same_each_time() -> None:
    rows = firm(rated=False)
    one, other = (ask(RowsLake(given), Experience(most_cases=50)) for given in (rows, rows[::-1]))
    assert one.figures["cases_read"] == 50
    assert one.figures["cases"] == 240
    assert one.figures == pytest.approx(other.figures)
    assert str(one.sentences[-1]) == "Estimated from a fixed random sample: 50 of 240 cases."


def test_visits_that_are_no_case_of_the_firm_are_left_out() -> None:
    rows = [*case("a", ("contact", "01T00:00")), *case("session:1", ("visit", "02T00:00"))]
    assert ask(RowsLake([*rows, LATER]), Experience()).figures["cases"] == 1


def test_shared_small_groups_are_hidden() -> None:
    rows = [*firm(rated=False), *case("rare", ("contact", "02T08:00"), ("reopened", "03T08:00"), reason="rare")]
    seen = {row["reason"] for row in ask(RowsLake(rows), Experience(by="reason"), share=True).table.to_pylist()}
    assert "rare" not in seen
    answer = ask(RowsLake(rows), Experience(), share=True)
    assert "reopened" not in {row["activity"] for row in answer.table.to_pylist()}
    assert answer.suppressed


def test_only_what_can_be_seen_can_be_asked() -> None:
    with pytest.raises(QuestionError, match="agent"):
        Experience(by="agent")


def test_a_log_without_contacts_and_ratings_is_refused() -> None:
    rows = [row for n in range(9) for row in case(f"c{n}", ("other", "01T00:00"), ("closed", "02T00:00"))]
    answer = ask(RowsLake([*rows, LATER]), Experience())
    assert [str(said) for said in answer.sentences] == ["Cannot be told: no contacts or ratings."]


def test_a_case_in_the_future_makes_no_sample() -> None:
    rows = [*case("a", ("contact", "01T00:00")), *case("b", ("contact", "01T00:00"))]
    ahead = {"case_id": "c", "person_id": "c", "kind": "contact", "occurred_at": dt.datetime(2099, 1, 1, tzinfo=dt.UTC)}
    answer = ask(RowsLake([*rows, LATER, ahead]), Experience())
    said = " ".join(map(str, answer.sentences))
    assert "sample" not in said
    assert "is left out: it has no event up to now" in said
