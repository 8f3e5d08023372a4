"""A channel turns one system's data into rows, as Arrow batches, and never loads a whole file.

To add one, put a module into ``kundig/channels`` with the names of :class:`Channel`; the folder is the list.
Rows keep the source's column names and values verbatim: naming, dates and numbers are the mapping's business
(``kundig.ingest``). What cannot be read is handed to ``reject``, whole, with row, column, value and reason.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from kundig.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

ROW = "_row"
"""Every batch carries an int64 column of this name: the row's number in its source, counted from 1 as a person would."""


@dataclass(frozen=True)
class Rejected:
    """A row that could not be read: where it stands, what is wrong, and the row itself, whole.

    ``raw`` is the row's text as the source has it (bytes that are no text come as backslash escapes).
    ``row`` counts from 1; ``column`` and ``value`` are "" where the whole row is at fault.
    """

    file: str
    row: int
    column: str
    value: str
    reason: str
    raw: str
    values: tuple[tuple[str, Any], ...] = ()
    """Named values for ``reason``, a catalogue sentence such as "The row has {found} cells, the header {expected}."."""


Reject = Callable[[Rejected], None]


@dataclass(frozen=True)
class Source:
    """One thing to read: a file, a member of an archive or a sheet of a workbook.

    ``name`` is what a person calls it ("tickets.zip/may.csv", "export.xlsx#Tickets"); ``path`` is a real file
    on disk holding its bytes; ``part`` tells the channel which table of that file is meant.
    """

    path: Path
    name: str
    part: str = ""
    options: tuple[tuple[str, str], ...] = field(default=())
    """What the mapping fixes about reading, such as ("delimiter", ";") or ("encoding", "cp1252")."""

    def open(self) -> IO[bytes]:
        """The plain bytes; gzip is unpacked on the way. DataError where the file cannot be opened."""
        try:
            if self._gzipped():
                import gzip

                return gzip.open(self.path, "rb")  # type: ignore[return-value]
            return self.path.open("rb")
        except OSError as error:
            raise DataError("{file} cannot be opened: {why}", file=self.name, why=error.strerror or str(error)) from error

    def head(self, size: int = 65536) -> bytes:
        """The first ``size`` plain bytes."""
        with self.open() as stream:
            return stream.read(size)

    def option(self, name: str, default: str = "") -> str:
        return dict(self.options).get(name, default)

    def _gzipped(self) -> bool:
        with self.path.open("rb") as stream:
            return stream.read(2) == b"\x1f\x8b"


class Channel(Protocol):
    """What a module on the shelf provides."""

    title: str
    suffixes: tuple[str, ...]
    """File name endings it is usual for, lower case, with the dot, without ".gz"."""

    def claims(self, source: Source) -> bool:
        """True where name and first bytes say that this channel can read ``source``; cheap, never raises on bytes."""
        ...

    def parts(self, source: Source) -> list[Source]:
        """The tables in ``source``: itself, or one per sheet or object table."""
        ...

    def rows(self, source: Source, reject: Reject) -> Iterator[pa.RecordBatch]:
        """Batches of at most some ten thousand rows with the source's columns and ``_row``; columns may differ from batch to batch.

        Raises DataError, naming the file, where nothing of it can be read.
        """
        ...


def shelf() -> dict[str, Channel]:
    """All channels by name, in the order they are asked (``order`` attribute of a module, default 50)."""
    import kundig.channels as folder

    names = [info.name for info in pkgutil.iter_modules(folder.__path__) if not info.name.startswith("_")]
    modules: dict[str, Any] = {name: importlib.import_module(f"{folder.__name__}.{name}") for name in names}
    return dict(sorted(modules.items(), key=lambda item: (getattr(item[1], "order", 50), item[0])))


def find(source: Source) -> Channel:
    """The first channel that claims ``source``; DataError where none does."""
    for channel in shelf().values():
        if channel.claims(source):
            return channel
    raise DataError(
        "{file} is in no format that kundig reads.",
        "It reads CSV, Excel, ODS, Parquet, JSON lines, XES, OCEL and mbox, also zipped. Export one of these.",
        file=source.name,
    )
