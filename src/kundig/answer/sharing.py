"""What may leave the house: no row about fewer than a handful of people, and none that a subtraction would bring back.

The owner of a workspace sees everything. An answer that is passed on (a report, a page, ``--share``) loses each row whose
group is smaller than ``smallest`` (5 persons, cases where no person is known; an insight on free text or employees asks
for 10). Totals are public, so a lone gap in a table could be filled by subtracting; the next smallest rows are therefore
hidden with it (complementary suppression: Hundepool et al. 2012, Statistical Disclosure Control, chapter 4).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kundig.message import Message, sentences

if TYPE_CHECKING:
    import pyarrow as pa

    from kundig.answer import Answer
    from kundig.lake import Reading

SMALLEST = 5


@dataclass(frozen=True)
class Rule:
    """How one insight's tables are guarded.

    ``size`` counts a row's cases; below ``least`` it is hidden. ``adds_up`` are the columns whose totals are public (None:
    every column of whole numbers). ``margins`` are columns each value of which has public totals of its own.
    """

    size: str = "cases"
    least: int = SMALLEST
    adds_up: tuple[str, ...] | None = None
    margins: tuple[str, ...] = ()

    @classmethod
    def of(cls, insight: Any) -> Rule:
        """The rule an insight declares by its optional class attributes."""
        return cls(
            getattr(insight, "group_size", "cases"),
            getattr(insight, "smallest", SMALLEST),
            getattr(insight, "adds_up", None),
            getattr(insight, "margins", ()),
        )


def shared(insight: Any, result: Any, reading: Reading, params: Mapping[str, Any]) -> Any:
    """``result`` (an insight's Result) without small groups; ``suppressed`` says how many rows of its table were left out."""
    rule = Rule.of(insight)
    table, hidden = suppress(result.table, rule, _persons(insight, result.table, reading, params))
    details = {name: _guarded(detail, rule) for name, detail in result.details.items()}
    counted = getattr(insight, "persons", "") or any(
        "persons" in t.column_names for t in (result.table, *result.details.values())
    )
    unit = "persons" if counted and reading.has("person_id") else "cases"
    return dataclasses.replace(result, table=table, details=details, suppressed=hidden, least=rule.least, least_of=unit)


def left_out(answer: Answer) -> Message:
    """How many rows are hidden because their group is too small: a few persons, or cases where no person is known."""
    if answer.least_of == "persons":
        return sentences(
            "{n} row left out because fewer than {least} persons stand behind it, or because it would give such a row away.",
            "{n} rows left out because fewer than {least} persons stand behind each, or because they would give such a row away.",
            answer.suppressed, least=answer.least or SMALLEST,
        )  # fmt: skip
    return sentences(
        "{n} row left out because fewer than {least} cases stand behind it, or because it would give such a row away.",
        "{n} rows left out because fewer than {least} cases stand behind each, or because they would give such a row away.",
        answer.suppressed, least=answer.least or SMALLEST,
    )  # fmt: skip


def too_few(insight: Any, reading: Reading) -> bool:
    """Whether the filter selects, or leaves out, fewer people than may be told apart; nothing at all is not too few."""
    least = Rule.of(insight).least
    chosen = _people(reading, "cases") or _people(reading, "events")
    if 0 < chosen < least or not reading.where.given():
        return 0 < chosen < least
    return 0 < _people(reading, "seen_cases", "where case_id not in (select case_id from cases)") < least


def suppress(table: pa.Table, rule: Rule, sizes: Sequence[int] | None = None) -> tuple[pa.Table, int]:
    """``table`` without its small groups, and how many rows that were; a table that counts nothing stays as it is.

    A value with its own number (``score`` beside ``score_n``) is emptied where that number is too small, and what is
    summed up so far (``cumulative_...``) where any row is hidden: the next row would tell it.
    """
    known = sizes if sizes is not None else _sizes(table, rule)
    if known is None:
        return _emptied(table, rule.least), 0
    hidden = hidden_rows(known, _counts(table, rule), _slices(table, rule.margins), rule.least)
    return _emptied(_without(table, hidden) if hidden else table, rule.least), len(hidden)


def hidden_rows(sizes: Sequence[int], counts: Sequence[Sequence[int]], slices: Sequence[Sequence[int]], least: int) -> set[int]:
    """The rows to hide so that nobody who knows the total of each slice and count can tell a row smaller than ``least``.

    ``slices`` list the rows that add up to a total each. Hides the next smallest rows until those hidden in a slice are
    together ``least`` or more and none of the small ones remains when all that follows from the totals is worked out.
    """
    small = {row for row, size in enumerate(sizes) if size < least}
    public = [rows for rows in slices if sum(sizes[row] for row in rows) >= least]
    hidden = set(small)
    while cover := _too_little(sizes, public, hidden, least) or _told(sizes, counts, public, hidden, small):
        hidden.add(min(cover, key=lambda row: (sizes[row], row)))
    return hidden


def _too_little(sizes: Sequence[int], slices: Sequence[Sequence[int]], hidden: set[int], least: int) -> list[int]:
    """The rows to choose from where all that is hidden in a slice is itself a small group."""
    for rows in slices:
        missing = sum(sizes[row] for row in rows if row in hidden)
        visible = [row for row in rows if row not in hidden]
        if len(visible) < len(rows) and missing < least and visible:
            return visible
    return []


def _told(
    sizes: Sequence[int], counts: Sequence[Sequence[int]], slices: Sequence[Sequence[int]], hidden: set[int], small: set[int]
) -> list[int]:
    """The rows to choose from where a small row follows from the totals.

    A zero would not cover it. Where all of that count in the slice is hidden, the row followed from hidden ones that followed
    from other slices before: a row there breaks the chain. Where there is none, the totals themselves say it and no row hides it.
    """
    for count in (sizes, *counts):
        chains: dict[int, set[int]] = {}
        for row, rows in _worked_out(count, slices, hidden):
            chains[row] = set(rows).union(*(chains[other] for other in rows if other in chains))
            if row not in small:
                continue
            for near in (rows, sorted(chains[row])):
                if cover := [other for other in near if other not in hidden and count[other]]:
                    return cover
    return []


def _worked_out(count: Sequence[int], slices: Sequence[Sequence[int]], hidden: set[int]) -> Iterable[tuple[int, Sequence[int]]]:
    """Each hidden row whose value follows from a total and what is already known, with the slice that gives it away."""
    unknown = {row for row in hidden if count[row]}
    open_slices = [(rows, {row for row in rows if row in unknown}) for rows in slices]
    found = True
    while found:
        found = False
        for rows, missing in open_slices:
            missing &= unknown
            if len(missing) == 1:
                found = True
                row = missing.pop()
                unknown.discard(row)
                yield row, rows


def _guarded(detail: pa.Table, rule: Rule) -> pa.Table:
    """A detail without small groups. A single row holds totals: it stays, but is emptied."""
    import pyarrow as pa

    sizes = _sizes(detail, rule)
    if detail.num_rows == 1 and sizes is not None:
        empty = pa.table({f.name: pa.nulls(1, f.type) for f in detail.schema})
        return empty if 0 < sizes[0] < rule.least else _emptied(detail, rule.least)
    return suppress(detail, dataclasses.replace(rule, margins=tuple(m for m in rule.margins if m in detail.column_names)))[0]


def _sizes(table: pa.Table, rule: Rule) -> list[int] | None:
    """How many persons each row is about, cases where no person is known; None where the table does not count them."""
    names = [name for name in (rule.size, "cases", "n") if name in table.column_names]
    if not names:
        return None
    cases = _whole(table, names[0])
    return _persons_or(cases, _whole(table, "persons")) if "persons" in table.column_names else cases


def _persons_or(cases: Sequence[int], persons: Sequence[int]) -> list[int]:
    return [person or case for case, person in zip(cases, persons, strict=True)]


def _persons(insight: Any, table: pa.Table, reading: Reading, params: Mapping[str, Any]) -> list[int] | None:
    """Each row's persons by the insight's own SQL, where it has one and the table counts cases."""
    cases = _sizes(table, Rule.of(insight))
    sql = getattr(insight, "persons", "")
    if cases is None or not sql:
        return cases
    found = reading.query(sql, params)
    keys = [name for name in found.column_names if name != "persons"]
    by_key = {tuple(row[key] for key in keys): int(row["persons"]) for row in found.to_pylist()}
    rows = table.select(keys).to_pylist()
    return _persons_or(cases, [by_key.get(tuple(row[key] for key in keys), 0) for row in rows])


def _people(reading: Reading, relation: str, condition: str = "") -> int:
    """The persons in ``relation``, its rows where no person is known."""
    row = reading.query(f"select count(*) as n, count(distinct person_id) as persons from {relation} {condition}").to_pylist()[0]
    return int(row["persons"] or row["n"])


def _counts(table: pa.Table, rule: Rule) -> list[list[int]]:
    import pyarrow as pa

    if rule.adds_up is not None:
        return [_whole(table, name) for name in rule.adds_up if name in table.column_names]
    return [_whole(table, field.name) for field in table.schema if pa.types.is_integer(field.type)]


def _slices(table: pa.Table, margins: Sequence[str]) -> list[list[int]]:
    """For each margin the rows of each of its values, and all rows; narrow ones first: the cover is best near the gap."""
    slices: list[list[int]] = []
    for margin in margins:
        groups: dict[Any, list[int]] = {}
        for row, value in enumerate(table[margin].to_pylist()):
            groups.setdefault(value, []).append(row)
        slices += groups.values()
    return [*slices, list(range(table.num_rows))]


def _whole(table: pa.Table, name: str) -> list[int]:
    return [int(value or 0) for value in table[name].to_pylist()]


def _without(table: pa.Table, hidden: set[int]) -> pa.Table:
    import pyarrow as pa

    kept = table.filter(pa.array([row not in hidden for row in range(table.num_rows)], pa.bool_()))
    for at, field in enumerate(kept.schema):
        if field.name.startswith("cumulative_"):
            kept = kept.set_column(at, field, pa.nulls(kept.num_rows, field.type))
    return kept


def _emptied(table: pa.Table, least: int) -> pa.Table:
    """``table`` with every ``x``, ``x_low`` ... null in the rows where ``x_n`` is below ``least``."""
    import pyarrow as pa

    for number in [name for name in table.column_names if name.endswith("_n")]:
        stem = number.removesuffix("_n")
        few = [value is not None and 0 < value < least for value in table[number].to_pylist()]
        for at, name in enumerate(table.column_names):
            if name == stem or name.startswith(f"{stem}_"):
                values = [None if empty else value for empty, value in zip(few, table[name].to_pylist(), strict=True)]
                table = table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type))
    return table
