"""Promises: what became of each, told exactly, and only as surely as the evidence allows."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import pytest

from kundig.errors import QuestionError
from kundig.insight import ask
from kundig.insights.promises import Promises
from tests.rows import RowsLake

SHARED = Path(os.environ.get("KUNDIG_SHARED", Path(__file__).parents[3] / "shared"))
OLIST = SHARED / "data" / "olist_sample"


def promise(name: str, day: str, due: str | None, *after: tuple[str, str], **more: Any) -> list[dict[str, Any]]:
    made = {"promise_id": name, "case_id": f"case {name}", "kind": "promise_made", "occurred_at": f"{day}T08:00:00", "due_at": due,
            "activity": "Call back", "channel": "phone", "person_id": f"person {name}"}  # fmt: skip
    rows = [{**made, **more}]
    for kind, time in after:
        rows.append({**made, **more, "kind": f"promise_{kind}", "occurred_at": time, "due_at": None, "activity": kind})
    return rows


ROWS = [
    *promise("a", "2026-01-05", "2026-01-06T18:00:00", ("kept", "2026-01-06T18:00:00")),
    *promise("b", "2026-01-05", "2026-01-06T18:00:00", ("kept", "2026-01-06T20:00:00")),
    *promise("c", "2026-01-05", "2026-01-06T18:00:00", ("broken", "2026-01-07T10:00:00"), ("kept", "2026-01-07T18:00:00")),
    *promise("d", "2026-02-05", "2026-02-06T18:00:00", ("broken", "2026-02-06T10:00:00"), activity="Send part", channel="email"),
    *promise("e", "2026-02-05", "2026-02-06T18:00:00", ("withdrawn", "2026-02-06T10:00:00")),
    *promise("f", "2026-02-05", "2026-02-06T18:00:00"),
    *promise("g", "2026-02-05", "2027-01-01T00:00:00"),
    *promise("h", "2026-02-05", None, ("kept", "2026-02-07T10:00:00")),
    {"kind": "other", "occurred_at": "2026-02-08T18:00:00"},
]


def test_each_promise_is_in_one_state():
    answer = ask(RowsLake(ROWS), Promises())
    figures = answer.figures
    states = {name: figures[name] for name in ("kept", "late", "broken", "withdrawn", "overdue", "open", "undated")}
    assert states == {"kept": 1, "late": 2, "broken": 1, "withdrawn": 1, "overdue": 1, "open": 1, "undated": 1}
    assert figures["made"] == answer.n == 8
    assert figures["kept_share"] == pytest.approx(1 / 5)
    assert figures["kept_share_low"] == pytest.approx(0.0362, abs=1e-4)  # Wilson 1 of 5
    assert figures["late_share"] == pytest.approx(2 / 3)
    assert figures["median_delay_s"] == (2 + 24) / 2 * 3600
    assert figures["median_overdue_s"] == 2 * 86400
    assert figures["score_late"] is None


def test_a_date_put_off_does_not_make_a_late_promise_good():
    rows = promise("a", "2026-01-05", "2026-01-06T18:00:00", ("kept", "2026-01-09T10:00:00"))
    rows.insert(1, {**rows[0], "occurred_at": "2026-01-06T17:00:00", "due_at": "2026-01-10T18:00:00"})
    assert ask(RowsLake(rows), Promises()).figures["late"] == 1


def test_the_table_tells_kind_channel_and_month_and_each_adds_up():
    rows = ask(RowsLake(ROWS), Promises()).table.to_pylist()
    seen = {(row["dimension"], row["value"]): row for row in rows}
    assert seen["promise", "Send part"]["broken"] == 1
    assert seen["channel", "phone"]["made"] == 7
    assert seen["month", "2026-01"]["late"] == 2
    assert seen["month", "2026-01"]["kept_share"] == pytest.approx(1 / 3)
    assert seen["month", "2026-01"]["median_delay_s"] == 13 * 3600
    for dimension in ("all", "promise", "channel", "month"):
        assert sum(row["made"] for row in rows if row["dimension"] == dimension) == 8


def test_waiting_promises_lengthen_the_median_time_to_fulfilment():
    done = [
        row for n in range(4) for row in promise(f"d{n}", "2026-01-05", "2026-01-06T18:00:00", ("kept", f"2026-01-05T1{n}:00:00"))
    ]
    waiting = [row for n in range(4) for row in promise(f"w{n}", "2026-01-05", "2026-01-06T18:00:00")]
    later = [{"kind": "other", "occurred_at": "2026-02-08T18:00:00"}]
    assert ask(RowsLake(done + later), Promises()).figures["median_fulfilment_s"] == 3 * 3600  # 2, 3, 4, 5 hours
    figures = ask(RowsLake(done + waiting + later), Promises()).figures
    assert figures["median_fulfilment_s"] == 5 * 3600
    assert figures["median_fulfilment_s_high"] is None


def test_the_sentences_name_what_to_do_first_and_the_kind_kept_least():
    good = [
        row for n in range(60) for row in promise(f"g{n}", "2026-01-05", "2026-01-06T18:00:00", ("kept", "2026-01-06T10:00:00"))
    ]
    bad = [
        row
        for n in range(40)
        for row in promise(f"b{n}", "2026-01-05", "2026-01-06T18:00:00", ("kept", "2026-01-08T18:00:00"), activity="Technician")
    ]
    answer = ask(RowsLake([*good, *bad, *_rated(good, 5.0), *_rated(bad, 2.0), *ROWS]), Promises())
    said = [str(message) for message in answer.sentences]
    assert (
        said[0] == "58.1% of the promises were kept in time (61 of 105 that can be judged; with 95% confidence 48.5% to 67.1%)."
    )
    assert said[1] == "1 promise is overdue and still not fulfilled, by 2 days: speak to this customer first."
    assert any("give 2.00 on average, the others 5.00 (40 and 60 ratings)" in text for text in said)
    assert 'Kept least often: "Technician", 0.0% of 40.' in said
    assert answer.chart is not None
    assert {row["month"] for row in answer.chart.rows} == {"2026-01", "2026-02"}


def test_shared_months_kinds_and_channels_hide_few_customers():
    rows = [
        row
        for n in range(30)
        for row in promise(f"p{n}", f"2026-0{1 + n % 2}-05", "2026-07-06T18:00:00", activity="Call back" if n else "Gift")
    ]
    answer = ask(RowsLake(rows), Promises(), share=True)
    assert {(row["dimension"], row["value"]) for row in answer.table.to_pylist()} == {
        ("all", None), ("channel", "phone"), ("month", "2026-01"), ("month", "2026-02"),
    }  # fmt: skip
    assert answer.suppressed == 2


def test_without_promises_it_cannot_be_told():
    answer = ask(RowsLake([{"occurred_at": "2026-01-01T00:00:00"}]), Promises())
    assert answer.untold == "promise_id"
    assert str(answer.sentences[0]) == "Cannot be told: no promises."


def test_olist_late_share_and_ratings():
    """3,885 ratings of delivered orders: 8.31 % late, mean 2.427 late and 4.294 on time (shared data, INDEX.md)."""
    if not OLIST.exists():
        pytest.skip(f"{OLIST} is not there; set KUNDIG_SHARED")
    figures = ask(RowsLake(_olist()), Promises()).figures
    assert figures["made"] == 4000
    assert figures["scored_fulfilled_n"] == 3885
    assert figures["scored_late_share"] == pytest.approx(0.0831, abs=5e-5)
    assert figures["score_late"] == pytest.approx(2.427, abs=5e-4)
    assert figures["score_on_time"] == pytest.approx(4.294, abs=5e-4)


def _rated(rows: list[dict[str, Any]], score: float) -> list[dict[str, Any]]:
    made = [row for row in rows if row["kind"] == "promise_made"]
    return [
        {"case_id": row["case_id"], "kind": "survey_answer", "score": score, "occurred_at": "2026-01-20T10:00:00"} for row in made
    ]


def _olist() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for order in _csv("olist_orders_dataset.csv"):
        name = {"case_id": order["order_id"], "promise_id": order["order_id"], "person_id": order["customer_id"]}
        rows.append(
            {
                **name,
                "kind": "promise_made",
                "occurred_at": order["order_purchase_timestamp"],
                "due_at": order["order_estimated_delivery_date"],
            }
        )
        if order["order_delivered_customer_date"]:
            rows.append({**name, "kind": "promise_kept", "occurred_at": order["order_delivered_customer_date"]})
    for review in _csv("olist_order_reviews_dataset.csv"):
        rows.append({"case_id": review["order_id"], "kind": "survey_answer", "score": float(review["review_score"]),
                     "score_scale": "1-5", "occurred_at": review["review_creation_date"]})  # fmt: skip
    return rows


def _csv(name: str) -> list[dict[str, str]]:
    with next(OLIST.rglob(name)).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_overdue_are_listed_to_be_worked_off_the_longest_due_first():
    rows = [
        *promise("late one", "2026-02-05", "2026-02-07T18:00:00", team="Field service"),
        *promise("older one", "2026-02-01", "2026-02-02T18:00:00"),
        *promise("kept one", "2026-02-01", "2026-02-02T18:00:00", ("kept", "2026-02-02T10:00:00")),
        *promise("undated one", "2026-02-01", None),
        *promise("coming one", "2026-02-05", "2027-01-01T00:00:00"),
        {"kind": "other", "occurred_at": "2026-02-08T18:00:00"},
    ]
    answer = ask(RowsLake(rows), Promises(list="overdue"))
    listed = answer.table.select(["case_id", "promise", "days_past_due", "team", "promise_id"]).to_pylist()
    assert [tuple(row.values()) for row in listed] == [
        ("case older one", "Call back", 6.0, None, "older one"),
        ("case late one", "Call back", 1.0, "Field service", "late one"),
    ]
    assert answer.figures == ask(RowsLake(rows), Promises()).figures
    assert "kundig ask promises --list overdue" in " ".join(str(said) for said in answer.sentences)
    coming = ask(RowsLake(rows), Promises(list="open")).table.to_pylist()
    assert [(row["promise_id"], row["days_past_due"]) for row in coming] == [("coming one", None), ("undated one", None)]


def test_a_list_of_single_promises_is_not_passed_on():
    rows = [row for n in range(8) for row in promise(f"p{n}", "2026-02-05", "2026-02-07T18:00:00")]
    rows.append({"kind": "other", "occurred_at": "2026-02-08T18:00:00"})
    answer = ask(RowsLake(rows), Promises(list="overdue"), share=True)
    assert "promise_id" not in answer.table.column_names
    assert "not for passing on" in str(answer.sentences[-1])


def test_only_what_can_become_of_a_promise_can_be_listed():
    with pytest.raises(QuestionError, match="forgotten"):
        Promises(list="forgotten")


def test_of_two_scales_used_as_often_the_first_by_name_counts():
    rows = promise("a", "2026-01-05", "2026-01-06T18:00:00", ("kept", "2026-01-06T10:00:00"))
    for scale in ("1-5", "0-10"):
        rows.append({**rows[0], "kind": "survey_answer", "promise_id": None, "due_at": None, "occurred_at": "2026-01-08T08:00:00",
                     "score": len(scale), "score_scale": scale})  # fmt: skip
    assert ask(RowsLake(rows), Promises()).figures["score_on_time"] == len("0-10")
