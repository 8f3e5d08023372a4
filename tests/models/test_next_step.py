"""The next step: it remembers how a case came to where it is, knows how sure it is, and says why."""

from __future__ import annotations

import dataclasses
import datetime as dt
import pickle

import numpy as np
import pyarrow as pa
import pytest

from kundig import model
from kundig.errors import ModelError
from kundig.models import _second, _trie, _waits
from kundig.models._prefixes import features, known_values, seen_from
from kundig.models.next_step import END, NextStep, labelled
from tests.models.journeys import START, Firm, firm
from tests.rows import RowsLake

ALONE = NextStep(second_opinion=False)


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    with RowsLake(firm()).read("analysis") as reading:
        return model.read(reading, ALONE)[0]


@pytest.fixture(scope="module")
def now(tables: dict[str, pa.Table]) -> dt.datetime:
    return max(tables["journeys"]["occurred_at"].to_pylist())


def test_the_journeys_know_only_the_past(tables: dict[str, pa.Table]) -> None:
    rows = {row["position"]: row for row in tables["journeys"].to_pylist() if row["case_id"] == "c0000"}
    assert [rows[n]["activity"] for n in (1, 2, 4)] == [rows[2]["before_1"], "checked", "closed"]
    assert rows[3]["before_2"] == rows[1]["activity"]
    assert rows[1]["before_1"] is None
    assert rows[2]["elapsed_s"] == pytest.approx(rows[1]["wait_s"])
    assert (rows[4]["next_activity"], rows[4]["is_over"]) == (None, True)
    assert rows[1]["remaining_s"] == pytest.approx(sum(rows[n]["wait_s"] for n in (1, 2, 3)))


def test_what_was_known_at_a_time_leaves_out_all_that_came_later(tables: dict[str, pa.Table]) -> None:
    time = (START + dt.timedelta(days=50)).timestamp()
    past = seen_from(tables["journeys"], time).to_pylist()
    assert max(row["occurred_at"] for row in past).timestamp() <= time
    waiting = [row for row in past if row["next_activity"] is None and not row["is_over"]]
    assert waiting
    assert all(row["occurred_at"].timestamp() + row["wait_s"] == pytest.approx(time) for row in waiting)
    assert all(row["occurred_at"].timestamp() + row["remaining_s"] <= time for row in past if row["is_over"])


def test_it_remembers_how_the_case_began(tables: dict[str, pa.Table], now: dt.datetime) -> None:
    figures = ALONE.evaluate(tables, now).figures
    assert figures["usual_accuracy_share"] < 0.9
    assert figures["accuracy_share"] > figures["usual_accuracy_share"] + 0.05
    assert figures["accuracy_share_low"] < figures["accuracy_share"] < figures["accuracy_share_high"]
    assert figures["most_frequent_accuracy_share"] < 0.5
    assert figures["wait_error_s"] <= figures["same_wait_error_s"]


def test_running_cases_are_told_what_comes_next_and_why() -> None:
    lake = Firm(firm())
    told = model.predict(lake, model.fit(lake, ALONE, judge=False)).to_pylist()
    assert told
    checked = [row for row in told if row["activity"] == "checked"]
    for row in checked:
        assert row["next_activity"] == ("paid" if "bill" in row["path"] else "repaired")
        assert row["path"].endswith("> checked")
        assert row["path_n"] > 100
        assert row["path_share"] == pytest.approx(0.9, abs=0.06)
        assert row["probability"] + row["then_probability"] == pytest.approx(1, abs=0.1)
    one = model.predict(lake, model.fit(lake, ALONE, judge=False), [told[0]["case_id"]]).to_pylist()
    assert one == told[:1]


def test_a_case_silent_for_longer_than_nine_in_ten_is_stuck(tables: dict[str, pa.Table], now: dt.datetime) -> None:
    learned = ALONE.learn(tables, now)
    row = tables["journeys"].filter(pa.array([r["activity"] == "checked" for r in tables["journeys"].to_pylist()])).slice(0, 1)
    waits = [0.0, 3 * 86400.0, 30 * 86400.0]
    asked = pa.concat_tables([row] * 3).set_column(row.column_names.index("wait_s"), "wait_s", pa.array(waits))
    stuck = ALONE.predict(learned, asked)["stuck"].to_pylist()
    assert stuck[0] == pytest.approx(0.1, abs=0.05)
    assert stuck[0] < stuck[1] < stuck[2] == pytest.approx(1.0, abs=1e-3)


def test_a_closed_case_ends(tables: dict[str, pa.Table], now: dt.datetime) -> None:
    learned = ALONE.learn(tables, now)
    closed = tables["journeys"].filter(pa.array([r["activity"] == "closed" for r in tables["journeys"].to_pylist()])).slice(0, 1)
    row = ALONE.predict(learned, closed).to_pylist()[0]
    assert (row["next_activity"], row["late_s"]) == (END, None)
    assert row["stuck"] < 0.05


def test_an_activity_never_seen_is_told_by_what_is_frequent(tables: dict[str, pa.Table], now: dt.datetime) -> None:
    learned = ALONE.learn(tables, now)
    row = tables["journeys"].slice(0, 1)
    row = row.set_column(row.column_names.index("activity"), "activity", pa.array(["never seen"]))
    told = ALONE.predict(learned, row).to_pylist()[0]
    assert told["path"] == ""
    assert told["path_n"] == labelled(tables["journeys"]).num_rows


def test_too_little_is_refused_with_a_reason(now: dt.datetime) -> None:
    with RowsLake(firm(10)).read("analysis") as reading, pytest.raises(ModelError, match="Too few cases to learn from: 10 cases"):
        ALONE.learn(model.read(reading, ALONE)[0], now)
    same = [{**row, "activity": "same", "kind": "other"} for row in firm(60, open_share=0)]
    with RowsLake(same, START + dt.timedelta(days=18)).read("analysis") as reading:
        rows = model.read(reading, ALONE)[0]["journeys"]
    rows = rows.filter(rows["next_activity"].is_valid())
    with pytest.raises(ModelError, match="Every step leads to the same activity"):
        ALONE.learn({"journeys": rows}, now)
    short = NextStep(second_opinion=False)
    with RowsLake(firm(40)).read("analysis") as reading, pytest.raises(ModelError, match="Too few later steps"):
        short.evaluate(model.read(reading, short)[0], now)


def test_the_sample_is_bounded_and_always_the_same() -> None:
    with RowsLake(firm()).read("analysis") as reading:
        few = NextStep(cases=50)
        one, other = (model.read(reading, few)[0]["journeys"] for _ in range(2))
    assert len(one["case_id"].unique()) <= 50
    assert one.equals(other)


def test_in_a_source_without_closings_silence_ends_a_case() -> None:
    rows = [row for row in firm(open_share=0.1) if row["kind"] != "closed"]
    with RowsLake(rows).read("analysis") as reading:
        journeys = model.read(reading, ALONE)[0]["journeys"].to_pylist()
        running = reading.query(ALONE.current, {"now": reading.now}).to_pylist()
    newest = max(row["occurred_at"] for row in journeys)
    assert 0 < len(running) < 60
    assert all((newest - row["occurred_at"]).days < 11 for row in running)
    assert any(row["is_over"] and row["next_activity"] is None for row in journeys)


def test_probabilities_are_smoothed_from_shorter_to_longer_memory() -> None:
    """By hand: after "a" 8 of 10 went to x; overall 8 of 20; prior 5, root with add-one smoothing over two labels."""
    rows = pa.table({"activity": ["a"] * 10 + ["b"] * 10, **{f"before_{n}": pa.nulls(20, pa.string()) for n in range(1, 6)}})
    label = np.array([0] * 8 + [1] * 2 + [1] * 10)
    trie = _trie.grow(rows, label, 2, depth=1)
    root = (8 + 1) / (20 + 2)
    assert trie.shares(trie.find(rows))[0, 0] == pytest.approx((8 + 5 * root) / 15)
    assert trie.cut(0).shares(trie.cut(0).find(rows))[0, 0] == pytest.approx(root)


def test_the_kept_trees_tell_what_scikit_learn_tells(tables: dict[str, pa.Table]) -> None:
    rows = labelled(tables["journeys"])
    labels = sorted({name or END for name in rows["next_activity"].to_pylist()})
    for wanted in (labels, ["paid", "repaired"]):
        chosen = rows.filter(pa.array([(name or END) in wanted for name in rows["next_activity"].to_pylist()]))
        label = np.array([wanted.index(name or END) for name in chosen["next_activity"].to_pylist()])
        known = known_values(chosen)
        trees = _second._trees(features(chosen, known), label, 3)
        ours = _second._kept(trees, known, len(wanted)).shares(chosen)
        assert ours == pytest.approx(trees.predict_proba(features(chosen, known)), abs=1e-9)


def test_the_second_opinion_counts_only_where_it_foresees_better(tables: dict[str, pa.Table], now: dt.datetime) -> None:
    """Which way a case goes is told by its channel alone, which the first opinion does not see."""
    assert NextStep().learn(tables, now).weight in (0.0, 0.5)
    rows = firm()
    way = {
        row["case_id"]: "web" if row["activity"] == "paid" else "phone" for row in rows if row["activity"] in ("paid", "repaired")
    }
    told = [{**row, "activity": row["activity"].split()[0], "channel": way.get(row["case_id"], "web")} for row in rows]
    with RowsLake(told).read("analysis") as reading:
        learned = NextStep().learn(model.read(reading, NextStep())[0], now)
    assert learned.weight > 0
    assert pickle.loads(pickle.dumps(learned)).weight == learned.weight
    assert dataclasses.replace(learned, weight=0.0, second=None).trie == learned.trie


def test_one_label_gives_no_second_opinion(tables: dict[str, pa.Table]) -> None:
    rows = labelled(tables["journeys"])
    assert _second.boost(rows, np.zeros(rows.num_rows, dtype=int), 2, 0) is None


def test_waits_count_who_still_waits() -> None:
    """Of four cases two went on after 10 and 20 seconds, two still wait after 15: Kaplan-Meier 3/4 and then 0."""
    wait = _waits._curve(np.array([10.0, 20.0, 15.0, 15.0]), np.array([False, False, True, True]))
    assert wait.still(np.array([5.0, 10.0, 19.0])).tolist() == [1.0, 0.75, 0.75]
    assert wait.left(np.array([0.0, 12.0])).tolist() == [20.0, 8.0]
    assert wait.late_s == 20.0
    never = _waits._curve(np.array([10.0, 15.0, 15.0]), np.array([False, True, True]))
    assert never.left(np.array([0.0])).tolist() == [np.inf]
    assert never.late_s == np.inf
