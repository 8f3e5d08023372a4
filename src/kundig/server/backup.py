"""One file that holds everything of a workspace, and the way back.

The lake stands still while it is copied (writers wait, readers go on). The server's tables are written row by row, the
same from SQLite and PostgreSQL, so a backup of one can be restored into the other. A restore is proved by checksums before
anything is replaced, what it replaces is kept, and erasures made after the backup are made again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kundig import workspace as workspaces
from kundig.errors import StorageError, WorkspaceError
from kundig.lake.disk import disk_errors, sync
from kundig.lake.state import State
from kundig.server import databases, serve
from kundig.workspace import Workspace

MANIFEST, TABLES, STATE = "manifest.json", "server.jsonl", "state.sqlite3"
FORMAT = 1
LEFT_OUT = ("run", "sample", "uploads", "lake/.scratch", "lake/.lock", databases.FILE)
"""Locks, logs, scratch and the invented firm; the server's tables are in ``server.jsonl``."""
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Made:
    """What a backup holds."""

    path: Path
    files: int
    size: int
    rows: int
    lake_version: int


@dataclass(frozen=True)
class Restored:
    """What a restore did: where the former workspace lies now, and how many persons were erased again."""

    files: int
    rows: int
    kept: Path | None
    erased_again: int


def files_of(folder: Path) -> Iterator[Path]:
    """Every file of a workspace that a backup copies as it is, relative to it."""
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not path.is_symlink() and not _left_out(relative.as_posix()):
            yield relative


def _left_out(name: str) -> bool:
    if name.startswith((STATE, databases.FILE)):
        return True
    return any(name == one or name.startswith(one + "/") for one in LEFT_OUT)


def backup(workspace: Workspace, path: Path) -> Made:
    """Write the backup to ``path``, which must not exist; it appears there only when it is whole and on the disk."""
    if path.exists():
        raise StorageError("{file} exists already.", "Name a file that does not exist yet.", file=str(path))
    serve.set_up(workspace.folder)
    partial = path.with_name(path.name + ".partial")
    try:
        with disk_errors(), workspace.lake.store.writing(), _private(partial) as out, tarfile.open(fileobj=out, mode="w") as tar:
            made = _Writer(workspace, tar).write()
        sync([partial])
        partial.rename(path)
        sync([path.parent])
    finally:
        partial.unlink(missing_ok=True)
    return Made(path, made[0], path.stat().st_size, made[1], workspace.lake.version)


def _private(path: Path) -> IO[bytes]:
    """A new file nobody else can read: a backup holds the workspace's key."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


class _Writer:
    """Adds file after file and notes each one's checksum."""

    def __init__(self, workspace: Workspace, tar: tarfile.TarFile) -> None:
        self._workspace = workspace
        self._tar = tar
        self._sums: dict[str, str] = {}

    def write(self) -> tuple[int, int]:
        """The number of files and of rows of the server's tables."""
        folder = self._workspace.folder
        for name in files_of(folder):
            self._add(name.as_posix(), folder / name)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            copy = Path(scratch) / STATE
            _copy_database(folder / STATE, copy)
            self._add(STATE, copy)
            tables = Path(scratch) / TABLES
            rows = dump_tables(tables)
            self._add(TABLES, tables)
        told = {"format": FORMAT, "made_at": dt.datetime.now(dt.UTC).isoformat(), "lake_version": self._workspace.lake.version}
        self._add_bytes(MANIFEST, json.dumps({**told, "files": self._sums}, indent=1).encode())
        return len(self._sums), rows

    def _add(self, name: str, path: Path) -> None:
        self._sums[name] = checksum(path)
        self._tar.add(path, name, recursive=False)

    def _add_bytes(self, name: str, data: bytes) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(data), 0o600
        self._tar.addfile(entry, io.BytesIO(data))


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _copy_database(source: Path, target: Path) -> None:
    """SQLite's own way of copying a database that may be in use."""
    old, new = sqlite3.connect(source), sqlite3.connect(target)
    try:
        old.backup(new)
    finally:
        old.close()
        new.close()


def models() -> list[Any]:
    """Every table of the server whose rows are kept; sessions and the like are not."""
    from django.apps import apps

    passing = ("contenttypes", "auth", "sessions")
    return [m for m in apps.get_models() if m._meta.app_label not in passing and m._meta.managed]


def dump_tables(path: Path) -> int:
    """Write every row of :func:`models` as a line of JSON; how many."""
    from django.core import serializers

    rows = 0
    with path.open("w", encoding="utf-8") as file:
        for model in models():
            for row in model._base_manager.order_by("pk").iterator(chunk_size=2000):
                file.write(serializers.serialize("json", [row])[1:-1].strip() + "\n")
                rows += 1
    return rows


def load_tables(path: Path) -> int:
    """Put the rows of :func:`dump_tables` into empty tables, all or none; how many."""
    from django.core import serializers
    from django.core.management.color import no_style
    from django.db import connection, transaction

    rows = 0
    with transaction.atomic(), connection.constraint_checks_disabled(), path.open(encoding="utf-8") as file:
        for model in reversed(models()):
            model._base_manager.all().delete()
        for line in file:
            for row in serializers.deserialize("json", f"[{line}]"):
                row.save()
                rows += 1
        with connection.cursor() as cursor:
            for sql in connection.ops.sequence_reset_sql(no_style(), models()):
                cursor.execute(sql)
    return rows


def restore(archive: Path, folder: Path, erased: Path | None = None) -> Restored:
    """Make ``folder`` what it was when ``archive`` was written; a workspace there is kept beside it under another name.

    ``erased`` is the state file of the lost workspace, where it lies elsewhere: persons erased there are erased again.
    StorageError where the archive is not whole; then nothing was changed.
    """
    incoming = folder.with_name(f".{folder.name}.restoring")
    shutil.rmtree(incoming, ignore_errors=True)
    try:
        with disk_errors():
            files = _unpacked(archive, incoming)
    except BaseException:
        shutil.rmtree(incoming, ignore_errors=True)
        raise
    buried = _tombstones(erased or folder / STATE)
    kept = _set_aside(folder)
    incoming.rename(folder)
    serve.set_up(folder)
    rows = load_tables(folder / TABLES)
    (folder / TABLES).unlink()
    again = _erase_again(workspaces.open(folder), buried)
    return Restored(files, rows, kept, again)


def _unpacked(archive: Path, into: Path) -> int:
    """Unpack and compare every checksum; the number of files."""
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(into, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise _damaged(archive, "") from error
    manifest = into / MANIFEST
    if not manifest.is_file():
        raise _damaged(archive, MANIFEST)
    told = json.loads(manifest.read_text(encoding="utf-8"))
    if told.get("format") != FORMAT:
        raise StorageError("{file} was made by a newer kundig.", "Restore it with that version.", file=str(archive))
    for name, digest in told["files"].items():
        if not (into / name).is_file() or checksum(into / name) != digest:
            raise _damaged(archive, name)
    manifest.unlink()
    (into / "key").chmod(0o600)
    return len(told["files"])


def _damaged(archive: Path, name: str) -> StorageError:
    return StorageError(
        "The backup {file} is damaged {where}.", "Nothing was changed. Use another backup.", file=str(archive), where=name
    )


def _set_aside(folder: Path) -> Path | None:
    """What lay there, under a name that says since when; None where nothing did."""
    if not folder.exists():
        return None
    if folder.is_file():
        raise WorkspaceError("{folder} is a file.", "Choose a folder.", folder=str(folder))
    if not any(folder.iterdir()):
        folder.rmdir()
        return None
    kept = folder.with_name(f"{folder.name}.before-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}")
    folder.rename(kept)
    return kept


def _tombstones(state: Path) -> dict[str, str]:
    """Who was erased and when, as far as the lost workspace can still say."""
    if not state.is_file():
        return {}
    try:
        return State(state, newer=True).tombstones()
    except sqlite3.DatabaseError:
        return {}


def _erase_again(workspace: Workspace, buried: dict[str, str]) -> int:
    """Erase whom the backup does not know as erased, from the lake and from the server's tables."""
    from kundig.server.people import audit
    from kundig.server.privacy import erasing

    known = workspace.lake.store.state.tombstones()
    again = [person for person in buried if person not in known]
    held = set(_present(workspace, again)) if again else set()
    for person in again:
        if person in held:
            erasing.erase_person(workspace, person, "kundig restore")
        else:
            workspace.lake.store.state.bury([person], dt.datetime.fromisoformat(buried[person]))
            audit.forget([person])
    return len(again)


def _present(workspace: Workspace, persons: list[str]) -> list[str]:
    sql = (
        "select person_id from people where person_id in (select * from unnest(:ids)) union "
        "select person_id from events where person_id in (select * from unnest(:ids))"
    )
    return [row["person_id"] for row in workspace.sql(sql, purpose="privacy", ids=persons).to_pylist()]
