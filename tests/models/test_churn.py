"""Churn: nothing from the future, planted effects found and absent ones not, and wrong use refused with a reason."""

from __future__ import annotations

import datetime as dt
import pickle
import time
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from kundig import model
from kundig.errors import ModelError, QuestionError
from kundig.models.churn import Churn
from tests.rows import RowsLake

Row = dict[str, Any]
NEWEST = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
LATER = NEWEST + dt.timedelta(days=1)


def day(n: float) -> dt.datetime:
    """``n`` days before the newest event."""
    return NEWEST - dt.timedelta(days=n)


def event(person: str, before: float, kind: str, **more: Any) -> Row:
    return {
        "person_id": person,
        "case_id": f"case of {person}",
        "occurred_at": day(before),
        "kind": kind,
        "source": "desk",
        **more,
    }


def rows_of(lake: RowsLake, churn: Churn | None = None) -> list[Row]:
    """The person-landmark rows; ``n`` is the window counted back from now."""
    with lake.read("analysis") as reading:
        tables, now = model.read(reading, churn or Churn())
    days = (churn or Churn()).days
    return [{**row, "n": round((now - row["landmark"]) / dt.timedelta(days=days))} for row in tables["rows"].to_pylist()]


def one(rows: Iterable[Row], person: str, n: int) -> Row:
    found = [row for row in rows if row["person_id"] == person and row["n"] == n]
    assert len(found) == 1, f"{person} has {len(found)} rows in window {n}"
    return found[0]


FRAME = [
    event("frame", 200, "contact"), event("frame", 0, "contact"),
    event("leaver", 200, "contact"), event("leaver", 170, "contact", activity="Kündigung eingegangen"),
]  # fmt: skip
"""Makes the time long enough and leaving something that is recorded."""

ANNA = [
    event("anna", 100, "contact", reason="bill", channel="phone"),
    event("anna", 97, "contact", reason="bill", channel="email"),
    event("anna", 80, "contact", reason="moving", channel="email"),
    event("anna", 99, "handover", team="second line"),
    event("anna", 95, "promise_made", promise_id="p", due_at=day(70)),
    event("anna", 50, "promise_broken", promise_id="p"),
    event("anna", 35, "promise_kept", promise_id="p"),
    event("anna", 85, "reopened"),
    event("anna", 84, "survey_answer", score=2.0, score_scale="1-5"),
    event("anna", 83, "survey_answer", score=9.0, score_scale="0-10"),
    event("anna", 82, "contact", reason="Kündigungsfrist", channel="email"),
    event("anna", 62, "purchase"),
    event("anna", 61, "visit", activity="Kündigungsseite geöffnet"),
]


def test_counts_what_had_happened_by_each_landmark() -> None:
    rows = rows_of(RowsLake([*FRAME, *ANNA]))
    early, due, kept = (one(rows, "anna", n) for n in (3, 2, 1))
    assert early["landmark"] == day(90)
    assert (early["contacts"], early["repeats"], early["handovers"], early["reopened"]) == (2, 1, 1, 0)
    assert (early["overdue"], early["purchases"], early["asked_to_leave"]) == (0, 0, 0)
    assert early["days_since_contact"] == pytest.approx(7)
    assert early["days_known"] == pytest.approx(10)
    assert early["days_since_purchase"] is None
    assert early["compared"] == "email"
    assert (due["contacts"], due["reopened"], due["purchases"], due["low_ratings"]) == (4, 1, 1, 1)
    assert due["mean_rating"] == pytest.approx((0.25 + 0.9) / 2)
    assert (due["overdue"], due["broken"], due["late"]) == (1, 0, 0)
    assert due["asked_to_leave"] == 2  # about the period of notice, and the page on it
    assert (kept["overdue"], kept["broken"], kept["late"]) == (0, 0, 1)
    assert kept["failed_lately"] == 3
    assert kept["left_after"] == 0


def test_a_promise_is_overdue_then_broken_then_late() -> None:
    states = {row["n"]: (row["overdue"], row["broken"], row["late"]) for row in rows_of(RowsLake([*FRAME, *ANNA]), Churn(days=10))
              if row["person_id"] == "anna"}  # fmt: skip
    assert states[8] == (0, 0, 0)
    assert states[6] == (1, 0, 0)
    assert states[4] == (0, 1, 0)
    assert states[3] == (0, 0, 1)


def test_a_promise_withdrawn_in_time_is_not_overdue() -> None:
    made = event("anna", 95, "promise_made", promise_id="p", due_at=day(70))
    rows = rows_of(RowsLake([*FRAME, made, event("anna", 80, "promise_withdrawn", promise_id="p")]))
    assert one(rows, "anna", 1)["overdue"] == 0


@pytest.mark.parametrize("landmark", [3, 2])
def test_nothing_that_comes_later_changes_a_landmark(landmark: int) -> None:
    """The surest test of a leak: take away all that came later, and the features stay as they are."""
    before = [row for row in [*FRAME, *ANNA] if row["occurred_at"] <= day(30 * landmark) or row["person_id"] != "anna"]
    whole, cut = (one(rows_of(RowsLake(rows)), "anna", landmark) for rows in ([*FRAME, *ANNA], before))
    assert len(before) < len([*FRAME, *ANNA])
    assert whole == cut


def leaving(activity: str, kind: str = "contact", **more: Any) -> list[int]:
    """In which windows a person is at risk who did ``activity`` 75 days before the newest event."""
    rows = [*FRAME, event("anna", 190, "contact"), event("anna", 75, kind, activity=activity, **more)]
    return [row["n"] for row in rows_of(RowsLake(rows)) if row["person_id"] == "anna"]


def test_who_has_left_is_no_longer_at_risk() -> None:
    assert leaving("Kündigung eingegangen") == [3, 4] == leaving("Contract cancelled", "other")
    assert leaving("Vertrag erledigt", "closed", source="contracts") == [3, 4]


@pytest.mark.parametrize(
    ("activity", "kind"),
    [("Kündigung zurückgezogen", "contact"), ("Kündigungsseite geöffnet", "visit"), ("Kündigungsfrist erfragt", "contact"),
     ("Order cancellation", "contact"), ("Geschlossen", "closed"), ("Kündigung", "visit")],
)  # fmt: skip
def test_what_only_sounds_like_leaving_is_not(activity: str, kind: str) -> None:
    assert leaving(activity, kind) == [1, 2, 3, 4]


def test_the_window_in_which_somebody_leaves_is_marked() -> None:
    rows = rows_of(RowsLake([*FRAME, event("anna", 190, "contact"), event("anna", 75, "contact", activity="Kündigung")]))
    assert {row["n"]: row["left_after"] for row in rows if row["person_id"] == "anna"} == {4: 0, 3: 1}


def test_visitors_and_strangers_cannot_leave() -> None:
    visitor, stranger = event("visitor", 150, "visit"), event("stranger", 150, "contact", source="mailbox")
    known = {row["person_id"] for row in rows_of(RowsLake([*FRAME, visitor, stranger]))}
    assert known == {"frame"}


def test_where_leaving_is_not_recorded_silence_counts() -> None:
    rows = [event("steady", before, "purchase") for before in range(0, 400, 20)]
    rows += [event("silent", before, "contact") for before in range(200, 400, 20)]
    found = {(row["person_id"], row["n"]): row["left_after"] for row in rows_of(RowsLake(rows), Churn(days=90, silence=90))}
    assert found == {
        ("steady", 1): 0, ("steady", 2): 0, ("steady", 3): 0, ("silent", 2): 1, ("silent", 3): 0,
    }  # fmt: skip
    assert len(rows_of(RowsLake([*FRAME, *rows]), Churn(leaving="", days=90))) > len(found)


def customers(n: int = 450, windows: int = 9, per_broken: float = 1.2, seed: int = 5) -> pa.Table:
    """Rows as the SQL brings them: each promise broken raises the log odds of leaving by ``per_broken``."""
    dice = np.random.default_rng(seed)
    made: list[Row] = []
    for person in range(n):
        broken, contacts = 0, 0
        for window in range(windows):
            broken, contacts = broken + int(dice.random() < 0.08), contacts + int(dice.poisson(0.6))
            odds = -3.6 + per_broken * broken
            left = int(dice.random() < 1 / (1 + np.exp(-odds)))
            begin = day(30 * (windows - window))
            made.append({
                "person_id": f"{person:05d}", "landmark": begin, "window_end": begin + dt.timedelta(days=30),
                "compared": ("phone", "email", None)[person % 3], "left_after": left, "broken": broken, "overdue": 0, "late": 0,
                "failed_lately": 0, "contacts": contacts, "contacts_lately": min(contacts, 3), "purchases": int(dice.poisson(0.3)),
                "days_known": float(dice.uniform(0, 900)),
            })  # fmt: skip
            if left:
                break
    return pa.Table.from_pylist(made)


@pytest.fixture(scope="module")
def planted() -> pa.Table:
    return customers()


@pytest.fixture(scope="module")
def learned(planted: pa.Table) -> Any:
    return Churn().learn({"rows": planted}, NEWEST)


def test_a_planted_effect_is_found_and_explained(planted: pa.Table, learned: Any) -> None:
    first = learned.drivers[0]
    assert first.name == "promises not kept in time"
    assert first.left / first.rows > 1.5 * first.other_left / first.other_rows
    assert first.factor > 2
    assert "overdue" in first.action
    assert "failed_lately" in learned.constant
    assert learned.foresight.family == "additive"
    rows = pa.Table.from_pylist([{**planted.to_pylist()[0], "person_id": name, "broken": n} for name, n in (("a", 3), ("b", 0))])
    told = Churn().predict(learned, rows).to_pylist()
    assert told[0]["score"] > 4 * told[1]["score"]
    assert (told[0]["band"], told[1]["band"]) == ("high", "usual")
    assert Churn.word(told[0]["reasons"][0]).say("en") == "3 promises not kept in time"


def test_the_value_of_service_data_is_a_figure(planted: pa.Table) -> None:
    told = Churn().evaluate({"rows": planted}, NEWEST)
    figures: Mapping[str, Any] = told.figures
    assert figures["auc"] > 0.65 > figures["auc_without_service"]
    assert 0 < figures["service_gain_low"] < figures["service_gain"] < figures["service_gain_high"]
    assert figures["lift_at_10"] > 1.5
    assert (figures["windows"], figures["windows_judged"]) == (9, 3)
    assert figures["calibration_error"] < 0.03
    assert any("service data add" in message.say("en") for message in told.sentences)
    assert told.table is not None and told.table["rows"].to_pylist() == sorted(told.table["rows"].to_pylist(), reverse=True)
    assert sum(told.table["rows"].to_pylist()) == figures["auc_n"]


def test_where_service_has_no_effect_none_is_claimed() -> None:
    told = Churn().evaluate({"rows": customers(per_broken=0.0)}, NEWEST)
    figures: Mapping[str, Any] = told.figures
    assert figures["service_gain_low"] <= 0
    assert any("not proven" in message.say("en") for message in told.sentences)


def test_a_step_and_an_interaction_call_for_trees() -> None:
    dice = np.random.default_rng(3)
    x = dice.uniform(0, 6, (2_000, 3))
    odds = np.where((x[:, 0] > 3) != (x[:, 1] > 3), 1.5, -3.5)
    left = (dice.random(2_000) < 1 / (1 + np.exp(-odds))).astype(int)
    table = pa.table({"person_id": [str(n) for n in range(2_000)], "left_after": left, **{f"c{n}": x[:, n] for n in range(3)}})
    learned = Churn().learn({"rows": table}, NEWEST)
    assert learned.foresight.family == "boosted"
    scored = Churn().predict(learned, table)
    assert np.mean(scored["score"].to_numpy()) == pytest.approx(left.mean(), abs=0.02)
    reasons = {code.partition("=")[0] for codes in scored["reasons"].to_pylist() for code in codes}
    assert {"c0", "c1"} <= reasons
    assert Churn.word("c0=4.25").say("en") == "c0: 4.2"
    assert seconds_each(learned, table) < 0.005


def test_scores_do_not_depend_on_who_is_scored_with_them_and_are_quick(planted: pa.Table, learned: Any) -> None:
    whole = Churn().predict(learned, planted)
    alone = [Churn().predict(learned, planted.slice(n, 1)) for n in range(20)]
    assert [row["score"][0].as_py() for row in alone] == pytest.approx(whole["score"].to_pylist()[:20])
    assert [row["reasons"][0].as_py() for row in alone] == whole["reasons"].to_pylist()[:20]
    assert seconds_each(learned, planted) < 0.005


def test_what_was_learned_can_be_kept_and_is_the_same_again(planted: pa.Table, learned: Any) -> None:
    again = Churn().learn({"rows": planted}, NEWEST)
    kept = pickle.loads(pickle.dumps(learned))
    scores = [Churn().predict(one, planted)["score"] for one in (learned, again, kept)]
    assert scores[0] == scores[1] == scores[2]


def seconds_each(learned: Any, rows: pa.Table) -> float:
    """The time one person's score takes, the best of several runs: others use the machine, too."""
    took = []
    for _ in range(5):
        began = time.process_time()
        for n in range(10):
            Churn().predict(learned, rows.slice(n, 1))
        took.append((time.process_time() - began) / 10)
    return min(took)


def with_column(table: pa.Table, name: str, values: Any) -> pa.Table:
    return table.append_column(name, pa.array(values, from_pandas=True))


def test_a_column_that_knows_the_outcome_is_refused(planted: pa.Table) -> None:
    left = planted["left_after"].to_numpy().astype(float)
    some = np.arange(len(left)) % 2 == 0
    leaks = {
        "final_bill": (left + np.linspace(0, 0.1, len(left)), "knows the outcome"),
        "stated_reason": (np.where(left > 0, np.arange(len(left)) % 4, np.nan), "knows the outcome"),
        "refund": (np.where((left > 0) & some, 10.0, 0.0), "only after the event"),
    }
    for name, (values, why) in leaks.items():
        with pytest.raises(ModelError, match=why) as refused:
            Churn().learn({"rows": with_column(planted, name, values)}, NEWEST)
        assert refused.value.values["name"] == name and refused.value.hint


def test_a_strong_but_honest_column_is_not_refused(planted: pa.Table) -> None:
    dice = np.random.default_rng(1)
    left = planted["left_after"].to_numpy()
    learned = Churn().learn({"rows": with_column(planted, "hint", left + dice.normal(0, 0.5, len(left)))}, NEWEST)
    assert learned.leavers == left.sum()


def test_wrong_use_is_refused_with_a_reason(planted: pa.Table) -> None:
    def learn(table: pa.Table, now: dt.datetime = NEWEST) -> None:
        Churn().learn({"rows": table}, now)

    def replaced(**columns: Any) -> pa.Table:
        keys = planted.select(["person_id", "landmark", "window_end", "left_after"])
        for name, value in columns.items():
            at = keys.column_names.index(name) if name in keys.column_names else keys.num_columns
            made = pa.array([value] * keys.num_rows)
            keys = keys.set_column(at, name, made) if at < keys.num_columns else keys.append_column(name, made)
        return keys

    with pytest.raises(ModelError, match="same outcome"):
        learn(replaced(left_after=0, broken=1))
    with pytest.raises(ModelError, match="too few to learn"):
        learn(planted.slice(0, 150))
    with pytest.raises(ModelError, match="same value"):
        learn(replaced(broken=1, contacts=2))
    with pytest.raises(ModelError, match="only known after"):
        learn(planted, NEWEST - dt.timedelta(days=20))
    with pytest.raises(ModelError, match="windows are too few"):
        only = [end.as_py() > NEWEST - dt.timedelta(days=31) for end in planted["window_end"]]
        Churn().evaluate({"rows": pa.concat_tables([planted.filter(pa.array(only))] * 3)}, NEWEST)
    with pytest.raises(QuestionError, match="compared by agent"):
        Churn(compare="agent")
    with pytest.raises(QuestionError, match="at least 1"):
        Churn(days=0)


def test_too_few_later_leavers_are_not_judged(planted: pa.Table) -> None:
    late = [row["landmark"] >= day(90) for row in planted.to_pylist()]
    kept = [not (is_late and left) for is_late, left in zip(late, planted["left_after"].to_pylist(), strict=True)]
    with pytest.raises(ModelError, match="too few in the later windows"):
        Churn().evaluate({"rows": planted.filter(pa.array(kept))}, NEWEST)


def test_learned_from_a_lake_and_applied_to_it() -> None:
    dice = np.random.default_rng(8)
    rows: list[Row] = []
    for n in range(400):
        unlucky = n % 2 == 0
        gone = float(dice.uniform(0, 300)) if dice.random() < (0.5 if unlucky else 0.15) else -1.0
        rows += [event(f"person {n}", before + n / 400, "contact") for before in (400, 310, 220, 130, 40) if before > gone]
        if unlucky:
            promised = {"promise_id": f"p{n}", "due_at": day(360)}
            rows.append(event(f"person {n}", 380, "promise_made", **promised))
        if gone >= 0:
            rows.append(event(f"person {n}", gone, "contact", activity="Kündigung"))
    lake: Any = RowsLake(rows)
    lake.clock = lambda: LATER
    fitted = model.fit(lake, Churn())
    assert fitted.card.figures["auc_low"] > 0.5
    scored = model.predict(lake, fitted)
    assert scored.num_rows == 400 - sum("Kündigung" in str(row.get("activity")) for row in rows)
    assert model.predict(lake, fitted, ["person 1"]).num_rows <= 1
    assert fitted.learned.drivers[0].name == "promises not kept in time"
