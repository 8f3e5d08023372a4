"""What the values of a column look like: dates, numbers, addresses, keys that repeat, prose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kundig.channel import ROW
from kundig.engine import find
from kundig.ingest import values

if TYPE_CHECKING:
    import pyarrow as pa

_EPOCH = r"regexp_full_match({x}, '1\d{{9}}(\d{{3}}|\d{{6}})?(\.\d+)?')"
_PLAIN_NUMBER = r"regexp_full_match({x}, '\d+')"
_FIRST = r"try_cast(regexp_extract({x}, '^(\d{{1,2}})[/-](\d{{1,2}})[/-]\d{{2,4}}', {group}) as integer)"

_MEASURES = {
    "filled": "count({x})",
    "distinct": "count(distinct {x})",
    "length": "coalesce(avg(length({x})), 0)",
    "dates": "count(*) filter ({dmy} is not null and not {digits})",
    "american": "count(*) filter ({mdy} is not null and not {digits})",
    "epochs": "count(*) filter ({epoch})",
    "numbers": "count(*) filter ({number} is not null)",
    "low": "min({number})",
    "high": "max({number})",
    "blanks": "count(*) filter (contains({x}, ' '))",
    "mails": "count(*) filter (regexp_full_match({x}, '[^@\\s]+@[^@\\s]+\\.[^@\\s]+'))",
    "day_first": "count(*) filter ({first} > 12)",
    "month_first": "count(*) filter ({second} > 12)",
    "slashed": "count({first})",
    "commas": "count(*) filter (regexp_matches({x}, '\\d,\\d{1,2}$') or regexp_matches({x}, '\\d\\.\\d{3},'))",
    "points": "count(*) filter (regexp_matches({x}, '^[-+]?\\d+\\.\\d{1,2}$') or regexp_matches({x}, '\\d,\\d{3}\\.'))",
}


@dataclass(frozen=True)
class Column:
    """One column of a sample: counts of its values by what they can be read as."""

    name: str
    rows: int
    filled: int
    distinct: int
    length: float
    dates: int
    american: int
    epochs: int
    numbers: int
    low: float | None
    high: float | None
    blanks: int
    mails: int
    day_first: int
    month_first: int
    slashed: int
    commas: int
    points: int
    examples: tuple[str, ...] = ()

    def share(self, count: int) -> float:
        """``count`` as a share of the filled values."""
        return count / self.filled if self.filled else 0.0

    @property
    def is_date(self) -> bool:
        return self.share(max(self.dates, self.american)) >= 0.8

    @property
    def is_epoch(self) -> bool:
        return self.share(self.epochs) >= 0.95

    @property
    def is_number(self) -> bool:
        return self.share(self.numbers) >= 0.8

    @property
    def is_mail(self) -> bool:
        return self.share(self.mails) >= 0.8

    @property
    def rows_per_value(self) -> float:
        return self.filled / self.distinct if self.distinct else 0.0

    @property
    def is_prose(self) -> bool:
        """Several words, long, rarely the same twice."""
        worded = self.length >= 25 and self.share(self.blanks) >= 0.6 and self.distinct > 0.2 * self.filled
        return worded and not self.is_date and not self.is_number and not self.is_mail


def profiled(rows: pa.Table) -> dict[str, Column]:
    """A profile per column of text ``rows``, in their order."""
    names = [name for name in rows.column_names if name != ROW]
    if not names:
        return {}
    session = find("duckdb").session([])
    try:
        session.arrow("sample", _long(rows, names))
        measures = {line.pop("number"): line for line in session.query(_sql()).to_pylist()}
    finally:
        session.close()
    return {name: _column(measures[i], name, rows[name]) for i, name in enumerate(names)}


def date_order(columns: Sequence[Column]) -> tuple[str, bool]:
    """dmy or mdy for dates like 03/04/2024, and whether the values told it."""
    day, month = sum(c.day_first for c in columns), sum(c.month_first for c in columns)
    return ("mdy" if month > day else "dmy"), day != month


def decimal(columns: Sequence[Column]) -> str:
    """The decimal mark most numbers have."""
    return "," if sum(c.commas for c in columns) > sum(c.points for c in columns) else "."


def _long(rows: pa.Table, names: Sequence[str]) -> pa.Table:
    """One row per cell, so that one query measures all columns."""
    import pyarrow as pa

    cells = pa.chunked_array([chunk for name in names for chunk in rows[name].chunks], pa.string())
    numbers = pa.chunked_array([pa.repeat(i, rows.num_rows) for i in range(len(names))], pa.int64())
    return pa.table([numbers, cells], names=["number", "cell"])


def _sql() -> str:
    """One row of measures per column; what is costly is read once per value, in the inner query."""
    x = "x"
    read = {
        "dmy": values.wall_time(x, "dmy"), "mdy": values.wall_time(x, "mdy"), "epoch": _EPOCH.format(x=x),
        "digits": _PLAIN_NUMBER.format(x=x), "number": values.number(x, ","),
        "first": _FIRST.format(x=x, group=1), "second": _FIRST.format(x=x, group=2),
    }  # fmt: skip
    inner = f"select number as column_, x, {', '.join(f'{sql} as {name}_' for name, sql in read.items())} from texts"
    measures = ", ".join(f"{_named(sql, ('x', *read))} as {name}" for name, sql in _MEASURES.items())
    texts = "select number, nullif(trim(cell), '') as x from sample"
    return (
        f"with texts as ({texts}), reads as materialized ({inner}) "
        f"select column_ as number, {measures} from reads group by column_"
    )


def _named(sql: str, names: Sequence[str]) -> str:
    for name in names:
        sql = sql.replace("{" + name + "}", name if name == "x" else f"{name}_")
    return sql


def _column(measures: dict[str, Any], name: str, cells: pa.ChunkedArray[Any]) -> Column:
    found = [value for value in cells.slice(0, 500).unique().to_pylist() if value]
    return Column(name, len(cells), **measures, examples=tuple(value[:60] for value in found[:5]))
