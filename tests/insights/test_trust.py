"""Trust: evidence of reliability from what became of promises, its parts apart, and what to mend."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import Any

import pytest

from kundig.errors import QuestionError
from kundig.insight import ask
from kundig.insights.trust import Trust
from kundig.measures.reliability_evidence import degree, gathered, reliability
from tests.rows import RowsLake

Row = dict[str, Any]
NOW = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
LAST: Row = {"kind": "other", "occurred_at": NOW}


def promise(
    name: str, due_days_ago: float, kept_after: float | None = -1.0, *, span: float = 4.0, end: str = "kept", **more: Any
) -> list[Row]:
    """A promise due so many days ago, ended so many days after that date; not ended with None."""
    due = NOW - dt.timedelta(days=due_days_ago)
    made = {"promise_id": name, "case_id": f"case {name}", "person_id": f"person {name}", "kind": "promise_made", "activity": "Call",
            "channel": "phone", "occurred_at": due - dt.timedelta(days=span), "due_at": due, **more}  # fmt: skip
    ended = [] if kept_after is None else [{"kind": f"promise_{end}", "occurred_at": due + dt.timedelta(days=kept_after)}]
    return [made, *({**made, "due_at": None, **event} for event in ended)]


def promises(prefix: str, n: int, *args: Any, **more: Any) -> list[Row]:
    return [row for i in range(n) for row in promise(f"{prefix}{i}", *args, **more)]


def figures(rows: list[Row], **asked: Any) -> Any:
    return ask(RowsLake([*rows, LAST]), Trust(**asked)).figures


def table(rows: list[Row], share: bool = False, **asked: Any) -> list[Row]:
    found: list[Row] = ask(RowsLake([*rows, LAST]), Trust(**asked), share=share).table.to_pylist()
    return found


def by(rows: list[Row], dimension: str) -> dict[Any, Row]:
    return {row["value"]: row for row in rows if row["dimension"] == dimension}


def test_golden_numbers_of_eight_kept_and_two_broken() -> None:
    """Methods after Jøsang and Ismail: .750 [.530, .921]; one half-life later .714 [.418, .937]."""
    for ago, wanted in ((0, (0.750, 0.530, 0.921, 10.0)), (180, (0.714, 0.418, 0.937, 5.0))):
        rows = [*promises("kept", 8, ago), *promises("broken", 2, ago, -1.0, end="broken")]
        found = figures(rows)
        names = ("reliability", "reliability_low", "reliability_high", "evidence")
        assert tuple(found[name] for name in names) == pytest.approx(wanted, abs=5e-4)
        assert found["reliability_n"] == 10


def test_the_sums_of_sql_are_those_of_the_measure() -> None:
    day = 86400.0
    given = [(3.0, -1.0, 4.0), (40.0, 0.5, 2.0), (90.0, 6.0, 9.0), (200.0, 1.0, 0.01), (10.0, None, 5.0)]
    rows = [row for i, (ago, after, span) in enumerate(given) for row in promise(f"p{i}", ago, after, span=span)]
    expected = reliability(
        gathered((ago, degree((ago if after is None else after) * day, span * day), 1.0) for ago, after, span in given)
    )
    found = figures(rows)
    assert (found["reliability"], found["reliability_low"], found["reliability_high"]) == pytest.approx(
        (expected.value, expected.low, expected.high)
    )


def test_what_is_not_due_withdrawn_or_undated_does_not_count() -> None:
    rows = [
        *promises("kept", 4, 5), *promises("coming", 3, -5, None, span=9.0), *promises("early", 2, -5, -6, span=9.0), *promises("gone", 2, 5, -1, end="withdrawn"),
        *promises("undated", 2, 5, -1, due_at=None),
    ]  # fmt: skip
    found = figures(rows)
    assert {name: found[name] for name in ("judged", "kept", "withdrawn", "not_due")} == {
        "judged": 4,
        "kept": 4,
        "withdrawn": 2,
        "not_due": 5,
    }


def test_an_overdue_promise_counts_less_every_day_and_waiting_is_no_reward() -> None:
    one, two, late = (figures([*promises("kept", 5, 3), *promise("open", ago, None)])["reliability"] for ago in (1, 2, 400))
    declared = figures([*promises("kept", 5, 3), *promise("open", 1, 0.5, end="broken")])["reliability"]
    assert one > two > declared
    assert late == pytest.approx((1 + 5 * 2 ** (-3 / 180)) / (2 + 5 * 2 ** (-3 / 180) + 2 ** (-400 / 180)))


def test_a_repaired_failure_stays_below_a_kept_promise_and_above_a_broken_one() -> None:
    rest = promises("kept", 5, 3)
    kept, late, broken = (
        figures([*rest, *promise("x", 20, after, end=end)])["reliability"]
        for after, end in ((-1.0, "kept"), (3.0, "kept"), (3.0, "broken"))
    )
    repaired = figures([*rest, *promise("x", 20, 1.0, end="broken"), *promise("x", 20, 3.0)[1:]])["reliability"]
    assert kept > late > broken
    assert repaired == pytest.approx(late)


def test_too_little_evidence_is_no_figure() -> None:
    answer = ask(RowsLake([*promises("kept", 2, 1), LAST]), Trust())
    assert answer.figures["reliability"] is None
    assert str(answer.sentences[0]).startswith("Not enough evidence: 2 promises count")
    old = ask(RowsLake([*promises("kept", 5, 400), LAST]), Trust())
    assert old.figures["reliability"] is None, "five promises, but so old that they weigh less than three"


def two_periods() -> list[Row]:
    return [
        *promises("a", 40, 30), *promises("b", 40, 30, None, activity="Visit"),
        *promises("c", 40, 120), *promises("d", 40, 120, activity="Visit"),
    ]  # fmt: skip


def test_the_change_between_periods_and_what_moved_it() -> None:
    answer = ask(RowsLake([*two_periods(), LAST]), Trust())
    assert answer.figures["reliability_change_points"] == pytest.approx(100 * (41 / 82 - 81 / 82), abs=0.01)
    assert float(answer.figures["reliability_change_points_high"] or 0) < -35
    said = [str(message) for message in answer.sentences]
    assert any(text.startswith("In the newest 90 days it is 48.8 points lower than in the 90 days before") for text in said)
    assert any(text == 'What moved it most: "Visit", with 50.0 of these points.' for text in said)
    calm = [str(message) for message in ask(RowsLake([*promises("a", 9, 30), *promises("c", 9, 120), LAST]), Trust()).sentences]
    assert any("as far as chance allows to tell" in text for text in calm)


def test_months_and_kinds_say_how_they_move_the_figure() -> None:
    rows = [*promises("good", 30, 20), *promises("bad", 10, 50, None, activity="Visit")]
    answer = ask(RowsLake([*rows, LAST]), Trust())
    found = answer.table.to_pylist()
    kinds, months = by(found, "promise"), by(found, "month")
    assert kinds["Visit"]["moved_points"] < 0 < kinds["Call"]["moved_points"]
    assert months["2026-08"]["moved_points"] == pytest.approx(kinds["Visit"]["moved_points"])
    assert months["2026-08"]["reliability"] == pytest.approx(1 / 12, abs=1e-6), "a month stands for itself"
    said = [str(message) for message in answer.sentences]
    assert any(text.startswith('Without the promises "Visit" the figure would be') for text in said)
    assert any(text.startswith("Without the promises due in 2026-08 the figure would be") for text in said)


def test_channels_reasons_accounts_and_persons_each_have_their_own() -> None:
    rows = [
        *promises("p", 30, 10, channel="phone", reason="bill", account_id="A", person_id="Ann"),
        *promises("e", 30, 10, None, channel="email", reason="fault", account_id="B", person_id="Bob"),
    ]  # fmt: skip
    for dimension, good, bad in (
        ("channel", "phone", "email"),
        ("reason", "bill", "fault"),
        ("account", "A", "B"),
        ("person", "Ann", "Bob"),
    ):
        found = by(table(rows, by=dimension), dimension)
        assert found[good]["reliability"] > 0.9 > 0.2 > found[bad]["reliability"]
        assert found[good]["kept"] == found[bad]["overdue"] == 30
    answer = ask(RowsLake([*rows, LAST]), Trust(by="channel"))
    assert any("Least reliable: email" in str(message) and "most reliable: phone" in str(message) for message in answer.sentences)
    assert answer.chart is not None
    assert len(answer.chart.rows) == 2


def test_the_reason_of_the_case_stands_in_where_the_promise_has_none() -> None:
    rows = promises("p", 5, 10)
    rows += [
        {"kind": "contact", "case_id": f"case p{i}", "reason": "bill", "occurred_at": NOW - dt.timedelta(days=30)}
        for i in range(5)
    ]
    assert by(table(rows, by="reason"), "reason")["bill"]["judged"] == 5


def test_persons_are_drawn_towards_what_all_customers_have_in_common() -> None:
    """30 customers for whom all 4 promises were kept, 30 for whom 2 were: the prior by hand as in the measure's own test."""
    rows = [
        row
        for n in range(60)
        for i in range(4)
        for row in promise(f"{n}-{i}", 1, -0.0001 if n % 2 or i % 2 else None, span=1e-3, person_id=f"person {n}")
    ]
    found = by(table(rows, by="person"), "person")
    assert found["person 1"]["kept"] == 4
    strength = 0.75 * 0.25 / ((1 / 16) * 60 / 59 - 30 / (60 * 3) / 4) - 1
    weight = 2 ** (-1 / 180)
    kept, half = ((0.75 * strength + n * weight) / (strength + 4 * weight) for n in (4, 2))
    assert found["person 1"]["reliability"] == pytest.approx(kept, abs=1e-6)
    assert found["person 0"]["reliability"] == pytest.approx(half, abs=1e-6)


def test_persons_and_single_promises_are_never_passed_on() -> None:
    rows = [row for n in range(12) for row in promises(f"x{n}-", 4, 10, person_id=f"person {n}")]
    answer = ask(RowsLake([*rows, LAST]), Trust(by="person", mend=True), share=True)
    assert "person 3" not in json.dumps(answer.to_json())
    assert {row["dimension"] for row in answer.table.to_pylist()} == {"all", "promise", "month"}
    said = " ".join(str(message) for message in answer.sentences)
    assert "single persons" in said
    assert "single promises" in said
    assert answer.figures["reliability"] is not None


def test_small_groups_are_not_passed_on() -> None:
    rows = [*promises("p", 20, 10), *promises("q", 20, 10, channel="chat"), *promises("e", 3, 10, channel="email")]
    assert set(by(table(rows, by="channel"), "channel")) == {"phone", "chat", "email"}
    assert "email" not in by(table(rows, share=True, by="channel"), "channel")


def test_constancy_falls_where_months_and_channels_differ() -> None:
    alike = [row for ago in (10, 40, 70, 100) for channel in ("phone", "chat") for row in [
        *promises(f"k{ago}{channel}", 30, ago, channel=channel), *promises(f"m{ago}{channel}", 10, ago, None, channel=channel)]]  # fmt: skip
    apart = [row for ago in (10, 40, 70, 100) for channel, after in (("phone", -1.0), ("chat", None)) for row in
             promises(f"{ago}{channel}", 30, ago, after, channel=channel)]  # fmt: skip
    steady, fickle = figures(alike), figures(apart)
    assert steady["constancy"] == 1.0
    assert steady["constancy_n"] == 8
    assert fickle["constancy"] < 0.1
    assert fickle["constancy_low"] <= fickle["constancy"] <= fickle["constancy_high"]
    assert figures(promises("few", 40, 10))["constancy"] is None


def contact(person: str, ago: float, reason: str | None = "bill", **more: Any) -> Row:
    return {
        "kind": "contact",
        "person_id": person,
        "reason": reason,
        "occurred_at": NOW - dt.timedelta(days=ago),
        "channel": "phone",
        **more,
    }


def test_resolution_is_that_nobody_comes_back_about_the_same_thing() -> None:
    contacts = [
        contact("Ann", 30),
        contact("Ann", 26),
        contact("Bob", 30),
        contact("Bob", 29, "fault"),
        contact("Cem", 30),
        contact("Cem", 2),
    ]
    found = figures([*promises("kept", 5, 3), *contacts])
    assert found["resolution_n"] == 5, "the newest is too young"
    assert found["resolution"] == pytest.approx(4 / 5)
    assert figures([*promises("kept", 5, 3), *contacts], days=3)["resolution"] == 1.0


def test_an_overall_figure_needs_weights() -> None:
    rows = [*promises("kept", 9, 3), contact("Ann", 30), contact("Bob", 30)]
    assert figures(rows)["overall"] is None
    found = figures(rows, weights="2; 0; 1")
    assert found["overall"] == pytest.approx((2 * found["reliability"] + found["resolution"]) / 3)
    assert found["overall_low"] < found["overall"] < found["overall_high"]
    assert figures(rows, weights="1,1,1")["overall"] is None, "constancy is not known"


@pytest.mark.parametrize(
    "wrong", [{"by": "team"}, {"weights": "1 2"}, {"weights": "a b c"}, {"weights": "0 0 0"}, {"half_life": 0.0}, {"period": 0}]
)
def test_what_cannot_be_asked_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(QuestionError):
        Trust(**wrong)


def test_the_promises_to_keep_today_come_first_that_mend_most() -> None:
    rows = [
        *promises("kept", 9, 3), *promise("half gone", 1, None), *promise("lost", 60, None), *promise("due today", -0.5, None),
        *promise("next week", -7, None, span=9.0), *promise("just late", 0.1, None, team="Field service"),
    ]  # fmt: skip
    answer = ask(RowsLake([*rows, LAST]), Trust(mend=True))
    found = answer.table.to_pylist()
    assert [row["promise_id"] for row in found] == ["due today", "just late", "half gone"]
    assert [row["worth_today_share"] for row in found] == pytest.approx([1.0, math.exp(-0.05), math.exp(-0.5)])
    assert [row["worth_tomorrow_share"] for row in found] == pytest.approx([math.exp(-0.25), math.exp(-0.55), math.exp(-1.0)])
    assert answer.figures["mendable"] == 3
    said = " ".join(str(message) for message in answer.sentences)
    assert "kundig ask trust --mend" in said


def test_the_share_kept_by_the_date_counts_those_still_running() -> None:
    rows = [*promises("kept", 6, 5, -2.0), *promises("broken", 2, 5, 1.0, end="broken"), *promises("open", 2, -3, None)]
    found = figures(rows)
    assert found["kept_by_due_share"] == pytest.approx(6 / 8), "the two still running left before any ended"
    assert found["kept_by_due_share_n"] == 10
    assert figures(promises("kept", 8, 5, -2.0))["kept_by_due_share"] == 1.0
