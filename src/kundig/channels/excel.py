"""Workbooks: Excel (.xlsx, .xlsm, .xlsb, .xls) and OpenDocument (.ods), one source per sheet that holds something.

The header is the first row with at least two filled cells (the first filled row where the sheet has one column); what stands
above it, such as a report's title, is left out. Values become text: dates and times as ISO 8601, durations as
hours:minutes:seconds (in OpenDocument as PT30H05M01S), whole numbers without decimals, truth values as true and false,
formulas as their results, errors as nothing. ``_row`` is the row as the sheet shows it. A sheet is held in memory while
it is read, so large workbooks are refused.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kundig.channel import Reject, Source
from kundig.channels._batches import BATCH_ROWS, table, unique
from kundig.channels._bytes import ending, head, plain_file
from kundig.channels._workbook import problem
from kundig.errors import DataError
from kundig.message import sentence

if TYPE_CHECKING:
    import pyarrow as pa
    from python_calamine import CalamineSheet, CalamineWorkbook

title = sentence("Excel and OpenDocument workbook")
suffixes = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
order = 10

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"


def claims(source: Source) -> bool:
    """A zip or OLE file that holds a workbook or is called like one."""
    start = head(source, 4096)
    if start.startswith((_ZIP, _OLE)) and ending(source) in suffixes:
        return True
    return start.startswith(_ZIP) and (_OPEN_DOCUMENT in start[:200] or _holds_workbook(source))


def _holds_workbook(source: Source) -> bool:
    try:
        with zipfile.ZipFile(source.path) as archive:
            return any(name.startswith("xl/workbook.") for name in archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return False


def parts(source: Source) -> list[Source]:
    """One source per sheet with at least one filled cell, named "file.xlsx#Sheet"."""
    book = _open(source)
    filled = [name for name in book.sheet_names if _sheet(source, book, name).height]
    return [replace(source, name=f"{source.name}#{name}", part=name) for name in filled]


def rows(source: Source, reject: Reject) -> Iterator[pa.RecordBatch]:
    """Batches of text columns; without a ``part`` the first sheet. DataError where the file is damaged, locked or too large."""
    book = _open(source)
    sheet = _sheet(source, book, source.part or book.sheet_names[0])
    names: list[str] = []
    numbers: list[int] = []
    good: list[list[str]] = []
    for number, cells in _rows(sheet):
        if not names:
            names = _names(cells, sheet.width)
            continue
        numbers.append(number)
        good.append(cells)
        if len(good) >= BATCH_ROWS:
            yield table(names, numbers, good)
            numbers, good = [], []
    if not names:
        raise DataError("{file} has no row with column names.", "Put the names of the columns into one row.", file=source.name)
    yield table(names, numbers, good)


def _rows(sheet: CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    """Row numbers and texts of the rows that are not blank."""
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [_text(value) for value in row]
        if any(cells):
            yield number, cells


def _names(cells: list[str], width: int) -> list[str]:
    """The header's names, [] where ``cells`` is a line above the header."""
    return unique(cells) if sum(map(bool, cells)) >= min(2, width) else []


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case dt.timedelta():
            return _hours(value)
        case _:
            return str(value)


def _hours(value: dt.timedelta) -> str:
    seconds = round(abs(value).total_seconds())
    sign = "-" if value < dt.timedelta() else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _open(source: Source) -> CalamineWorkbook:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    path = plain_file(source)
    found = problem(path)
    if found:
        raise DataError("{file} was not opened.", found[0], file=source.name, limit=found[1])
    try:
        return CalamineWorkbook.from_path(path)
    except PasswordError as error:
        raise DataError("{file} is locked with a password.", "Save it without a password.", file=source.name) from error
    except (CalamineError, OSError, ValueError) as error:
        raise _damaged(source, error) from error


def _sheet(source: Source, book: CalamineWorkbook, name: str) -> CalamineSheet:
    from python_calamine import CalamineError

    try:
        return book.get_sheet_by_name(name)
    except CalamineError as error:
        raise _damaged(source, error) from error


def _damaged(source: Source, error: Exception) -> DataError:
    hint = sentence("Open it in a spreadsheet program and save it again.")
    return DataError("{file} is no workbook that can be read: {why}", hint, file=source.name, why=str(error))
