"""Plain values, CSV and rows for people: the same figures everywhere, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import json
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.answer.samples import answer, contacts, desk, journey

from kundig.answer.plain import as_csv, as_json, as_rows, closed_word, numeric, plain, shown
from kundig.message import Message, Share


def written(table: pa.Table) -> list[list[str]]:
    stream = io.StringIO(newline="")
    as_csv(answer(table=table), "en", stream)
    return list(csv.reader(io.StringIO(stream.getvalue(), newline="")))


def test_json_has_its_keys_in_order_and_is_strict_json() -> None:
    for one in desk():
        found = as_json(one, "de")
        assert list(found) == [
            "name", "title", "definition", "figures", "sentences", "table", "sql", "n", "lake_version",
            "inputs", "where", "untold", "suppressed", "columns",
        ]  # fmt: skip
        assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_json_values() -> None:
    table = pa.table({
        "at": pa.array([dt.datetime(2026, 11, 21, 9, 30, 0, 250000, dt.UTC)], pa.timestamp("us", "Europe/Berlin")),
        "naive": [dt.datetime(2026, 11, 21, 9, 30)],
        "day": [dt.date(2026, 11, 21)],
        "cost": [Decimal("12.5000")],
        "many": pa.array([Decimal(7)], pa.decimal128(38, 0)),
        "nan": [float("nan")],
        "wait": [dt.timedelta(seconds=90)],
        "raw": [b"\x01\xff"],
        "steps": [["a", "b"]],
    })  # fmt: skip
    row = as_json(answer(table=table, figures={"a": float("inf"), "b": 1, "c": None}))["table"][0]
    assert row == {
        "at": "2026-11-21T09:30:00.250000Z", "naive": "2026-11-21T09:30:00Z", "day": "2026-11-21", "cost": 12.5, "many": 7,
        "nan": None, "wait": 90.0, "raw": "01ff", "steps": ["a", "b"],
    }  # fmt: skip
    assert as_json(answer(figures={"a": float("inf"), "b": 1}))["figures"] == {"a": None, "b": 1}


def test_plain_knows_numpy_decimals_without_value_and_anything_else() -> None:
    assert plain(np.int64(3)) == 3
    assert plain(np.float64("nan")) is None
    assert plain(Decimal("NaN")) is None
    assert plain({"a": (1, np.float32(0.5))}) == {"a": [1, 0.5]}
    assert plain(Share) == str(Share)


def test_json_speaks_the_language() -> None:
    said = as_json(answer(sentences=(Message("{x}", {"x": Share(0.1665, 2)}),)), "de")["sentences"]
    assert said == ["16,65\u00a0%"]


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-1", "@sum", "\tx", "\rx", "\0x"])
def test_csv_disarms_formulas_in_cells_and_headers(text: str) -> None:
    assert written(pa.table({text: [text]})) == [[f"'{text}"], [f"'{text}"]]


def test_csv_leaves_numbers_alone_and_writes_iso() -> None:
    table = pa.table(
        {"n": [-3, None], "x": [-0.5, 1e300], "at": [dt.datetime(2026, 1, 2, 3), None], "ok": [True, False], "l": [["a"], []]}
    )
    assert written(table)[1:] == [["-3", "-0.5", "2026-01-02T03:00:00Z", "true", '["a"]'], ["", "1e+300", "", "false", "[]"]]


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_no_text_of_a_csv_starts_a_formula(texts: list[str]) -> None:
    for row in written(pa.table({"a": pa.array([t.encode("utf-8", "replace").decode() for t in texts], pa.string())})):
        assert not row or not row[0].startswith(("=", "+", "-", "@", "\t", "\r", "\0"))


def test_rows_for_people() -> None:
    headers, rows = as_rows(contacts(), "de")
    assert headers[2] == "resolved share"
    assert rows[0][1:] == ["12.345", "61,0\u00a0%", rows[0][3], "21.11.2026, 09:30", "1.234,50"]
    assert rows[2][3] == "–"
    assert as_rows(contacts(), "en")[1][0][1:3] == ["12,345", "61.0%"]


def test_rows_stop_where_they_are_told() -> None:
    assert len(as_rows(journey(), "en", 3)[1]) == 3


def test_words_of_our_lists_are_worded_those_of_the_source_are_not() -> None:
    table = pa.table(
        {"kind": ["promise_made", "own_word"], "activity": ["promise_made", "phone"], "to_channel": ["phone", "hotline"]}
    )
    assert as_rows(answer(table=table), "en")[1] == [["promise made", "promise_made", "phone"], ["own_word", "phone", "hotline"]]
    assert closed_word("survey_answer") == "survey answer"


def test_durations_shares_and_nothing() -> None:
    table = pa.table({
        "median_s_low": [90.0], "errors": [3.0], "kept_share_high": [0.5], "wait": [dt.timedelta(hours=2)], "x": [float("nan")],
        "ok": [True], "route": [["a", "b"]], "cost": [Decimal("2.50")],
    })  # fmt: skip
    assert as_rows(answer(table=table), "en")[1] == [["1.5 min", "3.00", "50.0%", "2 h", "–", "yes", "a, b", "2.50"]]


def test_own_column_names_win_and_unknown_ones_stay_readable() -> None:
    given = answer(table=pa.table({"n": [1], "odd_thing": [2]}), columns={"n": "Steps taken"})
    assert as_rows(given, "en")[0] == ["Steps taken", "odd thing"]
    assert as_json(given)["columns"] == {"n": "Steps taken", "odd_thing": "odd thing"}


def test_quantities_are_known_by_their_type() -> None:
    assert numeric(contacts()) == [False, True, True, True, False, True]


def test_the_ends_of_an_interval_stand_beside_their_value_with_its_name() -> None:
    table = pa.table({"a": [1.0], "dimension": ["channel"], "value": ["phone"], "b": [2.0], "a_high": [3.0], "a_low": [0.5]})
    columns = {"a": "Share", "a_low": "at least", "a_high": "at most"}
    headers, (row,) = as_rows(answer(table=table, columns=columns), "de")
    assert headers[:3] == ["Anteil", "Anteil, mindestens", "Anteil, höchstens"]
    assert row == ["1,00", "0,50", "3,00", "channel", "Telefon", "2,00"]


def test_a_model_s_second_interval_is_a_length_of_time_and_own_sql_is_not() -> None:
    assert shown("remaining_s_low_90", 27755.0, "en") == shown("remaining_s", 27755.0, "en") == "7.7 h"
    table = pa.table({"s": [27755], "share": [0.5]})
    own = dataclasses.replace(answer(table=table), name="sql")
    assert as_rows(own)[1] == [["27,755", "0.50"]]
    assert as_rows(dataclasses.replace(own, name="score"))[1] == [["7.7 h", "50.0%"]]
