"""Reading bytes safely: a gzip bomb is refused, damage is worded for a person, and one endless line never fills the memory."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from kundig.channel import Source
from kundig.errors import DataError
from kundig.message import sentence

MIB = 1 << 20
LONGEST_ROW = 16 * MIB
"""No row, entry or unfinished quotation is looked at further than this many bytes."""
RATIO = 200
"""A file may unpack to at most this many times its size ..."""
RATIO_FROM = 10_000_000
"""... once it has unpacked to more than this many bytes."""
_NEVER_UTF8 = "\udcff"


class Readable(Protocol):
    """Anything with ``read(size)`` that gives b"" at its end."""

    def read(self, size: int) -> bytes: ...


class Stream:
    """The plain bytes of ``source``, to be used in a ``with`` block; DataError where the file is damaged or a bomb."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._file = source.open()
        self._bound = max(RATIO_FROM, RATIO * source.path.stat().st_size)
        self._total = 0

    def read(self, size: int) -> bytes:
        try:
            data = self._file.read(size)
        except (EOFError, OSError, zlib.error) as error:
            raise DataError(
                "{file} is damaged and could be read only in part: {why}",
                "Fetch or export it again.",
                file=self._source.name,
                why=str(error),
            ) from error
        self._total += len(data)
        if self._total > self._bound:
            raise DataError(
                "{file} unpacks to more than {ratio} times its size and was refused.",
                "If you trust the file, unpack it yourself and import the result.",
                file=self._source.name,
                ratio=RATIO,
            )
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()


class Transcoded:
    """The bytes of a stream in ``encoding`` as UTF-8; what is no text there becomes bytes that are no UTF-8 either."""

    def __init__(self, stream: Readable, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("kundig.mark")

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        text = self._decoder.decode(data, final=not data)
        while data and not text:
            data = self._stream.read(size)
            text = self._decoder.decode(data, final=not data)
        return text.encode("utf-8", "surrogateescape")


def head(source: Source, size: int = 65536) -> bytes:
    """The first ``size`` plain bytes of ``source``; b"" where they cannot be read."""
    try:
        return source.head(size)
    except (DataError, EOFError, OSError, zlib.error):
        return b""


def plain_file(source: Source) -> Path:
    """The path of ``source`` for formats that need more than a stream; DataError where it is gzipped or missing."""
    try:
        with source.path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
    except OSError as error:
        raise DataError("{file} cannot be opened: {why}", file=source.name, why=error.strerror or str(error)) from error
    if packed:
        hint = sentence("Unpack it, for example with gunzip, and import the result.")
        raise DataError("{file} must be unpacked first.", hint, file=source.name)
    return source.path


def ending(source: Source) -> str:
    """The ending of the source's name, lower case, without ".gz": ".csv" for "May.CSV.gz"."""
    name = source.name.lower().removesuffix(".gz")
    return name[name.rfind(".") :] if "." in name else ""


def blocks(stream: Readable, size: int = MIB // 2) -> Iterator[bytes]:
    """Blocks of whole lines (ended by LF, CRLF or CR), at least ``size`` bytes each except the last.

    A line longer than LONGEST_ROW comes cut to that many bytes; whoever reads it can tell by its length.
    """
    rest = b""
    while data := stream.read(size):
        data = rest + data
        end = _line_end(data)
        if end:
            yield data[:end]
            rest = data[end:]
        elif len(data) > LONGEST_ROW:
            yield data[:LONGEST_ROW] + b"\n"
            rest = _after_line(stream, size)
        else:
            rest = data
    if rest:
        yield rest


def with_last(items: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each item, and True with the last one."""
    waiting = next(items, None)
    if waiting is None:
        return
    for item in items:
        yield waiting, False
        waiting = item
    yield waiting, True


def backslashed(text: str) -> str:
    """``text`` with everything that cannot be stored as UTF-8 written as backslash escapes."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()


def _line_end(data: bytes) -> int:
    """Where the last whole line ends; a CR at the very end may belong to a CRLF and does not count."""
    return max(data.rfind(b"\n"), data.rfind(b"\r", 0, len(data) - 1)) + 1


def _after_line(stream: Readable, size: int) -> bytes:
    """Skip to the end of the line and give what was read beyond it."""
    while data := stream.read(size):
        end = data.find(b"\n") + 1
        if end:
            return data[end:]
    return b""


def _mark(error: UnicodeError) -> tuple[str, int]:
    """Lone surrogates that turn back into bytes; only a single continuation byte is sure to stay invalid as it is."""
    assert isinstance(error, UnicodeDecodeError)
    bad = error.object[error.start : error.end]
    if len(bad) == 1 and 0x80 <= bad[0] <= 0xBF:
        return chr(0xDC00 + bad[0]), error.end
    return _NEVER_UTF8 * len(bad), error.end


_handler: Callable[[UnicodeError], tuple[str, int]] = _mark
codecs.register_error("kundig.mark", _handler)
