"""Columns of text and files of lines, built at Arrow's speed: a CSV of millions of rows in seconds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kundig.simulation.days import DAY, Bools, Calendar, Ints

Column = Any
"""A pyarrow string array."""


class Writer:
    """A text file that takes whole columns: a CSV with ``header``, or JSON lines without."""

    def __init__(self, path: Path, header: Sequence[str] = (), *, delimiter: str = ";", encoding: str = "utf-8") -> None:
        self.path, self.delimiter, self.encoding = path, delimiter, encoding
        self.rows = 0
        self._stream: IO[bytes] = path.open("wb")
        self._newline = "\r\n" if header else "\n"
        if header:
            self._stream.write((delimiter.join(header) + "\r\n").encode(encoding))

    def write(self, columns: Sequence[Column]) -> None:
        """Add rows; nothing is written for a null."""
        lines = joined(columns, self.delimiter, end=self._newline)
        self.rows += len(lines)
        data = _bytes(lines)
        self._stream.write(data if self.encoding == "utf-8" else str(data, "utf-8").encode(self.encoding))

    def close(self) -> None:
        self._stream.close()


def _bytes(strings: Column) -> memoryview:
    """The strings one after the other: exactly the value buffer of the Arrow array, so nothing is copied."""
    if not len(strings):
        return memoryview(b"")
    first, last = strings.offset, strings.offset + len(strings)
    offsets = np.frombuffer(strings.buffers()[1], dtype=np.int32)
    return memoryview(strings.buffers()[2])[int(offsets[first]) : int(offsets[last])]


def joined(columns: Sequence[Column], delimiter: str = "", end: str = "") -> Column:
    """Row by row the columns with ``delimiter`` between, nulls as nothing."""
    call: Any = pc.binary_join_element_wise
    lines = call(*columns, delimiter, null_handling="replace", null_replacement="")
    return call(lines, end, "") if end else lines


def words(table: Sequence[str], index: Ints, where: Bools | None = None) -> Column:
    """``table[index]``, null where not ``where``."""
    return pa.array(list(table), pa.string()).take(pa.array(index, pa.int64(), mask=None if where is None else ~where))


def codes(prefix: str, numbers: Ints, width: int, where: Bools | None = None) -> Column:
    """Such as T0000042: ``prefix`` and ``numbers`` with leading zeros, null where not ``where``; at most ``width`` digits."""
    letters, n = prefix.encode(), len(numbers)
    cells = np.empty((n, len(letters) + width), dtype=np.uint8)
    cells[:, : len(letters)] = np.frombuffer(letters, dtype=np.uint8)
    rest = numbers
    for place in range(cells.shape[1] - 1, len(letters) - 1, -1):
        shorter = rest // 10
        cells[:, place] = rest - shorter * 10 + ord("0")
        rest = shorter
    offsets = np.arange(n + 1, dtype=np.int32) * np.int32(cells.shape[1])
    known = None if where is None else np.packbits(where, bitorder="little")
    buffer: Any = pa.py_buffer
    return pa.StringArray.from_buffers(n, buffer(offsets), buffer(cells), None if known is None else buffer(known))


def decimals(hundredths: Ints, digits: int = 2, where: Bools | None = None) -> Column:
    """Hundredths (or tenths) as a German writes them: 1290 as 12,90."""
    values, place = np.unique(hundredths, return_inverse=True)
    size = 10**digits
    return words([f"{v // size},{v % size:0{digits}d}" for v in values.tolist()], place, where)


def quoted(texts: Iterable[str], delimiter: str) -> Column:
    """Free text for a CSV: in quotes where it must be, null where empty."""
    marks = (delimiter, '"', "\n")
    return pa.array(
        ['"' + text.replace('"', '""') + '"' if any(m in text for m in marks) else text or None for text in texts], pa.string()
    )


class Clock:
    """Times of the simulation as text."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.first = min(calendar.start, dt.date(1990, 1, 1))

    @cached_property
    def _days(self) -> Column:
        end = self.calendar.dates[-1]
        days = (self.first + dt.timedelta(days=n) for n in range((end - self.first).days + 1))
        return pa.array([f"{day:%d.%m.%Y}" for day in days])

    @cached_property
    def _iso_days(self) -> Column:
        end = self.calendar.dates[-1]
        days = (self.first + dt.timedelta(days=n) for n in range((end - self.first).days + 1))
        return pa.array([day.isoformat() for day in days])

    @cached_property
    def _seconds(self) -> Column:
        return pa.array([f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(DAY)])

    @cached_property
    def _minutes(self) -> Column:
        return pa.array([f"{m // 60:02d}:{m % 60:02d}" for m in range(DAY // 60)])

    def date(self, times: Ints, where: Bools | None = None) -> Column:
        """01.05.2025"""
        return self._days.take(self._day(times, where))

    def minute(self, times: Ints, where: Bools | None = None) -> Column:
        """01.05.2025 08:13"""
        call: Any = pc.binary_join_element_wise
        return call(self.date(times, where), self._minutes.take(pa.array(times % DAY // 60)), " ")

    def second(self, times: Ints) -> Column:
        """01.05.2025 08:13:22"""
        call: Any = pc.binary_join_element_wise
        return call(self.date(times), self._seconds.take(pa.array(times % DAY)), " ")

    def utc(self, times: Ints) -> Column:
        """2025-05-01T06:13:22Z"""
        epoch = self.calendar.utc(times)
        first = (self.first - dt.date(1970, 1, 1)).days
        call: Any = pc.binary_join_element_wise
        days = self._iso_days.take(pa.array(epoch // DAY - first))
        return call(call(days, self._seconds.take(pa.array(epoch % DAY)), "T"), "Z", "")

    def _day(self, times: Ints, where: Bools | None) -> Column:
        offset = (self.calendar.start - self.first).days
        days = np.clip(times // DAY + offset, 0, len(self._days) - 1)
        return pa.array(days, mask=None if where is None else ~where)
