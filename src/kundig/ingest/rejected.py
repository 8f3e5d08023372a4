"""Rows that did not fit: kept whole, described, listed and played again after a fix.

One file of JSON lines per import in the workspace's ``rejected`` folder. It gets its name only when it is complete and
on the disk; a row that passes later is taken out again.
"""

from __future__ import annotations

import csv
import datetime as dt
import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from kundig.channel import Rejected
from kundig.errors import DataError
from kundig.message import Message

_OWN = ("rejected_id", "rejected_reason", "rejected_text")
_PART = ".part"
_YOUNG = 60
"""Seconds in which a file may have been made and not yet locked."""
_FORMULA = tuple("=+-@\t\r'")


@dataclass(frozen=True)
class RejectedRow:
    """One row that was not stored: where it stands, what is wrong with which value, and the row itself."""

    file: str
    row: int
    column: str
    value: str
    reason: str
    raw: str = ""
    """The row's text, where its cells could not be told apart."""
    cells: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    table: str = ""
    run: str = ""

    @property
    def id(self) -> str:
        """12 hex digits that stay the same however often the row is rejected."""
        text = "\x1f".join([self.file, str(self.row), self.raw, json.dumps(self.cells, sort_keys=True)])
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:12]

    @property
    def message(self) -> Message:
        """The reason as a sentence."""
        return Message(self.reason, self.values)


class RejectedLog:
    """Writes the rejected rows of one import; nothing is to be seen before :meth:`finish`."""

    def __init__(self, folder: Path, run: str) -> None:
        self.path = folder / f"{run}.jsonl"
        self.run = run
        self.count = 0
        self._part = self.path.with_name(self.path.name + _PART)
        self._file: IO[bytes] | None = None
        self._lock = threading.Lock()

    def add(self, row: RejectedRow) -> None:
        """Keep a row; may be called from the thread that reads and the one that maps."""
        with self._lock:
            self._open().write(_line(row, self.run))
            self.count += 1

    def add_unread(self, row: Rejected, source: str, table: str) -> None:
        """A row that its channel could not read."""
        self.add(RejectedRow(row.file, row.row, row.column, row.value, row.reason, row.raw, {}, dict(row.values), source, table))

    def mark(self) -> tuple[int, int]:
        """Where the log stands, for :meth:`back_to`."""
        return (self._open().tell(), self.count) if self.count else (0, 0)

    def back_to(self, mark: tuple[int, int]) -> None:
        """Forget what was added since ``mark``: the file it came from is not imported."""
        if self._file:
            self._file.truncate(mark[0])
            self._file.seek(mark[0])
            self.count = mark[1]

    def finish(self) -> Path | None:
        """Bring the rows to the disk under their name; None where there are none."""
        if self._file is None:
            return None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        if not self.count:
            self._part.unlink()
            return None
        os.replace(self._part, self.path)
        _sync_folder(self.path.parent)
        return self.path

    def abandon(self) -> None:
        """The import failed: leave nothing behind."""
        if self._file:
            self._file.close()
            self._part.unlink(missing_ok=True)

    def _open(self) -> IO[bytes]:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._part.open("w+b")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return self._file


def sweep(folder: Path, now: dt.datetime) -> None:
    """Remove what an import that was killed left behind: the file of a living one is locked, or has just been made."""
    for path in folder.glob(f"*{_PART}"):
        with suppress(OSError), path.open("rb") as file:
            if now.timestamp() - path.stat().st_mtime < _YOUNG:
                continue
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def list_rejected(folder: Path) -> list[RejectedRow]:
    """All rejected rows, each once, the newest reason of a row counting; ordered by file and row."""
    found = {row.id: row for path in sorted(folder.glob("*.jsonl")) for row in read_rejected(path)}
    return sorted(found.values(), key=lambda row: (row.file, row.row))


def read_rejected(path: Path) -> Iterator[RejectedRow]:
    """The rows of one import's file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            data = json.loads(line)
            data.pop("id", None)
            yield RejectedRow(**data)


def remove_rejected(folder: Path, ids: Iterable[str], keep: Path | None = None) -> int:
    """Take the rows with these ids out of every file but ``keep``; how many lines that were."""
    gone = set(ids)
    removed = 0
    for path in sorted(folder.glob("*.jsonl")):
        if path == keep:
            continue
        rows = list(read_rejected(path))
        kept = [row for row in rows if row.id not in gone]
        if len(kept) < len(rows):
            removed += len(rows) - len(kept)
            _rewrite(path, kept)
    return removed


def write_csv(rows: Iterable[RejectedRow], path: Path) -> int:
    """Write rejected rows as a CSV to be corrected by hand: id, reason, then the cells (or the raw text); how many."""
    listed = list(rows)
    columns = list(dict.fromkeys(name for row in listed for name in row.cells))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*_OWN[:2], *map(_guarded, columns), _OWN[2]])
        for row in listed:
            cells = [_guarded(row.cells.get(name, "")) for name in columns]
            writer.writerow([row.id, str(row.message), *cells, "" if row.cells else _guarded(row.raw)])
    return len(listed)


def read_csv(path: Path) -> dict[str, dict[str, str]]:
    """The corrected cells by id, from a file of :func:`write_csv`; DataError where its first column is missing."""
    csv.field_size_limit(1 << 28)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, restkey=_OWN[2])
        if _OWN[0] not in (rows.fieldnames or ()):
            raise DataError(
                "{file} has no column {column}.",
                "Use the file that `kundig rejected --csv` wrote.",
                file=str(path),
                column=_OWN[0],
            )
        return {row[_OWN[0]]: {_bare(k): _bare(v) for k, v in row.items() if v and k not in _OWN} for row in rows}


def _guarded(cell: str) -> str:
    """A spreadsheet program must not run what a customer typed; :func:`_bare` takes the mark off again."""
    return f"'{cell}" if cell[:1] in _FORMULA else cell


def _bare(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" else cell


def _rewrite(path: Path, rows: list[RejectedRow]) -> None:
    if not rows:
        path.unlink()
        return
    draft = path.with_name(path.name + _PART)
    with draft.open("wb") as file:
        file.writelines(_line(row, row.run) for row in rows)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
    _sync_folder(path.parent)


def _line(row: RejectedRow, run: str) -> bytes:
    data = {"id": row.id, **asdict(row), "run": run}
    return json.dumps(data, ensure_ascii=False, sort_keys=True).encode("utf-8", "backslashreplace") + b"\n"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
