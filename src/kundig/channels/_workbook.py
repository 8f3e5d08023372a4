"""What a workbook will cost before it is opened: a few bytes of XML can ask the reader for terabytes of cells.

The reader allots a sheet from its first to its last filled cell at once and ends the process where memory runs out,
so the size is told from the XML beforehand. (.xlsb sheets are binary and only bounded by their bytes.)
"""

from __future__ import annotations

import re
import zipfile
import zlib
from functools import lru_cache
from pathlib import Path

from kundig.channels._bytes import LONGEST_ROW, MIB, Readable
from kundig.message import sentence

MOST_BYTES = 1 << 30
"""Unpacked size of a workbook that is still read."""
MOST_CELLS = 30_000_000
"""Cells of a sheet from its first row to its last, empty ones included; they take about 1 GB."""
TOO_LARGE = sentence("It unpacks to more than {limit} MB. Export the sheet as CSV.")
TOO_MANY_CELLS = sentence(
    "A sheet spans more than {limit} cells. Delete what is far below or right of the table, or export it as CSV."
)
BROKEN = sentence("It is damaged. Open it in a spreadsheet program and save it again.")
_LIMITS = {TOO_LARGE: MOST_BYTES // MIB, TOO_MANY_CELLS: MOST_CELLS, BROKEN: 0}


def problem(path: Path) -> tuple[str, int] | None:
    """A catalogue sentence and its limit where the workbook must not be opened."""
    status = path.stat()
    found = _problem(path, status.st_size, status.st_mtime_ns)
    return (found, _LIMITS[found]) if found else None


@lru_cache(maxsize=8)
def _problem(path: Path, size: int, changed: int) -> str:
    """The sentence, remembered while the file stays as it is: it is asked once per sheet."""
    if not zipfile.is_zipfile(path):
        return TOO_LARGE if size > MOST_BYTES else ""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > MOST_BYTES:
                return TOO_LARGE
            spans = (_span(archive, member) for member in members if not member.flag_bits & 1)
            return TOO_MANY_CELLS if any(span > MOST_CELLS for span in spans) else ""
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError):
        return BROKEN


def _span(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """Cells that the largest sheet in ``member`` spans; reading to the end also proves the declared size."""
    with archive.open(member) as stream:
        return _Extent().measure(stream)


_TAG = re.compile(
    rb"<(?:[\w.-]+:)?(?P<kind>row|c|table|table-row|table-cell|covered-table-cell)(?=[\s/>])"
    rb"(?P<attributes>(?:[^>\"'/]|/(?!>)|\"[^\"]*\"|'[^']*')*+)(?P<empty>/?)>"
)
_PLACE = re.compile(rb"(?:^|\s)r\s*=\s*[\"']([A-Z]{0,3})([0-9]{0,7})[\"']")
_REPEATED = re.compile(rb"number-(?:rows|columns)-repeated\s*=\s*[\"']([0-9]{1,9})[\"']")


class _Extent:
    """Follows the rows and cells of one sheet after another through their XML."""

    def __init__(self) -> None:
        self._row = self._rows = 0
        self._column = 0
        self._height = self._width = 0
        self._span = 0

    def measure(self, stream: Readable) -> int:
        rest = b""
        while data := stream.read(MIB):
            data = rest + data
            end = 0
            for tag in _TAG.finditer(data):
                self._take(tag["kind"], tag["attributes"], bool(tag["empty"]))
                end = tag.end()
            cut = data.rfind(b"<", end)
            rest = data[cut:] if cut >= 0 else b""
            if len(rest) > LONGEST_ROW:
                raise zipfile.BadZipFile("endless tag")
        return self._span

    def _take(self, kind: bytes, attributes: bytes, empty: bool) -> None:
        if kind == b"table":
            self._row = self._rows = self._height = self._width = 0
        elif kind in (b"row", b"table-row"):
            self._next_row(attributes)
        else:
            self._next_cell(attributes, filled=not empty or b"value" in attributes)

    def _next_row(self, attributes: bytes) -> None:
        place = _PLACE.search(attributes)
        self._row += self._rows
        self._rows, self._column = _repeated(attributes), 0
        if place and place[2]:
            self._row, self._rows = int(place[2]) - 1, 1

    def _next_cell(self, attributes: bytes, filled: bool) -> None:
        place = _PLACE.search(attributes)
        self._column = _column(place[1]) if place and place[1] else self._column + _repeated(attributes)
        if place and place[2]:
            self._row, self._rows = int(place[2]) - 1, 1
        if filled:
            self._height = max(self._height, self._row + self._rows)
            self._width = max(self._width, self._column)
            self._span = max(self._span, self._height * self._width)


def _repeated(attributes: bytes) -> int:
    found = _REPEATED.search(attributes)
    return int(found[1]) if found else 1


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
