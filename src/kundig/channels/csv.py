"""Delimited text as people really have it: CSV, TSV, semicolons, Windows-1252, quotes that never close.

Clean blocks go through Arrow's reader; a block with anything odd in it is read record by record. Both give
the same rows, so the fast way is never a question of right or wrong. Values stay text, "" becomes null.
``_row`` counts records (blank lines too) with the header as 1, as a spreadsheet shows them.

A quotation mark is taken as such only where a field begins with one and ends properly: the closing mark stands before
a delimiter or a line's end, within 16 MB, and the row has as many cells as the header. Else it is a letter.
Options: ("delimiter", ";") and ("encoding", "cp1252"); without one, each line is UTF-8, else Windows-1252.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kundig.channel import ROW, Reject, Rejected, Source
from kundig.channels import _layout
from kundig.channels._batches import BATCH_ROWS, table, unique
from kundig.channels._bytes import LONGEST_ROW, MIB, Readable, Stream, Transcoded, backslashed, blocks, ending, head, with_last
from kundig.channels._records import Grammar
from kundig.errors import DataError
from kundig.message import sentence

if TYPE_CHECKING:
    import pyarrow as pa

title = sentence("CSV and other delimited text")
suffixes = (".csv", ".tsv", ".tab", ".psv", ".txt")
order = 90

LONGEST_FIELD = MIB
"""A longer value (in characters) sends its row to the rejected ones."""
MOST_COLUMNS = 10_000
_SURE = (".csv", ".tsv", ".tab", ".psv")
_ARROW_ROWS = 32_768
_BINARY = (b"PK\x03\x04", b"PAR1", b"SQLite format 3", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b")


def claims(source: Source) -> bool:
    """A file called .csv or .tsv that is no known binary format, or any text whose lines form a table."""
    start = head(source)
    if start.startswith(_BINARY):
        return False
    return ending(source) in _SURE or _layout.tabular(start)


def parts(source: Source) -> list[Source]:
    return [source]


def rows(source: Source, reject: Reject) -> Iterator[pa.RecordBatch]:
    """Batches of text columns named by the header; DataError where the file is empty or has too many columns."""
    layout = _layout.find(source)
    with Stream(source) as stream:
        plain: Readable = Transcoded(stream, layout.encoding) if layout.transcoded else stream
        yield from _Reader(source, reject, layout).read(blocks(plain))


class _Reader:
    """One pass over one file."""

    def __init__(self, source: Source, reject: Reject, layout: _layout.Layout) -> None:
        self._source = source
        self._reject = reject
        self._layout = layout
        self._grammar = Grammar(layout.delimiter)
        self._names: list[str] = []
        self._row = 0

    def read(self, data: Iterator[bytes]) -> Iterator[pa.RecordBatch]:
        waiting = b""
        empty = True
        for block, last in with_last(data):
            batches, waiting = self._block(waiting + block, last)
            empty = empty and not batches
            yield from batches
        if not self._names:
            raise DataError("{file} is empty.", "Export it again, with a line of column names on top.", file=self._source.name)
        if empty:
            yield table(self._names, [], [])

    def _block(self, data: bytes, last: bool) -> tuple[list[pa.RecordBatch], bytes]:
        """The batches of one block and what is left of it for the next."""
        if not self._names:
            rest = self._header(data, last)
            if not self._names:
                return [], data
            data = rest
        batches, rest = self._fast(data) or ([], data)
        if rest and (last or not batches):
            more, rest = self._careful(rest, last)
            batches = batches + more
        return batches, rest

    def _header(self, data: bytes, last: bool) -> bytes:
        """Take the names from the first record that is not blank and return what follows; no names where it has not ended."""
        text = self._layout.without_preface(_layout.text(data, self._layout.fixed))
        for row, record in enumerate(self._grammar.records(text, 0, last), 1):
            if record.raw:
                if len(record.cells) > MOST_COLUMNS:
                    self._too_wide(len(record.cells))
                self._names, self._row = unique(backslashed(cell) for cell in record.cells), row
                return text[record.end :].encode("utf-8", "surrogateescape")
        return data

    def _too_wide(self, found: int) -> None:
        raise DataError(
            "{file} has {found} columns; at most {most} can be read.",
            "Check the delimiter, or name it in the mapping.",
            file=self._source.name,
            found=found,
            most=MOST_COLUMNS,
        )

    def _fast(self, data: bytes) -> tuple[list[pa.RecordBatch], bytes] | None:
        """The block's batches and what is left of it, by Arrow; None where anything in it is odd."""
        end = _clean_end(data, self._layout.delimiter) if len(data) <= LONGEST_FIELD else 0
        found = _by_arrow(data[:end], self._layout.delimiter, self._names) if end else None
        return (self._numbered(found), data[end:]) if found is not None else None

    def _numbered(self, found: pa.Table) -> list[pa.RecordBatch]:
        import numpy as np
        import pyarrow as pa

        first = self._row + 1
        self._row += found.num_rows
        counted = np.arange(first, self._row + 1, dtype=np.int64)
        # from its buffer: pa.array() of a numpy array would import pandas, which takes a second
        numbers = pa.Array.from_buffers(pa.int64(), len(counted), [None, pa.py_buffer(counted.tobytes())])
        return found.append_column(ROW, numbers).to_batches(max_chunksize=_ARROW_ROWS)

    def _careful(self, data: bytes, last: bool) -> tuple[list[pa.RecordBatch], bytes]:
        """The block's batches, record by record, and the beginning of a record that the next block may end."""
        text = _layout.text(data, self._layout.fixed)
        good: list[list[str]] = []
        numbers: list[int] = []
        end = 0
        for record in self._grammar.records(text, len(self._names), last):
            self._row += 1
            end = record.end
            if record.raw and self._fits(record.raw, record.cells):
                good.append(record.cells)
                numbers.append(self._row)
        steps = range(0, len(good), BATCH_ROWS)
        found = [table(self._names, numbers[i : i + BATCH_ROWS], good[i : i + BATCH_ROWS]) for i in steps]
        return found, text[end:].encode("utf-8", "surrogateescape")

    def _fits(self, raw: str, cells: list[str]) -> bool:
        """Shorten ``cells`` to the header's length, or reject the row."""
        expected = len(self._names)
        if len(raw) > LONGEST_ROW // 4 and len(raw.encode("utf-8", "surrogateescape")) >= LONGEST_ROW:
            reason = sentence("The row is longer than {limit} MB; only its beginning is kept.")
            return self._refuse(raw, reason, limit=LONGEST_ROW // MIB)
        if len(cells) < expected or any(cells[expected:]):
            reason = sentence("The row has {found} cells, the header {expected}.")
            return self._refuse(raw, reason, found=len(cells), expected=expected)
        del cells[expected:]
        return self._short(raw, cells) and self._readable(raw)

    def _short(self, raw: str, cells: list[str]) -> bool:
        if len(raw) <= LONGEST_FIELD:
            return True
        for name, cell in zip(self._names, cells, strict=True):
            if len(cell) > LONGEST_FIELD:
                reason = sentence("The value has {found} characters; at most {limit} are read.")
                return self._refuse(raw, reason, name, cell[:200], found=len(cell), limit=LONGEST_FIELD)
        return True

    def _readable(self, raw: str) -> bool:
        if raw.isascii() or not self._layout.fixed:
            return True
        try:
            raw.encode()
        except UnicodeEncodeError:
            return self._refuse(raw, sentence("The row is no text in the encoding {encoding}."), encoding=self._layout.encoding)
        return True

    def _refuse(self, raw: str, reason: str, column: str = "", value: str = "", /, **values: str | int) -> bool:
        kept = tuple(values.items())
        self._reject(Rejected(self._source.name, self._row, column, backslashed(value), reason, backslashed(raw), kept))
        return False


_BLANK_LINE = re.compile(rb"\n\r|\r\r")


def _clean_end(data: bytes, delimiter: str) -> int:
    """How many leading bytes are whole records with nothing odd in them; 0 where something is odd."""
    if b"\0" in data or data[:1] in (b"\n", b"\r") or b"\n\n" in data or not delimiter.isascii():
        return 0
    if b"\r" in data and _BLANK_LINE.search(data):
        return 0
    return _quoted_end(data, delimiter) if b'"' in data else len(data)


def _quoted_end(data: bytes, delimiter: str) -> int:
    """The same for data with quotation marks: each opens at a field's start and closes at its end."""
    import numpy as np

    view = np.frombuffer(data, np.uint8)
    marks = np.flatnonzero(view == ord('"'))
    border = np.zeros(256, bool)
    border[list(f'"\r\n{delimiter}'.encode())] = True
    opening, closing = marks[::2], marks[1::2]
    if not border[view[opening[opening > 0] - 1]].all() or not border[view[closing[closing < len(data) - 1] + 1]].all():
        return 0
    if len(marks) % 2 == 0:
        return len(data)
    breaks = np.flatnonzero(view == ord("\n"))
    outside = breaks[np.searchsorted(marks, breaks) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else 0


def _by_arrow(data: bytes, delimiter: str, names: list[str]) -> pa.Table | None:
    """The records as text columns; None where a row is too short or too long or a value is no UTF-8."""
    import pyarrow as pa
    import pyarrow.csv as arrow

    quoted = b'"' in data
    try:
        return arrow.read_csv(
            io.BytesIO(data),
            read_options=arrow.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=names),
            parse_options=arrow.ParseOptions(delimiter=delimiter, quote_char='"' if quoted else False, newlines_in_values=quoted),
            convert_options=arrow.ConvertOptions(
                column_types={name: pa.string() for name in names},
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:
        return None
