"""Files on their way in: received in slices that may stop and go on, kept apart from everything, deleted when done or old.

The file on the disk says how much has come, so that nothing can disagree with it.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import os
import re
import shutil
import unicodedata
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from django.db.models import Sum
from django.utils import timezone

from kundig.errors import BusyError, DataError, StorageError
from kundig.server import firm
from kundig.server.roles import Caller
from kundig.server.sources.models import Import

FOLDER = "uploads"
MIB = 1024 * 1024
MOST_BYTES = 2048 * MIB
"""Of one file."""
SLICE = 8 * MIB
PLAIN_BYTES = 16 * MIB
"""Of a file that comes in one piece, without script."""
ROOM = 256 * MIB
"""Bytes that stay free on the disk, come what may."""
MOST_AT_ONCE = 50
"""Unfinished uploads of everybody together."""
KEPT = dt.timedelta(days=2)
_LONGEST = 120
_ODD = re.compile(r"[\x00-\x1f\x7f<>:\"|?*\\/]+")


class Misplaced(Exception):  # noqa: N818 - it is told to the sender
    """The slice does not begin where the file ends; ``stored`` says where it should."""

    def __init__(self, stored: int) -> None:
        super().__init__(stored)
        self.stored = stored


def begin(caller: Caller, name: str, size: int, modified: str = "", kind: str = "file", *, sample: bool = False) -> Import:
    """A new upload, or the unfinished one of the same file by the same person.

    DataError where the file is empty or too large, StorageError where the disk has no room for it.
    """
    _check_size(name, size)
    sweep()
    mark = hashlib.sha256(f"{caller.name}|{kind}|{sample}|{name}|{size}|{modified}".encode()).hexdigest()
    found = Import.objects.filter(mark=mark, state=Import.RECEIVING).first()
    if found and path_of(found).exists():
        return found
    _check_room(size)
    made = Import(kind=kind, name=safe_name(name), size=size, mark=mark, sample=sample)
    path = path_of(made)
    path.parent.parent.mkdir(mode=0o700, exist_ok=True)
    path.parent.mkdir(mode=0o700)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    made.save(force_insert=True)
    return made


def receive(upload: Import, offset: int, body: bytes, digest: str = "") -> int:
    """Add a slice at ``offset``; how many bytes there are now, the last one synced to the disk.

    Misplaced where the file does not end at ``offset``; DataError where the slice is damaged or goes beyond the file's size.
    """
    if digest and hashlib.sha256(body).hexdigest() != digest.lower():
        raise DataError("A part of the file arrived damaged.", "Send it again.")
    with _locked(upload) as descriptor:
        stored = os.fstat(descriptor).st_size
        if stored != offset:
            raise Misplaced(stored)
        if stored + len(body) > upload.size:
            raise DataError("{file} is longer than was said.", "Choose the file again.", file=upload.name)
        _append(descriptor, body)
        if stored + len(body) == upload.size:
            os.fsync(descriptor)
            Import.objects.filter(pk=upload.pk, state=Import.RECEIVING).update(state=Import.READY)
    return stored + len(body)


def receive_whole(upload: Import, parts: Iterable[bytes]) -> None:
    """All of a file that came in one piece, in place of whatever part of it was there."""
    with _locked(upload) as descriptor:
        os.ftruncate(descriptor, 0)
    at = 0
    for part in parts:
        at = receive(upload, at, part)


def stored(upload: Import) -> int:
    """How many bytes have come."""
    try:
        return path_of(upload).stat().st_size
    except FileNotFoundError:
        return 0


def path_of(upload: Import) -> Path:
    """Where the file lies."""
    return folder_of(upload.pk) / upload.name


def folder_of(pk: uuid.UUID) -> Path:
    """The folder of one upload: always below the firm's own workspace."""
    return firm.folder() / FOLDER / str(pk)


def forget_file(upload: Import) -> None:
    """Delete the file; what became of it is still told."""
    shutil.rmtree(folder_of(upload.pk), ignore_errors=True)


def drop(upload: Import) -> None:
    """Delete the file and what is known of it."""
    forget_file(upload)
    upload.delete()


def sweep() -> int:
    """Delete what is older than two days and not under way, and folders nobody knows; how many."""
    now = timezone.now()
    old = Import.objects.filter(made_at__lt=now - KEPT).exclude(state__in=(Import.WAITING, Import.RUNNING))
    gone = 0
    for upload in old:
        drop(upload)
        gone += 1
    folder = firm.folder() / FOLDER
    known = {str(pk) for pk in Import.objects.values_list("pk", flat=True)} if folder.is_dir() else set()
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in known and path.stat().st_mtime < (now - dt.timedelta(hours=1)).timestamp():
            shutil.rmtree(path, ignore_errors=True)
            gone += 1
    return gone


def safe_name(name: str) -> str:
    """The last part of a file's name, without anything a system could take for a path or an order; never empty."""
    last = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    bare = _ODD.sub("_", last).strip(". ").encode("utf-8", "ignore").decode()
    stem, dot, ending = bare.rpartition(".")
    short = f"{stem[: _LONGEST - len(ending) - 1]}{dot}{ending}" if dot and len(ending) < 12 else bare[:_LONGEST]
    return short or "file"


def _check_size(name: str, size: int) -> None:
    if size <= 0:
        raise DataError("{file} is empty.", "Export it again and look whether it has rows.", file=safe_name(name))
    if size > MOST_BYTES:
        raise DataError(
            "{file} is larger than {limit} GB.", "Export a shorter time span, or use `kundig import` on the server.",
            file=safe_name(name), limit=MOST_BYTES // (1024 * MIB),
        )  # fmt: skip


def _check_room(size: int) -> None:
    """Room for all files promised, and once more for what the lake makes of this one."""
    open_ = Import.objects.filter(state=Import.RECEIVING)
    if open_.count() >= MOST_AT_ONCE:
        raise BusyError("Too many uploads are unfinished.", "Finish or delete some of them under Data.")
    promised = open_.aggregate(sum=Sum("size"))["sum"] or 0
    if shutil.disk_usage(firm.folder()).free < promised + 2 * size + ROOM:
        raise StorageError("The disk has too little room for this file.", "Make room on the server, or bring a smaller file.")


def _append(descriptor: int, body: bytes) -> None:
    try:
        view = memoryview(body)
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError as error:
        raise StorageError("The file cannot be stored: {why}", "Make room on the disk.", why=error.strerror or "") from error


@contextmanager
def _locked(upload: Import) -> Iterator[int]:
    """The file open to append, by one request at a time."""
    try:
        descriptor = os.open(path_of(upload), os.O_WRONLY | os.O_APPEND)
    except FileNotFoundError:
        raise DataError("This upload is no longer there.", "Choose the file again.") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)
