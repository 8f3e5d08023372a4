"""Columns that only Python can compute, such as an interval, set beside those SQL brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kundig.measures.proportion import wilson

if TYPE_CHECKING:
    import pyarrow as pa


def with_numbers(table: pa.Table, columns: Mapping[str, Sequence[float | None]]) -> pa.Table:
    """``table`` with further columns of real numbers, one value a row; a column of that name is replaced."""
    import pyarrow as pa

    for name, values in columns.items():
        made = pa.array(values, pa.float64())
        at = table.column_names.index(name) if name in table.column_names else -1
        table = table.append_column(name, made) if at < 0 else table.set_column(at, name, made)
    return table


def share_columns(name: str, counted: Iterable[tuple[int | None, int | None]]) -> dict[str, list[float | None]]:
    """The columns ``name``, ``name_low`` and ``name_high`` of pairs (so many, of so many)."""
    made = [share(name, so_many, of) for so_many, of in counted]
    return {part: [row[part] for row in made] for part in (name, f"{name}_low", f"{name}_high")}


def share(name: str, so_many: int | None, of: int | None) -> dict[str, Any]:
    """The figures ``name``, ``name_low``, ``name_high`` (Wilson) and ``name_n``; null where there is nothing to divide."""
    if not of or so_many is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None, f"{name}_n": of}
    low, high = wilson(so_many, of)
    return {name: so_many / of, f"{name}_low": low, f"{name}_high": high, f"{name}_n": of}
