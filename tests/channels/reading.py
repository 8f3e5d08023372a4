"""What the channels' tests share: a source from bytes, and everything a channel makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from kundig.channel import ROW, Channel, Rejected, Source


@dataclass
class Read:
    """All that came out of one source."""

    batches: list[pa.RecordBatch]
    rejected: list[Rejected]

    @property
    def columns(self) -> list[str]:
        names = dict.fromkeys(name for batch in self.batches for name in batch.schema.names)
        return [name for name in names if name != ROW]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows by column, without ``_row``."""
        return [{name: value for name, value in row.items() if name != ROW} for row in self.all]

    @property
    def numbers(self) -> list[int]:
        return [row[ROW] for row in self.all]

    @property
    def all(self) -> list[dict[str, Any]]:
        return [row for batch in self.batches for row in batch.to_pylist()]

    @property
    def reasons(self) -> list[tuple[int, str]]:
        """Row and worded reason of what was rejected."""
        return [(each.row, each.reason.format(**dict(each.values))) for each in self.rejected]


def read(channel: Channel, source: Source) -> Read:
    rejected: list[Rejected] = []
    return Read(list(channel.rows(source, rejected.append)), rejected)


def stored(folder: Path, name: str, content: bytes | str, part: str = "", **options: str) -> Source:
    """``content`` as a file called ``name``."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Source(path, name, part, tuple(options.items()))
