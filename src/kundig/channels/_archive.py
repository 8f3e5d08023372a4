"""What a path holds: a file, a folder or a zip archive as sources, unpacked within bounds.

Refused: paths that lead out of the archive, symbolic links, locked members, archives within archives, and bombs.
A .gz file is not unpacked here; its channel reads it as a stream, within the same ratio.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kundig.channel import Source, shelf
from kundig.channels._bytes import MIB, RATIO, RATIO_FROM, ending, head
from kundig.errors import DataError, StorageError
from kundig.message import sentence

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
"""A zip file begins with its first member, an empty one with its end."""
_TRUST = sentence("If you trust it, unpack it yourself and import the folder.")


@dataclass(frozen=True)
class Limits:
    """How much an archive may hold; sizes in bytes."""

    members: int = 10_000
    total: int = 20_000_000_000
    ratio: int = RATIO
    ratio_from: int = RATIO_FROM
    """Smaller members may have any ratio."""


def open_sources(path: Path, scratch: Path, limits: Limits | None = None) -> tuple[list[Source], list[str]]:
    """Sources and the names of files in no known format; see :func:`kundig.channels.open_sources`."""
    if path.is_dir():
        return _of_folder(path, scratch, limits or Limits())
    if not path.is_file():
        raise DataError("There is no file {file}.", "Check its name.", file=str(path))
    source = Source(path, path.name)
    if _is_archive(source):
        return _of_archive(source, scratch, limits or Limits())
    return [source], []


def _of_folder(folder: Path, scratch: Path, limits: Limits) -> tuple[list[Source], list[str]]:
    sources: list[Source] = []
    skipped: list[str] = []
    for path in _files(folder):
        source = Source(path, path.relative_to(folder).as_posix())
        found, others = _of_archive(source, scratch, limits) if _is_archive(source) else _sorted_out(source)
        sources += found
        skipped += others
    return _not_empty(folder.name, sources, skipped)


def _files(folder: Path) -> Iterator[Path]:
    """All files below ``folder`` by name, without hidden ones and without following links to folders."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(files) if not name.startswith("."))


def _of_archive(source: Source, scratch: Path, limits: Limits) -> tuple[list[Source], list[str]]:
    sources: list[Source] = []
    skipped: list[str] = []
    try:
        with zipfile.ZipFile(source.path) as archive:
            for member in _checked(source, archive, limits):
                found, others = _sorted_out(_unpacked(source, archive, member, scratch))
                sources += found
                skipped += others
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise DataError("{file} is damaged: {why}", "Fetch or export it again.", file=source.name, why=str(error)) from error
    return _not_empty(source.name, sources, skipped)


def _sorted_out(source: Source) -> tuple[list[Source], list[str]]:
    """``source`` as the one to read, or its name as the one to skip."""
    if _is_archive(source):
        raise DataError("{file} is an archive within an archive and was refused.", "Unpack the outer one.", file=source.name)
    usual = any(ending(source) in channel.suffixes and channel.claims(source) for channel in shelf().values())
    return ([source], []) if usual else ([], [source.name])


def _not_empty(name: str, sources: list[Source], skipped: list[str]) -> tuple[list[Source], list[str]]:
    if not sources:
        hint = sentence("Export the data as CSV, for example.")
        raise DataError("In {file} is nothing that kundig reads.", hint, file=name)
    return sources, skipped


def _is_archive(source: Source) -> bool:
    """True for a zip file that is no workbook."""
    return head(source, 4).startswith(_ZIP) and not any(channel.claims(source) for channel in shelf().values())


def _checked(source: Source, archive: zipfile.ZipFile, limits: Limits) -> list[zipfile.ZipInfo]:
    """The visible files of the archive by name; DataError where anything in it is dangerous, hidden or not."""
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > limits.members:
        raise DataError("{file} holds more than {limit} files and was refused.", _TRUST, file=source.name, limit=limits.members)
    if sum(member.file_size for member in members) > limits.total:
        limit = limits.total // 1_000_000
        raise DataError("{file} unpacks to more than {limit} MB and was refused.", _TRUST, file=source.name, limit=limit)
    for member in members:
        _check(source, member, limits)
    return sorted((member for member in members if not _hidden(member.filename)), key=lambda member: member.filename)


def _check(source: Source, member: zipfile.ZipInfo, limits: Limits) -> None:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    values = {"file": source.name, "member": member.filename}
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise DataError("{file} was refused: its file {member} leads out of the archive.", _TRUST, **values)
    if stat.S_ISLNK(member.external_attr >> 16):
        raise DataError("{file} was refused: {member} is a link.", _TRUST, **values)
    if member.flag_bits & 1:
        raise DataError("{file} is locked with a password.", "Pack it again without a password.", **values)
    if member.file_size > limits.ratio_from and member.file_size > limits.ratio * member.compress_size:
        raise DataError(
            "{file} was refused: {member} unpacks to more than {ratio} times its size.", _TRUST, ratio=limits.ratio, **values
        )


def _hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") for part in parts) or parts[0] == "__MACOSX"


def _unpacked(source: Source, archive: zipfile.ZipFile, member: zipfile.ZipInfo, scratch: Path) -> Source:
    """The member as a file of our own name in ``scratch``; never more bytes than it declares."""
    scratch.mkdir(parents=True, exist_ok=True)
    name = f"{source.name}/{member.filename}"
    handle, path = tempfile.mkstemp(dir=scratch)
    try:
        with os.fdopen(handle, "wb") as target, archive.open(member) as stream:
            shutil.copyfileobj(stream, target, MIB)
    except OSError as error:
        raise StorageError(
            "{file} cannot be unpacked: {why}", "Make room on the disk.", file=name, why=error.strerror or str(error)
        ) from error
    return Source(Path(path), name)
