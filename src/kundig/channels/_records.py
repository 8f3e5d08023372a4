"""The grammar of delimited text, tolerant of quotation marks that are only letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kundig.channels._bytes import LONGEST_ROW

_LINE = re.compile(r"([^\r\n]*+)(?:\r\n|\r|\n|\Z)")
_OPEN = -1
_TOO_MANY = -2
_UNCLOSED = re.compile(r'"[^"]*+(?:""[^"]*+)*+\Z')


@dataclass(slots=True)
class Record:
    """One record: its text without the line break, its cells, and where the next one begins."""

    raw: str
    cells: list[str]
    end: int


class Grammar:
    """How records of one delimiter are read."""

    def __init__(self, delimiter: str) -> None:
        mark = re.escape(delimiter)
        close = rf'"(?=[{mark}\r\n]|\Z)'
        plain = rf"([^{mark}\r\n]*+)"
        self._delimiter = delimiter
        self._anywhere = re.compile(rf'"([^"]*+(?:""[^"]*+)*+){close}|{plain}')
        self._in_line = re.compile(rf'"([^"\r\n]*+(?:""[^"\r\n]*+)*+){close}|{plain}')

    def records(self, text: str, expected: int, final: bool) -> Iterator[Record]:
        """All whole records of ``text``, blank ones included (raw ""); ``expected`` is the header's length, 0 if unknown.

        Unless ``final``, it stops before a record whose quotation nothing closes within ``text``, to be given more.
        """
        position, size = 0, len(text)
        while position < size:
            line = _LINE.match(text, position)
            assert line
            simple = self._simple(line[1], expected)
            if simple:
                yield Record(line[1], simple, line.end())
                position = line.end()
                continue
            patient = not final and size - position <= LONGEST_ROW
            found = self._quoted(text, position, line.end(1), expected, patient)
            if not found:
                return
            position = _after_break(text, found[1])
            yield Record(text[line.start() : found[1]], found[0], position)

    def _simple(self, line: str, expected: int) -> list[str]:
        """The cells of a line without quotation marks or with each cell in a pair of them; [] for any other line.

        These are nearly all lines, and splitting is ten times as fast as matching.
        """
        if '"' not in line:
            return line.split(self._delimiter)
        cells = line[1:-1].split(f'"{self._delimiter}"')
        all_quoted = line[0] == line[-1] == '"' and line.count('"') == 2 * len(cells) == 2 * expected
        return cells if all_quoted else []

    def _quoted(self, text: str, start: int, line_end: int, expected: int, patient: bool) -> tuple[list[str], int] | None:
        """The record over several lines where that gives the right number of cells, else the line by itself.

        None where a quotation is open at the end of ``text`` and the caller is ``patient``.
        """
        cells, end = self._cells(text, start, self._anywhere, expected)
        if end == _OPEN and patient:
            return None
        if end == line_end or (end > line_end and _fits(cells, expected)):
            return cells, end
        alone, alone_end = self._cells(text, start, self._in_line)
        if end < 0 or _fits(alone, expected) or self._hides_row(text, line_end, expected):
            return alone, alone_end
        return cells, end

    def _cells(self, text: str, start: int, field: re.Pattern[str], most: int = -1) -> tuple[list[str], int]:
        """The cells from ``start`` and where they end.

        With ``most`` (0: any number) it looks over several lines and ends with _OPEN where nothing closes a quotation,
        with _TOO_MANY where more than ``most`` cells are filled.
        """
        cells: list[str] = []
        position = start
        while True:
            match = field.match(text, position)
            assert match
            if match.lastindex == 1:
                cells.append(match[1].replace('""', '"'))
            else:
                if most >= 0 and match[2][:1] == '"' and _UNCLOSED.match(text, position):
                    return cells, _OPEN
                cells.append(match[2])
            position = match.end()
            if not text.startswith(self._delimiter, position):
                return cells, position
            if most > 0 and len(cells) > most and cells[-1]:
                return cells, _TOO_MANY
            position += 1

    def _hides_row(self, text: str, line_end: int, expected: int) -> bool:
        """True where the next line is a good row by itself, so a quotation over it would swallow it."""
        cells, _ = self._cells(text, _after_break(text, line_end), self._in_line)
        return _fits(cells, expected)


def _fits(cells: list[str], expected: int) -> bool:
    return not expected or (len(cells) >= expected and not any(cells[expected:]))


def _after_break(text: str, position: int) -> int:
    line_break = _LINE.match(text, position)
    assert line_break
    return line_break.end()
