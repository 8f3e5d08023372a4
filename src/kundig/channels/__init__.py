"""The shelf of channels, one file each, and the door to it: what a path holds, as sources."""

from __future__ import annotations

from pathlib import Path

from kundig.channel import Source


def open_sources(path: Path, scratch: Path) -> tuple[list[Source], list[str]]:
    """Everything to read at ``path`` and the names of files in no known format.

    ``path`` is a file, a folder (read with its folders, sorted by name, hidden files left out) or a .zip archive.
    What must be unpacked goes into ``scratch``, which the caller removes when the sources are read.
    DataError where there is nothing, or where an archive is damaged or dangerous.
    """
    from kundig.channels._archive import open_sources as unpack

    return unpack(path, scratch)
