"""Buckets: rows of many files sorted out into buckets that fit into memory, whatever the total.

Files are read one at a time. Where there are more buckets than can be in work at the same time, each lies as an Arrow
stream on the lake's own disk until it is worked on.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kundig.lake.columns import REPEATING, Words, dictionary, given, one, utf8

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundig.lake.columns import Array

    Numbers = NDArray[np.int64]

Thing = TypeVar("Thing")
Result = TypeVar("Result")

WORKERS = 2
"""Files or buckets in work at the same time: numpy and Arrow let go of the interpreter, and memory doubles."""

FEW_ROWS = 50_000
"""Up to so many rows one worker is quicker than two."""


def number_of(rows: int, most: int) -> int:
    """How many buckets of at most about ``most`` rows: one for each worker at least, where there are enough rows."""
    return max(1 if rows <= FEW_ROWS else WORKERS, -(-rows // most))


@dataclass(frozen=True)
class Rows:
    """The rows of a Parquet file.

    columns: which ones, and the file's own name of each; given: a text column that must have a value;
    among: the only values of it that are meant, None for all; apart: all others are meant instead
    """

    path: Path
    columns: Mapping[str, str]
    given: str = ""
    among: Array | None = None
    apart: bool = False

    def read(self) -> pa.Table:
        """The rows, texts that repeat as dictionaries."""
        texts = [theirs for name, theirs in self.columns.items() if name in REPEATING]
        with pq.ParquetFile(self.path, read_dictionary=texts) as file:
            table = file.read(list(self.columns.values())).unify_dictionaries()
        # Names only: which columns may be empty is said otherwise by every writer, and a stream takes one schema.
        rows = pa.table([_column(name, table[theirs]) for name, theirs in self.columns.items()], list(self.columns))
        meant = self._meant(rows) if self.given else None
        return rows if meant is None or meant.all() else rows.filter(pa.array(meant))

    def _meant(self, rows: pa.Table) -> NDArray[np.bool_]:
        column = dictionary(rows[self.given])
        if self.among is None:
            return given(column)
        known = given(column)
        meant = np.asarray(pc.is_in(column.dictionary, self.among)) != self.apart
        known[known] = meant[column.indices.drop_null()]
        return known


def _column(name: str, column: pa.ChunkedArray[Any]) -> Array:
    """In one piece; large where texts may be long, since those of a bucket may exceed the 2 GB of a plain text column."""
    return one(column).cast(pa.large_string()) if name == "extra" else one(column)


class Plan(Protocol):
    """Which bucket a row goes to."""

    buckets: int

    def bucket_of(self, rows: pa.Table) -> Numbers:
        """The bucket of each row, from 0 to less than ``buckets``."""
        ...


class ByText:
    """Buckets by the hash of a text column, so that rows with the same text share one."""

    def __init__(self, name: str, buckets: int) -> None:
        self.name, self.buckets = name, buckets

    def bucket_of(self, rows: pa.Table) -> Numbers:
        words = Words.of(rows[self.name])
        hashes = np.fromiter((zlib.crc32(text) % self.buckets for text in utf8(words.words)), np.int64, len(words.words))
        return hashes[words.codes]


@dataclass(frozen=True)
class Bucket:
    """Its number and where its rows are."""

    number: int
    place: pa.Table | Path

    def rows(self) -> pa.Table:
        """The rows, once: its file is deleted."""
        if isinstance(self.place, pa.Table):
            return self.place
        with pa.memory_map(str(self.place)) as stream:
            table = pa.ipc.open_stream(stream).read_all()
        self.place.unlink()
        return table


def deal(files: Sequence[Rows], plan: Plan, folder: Path) -> list[Bucket]:
    """Sort the rows of ``files`` out; buckets without rows are left out."""
    if plan.buckets <= WORKERS:
        return _dealt_in_memory(files, plan)
    folder.mkdir(parents=True)
    with _Dealer(plan, folder) as dealer:
        for _ in in_turn(dealer.deal, files):
            pass
    return [Bucket(int(path.stem), path) for path in sorted(folder.iterdir())]


def in_turn(work: Callable[[Thing], Result], things: Sequence[Thing]) -> Iterator[Result]:
    """The results of ``work`` in the order of ``things``, a few of them in work at the same time; the first error ends all."""
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            for future in [pool.submit(work, thing) for thing in things]:
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _dealt_in_memory(files: Sequence[Rows], plan: Plan) -> list[Bucket]:
    """All buckets at once, since all of them will be in work at once."""
    parts: dict[int, list[pa.Table]] = {}
    for dealt in in_turn(lambda file: _dealt(file, plan), files):
        for number, part in dealt:
            parts.setdefault(number, []).append(part)
    return [Bucket(number, pa.concat_tables(tables)) for number, tables in sorted(parts.items())]


def _dealt(file: Rows, plan: Plan) -> list[tuple[int, pa.Table]]:
    """The rows of one file by their bucket."""
    rows = file.read()
    if plan.buckets == 1:
        return [(0, rows)] if rows.num_rows else []
    return list(_parts(rows, plan.bucket_of(rows)))


class _Dealer:
    """One open stream per bucket, written by several threads in turn."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan, self.folder = plan, folder
        self._open = ExitStack()
        self._writers: dict[int, pa.ipc.RecordBatchStreamWriter] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> _Dealer:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def deal(self, file: Rows) -> None:
        """Sort the rows of one file out."""
        parts = [(bucket, _trimmed(part)) for bucket, part in _dealt(file, self.plan)]
        with self._lock:
            for bucket, part in parts:
                self._writer(bucket, part.schema).write_table(part)

    def _writer(self, bucket: int, schema: pa.Schema) -> pa.ipc.RecordBatchStreamWriter:
        if bucket not in self._writers:
            # A stream that cannot be ended on a full disk must still let go of its file, or the space stays taken.
            file = self._open.enter_context(pa.OSFile(str(self.folder / f"{bucket:06d}.arrows"), "wb"))
            self._writers[bucket] = self._open.enter_context(pa.ipc.new_stream(file, schema))
        return self._writers[bucket]


def _parts(rows: pa.Table, bucket: Numbers) -> Iterator[tuple[int, pa.Table]]:
    """The rows of each bucket that has some."""
    sizes = np.bincount(bucket)
    if np.count_nonzero(sizes) > 1:
        rows = rows.take(np.argsort(bucket.astype(np.uint16), kind="stable"))  # 16 bits are sorted by radix, many times quicker
    for number, (end, size) in enumerate(zip(np.cumsum(sizes), sizes, strict=True)):
        if size:
            yield number, rows.slice(end - size, size)


def _trimmed(part: pa.Table) -> pa.Table:
    """Dictionaries much longer than the part needs are made anew: they would be written with every part of a file."""
    for number, name in enumerate(part.column_names):
        if name in REPEATING and 2 * len(dictionary(part[name]).dictionary) > part.num_rows:
            part = part.set_column(number, name, dictionary(part[name]).dictionary_decode().dictionary_encode())
    return part
