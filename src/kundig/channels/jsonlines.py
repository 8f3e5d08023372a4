"""Events as JSON: one object a line, an array of them, or a document that wraps one.

It reads kundig's own events, CloudEvents (single, batch, one a line) and Segment's track and identify calls alike:
nested objects become dotted columns ("data.plan", "properties.price", "context.page.url"), lists stay JSON text,
numbers stay as they are written. ``_row`` is the line, or the element's place in the array.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kundig.channel import Reject, Rejected, Source
from kundig.channels._batches import Row, batches
from kundig.channels._bytes import LONGEST_ROW, MIB, Stream, backslashed, blocks, ending, head
from kundig.channels._json import Number, Unreadable, entries, flat, parse
from kundig.errors import DataError
from kundig.message import sentence

if TYPE_CHECKING:
    import pyarrow as pa

title = sentence("JSON lines, CloudEvents and Segment events")
suffixes = (".jsonl", ".ndjson", ".json")
order = 40

WRAPPERS = ("batch", "events", "data", "records", "items", "results")
"""Where a document is one object, the first of these keys that holds a list of objects is the table."""
_BOM = b"\xef\xbb\xbf"


def claims(source: Source) -> bool:
    """Text that begins with an object, or with an array of objects."""
    start = head(source).removeprefix(_BOM).lstrip()
    if start[:1] == b"[":
        return start[1:].lstrip()[:1] in (b"{", b"]")
    return start[:1] == b"{" and start[1:].lstrip()[:1] in (b'"', b"}")


def parts(source: Source) -> list[Source]:
    return [source]


def rows(source: Source, reject: Reject) -> Iterator[pa.RecordBatch]:
    """Batches of text columns; an entry that is no sound object goes to ``reject``, whole."""
    return batches(_rows(source, reject))


def _rows(source: Source, reject: Reject) -> Iterator[Row]:
    found = _of_lines(source) if _by_line(source) else _of_document(source)
    empty = True
    for number, text in found:
        empty = False
        try:
            yield number, flat(_checked(text))
        except Unreadable as error:
            reject(Rejected(source.name, number, "", "", error.reason, backslashed(text if isinstance(text, str) else ""), error.values))
    if empty:
        raise DataError("{file} is empty.", "Export it again.", file=source.name)


def _checked(text: str | dict[str, Any]) -> dict[str, Any]:
    value = parse(text) if isinstance(text, str) else text
    if not isinstance(value, dict):
        raise Unreadable(sentence("It is no object with named values."))
    return value


def _by_line(source: Source) -> bool:
    """True where the name says so or one of the first two lines is an object by itself."""
    if ending(source) in (".jsonl", ".ndjson"):
        return True
    start = head(source).removeprefix(_BOM).lstrip()
    lines = start.split(b"\n", 2)[:2]
    return start[:1] == b"{" and len(lines) > 1 and any(_is_object(line) for line in lines)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(parse(line.decode()), dict)
    except (Unreadable, UnicodeDecodeError):
        return False


def _of_lines(source: Source) -> Iterator[tuple[int, str]]:
    """Each line that is not blank, with its number."""
    number = 0
    with Stream(source) as stream:
        for block in blocks(stream):
            for line in block.splitlines():
                number += 1
                text = line.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
                if len(line) >= LONGEST_ROW:
                    raise DataError("{file}, row {row}: the line is longer than {limit} MB.", file=source.name, row=number, limit=LONGEST_ROW // MIB)
                if text.strip():
                    yield number, text
