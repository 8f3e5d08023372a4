"""Buckets: knots from many files sorted out into buckets of whole cases, so that folding needs memory for a bucket only.

Files are read one at a time. A bucket lies as an Arrow stream on the lake's own disk until it is woven.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kundig.lake import knit
from kundig.lake.weave import TEXTS, dictionary, plain_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundig.lake.weave import Array

WORKERS = 2
"""Files or buckets in work at the same time: numpy and Arrow let go of the interpreter, and memory doubles."""


@dataclass(frozen=True)
class Knots:
    """A Parquet file with events or steps, and what it calls each column of ``knit.KNOTS``.

    cases: the only cases meant; None for all.
    """

    path: Path
    columns: Sequence[str]
    cases: Array | None = None

    def read(self) -> pa.Table:
        """The knots, texts as dictionaries; events without a case are left out."""
        texts = [column for column, name in zip(self.columns, knit.KNOTS, strict=True) if name in TEXTS]
        table = pq.ParquetFile(self.path, read_dictionary=texts).read(list(self.columns)).unify_dictionaries()
        # Names only: which columns may be empty is said otherwise by every writer, and a stream takes one schema.
        knots = pa.table([table[column].combine_chunks() for column in self.columns], list(knit.KNOTS))
        case = dictionary(knots["case_id"])
        if self.cases is not None:
            return knots.filter(pc.is_in(case.dictionary, self.cases).take(case.indices))
        return knots.filter(case.is_valid()) if case.null_count else knots


EVENTS = tuple("position" if name == "source_position" else name for name in knit.KNOTS)
STEPS = tuple(f"from_{name}" if name in ("activity", "kind") else name for name in knit.KNOTS)


def deal(files: Sequence[Knots], buckets: int, folder: Path) -> list[Path]:
    """Sort the knots of ``files`` out into at most ``buckets`` streams in ``folder``, each of whole cases."""
    folder.mkdir(parents=True)
    with _Dealer(buckets, folder) as dealer, ThreadPoolExecutor(WORKERS) as pool:
        for _ in pool.map(dealer.deal, files):
            pass
    return sorted(folder.iterdir())


def knots_of(path: Path) -> pa.Table:
    """A bucket's knots; its file is deleted."""
    with pa.memory_map(str(path)) as stream:
        table = pa.ipc.open_stream(stream).read_all()
    path.unlink()
    return table


class _Dealer:
    """One open stream per bucket, written by several threads in turn."""

    def __init__(self, buckets: int, folder: Path) -> None:
        self.buckets, self.folder = buckets, folder
        self._open = ExitStack()
        self._writers: dict[int, pa.ipc.RecordBatchStreamWriter] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> _Dealer:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def deal(self, file: Knots) -> None:
        """Sort the knots of one file out."""
        parts = [(bucket, _trimmed(part)) for bucket, part in _parts(file.read(), self.buckets)]
        with self._lock:
            for bucket, part in parts:
                self._writer(bucket, part.schema).write_table(part)

    def _writer(self, bucket: int, schema: pa.Schema) -> pa.ipc.RecordBatchStreamWriter:
        if bucket not in self._writers:
            path = self.folder / f"{bucket:06d}.arrows"
            self._writers[bucket] = self._open.enter_context(pa.ipc.new_stream(str(path), schema))
        return self._writers[bucket]


def _parts(knots: pa.Table, buckets: int) -> Iterator[tuple[int, pa.Table]]:
    """The knots of each bucket that has some."""
    if buckets == 1 or not knots.num_rows:
        yield from [(0, knots)] if knots.num_rows else []
        return
    case = dictionary(knots["case_id"])
    bucket = _buckets_of(case.dictionary, buckets)[case.indices.to_numpy()]
    sizes = np.bincount(bucket, minlength=buckets)
    knots = knots.take(np.argsort(bucket, kind="stable"))
    for number, (end, size) in enumerate(zip(np.cumsum(sizes), sizes, strict=True)):
        if size:
            yield number, knots.slice(end - size, size)


def _buckets_of(cases: Array, buckets: int) -> NDArray[np.uint16]:
    return np.fromiter((zlib.crc32(text) % buckets for text in plain_bytes(cases)), np.uint16, len(cases))


def _trimmed(part: pa.Table) -> pa.Table:
    """Dictionaries much longer than the part needs are made anew: they would be written with every part of a file."""
    for number, name in enumerate(part.column_names):
        if name in TEXTS and 2 * len(dictionary(part[name]).dictionary) > part.num_rows:
            part = part.set_column(number, name, dictionary(part[name]).dictionary_decode().dictionary_encode())
    return part
