"""Contact reasons: few make most contacts, each lies in one field, and what is saved follows from visible assumptions."""

from __future__ import annotations

from typing import Any

import pytest

from kundig.insight import ask
from kundig.insights.contact_reasons import ContactReasons
from tests.rows import RowsLake


def cases(reason: str | None, n: int, contacts: int = 1, **more: Any) -> list[dict[str, Any]]:
    """n cases with so many contacts each, one a day, from 1 January on."""
    return [
        {"case_id": f"{reason} {contacts} {i}", "person_id": f"{reason} {i}", "reason": reason, "kind": "contact",
         "occurred_at": f"2026-01-{1 + day:02d}T10:00:00", **more}
        for i in range(n) for day in range(contacts)
    ]  # fmt: skip


END = [{"kind": "contact", "occurred_at": "2026-03-02T21:00:00", "reason": "bill", "duration_s": 60.0}]  # 60.875 days: 2 months
ROWS = [*cases("bill", 60, 2), *cases("move", 50), *cases("tariff", 20), *cases("other", 9), *END]


def table(answer: Any) -> dict[Any, dict[str, Any]]:
    return {row["reason"]: row for row in answer.table.to_pylist()}


def test_volume_repeats_and_the_few_reasons_that_make_most():
    answer = ask(RowsLake([*ROWS[:-1], {**END[0], "occurred_at": "2026-03-02T21:00:00"}]), ContactReasons())
    rows = table(answer)
    assert list(rows) == ["bill", "move", "tariff", "other"]
    assert (rows["bill"]["contacts"], rows["bill"]["cases"], rows["bill"]["repeats"]) == (121, 60, 60)
    assert rows["bill"]["contacts_per_case"] == 2
    assert rows["bill"]["repeat_share"] == 1.0
    assert rows["bill"]["repeat_share_low"] == pytest.approx(0.9398, abs=1e-4)  # Wilson 60 of 60
    assert rows["move"]["repeat_share"] == 0
    assert rows["move"]["cumulative_share"] == pytest.approx(171 / 200)
    assert answer.figures["contacts"] == answer.n == 200
    assert (answer.figures["focus_reasons"], answer.figures["focus_share"]) == (2, pytest.approx(0.855))
    assert [row["in_focus"] for row in rows.values()] == [True, True, False, False]
    assert ask(RowsLake(ROWS), ContactReasons(focus=0.9)).figures["focus_reasons"] == 3
    assert answer.figures["repeat_share"] == pytest.approx(60 / 139)
    assert str(answer.sentences[0]) == "2 of 4 reasons make 85.5% of the contacts: look at these first."


def test_savings_count_repeats_only_until_values_are_named():
    lake = RowsLake(ROWS)
    proposed = ask(lake, ContactReasons())
    months = (60 * 86400 + 11 * 3600) / (30.4375 * 86400)
    bill = table(proposed)["bill"]
    assert bill["saved_contacts_month"] == pytest.approx(0.5 * 60 / months)
    assert bill["saved_hours_month"] == pytest.approx(bill["saved_contacts_month"] * 60 / 3600)  # a minute each, as recorded
    assert any("proposal from the data" in str(message) for message in proposed.sentences)
    named = ask(lake, ContactReasons(valued_by_customer="Move, tariff", valued_by_firm="tariff,gone", achievable=1.0))
    rows = table(named)
    assert {reason: row["quadrant"] for reason, row in rows.items()} == {
        "bill": "eliminate", "move": "automate", "tariff": "leverage", "other": "eliminate",
    }  # fmt: skip
    assert rows["bill"]["saved_contacts_month"] == pytest.approx(121 / months)
    assert rows["move"]["saved_hours_month"] == pytest.approx(50 / months * 8 / 60)  # 8 minutes each, as assumed
    assert rows["tariff"]["saved_contacts_month"] == 0
    assert named.figures["savable_contacts_per_month"] == pytest.approx((121 + 50 + 9) / months)
    said = [str(message) for message in named.sentences]
    assert said[1].startswith('Remove first: "bill". It is valued by nobody; without it 61 contacts')
    assert "Not found among the reasons: gone." in said
    only_firm = ask(lake, ContactReasons(valued_by_firm="tariff"))
    assert table(only_firm)["tariff"]["quadrant"] == "simplify"


def test_the_proposal_follows_from_the_signs_in_the_data():
    rows = [
        *cases("bill", 20, 3),
        *({**row, "kind": "handover", "occurred_at": f"2026-01-0{4 + at}T12:00:00", "team": team}
          for row in cases("bill", 20, 1) for at, team in enumerate(("one", "two"))),
        *cases("tariff", 30),
        *({**row, "kind": "purchase", "occurred_at": "2026-01-09T10:00:00"} for row in cases("tariff", 30)),
        *cases("move", 30),
        {"case_id": "move 1 0", "kind": "promise_broken", "occurred_at": "2026-02-09T10:00:00"},
        {"case_id": "move 1 1", "kind": "survey_answer", "score": 1.0, "occurred_at": "2026-02-09T10:00:00"},
        {"case_id": "tariff 1 1", "kind": "survey_answer", "score": 5.0, "occurred_at": "2026-02-09T10:00:00"},
    ]  # fmt: skip
    for row in rows:
        row["case_id"] = row["case_id"].replace("bill 1", "bill 3")
    found = table(ask(RowsLake(rows), ContactReasons()))
    assert found["bill"]["quadrant"] == "eliminate"  # repeated and handed on
    assert found["tariff"]["quadrant"] == "leverage"  # no annoyance, purchases
    assert found["move"]["quadrant"] == "eliminate"  # a broken promise and a bad rating
    assert found["bill"]["handovers_per_case"] == 1


def test_contacts_without_reason_or_case_are_counted_apart():
    rows = [*cases(None, 5), *cases("bill", 4), {"kind": "contact", "reason": "bill", "occurred_at": "2026-01-01T10:00:00"},
            {"kind": "contact", "occurred_at": "2026-01-01T10:00:00"}]  # fmt: skip
    answer = ask(RowsLake(rows), ContactReasons())
    assert answer.figures["contacts"] == 11
    assert answer.figures["reasons"] == 1
    assert table(answer)[None]["quadrant"] is None
    assert "54.5% of the contacts name no reason." in [str(message) for message in answer.sentences]
    assert answer.figures["contacts_per_month"] == 11  # a span below a month is not stretched


def test_shared_rare_reasons_are_hidden_and_nothing_summed_gives_them_back():
    rows = [*cases("bill", 60), *cases("move", 20), *cases("divorce", 2)]
    answer = ask(RowsLake(rows), ContactReasons(), share=True)
    assert list(table(answer)) == ["bill"]
    assert answer.suppressed == 2
    assert answer.figures["contacts"] == 82  # the total of all, not of the rows shown
    nothing = ask(RowsLake(cases("bill", 60) + cases("rare", 2)), ContactReasons(), share=True)
    assert str(nothing.sentences[0]) == "Withheld: each reason has too few customers to be shown."


def test_without_reasons_it_cannot_be_told():
    assert ask(RowsLake(cases(None, 3)), ContactReasons()).untold == "reason"


@pytest.mark.parametrize("scales", [("1-5", "0-10"), ("0-10", "1-5")])
def test_of_two_scales_used_as_often_the_first_by_name_counts(scales: tuple[str, str]):
    rows = cases("bill", 2)
    for row, scale, score in zip(rows, scales, (4.0, 9.0), strict=True):
        row |= {"score": score, "score_scale": scale}
    expected = next(row["score"] for row in rows if row["score_scale"] == "0-10")
    assert table(ask(RowsLake(rows), ContactReasons()))["bill"]["score"] == expected


def test_shared_savings_are_those_of_the_rows_shown():
    rows = [*cases("bill", 60, 2), *cases("move", 20, 2), *cases("divorce", 2, 25), *END]
    answer = ask(RowsLake(rows), ContactReasons(), share=True)
    shown = answer.table.to_pylist()
    assert [row["reason"] for row in shown] == ["bill"]
    for figure, column in (
        ("savable_contacts_per_month", "saved_contacts_month"),
        ("savable_hours_per_month", "saved_hours_month"),
    ):
        assert answer.figures[figure] == pytest.approx(sum(row[column] for row in shown))
    assert answer.chart is not None
    assert [row["reason"] for row in answer.chart.rows] == ["bill"]
    assert not [said for said in answer.sentences if "divorce" in str(said) or "move" in str(said)]
