"""Sorting new events by month, person and time, bucket by bucket: what SQL would do, at less than half the cost.

A bucket is a run of months, or a slice of the persons of one large month; so files of different buckets do not overlap.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kundig import event
from kundig.engine import Written
from kundig.lake import buckets
from kundig.lake.columns import Words, integers, order_of, shortened, utf8
from kundig.lake.writing import write

if TYPE_CHECKING:
    from kundig.lake.columns import Whole

ROWS_PER_BUCKET = 720_000
"""Events sorted at once: nearly three files, since a few rows more would make a small fourth; about 0.4 GB of memory."""
_SLICES = 256


def sorted_events(files: Sequence[Path], days: pa.Table, work: Path, rows_per_file: int) -> list[Written]:
    """Write the events of ``files`` to sorted files in ``work``.

    ``days`` has each ``day``, counted from 1970, and its number ``n`` of events.
    """
    if not days.num_rows:
        return []
    columns = {name: name for name in event.EVENTS.names}
    months = Counter[int]()
    for month, n in zip(_months(integers(days["day"]), "D").tolist(), integers(days["n"]).tolist(), strict=True):
        months[month] += n
    plan = _Plan(months, _persons(files[0]))
    dealt = buckets.deal([buckets.Rows(path, columns) for path in files], plan, work / "events")
    written = buckets.in_turn(lambda bucket: _sorted(bucket, work, rows_per_file), dealt)
    return [file for files in written for file in files]


class _Plan:
    """Which bucket an event goes to: the first bucket of each month, and into how many its persons are sliced."""

    def __init__(self, months: Mapping[int, int], persons: Sequence[bytes]) -> None:
        self._earliest = min(months)
        self._first = np.zeros(max(months) - self._earliest + 1, np.int64)
        self._slices = np.ones_like(self._first)
        self._borders = [persons[n * len(persons) // _SLICES] for n in range(1, _SLICES)] if persons else []
        self._lay_out(months)

    def bucket_of(self, rows: pa.Table) -> Whole:
        """The bucket of each event."""
        month = _months(integers(rows["occurred_at"]), "us") - self._earliest
        persons = Words.of(rows["person_id"])
        place = np.fromiter((bisect_right(self._borders, person) for person in utf8(persons.words)), np.int64, len(persons.words))
        place = np.append(place, _SLICES - 1)[persons.codes]
        bucket: Whole = self._first[month] + place * self._slices[month] // _SLICES
        return bucket

    def _lay_out(self, months: Mapping[int, int]) -> None:
        most = _most(sum(months.values()))
        bucket = filled = 0
        for month, events in sorted(months.items()):
            if filled and filled + events > most:
                bucket, filled = bucket + 1, 0
            slices = min(_SLICES, -(-events // most))
            self._first[month - self._earliest], self._slices[month - self._earliest] = bucket, slices
            bucket, filled = bucket + slices - 1, filled + events
        self.buckets = bucket + 1


def _most(events: int) -> int:
    """The most events of a bucket. Where one would hold all, two are laid out, of much the same size however long a month is."""
    return min(ROWS_PER_BUCKET, max(buckets.FEW_ROWS, 6 * events // 10))


def _months(times: Whole, unit: Literal["us", "D"]) -> Whole:
    """The month of each time, counted from 1970."""
    months: Whole = times.astype(f"datetime64[{unit}]").astype("datetime64[M]").astype(np.int64)
    return months


def _persons(file: Path) -> list[bytes]:
    """The persons of one file in order: enough to see how all of them spread."""
    with pq.ParquetFile(file, read_dictionary=["person_id"]) as first:
        return sorted(utf8(Words.of(first.read(["person_id"])["person_id"]).words))


def _sorted(bucket: buckets.Bucket, work: Path, rows_per_file: int) -> list[Written]:
    rows = bucket.rows().unify_dictionaries().combine_chunks()
    persons = Words.of(rows["person_id"])
    ranks = np.append(persons.ranks(), len(persons.words))
    months = np.unique(_months(integers(rows["occurred_at"]), "us"), return_inverse=True)[1]
    order = order_of(months * len(ranks) + ranks[persons.codes], rows, "position")
    return write(shortened(rows.take(order)), work, f"events-{bucket.number}", rows_per_file)
