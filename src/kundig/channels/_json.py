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
_CHUNK = 1 << 18


class Number(str):
    """A number as the file writes it: 1.50 stays 1.50."""

    __slots__ = ()


class Unreadable(ValueError):
    """What is wrong with an entry: a catalogue sentence with its values."""

    def __init__(self, reason: str, **values: str | int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.values = tuple(values.items())


def parse(text: str) -> Any:
    """The value of ``text`` with numbers as :class:`Number`.

    Unreadable where it is no JSON, holds NaN or a number beyond all bounds, names a key twice, is nested
    too deep or holds half of a surrogate pair.
    """
    try:
        value = _decoder.decode(text)
    except json.JSONDecodeError as error:
        reason = sentence("It is no JSON: {why} at character {position}.")
        raise Unreadable(reason, why=error.msg, position=error.pos + 1) from error
    except RecursionError as error:
        raise Unreadable(_TOO_DEEP, limit=DEEPEST) from error
    if "\\ud" in text or "\\uD" in text or not text.isascii():
        _check_text(value)
    return value


def flat(value: dict[str, Any]) -> dict[str, str | None]:
    """Nested objects as dotted names ("properties.plan"), lists as JSON text, null as None, all else as text."""
    row: dict[str, str | None] = {}
    _flatten(value, "", row, 1)
    return row


def dump(value: Any, depth: int = 1) -> str:
    """``value`` as JSON text, numbers as they were written."""
    if depth > DEEPEST:
        raise Unreadable(_TOO_DEEP, limit=DEEPEST)
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
        return len(self._text) - (self._begin if self._begin is not None else len(self._text))

    def feed(self, text: str) -> Iterator[Entry]:
        self._text += text
        for token in _TOKEN.finditer(self._text, self._at):
            if token[0] == '"':  # its end is not here yet
                break
            self._at = token.end()
            found = self._step(token)
            if found:
                yield Entry(found, True)
            if self.done:
                return
        self._forget()

    def rest(self) -> Iterator[Entry]:
        """What is left at the end of the file, where it is more than space."""
        left = "" if self._begin is None or self.done else self._text[self._begin :].strip()
        if left:
            yield Entry(left, self._depth == 0 and not self._base)

    def _step(self, token: re.Match[str]) -> str:
        """Take one token in and return the element that it ends, or ""."""
        mark = token[0]
        if self._key and not self._base:
            self._seek(mark)
            return ""
        if mark in "[{":
            return self._open(mark, token.start())
        if mark in "]}":
            return self._close(token)
        if self._depth == self._base and mark == ",":
            return self._end(token.start(), token.end())
        if self._begin is None and mark not in ":,":
            self._begin = token.start()
        return ""

    def _seek(self, mark: str) -> None:
        """Look for the array under the wanted key at depth 1."""
        if mark in "[{":
            self._depth += 1
            if mark == "[" and self._depth == 2 and self._name == self._key:
                self._base, self._begin = 2, None
        elif mark in "]}":
            self._depth -= 1
        elif mark[0] == '"' and self._depth == 1:
            self._name = mark[1:-1]

    def _open(self, mark: str, start: int) -> str:
        if mark == "[" and self._depth == 0 and self._base == 0 and self._begin is None:
            self._base = self._depth = 1
            return ""
        if self._begin is None:
            self._begin = start
        self._depth += 1
        return ""

    def _close(self, token: re.Match[str]) -> str:
        self._depth -= 1
        if self._depth < self._base:
            self.done = True
            return self._end(token.start(), token.end())
        return self._end(token.end(), token.end()) if not self._base and self._depth == 0 else ""

    def _end(self, end: int, after: int) -> str:
        begin, self._begin = self._begin, None
        return "" if begin is None else self._text[begin:end].strip()

    def _forget(self) -> None:
        """Drop what is done with; the unfinished element stays."""
        keep = self._at if self._begin is None else self._begin
        self._text = self._text[keep:]
        self._at -= keep
        if self._begin is not None:
            self._begin = 0


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\],:]|"|[^\s{}\[\],:"]+', re.DOTALL)
_TOO_DEEP = sentence("It is nested more than {limit} levels deep.")
_INFINITE = (float("inf"), float("-inf"))


def _flatten(value: dict[str, Any], prefix: str, row: dict[str, str | None], depth: int) -> None:
    if depth > DEEPEST:
        raise Unreadable(_TOO_DEEP, limit=DEEPEST)
    for key, each in value.items():
        name = prefix + key
        if isinstance(each, dict) and each:
            _flatten(each, f"{name}.", row, depth + 1)
        elif name in row:
            raise Unreadable(_TWICE, key=name)
        else:
            row[name] = _scalar(each, depth)


def _scalar(value: Any, depth: int) -> str | None:
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    return dump(value, depth + 1)


_TWICE = sentence("The key {key} is there twice.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [key for key, _ in pairs]
        raise Unreadable(_TWICE, key=next(name for name in names if names.count(name) > 1))
    return value


def _float(text: str) -> Number:
    if float(text) in _INFINITE:
        raise Unreadable(sentence("The number {number} is beyond all bounds."), number=text[:50])
    return Number(text)


def _constant(text: str) -> NoReturn:
    raise Unreadable(sentence("{number} is no number that JSON knows."), number=text)


def _check_text(value: Any) -> None:
    """Unreadable where any text cannot be stored as UTF-8."""
    try:
        dump(value).encode()
    except UnicodeEncodeError as error:
        raise Unreadable(sentence("It holds bytes or escapes that are no text.")) from error


def _quote(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_int=Number, parse_constant=_constant)
