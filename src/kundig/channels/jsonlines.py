"""Events as JSON: one object a line, an array of them, or a document that wraps one.

It reads kundig's own events, CloudEvents (single, batch, one a line) and Segment's track and identify calls alike:
nested objects become dotted columns ("data.plan", "properties.price", "context.page.url"), lists stay JSON text,
numbers stay as they are written. ``_row`` is the line, or the element's place in the array.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kundig.channel import Reject, Rejected, Source
from kundig.channels._batches import Row, batches
from kundig.channels._bytes import LONGEST_ROW, MIB, Stream, backslashed, blocks, ending, head
from kundig.channels._json import Entry, UnreadableError, entries, flat, parse
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
_INDENTED = re.compile(rb"^[ \t]*[{\[][ \t\r]*$", re.MULTILINE)


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
    number = 0
    for number, entry in found:
        try:
            yield number, flat(_checked(entry))
        except UnreadableError as error:
            reject(Rejected(source.name, number, "", "", error.reason, backslashed(entry.text), error.values))
    if not number:
        raise DataError("{file} holds no events.", "Export it again.", file=source.name)


def _checked(entry: Entry) -> dict[str, Any]:
    if not entry.whole:
        raise UnreadableError(sentence("It does not end within the file, or within {limit} MB."), limit=LONGEST_ROW // MIB)
    value = parse(entry.text)
    if not isinstance(value, dict):
        raise UnreadableError(sentence("It is no object with named values."))
    return value


def _by_line(source: Source) -> bool:
    """True where the name says so or one of the first two lines is an object by itself."""
    if ending(source) in (".jsonl", ".ndjson"):
        return True
    start = head(source).removeprefix(_BOM).lstrip()
    lines = start.split(b"\n", 2)[:2]
    return len(lines) > 1 and not _INDENTED.search(start) and any(_is_object(line) for line in lines)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(parse(line.decode()), dict)
    except (UnreadableError, UnicodeDecodeError):
        return False


def _of_lines(source: Source) -> Iterator[tuple[int, Entry]]:
    """Each line that is not blank, with its number."""
    number = 0
    with Stream(source) as stream:
        for block in blocks(stream):
            for line in block.splitlines():
                number += 1
                text = line.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
                if text.strip():
                    yield number, Entry(text, len(line) < LONGEST_ROW)


def _of_document(source: Source) -> Iterator[tuple[int, Entry]]:
    """Each element of the array, of the list in the wrapping object, or each object in a row of them."""
    key = _wrapper(head(source))
    with Stream(source) as stream:
        yield from enumerate(entries(stream, key), 1)


def _wrapper(start: bytes) -> str:
    """The key of the list that a document wraps, "" where it is the table itself; a CloudEvent's data is its own."""
    if not start.removeprefix(_BOM).lstrip().startswith(b"{") or b'"specversion"' in start:
        return ""
    for key in WRAPPERS:
        first = next(entries(io.BytesIO(start), key), None)
        if first and first.text.startswith("{"):
            return key
    return ""
