"""The table a churn model is given, checked: what cannot teach, or knows the outcome, is refused with a reason."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kundig.errors import ModelError
from kundig.measures.discrimination import auc

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

KEYS = ("person_id", "landmark", "window_end", "compared", "left_after", "known")
"""Columns that are no features."""
LEAST_ROWS, LEAST_LEAVERS = 200, 30
KNOWS_ALL = 0.98
"""The AUC of one column alone above which it must have known the outcome."""
LEAST_TELLING = 20
"""Rows from which a value seen with leavers only is no accident."""


@dataclass(frozen=True)
class Data:
    """One row a person and landmark: ``x`` of ``columns``, ``y`` whether he left in the window after it."""

    columns: tuple[str, ...]
    x: Numbers
    y: Numbers
    people: Numbers
    landmarks: Numbers
    compared: Numbers
    constant: tuple[str, ...] = ()
    """Columns left out because they have one value."""

    def rows(self, which: Numbers, columns: tuple[str, ...] | None = None) -> Data:
        """Some rows, and some columns."""
        kept = self.columns if columns is None else columns
        at = [self.columns.index(name) for name in kept]
        return Data(kept, self.x[which][:, at], self.y[which], self.people[which], self.landmarks[which], self.compared[which])


def read(table: pa.Table, now: dt.datetime) -> Data:
    """The rows as numbers; ModelError where they cannot teach a model."""
    import numpy as np

    _not_from_the_future(table, now)
    y = numbers(table, "left_after")
    _enough(y)
    names = tuple(name for name in table.column_names if name not in KEYS)
    x = np.column_stack([numbers(table, name) for name in names]) if names else np.empty((len(y), 0))
    varies = [_varies(column) for column in x.T]
    if not any(varies):
        raise ModelError(
            "Every column has the same value in all rows, so nothing can be learned from them.",
            "Import more of what happened to the customers, such as contacts, promises and purchases.",
        )
    kept = tuple(name for name, does in zip(names, varies, strict=True) if does)
    data = Data(kept, x[:, varies], y, keys(table, "person_id"), _times(table, "landmark"), keys(table, "compared"),
                tuple(name for name in names if name not in kept))  # fmt: skip
    _refuse_leaks(data)
    return data


def matrix(table: pa.Table, columns: tuple[str, ...]) -> Numbers:
    """Rows to score as numbers; a column that is absent is unknown."""
    import numpy as np

    unknown = np.full(table.num_rows, np.nan)
    return np.column_stack([numbers(table, name) if name in table.column_names else unknown for name in columns])


def numbers(table: pa.Table, name: str) -> Numbers:
    """A column as real numbers, not a number where unknown."""
    import numpy as np
    import pyarrow as pa

    return np.asarray(table[name].cast(pa.float64()).to_numpy(), dtype=float)


def keys(table: pa.Table, name: str) -> Numbers:
    """A column as texts; "" where unknown or absent."""
    import numpy as np

    if name not in table.column_names:
        return np.full(table.num_rows, "", dtype=object)
    return np.array([value or "" for value in table[name].to_pylist()], dtype=object)


def _times(table: pa.Table, name: str) -> Numbers:
    import numpy as np

    if name not in table.column_names:
        return np.zeros(table.num_rows, dtype=np.int64)
    return np.asarray(table[name].to_numpy()).astype("datetime64[us]").astype(np.int64)


def _varies(column: Numbers) -> bool:
    import numpy as np

    known = column[~np.isnan(column)]
    return bool(len(known)) and (len(known) < len(column) or bool((known != known[0]).any()))


def _not_from_the_future(table: pa.Table, now: dt.datetime | None) -> None:
    for name in ("landmark", "window_end"):
        ends = [time for time in table[name].to_pylist() if time] if name in table.column_names else []
        late = [time for time in ends if now is not None and time > now]
        if late:
            raise ModelError(
                "The outcome of {n} rows is only known after {now}, so it cannot be learned from yet.",
                "Leave out rows whose window is not over, and correct dates in the future.", n=len(late), now=now,
            )  # fmt: skip


def _enough(y: Numbers) -> None:
    rows, left = len(y), int(y.sum())
    if rows and left in (0, rows):
        raise ModelError(
            "All {n} rows have the same outcome, so there is nothing to tell apart.",
            "Say by the setting `leaving` which activities mean that a customer leaves.", n=rows,
        )  # fmt: skip
    if rows < LEAST_ROWS or min(left, rows - left) < LEAST_LEAVERS:
        raise ModelError(
            "{left} who left and {stayed} who stayed are too few to learn from; at least {least} of each are needed.",
            "Import a longer time, or wait for more data.", left=left, stayed=rows - left, least=LEAST_LEAVERS,
        )  # fmt: skip


def _refuse_leaks(data: Data) -> None:
    for name, column in zip(data.columns, data.x.T, strict=True):
        _refuse_what_ranks_all(name, column, data.y)
        _refuse_what_comes_after(name, column, data.y)


def _refuse_what_ranks_all(name: str, column: Numbers, y: Numbers) -> None:
    """A column that alone separates nearly all leavers, by its value or by being known at all."""
    import numpy as np

    unknown = np.isnan(column)
    for score in (np.where(unknown, np.nanmedian(column), column), unknown.astype(float)):
        found = auc(y, score)
        value = max(found.value, 1 - found.value) if found else 0.5
        if value > KNOWS_ALL:
            raise ModelError(
                "The column {name} knows the outcome: alone it tells leavers from the others with an AUC of {auc}.",
                "Leave it out, or take its value from before the landmark.", name=name, auc=round(value, 3),
            )  # fmt: skip


def _refuse_what_comes_after(name: str, column: Numbers, y: Numbers) -> None:
    """A column that is filled for leavers only, such as the reason of a cancellation."""
    import numpy as np

    filled = ~np.isnan(column) & (column != 0)
    if filled.sum() >= LEAST_TELLING and y.mean() < 0.5 and y[filled].mean() > 0.99:
        raise ModelError(
            "The column {name} is filled for {n} rows, nearly all of them leavers: it appears only after the event.",
            "Leave it out, or take its value from before the landmark.", name=name, n=int(filled.sum()),
        )  # fmt: skip
