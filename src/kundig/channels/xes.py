"""XES event logs (IEEE 1849), as process mining tools write them: one row per event.

Columns: the event's attributes by key ("concept:name", "time:timestamp"), its trace's as "case:<key>", nested ones
as "key.child"; values are verbatim. A trace without a name gets its running number as "case:_index". Traces without
events give no row, log attributes are left out. ``_row`` is the event's running number.
DTDs, entities and external references are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn
from xml.sax.handler import ContentHandler

from kundig.channel import Reject, Rejected, Source
from kundig.channels._batches import Row, batches, unique
from kundig.channels._bytes import LONGEST_ROW, Stream, head
from kundig.errors import DataError
from kundig.message import sentence

if TYPE_CHECKING:
    import pyarrow as pa

title = sentence("XES event log")
suffixes = (".xes", ".xml")
order = 30

DEEPEST = 64
MOST_ATTRIBUTES = 1_000
_CHUNK = 1 << 18
_TRACE_EVENTS = 10_000
"""Events of a trace wait for trace attributes that come after them, up to this many."""
_VALUES = frozenset({"string", "date", "int", "float", "boolean", "id", "list", "container"})


def claims(source: Source) -> bool:
    """XML whose outermost element is ``log``."""
    start = head(source, 4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    return start[:1] == b"<" and (b"<log" in start or b":log" in start) and b"<html" not in start.lower()


def parts(source: Source) -> list[Source]:
    return [source]


def rows(source: Source, reject: Reject) -> Iterator[pa.RecordBatch]:
    """Batches of text columns; DataError where nothing of the file is XES or where it attacks its reader."""
    return batches(_rows(source, reject))


def _rows(source: Source, reject: Reject) -> Iterator[Row]:
    row = 0
    for events in _events(source, reject):
        for event in events:
            row += 1
            yield row, event


def _events(source: Source, reject: Reject) -> Iterator[list[dict[str, str]]]:
    """The events of each chunk of the file; after damage in the middle, what was whole, and one rejected row."""
    from xml.sax import SAXParseException

    from defusedxml.common import DefusedXmlException
    from defusedxml.expatreader import DefusedExpatParser

    log = _Log(source.name)
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(log)
    try:
        with Stream(source) as stream:
            for chunk in iter(lambda: stream.read(_CHUNK), b""):
                parser.feed(chunk)
                log.check_progress(len(chunk))
                yield log.take()
            parser.feed(b"")  # an empty file is no XML either
            parser.close()
    except DefusedXmlException as error:
        raise DataError(
            "{file} holds a DTD or entities and was refused: they can read other files or fill the memory.",
            "Export it again as plain XES.",
            file=source.name,
        ) from error
    except SAXParseException as error:
        place = {"line": error.getLineNumber() or 0, "why": error.getMessage()}
        if not log.count:
            raise DataError("{file} is no XML: {why} in line {line}.", "Export it again.", file=source.name, **place) from error
        yield log.take(all_of_them=True)
        reason = sentence("The XML is damaged in line {line} ({why}); nothing after it could be read.")
        reject(Rejected(source.name, log.count + 1, "", "", reason, "", tuple(place.items())))


class _Log(ContentHandler):
    """Hears the elements and gathers events."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self._file = file
        self.count = 0
        self._ready: list[dict[str, str]] = []
        self._trace: dict[str, str] = {}
        self._event: dict[str, str] | None = None
        self._events: list[dict[str, str]] = []
        self._traces = 0
        self._in_trace = False
        self._path: list[str] = []
        self._silent = 0

    def check_progress(self, size: int) -> None:
        """One endless tag or text would fill the parser's memory without a word."""
        self._silent += size
        if self._silent > LONGEST_ROW:
            self._refuse()

    def take(self, all_of_them: bool = False) -> list[dict[str, str]]:
        """The events that are ready; ``all_of_them`` includes those whose trace has not ended."""
        if all_of_them:
            self._flush()
        ready, self._ready = self._ready, []
        return ready

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802 - the parser calls it so
        self._silent = 0
        kind = name.rpartition(":")[2]
        if kind in _VALUES:
            self._value(attrs.get("key", ""), attrs.get("value"))
        elif kind == "event":
            self._event = {}
        elif kind == "trace":
            self._in_trace, self._trace, self._traces = True, {}, self._traces + 1

    def endElement(self, name: str) -> None:  # noqa: N802 - the parser calls it so
        self._silent = 0
        kind = name.rpartition(":")[2]
        if kind in _VALUES:
            self._path.pop()
        elif kind == "event":
            self._end_event()
        elif kind == "trace":
            self._flush()
            self._in_trace, self._trace = False, {}

    def _value(self, key: str, value: str | None) -> None:
        self._path.append(key)
        target = self._event if self._event is not None else self._trace if self._in_trace else None
        if target is None or value is None:
            return
        if len(target) >= MOST_ATTRIBUTES or len(self._path) > DEEPEST:
            self._refuse()
        name = key if len(self._path) == 1 else ".".join(self._path)
        times = 1
        while name in target:
            times += 1
            name = f"{'.'.join(self._path)} ({times})"
        target[name] = value

    def _refuse(self) -> NoReturn:
        raise DataError("{file} holds an element that is too large or nested too deep.", "Export it again.", file=self._file)

    def _end_event(self) -> None:
        assert self._event is not None
        self._events.append(self._event)
        self._event = None
        self.count += 1
        if len(self._events) >= _TRACE_EVENTS or not self._in_trace:
            self._flush()

    def _flush(self) -> None:
        """Give the waiting events their trace's attributes."""
        case = {f"case:{key}": value for key, value in self._trace.items()}
        if self._in_trace and "case:concept:name" not in case:
            case["case:_index"] = str(self._traces)
        for event in self._events:
            self._ready.append({**event, **case} if case.keys().isdisjoint(event) else _both(event, case))
        self._events = []


def _both(event: dict[str, str], case: dict[str, str]) -> dict[str, str]:
    """Event and trace attributes where the event has keys that begin with "case:" itself."""
    return dict(zip(unique([*case, *event]), [*case.values(), *event.values()], strict=True))
