"""What Arrow reads at once before SQL sees it: blanks around values, columns that are all ISO dates or all plain numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kundig.ingest.compile import Compiled, Ready

if TYPE_CHECKING:
    import pyarrow as pa

    Cells = pa.ChunkedArray[Any]

_TRIED_FIRST = 20


def trimmed(compiled: Compiled, rows: pa.Table) -> pa.Table:
    """The rows with the columns the mapping reads trimmed, "" as null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    used = compiled.table.used()
    for index, name in enumerate(compiled.columns):
        if name in used:
            cells = pc.utf8_trim_whitespace(rows[f"c{index}"])
            rows = rows.set_column(
                index + 2, f"c{index}", pc.if_else(pc.equal(cells, pa.scalar("")), pa.scalar(None, pa.string()), cells)
            )
    return rows


def read_quickly(compiled: Compiled, rows: pa.Table) -> tuple[pa.Table, Ready]:
    """The rows with t0 ... and f0 ... for dates and numbers whose columns could be read at once."""
    times: dict[int, bool] = {}
    for i, cells in _single(compiled, compiled.times, rows):
        for absolute in (False, True):
            instants = _iso(cells, absolute)
            if instants is not None:
                rows, times[i] = rows.append_column(f"t{i}", instants), absolute
                break
    numbers: set[int] = set()
    for i, cells in _single(compiled, {n.columns: i for n, i in compiled.numbers.items()}, rows):
        floats = _floats(cells, compiled.mapping.decimal)
        if floats is not None:
            rows = rows.append_column(f"f{i}", floats)
            numbers.add(i)
    return rows, Ready(times, frozenset(numbers))


def _single(compiled: Compiled, wanted: dict[tuple[str, ...], int], rows: pa.Table) -> Iterator[tuple[int, Cells]]:
    """Number and cells of what comes from one column that is there."""
    for columns, i in wanted.items():
        if len(columns) == 1 and columns[0] in compiled.columns:
            yield i, rows[f"c{list(compiled.columns).index(columns[0])}"]


def _iso(cells: Cells, absolute: bool) -> Cells | None:
    """The cells as wall time, or as UTC where all name their zone; None where one of them is neither.

    A few are tried first: Arrow words an error for every cell that does not fit.
    """
    import pyarrow as pa

    kind = pa.timestamp("us", "UTC" if absolute else None)
    try:
        cells.drop_null().slice(0, _TRIED_FIRST).cast(kind)
        return cells.cast(kind).cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return None


def _floats(cells: Cells, decimal: str) -> Cells | None:
    """The cells as numbers; None where one of them is none, or could be read in two ways."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if decimal == ",":
        if pc.any(pc.match_substring(cells, ".")).as_py():
            return None
        cells = pc.replace_substring(cells, ",", ".")
    try:
        cells.drop_null().slice(0, _TRIED_FIRST).cast(pa.float64())
        floats = cells.cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    finite = pc.all(pc.is_finite(floats)).as_py()
    return floats if finite is not False else None
