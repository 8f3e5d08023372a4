"""Nobody who reads a shared answer learns of a group smaller than a handful, directly or by one subtraction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rows import RowsLake

from kundig.answer.sharing import Rule, hidden_rows, left_out, suppress
from kundig.insight import Result, Telling, ask
from kundig.lake import Where


@dataclass(frozen=True)
class PerReason:
    title: ClassVar = "Per reason"
    definition: ClassVar = "Cases by reason."
    purpose: ClassVar = "analysis"
    needs: ClassVar = ()
    sql: ClassVar = "select reason, count(*) as cases from cases group by reason order by reason"
    details: ClassVar = {"totals": "select count(*) as cases, count(*) as score_n, 1.0 as score from cases where reason = 'rare'"}

    def tell(self, result: Result) -> Telling:
        row = result.row("totals")
        return Telling({"rare": row["cases"], "score": row["score"]}, [], result.table.num_rows)


@dataclass(frozen=True)
class PerReasonAndPerson(PerReason):
    persons: ClassVar = "select reason, count(distinct person_id) as persons from cases group by reason"


def cases(reason: str, n: int, persons: int | None = None) -> list[dict[str, Any]]:
    """n cases of one reason, by so many persons (each his own unless told)."""
    return [
        {"case_id": f"{reason}{i}", "person_id": f"{reason}-p{i % (persons or n)}", "reason": reason, "kind": "contact",
         "occurred_at": f"2026-0{1 + i % 9}-05T10:00:00"}
        for i in range(n)
    ]  # fmt: skip


def reasons(answer: Any) -> dict[str, int]:
    return {row["reason"]: row["cases"] for row in answer.table.to_pylist()}


ROWS = cases("bill", 30) + cases("rare", 2) + cases("move", 7) + cases("tariff", 12)


def test_the_owner_sees_all_and_others_no_small_group_nor_the_one_that_gives_it_away():
    lake = RowsLake(ROWS)
    assert reasons(ask(lake, PerReason())) == {"bill": 30, "move": 7, "rare": 2, "tariff": 12}
    answer = ask(lake, PerReason(), share=True)
    assert reasons(answer) == {"bill": 30, "tariff": 12}  # 51 cases in all: without "move" gone too, 2 would follow
    assert answer.suppressed == 2
    assert answer.figures == {"rare": None, "score": None}


def test_persons_are_counted_where_the_insight_can_say_them():
    lake = RowsLake(cases("bill", 30) + cases("tariff", 12) + cases("move", 20, persons=3) + cases("other", 8))
    assert set(reasons(ask(lake, PerReason(), share=True))) == {"bill", "tariff", "move", "other"}
    assert set(reasons(ask(lake, PerReasonAndPerson(), share=True))) == {"bill", "tariff"}


def test_without_persons_cases_count():
    rows = [{**row, "person_id": None} for row in ROWS]
    assert set(reasons(ask(RowsLake(rows), PerReasonAndPerson(), share=True))) == {"bill", "tariff"}


@pytest.mark.parametrize(("where", "shown"), [
    (Where(reason="rare"), False),
    (Where(reason="move"), True),
    (Where.of(until="2026-09-01"), False),  # leaves 4 cases out: subtracting the answer from the whole one tells them
    (Where.of(until="2026-06-01"), True),
])  # fmt: skip
def test_a_filter_that_selects_or_leaves_out_too_few_is_not_answered(where: Where, shown: bool):
    answer = ask(RowsLake(ROWS), PerReason(), where, share=True)
    assert bool(answer.figures) is shown
    if not shown:
        assert answer.table.num_rows == 0
        assert answer.suppressed == 1
        assert "Too few customers" in str(answer.sentences[0])


def test_an_empty_lake_hides_nothing():
    answer = ask(RowsLake([]), PerReason(), share=True)
    assert answer.suppressed == 0


def test_free_text_asks_for_ten():
    table = pa.table({"reason": ["a", "b", "c"], "cases": [50, 9, 40]})
    assert suppress(table, Rule())[1] == 0
    kept, hidden = suppress(table, Rule(least=10))
    assert kept["reason"].to_pylist() == ["a"]
    assert hidden == 2


def test_a_value_with_its_own_small_number_is_emptied():
    table = pa.table({"cases": [50, 60], "score": [4.0, 2.0], "score_low": [3.9, 1.0], "score_n": [40, 2], "late_n": [1, 50]})
    kept, hidden = suppress(table, Rule())
    assert hidden == 0
    assert kept["score"].to_pylist() == [4.0, None]
    assert kept["score_low"].to_pylist() == [3.9, None]
    assert kept["score_n"].to_pylist() == [40, None]
    assert kept["late_n"].to_pylist() == [None, 50]


def test_what_is_summed_up_so_far_goes_with_the_hidden_rows():
    table = pa.table({"cases": [50, 20, 3, 2], "cumulative_share": [0.67, 0.93, 0.97, 1.0]})
    assert suppress(table, Rule())[0]["cumulative_share"].to_pylist() == [None, None]
    assert suppress(table.slice(0, 2), Rule())[0]["cumulative_share"].to_pylist() == [0.67, 0.93]


def test_a_table_that_counts_nothing_stays_and_a_smallest_group_of_its_own_name_counts():
    table = pa.table({"text": ["x"]})
    assert suppress(table, Rule()) == (table, 0)
    named = pa.table({"made": [3, 9, 20]})
    assert suppress(named, Rule(size="made"))[0]["made"].to_pylist() == [20]


def test_details_with_their_own_rows_are_guarded_too():
    @dataclass(frozen=True)
    class WithDetail(PerReason):
        details: ClassVar = {"months": "select first_channel, reason, count(*) as n from cases group by 1, 2"}

        def tell(self, result: Result) -> Telling:
            return Telling({"rows": result.details["months"].num_rows}, [], 0)

    assert ask(RowsLake(ROWS), WithDetail()).figures == {"rows": 4}
    assert ask(RowsLake(ROWS), WithDetail(), share=True).figures == {"rows": 2}


def test_a_count_that_only_the_small_row_has_does_not_hide_the_whole_table():
    table = pa.table({"made": [3, 9, 20, 30], "overdue": [2, 0, 0, 0]})
    assert suppress(table, Rule(size="made"))[0]["made"].to_pylist() == [20, 30]


def test_a_chain_is_broken_where_it_begins_and_nothing_else_is_lost():
    """a/x (2) hides a/y and b/x; a/y would follow from the total of y and give a/x away, so b/y goes, and nothing elsewhere."""
    table = pa.table({
        "reason": ["a", "a", "b", "b", "b", "c", "c"], "channel": ["x", "y", "x", "y", "z", "z", "w"],
        "cases": [2, 30, 40, 50, 60, 6, 7],
    })  # fmt: skip
    kept, _ = suppress(table, Rule(adds_up=("cases",), margins=("reason", "channel")))
    assert kept["cases"].to_pylist() == [60, 6, 7]


def grids() -> st.SearchStrategy[tuple[list[int], list[int]]]:
    """Two counts of a table of 1 to 5 lines and 1 to 5 columns, the second at most the first, as for cases and late ones."""
    sizes = st.integers(1, 5).flatmap(lambda lines: st.lists(st.integers(0, 14), min_size=5 * lines, max_size=5 * lines))
    return sizes.flatmap(lambda cells: st.tuples(st.just(cells), st.tuples(*(st.integers(0, n) for n in cells)).map(list)))


@given(grids(), st.booleans())
@settings(max_examples=80, deadline=None)
def test_no_subtraction_from_a_public_total_gives_a_hidden_cell(grid: tuple[list[int], list[int]], two_ways: bool):
    """The adversary knows every total of at least 5 (of the table, of each line and column) and every row shown."""
    sizes, late = grid
    rows = range(len(sizes))
    slices = [list(rows)]
    if two_ways:
        slices += [[r for r in rows if r // 5 == line] for line in range(len(sizes) // 5)]
        slices += [[r for r in rows if r % 5 == column] for column in range(5)]
    hidden = hidden_rows(sizes, [late], slices, 5)
    assert all(row in hidden for row in rows if sizes[row] < 5)
    for line in slices:
        missing = [row for row in line if row in hidden]
        if sum(sizes[row] for row in line) < 5 or not missing:
            continue
        visible_can_cover = len(missing) < len(line)
        difference = sum(sizes[r] for r in line) - sum(sizes[r] for r in line if r not in hidden)
        assert difference >= 5 or not visible_can_cover
        for count in (sizes, late):
            told = [row for row in missing if count[row]]
            others_have_some = any(count[row] for row in line if row not in hidden)
            if len(told) == 1 and others_have_some:
                assert sizes[told[0]] >= 5  # only a row that needed no hiding may follow


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30))
def test_one_way_tables_lose_no_more_than_needed(sizes: list[int]):
    hidden = hidden_rows(sizes, [], [list(range(len(sizes)))], 5)
    small = [n for n in sizes if n < 5]
    if not small:
        assert not hidden
    else:
        assert len(hidden) <= len(small) + 2


def test_lines_and_columns_of_a_table_are_guarded_both():
    table = pa.table({
        "reason": ["a", "a", "a", "b", "b", "b"], "channel": ["x", "y", "z"] * 2, "cases": [40, 30, 2, 50, 20, 9],
    })  # fmt: skip
    kept, hidden = suppress(table, Rule(margins=("reason", "channel")))
    assert list(zip(kept["reason"].to_pylist(), kept["channel"].to_pylist(), strict=True)) == [("a", "x"), ("b", "x")]
    assert hidden == 4
    assert suppress(table, Rule())[1] == 2  # where no line has a public total, one more row is enough


def test_a_table_that_counts_persons_is_guarded_by_them():
    table = pa.table({"cases": [50, 60, 70], "persons": [2, 30, 0]})
    assert suppress(table, Rule())[0]["cases"].to_pylist() == [70]  # 70 cases of unknown persons count as cases


def test_the_rule_that_hid_rows_goes_with_the_answer():
    persons, cases_only = ask(RowsLake(ROWS), PerReasonAndPerson(), share=True), ask(RowsLake(ROWS), PerReason(), share=True)
    assert (persons.least, persons.least_of) == (5, "persons")
    assert (cases_only.least, cases_only.least_of) == (5, "cases")
    unknown = ask(RowsLake([{**row, "person_id": None} for row in ROWS]), PerReasonAndPerson(), share=True)
    assert unknown.least_of == "cases"
    assert ask(RowsLake(ROWS), PerReason()).least == 0
    assert "fewer than 5 cases stand behind each" in str(left_out(cases_only))
