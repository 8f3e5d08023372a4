"""Rejected rows as a CSV for a spreadsheet program, and back again as the program leaves it.

German Excel splits at semicolons and may save in Windows-1252; the core's own file has commas and UTF-8. No cell and no
header is handed out that a program would take for a formula.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from kundig.errors import DataError
from kundig.ingest import RejectedRow, write_csv
from kundig.message import say

FIRST = "rejected_id"
_FORMULA = tuple("=+-@\t\r'")
_MOST_CELL = 1 << 28


def write(rows: Sequence[RejectedRow], path: Path, lang: str) -> int:
    """Write ``rows`` with their reasons in ``lang``; how many."""
    worded = [replace(row, reason=_plain(say(row.message, lang)), values={}) for row in rows]
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".csv") as draft:
        n = write_csv(worded, Path(draft.name))
        _copied(Path(draft.name), path, "utf-8-sig", ",", ";" if lang == "de" else ",", _guarded)
    return n


def normalised(path: Path, target: Path) -> None:
    """The mended file as the core reads it; DataError where it is not the one that was downloaded."""
    encoding, delimiter = _layout(path)
    _copied(path, target, encoding, delimiter, ",", _bare)


def _copied(path: Path, target: Path, encoding: str, old: str, new: str, header: Callable[[str], str]) -> None:
    csv.field_size_limit(_MOST_CELL)
    with path.open(encoding=encoding, newline="") as source, target.open("w", encoding="utf-8-sig", newline="") as made:
        writer = csv.writer(made, delimiter=new)
        for number, cells in enumerate(_rows(source, old, path)):
            writer.writerow(cells if number else [header(name) for name in cells])


def _rows(source: Iterable[str], delimiter: str, path: Path) -> Iterator[list[str]]:
    try:
        yield from csv.reader(source, delimiter=delimiter)
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(
            "{file} cannot be read as a CSV.", "Save it as CSV in your spreadsheet program.", file=path.name
        ) from error


def _layout(path: Path) -> tuple[str, str]:
    with path.open("rb") as stream:
        start = stream.read(65536)
    encoding = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig" if _is_utf8(path) else "cp1252"
    line = start.decode(encoding, "replace").splitlines()[0] if start.strip() else ""
    delimiter = next((mark for mark in (",", ";", "\t") if line.replace('"', "").startswith(FIRST + mark)), "")
    if not delimiter:
        raise DataError(
            "{file} has no column {column}.",
            "Use the file with the rejected rows that you downloaded here, and leave its first column as it is.",
            file=path.name, column=FIRST,
        )  # fmt: skip
    return encoding, delimiter


def _is_utf8(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as stream:
            while stream.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _plain(text: str) -> str:
    """A sentence that is worded already: its braces are no places for values."""
    return text.replace("{", "{{").replace("}", "}}")


def _guarded(name: str) -> str:
    return f"'{name}" if name[:1] in _FORMULA and name != "" else name


def _bare(name: str) -> str:
    return name.removeprefix("'")
