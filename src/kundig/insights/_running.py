"""The cases that are running now, counted by where they stand: what the questions on their next step and their end share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kundig.answer import Figure
from kundig.answer.sharing import Rule, suppress
from kundig.errors import ModelError
from kundig.insight import Result, Telling
from kundig.message import Message, sentences

if TYPE_CHECKING:
    import pyarrow as pa


def with_persons(current: str) -> str:
    """The SQL of a model's running cases, each with its person, so that small groups can be told."""
    return f"""select running.*, cases.person_id
from (
{current.strip()}
) running
left join cases on cases.case_id = running.case_id
order by running.case_id"""


def by_activity(running: pa.Table, least: int) -> tuple[list[dict[str, Any]], int]:
    """Where the running cases stand: activity, cases, persons and the ``rows`` of each, most cases first.

    Activities with fewer than ``least`` persons (0: the owner sees all) are left out; how many those are comes second.
    """
    import pyarrow as pa

    groups: dict[str, list[int]] = {}
    activities: list[Any] = running["activity"].to_pylist()
    for row, activity in enumerate(activities):
        groups.setdefault(activity, []).append(row)
    person = running["person_id"].to_pylist()
    made = [
        {"activity": name, "cases": len(rows), "persons": len({person[row] for row in rows} - {None}), "rows": rows}
        for name, rows in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    ]
    if not least:
        return made, 0
    kinds: dict[str, pa.DataType] = {"activity": pa.string(), "cases": pa.int64(), "persons": pa.int64()}
    schema = pa.schema(kinds)
    table = pa.Table.from_pylist([{name: group[name] for name in schema.names} for group in made], schema=schema)
    shown, hidden = suppress(table, Rule(least=least, adds_up=()))
    seen = set(shown["activity"].to_pylist())
    return [group for group in made if group["activity"] in seen], hidden


def judged(model: Any, result: Result, names: Sequence[str]) -> tuple[dict[str, Figure], Sequence[Message]]:
    """The figures ``names`` of how well ``model`` foresees later data, and the sentences on it; null where there is too little."""
    try:
        told = model.evaluate(result.details, result.now)
    except ModelError:
        return dict.fromkeys(names), [Message("How well this is foreseen cannot be judged yet: too few later cases are known.")]
    return {name: told.figures.get(name) for name in names}, told.sentences


def not_learned(error: ModelError, result: Result, figures: Mapping[str, Figure], table: pa.Table) -> Telling:
    """What is said where the data cannot teach the model: why not, and what to do."""
    running = result.table.num_rows
    why_not = [Message(text, error.values) for text in (error.text, error.hint) if text]
    return Telling({"running": running, **figures}, [*why_not, *standing(running)], running, None, table)


def standing(running: int) -> Iterator[Message]:
    """How many cases are running."""
    if running:
        yield sentences("{n} case is running.", "{n} cases are running.", running)
    else:
        yield Message("No case is running.")


def table_of(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], words: Sequence[str] = ()) -> pa.Table:
    """Rows as a table of ``columns``: texts for the activities, whole numbers for cases and counts in ``words``, else reals."""
    import pyarrow as pa

    kinds: dict[str, pa.DataType] = {
        "activity": pa.string(),
        "next_activity": pa.string(),
        "cases": pa.int64(),
        **dict.fromkeys(words, pa.int64()),
    }
    schema = pa.schema({name: kinds.get(name, pa.float64()) for name in columns})
    return pa.Table.from_pylist([{name: row[name] for name in columns} for row in rows], schema=schema)


def middle(values: Sequence[float | None]) -> float | None:
    """The median, where null stands for "never seen": longer than any."""
    ordered = sorted(float("inf") if value is None else value for value in values)
    found = ordered[(len(ordered) - 1) // 2] if ordered else float("inf")
    return found if found != float("inf") else None
