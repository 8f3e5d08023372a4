"""JSON read strictly and piece by piece: nothing is guessed, no number is rounded, no file is loaded whole."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from kundig.channels._bytes import LONGEST_ROW, Readable
from kundig.message import sentence

DEEPEST = 64
MOST_FIELDS = 5_000
"""More columns from one entry are an attack or a mistake."""
_CHUNK = 1 << 20


class Number(str):
    """A number as the file writes it: 1.50 stays 1.50."""

    __slots__ = ()


class UnreadableError(ValueError):
    """What is wrong with an entry: a catalogue sentence with its values."""

    def __init__(self, reason: str, **values: str | int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.values = tuple(values.items())


def parse(text: str) -> Any:
    """The value of ``text`` with numbers as :class:`Number`.

    UnreadableError where it is no JSON, holds NaN or a number beyond all bounds, names a key twice, is nested
    too deep or holds half of a surrogate pair.
    """
    try:
        value = _decoder.decode(text)
    except json.JSONDecodeError as error:
        reason = sentence("It is no JSON: {why} at character {position}.")
        raise UnreadableError(reason, why=error.msg, position=error.pos + 1) from error
    except RecursionError as error:
        raise UnreadableError(_TOO_DEEP, limit=DEEPEST) from error
    if "\\ud" in text or "\\uD" in text or not text.isascii():
        _check_text(value)
    return value


def flat(value: dict[str, Any]) -> dict[str, str | None]:
    """Nested objects as dotted names ("properties.plan"), lists as JSON text, null as None, all else as text."""
    row: dict[str, str | None] = {}
    _flatten(value, "", row, 1)
    return bounded(row)


def bounded(row: dict[str, str | None]) -> dict[str, str | None]:
    """``row`` itself; UnreadableError where it has too many fields."""
    if len(row) > MOST_FIELDS:
        raise UnreadableError(sentence("It has {found} fields; at most {limit} are read."), found=len(row), limit=MOST_FIELDS)
    return row


def dump(value: Any, depth: int = 1) -> str:
    """``value`` as JSON text, numbers as they were written."""
    if depth > DEEPEST:
        raise UnreadableError(_TOO_DEEP, limit=DEEPEST)
    match value:
        case Number():
            return value
        case dict():
            return "{" + ", ".join(f"{_quote(key)}: {dump(each, depth + 1)}" for key, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(dump(each, depth + 1) for each in value) + "]"
        case _:
            return _quote(value)


@dataclass(frozen=True, slots=True)
class Entry:
    """The text of one element; ``whole`` is False where the file ends within it or it is longer than 16 MB."""

    text: str
    whole: bool


def entries(stream: Readable, key: str = "") -> Iterator[Entry]:
    """The elements of the array under ``key`` of the outermost object, one by one.

    Without ``key``: the elements of the outermost array, or the values that stand one after another.
    An entry that never ends is the last.
    """
    splitter = _Splitter(key)
    decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
    while data := stream.read(_CHUNK):
        yield from splitter.feed(decoder.decode(data))
        if splitter.waiting > LONGEST_ROW or splitter.done:
            break
    yield from splitter.rest()


class _Splitter:
    """Finds where elements begin and end by brackets, commas and quotation marks alone, so a bad one spoils no other."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._text = ""
        self._at = 0
        self._begin: int | None = None
        self._depth = 0
        self._base = 0
        self._name = ""
        self.done = False

    @property
    def waiting(self) -> int:
        """How many characters the unfinished element has so far."""
        return len(self._text)

    def feed(self, text: str) -> Iterator[Entry]:
        self._text += text
        while token := self._next():
            self._at = token.end()
            found = self._step(token[1], token.start(1))
            if found:
                yield Entry(found, True)
            if self.done:
                return
        self._forget()

    def rest(self) -> Iterator[Entry]:
        """What is left at the end of the file, where it is more than space."""
        left = "" if self.done or (self._key and not self._base) else self._text.strip()
        if left:
            yield Entry(left, False)

    def _next(self) -> re.Match[str] | None:
        """The next mark that matters; within an element only brackets do. None where more text is needed."""
        if self._depth > self._base and (self._base or not self._key):
            return _BRACKET.match(self._text, self._at)
        token = _TOKEN.search(self._text, self._at)
        return token if token and token[1] != '"' else None

    def _step(self, mark: str, start: int) -> str:
        """Take one mark in and return the element that it ends, or ""."""
        if self._key and not self._base:
            self._seek(mark)
        elif mark in "[{":
            self._open(mark, start)
        elif mark in "]}":
            return self._close(start)
        elif mark == "," and self._depth == self._base:
            return self._end(start)
        elif self._begin is None and mark != ",":
            self._begin = start
        return ""

    def _seek(self, mark: str) -> None:
        """Look for the array under the wanted key at depth 1."""
        if mark in "[{":
            self._depth += 1
            if mark == "[" and self._depth == 2 and self._name == self._key:
                self._base = 2
        elif mark in "]}":
            self._depth -= 1
        elif mark[0] == '"' and self._depth == 1:
            self._name = mark[1:-1]

    def _open(self, mark: str, start: int) -> None:
        if mark == "[" and self._depth == self._base == 0 and self._begin is None:
            self._base = self._depth = 1
            return
        if self._begin is None:
            self._begin = start
        self._depth += 1

    def _close(self, start: int) -> str:
        self._depth -= 1
        if self._depth < self._base:  # the array is over; another may follow
            self.done = bool(self._key)
            self._depth = self._base = 0
            return self._end(start)
        return self._end(start + 1) if self._depth == 0 else ""

    def _end(self, end: int) -> str:
        begin, self._begin = self._begin, None
        return "" if begin is None else self._text[begin:end].strip()

    def _forget(self) -> None:
        """Drop what is done with; the unfinished element stays."""
        keep = self._at if self._begin is None else self._begin
        self._text = self._text[keep:]
        self._at -= keep
        if self._begin is not None:
            self._begin = 0


_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TOKEN = re.compile(rf'({_STRING}|[{{}}\[\],]|"|[^\s{{}}\[\],:"]+)', re.DOTALL)
_BRACKET = re.compile(rf'(?:[^"{{}}\[\]]++|{_STRING})*+([{{}}\[\]])', re.DOTALL)
_TOO_DEEP = sentence("It is nested more than {limit} levels deep.")
_INFINITE = (float("inf"), float("-inf"))


def _flatten(value: dict[str, Any], prefix: str, row: dict[str, str | None], depth: int) -> None:
    if depth > DEEPEST:
        raise UnreadableError(_TOO_DEEP, limit=DEEPEST)
    for key, each in value.items():
        name = prefix + key
        if isinstance(each, dict) and each:
            _flatten(each, f"{name}.", row, depth + 1)
        elif name in row:
            raise UnreadableError(_TWICE, key=name)
        else:
            row[name] = _scalar(each, depth)


def _scalar(value: Any, depth: int) -> str | None:
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    return dump(value, depth + 1)


_TWICE = sentence("The key {key} is there twice.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for key, each in pairs:
        if key in value:
            raise UnreadableError(_TWICE, key=key)
        value[key] = each
    return value


def _float(text: str) -> Number:
    if float(text) in _INFINITE:
        raise UnreadableError(sentence("The number {number} is beyond all bounds."), number=text[:50])
    return Number(text)


def _constant(text: str) -> NoReturn:
    raise UnreadableError(sentence("{number} is no number that JSON knows."), number=text)


def _check_text(value: Any) -> None:
    """UnreadableError where any text cannot be stored as UTF-8."""
    try:
        dump(value).encode()
    except UnicodeEncodeError as error:
        raise UnreadableError(sentence("It holds bytes or escapes that are no text.")) from error


def _quote(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_int=Number, parse_constant=_constant)
