"""Journeys so far: what a case has behind it after each of its events, as the models of the next step and of the end read it.

One SQL text tells it for learning and for the running cases alike, so both see the same columns. Only the past of a row
is in them: the reason, channel and team are those named up to there, never a later one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kundig.measures.proportion import wilson

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

DEPTH = 6
"""So many activities back a journey is remembered: the last one and five before it."""
PATH = ("activity", *(f"before_{n}" for n in range(1, DEPTH)))
CATEGORIES = (*PATH[:4], "channel", "team", "reason")
MOST_VALUES = 40
"""The most frequent values of a category are told apart, the others count as one."""
SECOND = 1_000_000.0
DAY_S = 86_400.0

_LOG = """
with habits as (
  select source, count(closed_at) * 10 >= count(*) as has_closings, percentile(duration_us, 0.95) as lasting_us
  from cases group by source
),
known as (
  select case_id, events, started_at, ended_at, unix_micros(cast(:now as timestamp)) as now_us,
    case when has_closings then closed_at else ended_at end as finished_at,
    not has_closings as silent_end,
    case when has_closings then closed_at is not null
      else unix_micros(ended_at) + lasting_us < unix_micros(cast(:now as timestamp)) end as is_over
  from cases join habits on habits.source = cases.source
),
"""
"""A source in which fewer than one in ten cases is closed knows no closings: there silence tells that a case is over."""
_LEARNT_FROM = """
shuffled as (
  select *, row_number() over in_turn as place, sum(events) over in_turn as events_so_far
  from known
  where unix_micros(started_at) >= now_us - cast(:days as bigint) * 86400000000
  window in_turn as (order by md5(case_id), case_id rows between unbounded preceding and current row)
),
chosen as (
  select case_id, started_at, now_us, finished_at, is_over, silent_end from shuffled
  where place <= :cases and events_so_far <= cast(:cases as bigint) * 10
),
"""
_RUNNING = """
latest as (
  select *, row_number() over (order by ended_at desc, case_id) as place from known where not is_over
),
chosen as (
  select case_id, started_at, now_us, finished_at, is_over, silent_end from latest where place <= 50000
),
"""
_PREFIXES = """
told as (
  select s.case_id, s.position, s.occurred_at, unix_micros(s.occurred_at) as at_us, s.from_activity, s.to_activity, s.gap_us,
    s.from_channel, s.from_team, s.reason, unix_micros(c.started_at) as started_us, unix_micros(c.finished_at) as finished_us,
    c.now_us, c.is_over, c.silent_end,
    count(*) over (partition by s.case_id, s.from_activity order by s.position) as seen
  from steps s join chosen c on c.case_id = s.case_id
),
prefixes as (
  select case_id, position, occurred_at, from_activity as activity,
{before},
    from_channel as channel, from_team as team, last_known(reason) over so_far as reason, seen,
    sum(case when seen = 1 then 1 else 0 end) over so_far as activities,
    (at_us - started_us) / 1e6 as elapsed_s,
    coalesce(at_us - lag(at_us) over in_case, 0) / 1e6 as pause_s,
    to_activity as next_activity, is_over, silent_end, coalesce(gap_us, now_us - at_us) / 1e6 as wait_s,
    case when is_over then (finished_us - at_us) / 1e6 end as remaining_s
  from told
  window in_case as (partition by case_id order by position),
    so_far as (partition by case_id order by position rows between unbounded preceding and current row)
)
"""
_BEFORE = ",\n".join(f"    lag(from_activity, {n}) over in_case as before_{n}" for n in range(1, DEPTH))
LEARNT_FROM = (
    f"{_LOG}{_LEARNT_FROM}{_PREFIXES.replace('{before}', _BEFORE)}select * from prefixes order by occurred_at, case_id, position"
)
RUNNING = (
    f"{_LOG}{_RUNNING}{_PREFIXES.replace('{before}', _BEFORE)}select * from prefixes where next_activity is null order by case_id"
)


def numbers(table: pa.Table, name: str) -> Numbers:
    """A column as floats, null as nan; times as seconds since 1970."""
    import numpy as np
    import pyarrow as pa

    column = table[name]
    if pa.types.is_timestamp(column.type):
        return np.asarray(column.cast(pa.timestamp("us")).cast(pa.int64()).to_numpy()) / SECOND
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=float)


def codes(table: pa.Table, name: str, known: Sequence[str]) -> Numbers:
    """The place of each value in ``known``, counted from 1; 0 where it is absent, -1 where it is not known."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    column = table[name].cast(pa.string()).combine_chunks()
    index: Any = pc.index_in(column, pa.array(list(known), pa.string()))
    found = pc.fill_null(index, -2)
    made = np.asarray(found.to_numpy(zero_copy_only=False)).astype(np.int64) + 1
    return np.where(absent(table, name), 0, made)


def frequent(table: pa.Table, name: str, most: int = MOST_VALUES) -> tuple[str, ...]:
    """The values of a column, the most frequent first, of equal ones the first by name."""
    import pyarrow as pa

    counted: Any = table[name].cast(pa.string()).value_counts()
    named = [(-row["counts"], row["values"]) for row in counted.to_pylist() if row["values"] is not None]
    return tuple(value for _, value in sorted(named)[:most])


def features(table: pa.Table, known: dict[str, tuple[str, ...]]) -> Numbers:
    """One row per journey so far: the categories first, as codes, then counts, times, hour and weekday."""
    import numpy as np

    places = [np.maximum(codes(table, name, known[name]), 0) for name in CATEGORIES]
    at = numbers(table, "occurred_at")
    plain = [np.minimum(numbers(table, name), 1_000) for name in ("position", "seen", "activities")]
    times = [numbers(table, "elapsed_s"), numbers(table, "pause_s"), at % DAY_S, np.floor(at / DAY_S + 3) % 7]
    return np.column_stack([*places, *plain, *times]).astype(float)


def known_values(table: pa.Table) -> dict[str, tuple[str, ...]]:
    """For each category the values that :func:`features` tells apart; activities have one numbering, however far back."""
    activities = frequent(table, "activity")
    return {name: activities if name in PATH else frequent(table, name) for name in CATEGORIES}


def split_time(table: pa.Table, share: float) -> float:
    """The time (seconds since 1970) before which ``share`` of the rows lie."""
    import numpy as np

    return float(np.quantile(numbers(table, "occurred_at"), share))


def thinned(table: pa.Table, most: int) -> pa.Table:
    """At most ``most`` rows, taken at even distances."""
    import numpy as np

    if table.num_rows <= most:
        return table
    return table.take(np.linspace(0, table.num_rows - 1, most).astype(np.int64))


def seen_from(table: pa.Table, time: float) -> pa.Table:
    """What was known at ``time``: rows until then; what came later is still awaited, cases not over then are running."""
    import pyarrow as pa

    at, wait, remaining = (numbers(table, name) for name in ("occurred_at", "wait_s", "remaining_s"))
    past = at <= time
    awaited = past & (at + wait > time) & ~absent(table, "next_activity")
    ended = past & (at + remaining <= time)
    known = [None if late else name for late, name in zip(awaited, table["next_activity"].to_pylist(), strict=True)]
    changed: dict[str, Any] = {
        "next_activity": pa.array(known, pa.string()),
        "wait_s": pa.array(_least(wait, time - at)),
        "is_over": pa.array(ended),
        "remaining_s": pa.array(remaining, mask=~ended),
    }
    for name, column in changed.items():
        table = table.set_column(table.column_names.index(name), name, column)
    return table.filter(pa.array(past))


def absent(table: pa.Table, name: str) -> Numbers:
    """Which rows have no value there."""
    import numpy as np

    return np.asarray(table[name].is_null().to_numpy())


def _least(one: Numbers, other: Numbers) -> Numbers:
    import numpy as np

    return np.minimum(one, other)


def clustered(values: Numbers, case: Sequence[Any]) -> tuple[float, float]:
    """The mean and half its 95 % interval; the rows of one case count as a cluster (Cochran 1977, section 3.12)."""
    import numpy as np

    _, at = np.unique(np.array(case).astype(str), return_inverse=True)
    mean = float(values.mean())
    off = np.bincount(at, weights=values - mean)
    return mean, 1.96 * float(np.sqrt((off**2).sum())) / len(values)


def share_figures(name: str, right: Numbers, case: Sequence[Any]) -> dict[str, Any]:
    """A share of rows as an answer tells it, with its interval and number; Wilson's interval where nothing varies."""
    share, half = clustered(right.astype(float), case)
    low, high = (max(0.0, share - half), min(1.0, share + half)) if half else wilson(float(right.sum()), len(right))
    return {name: share, f"{name}_low": low, f"{name}_high": high, f"{name}_n": len(right)}
