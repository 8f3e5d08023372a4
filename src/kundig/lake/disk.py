"""What the disk must promise: synced files, checksums, and one writer at a time."""

from __future__ import annotations

import errno
import fcntl
import os
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kundig.errors import BusyError, KundigError, StorageError

_BLOCK = 1 << 20


def sync(paths: Iterable[Path]) -> None:
    """fsync files and folders; StorageError where the disk refuses, after which nothing may be called stored."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            raise StorageError("The disk did not confirm {file}: {why}", file=str(path), why=error.strerror or "") from error
        finally:
            os.close(descriptor)


def checksum(path: Path) -> int:
    """CRC-32 of a file's bytes: finds flipped bits, is no protection against intent."""
    value = 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            value = zlib.crc32(block, value)
    return value


@contextmanager
def only_writer(lock: Path, patience: float = 600.0) -> Iterator[None]:
    """Hold the lake's write lock, waiting up to ``patience`` seconds; the system lets go of it when a process dies."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as handle:
        _wait_for(handle.fileno(), patience)
        try:
            yield
        finally:
            fcntl.flock(handle.fileno(), fcntl.LOCK_UN)


def hold(lock: Path) -> int:
    """Make ``lock`` and hold it until the descriptor returned is closed or the process dies, whichever way."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):  # a sweeper may have come between making and locking
            if os.path.samestat(os.fstat(descriptor), lock.stat()):
                return descriptor
        os.close(descriptor)


def drop_unless_held(lock: Path) -> bool:
    """Whether nobody holds ``lock``, which then is removed."""
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        lock.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _wait_for(descriptor: int, patience: float) -> None:
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
        if time.monotonic() > end:
            raise BusyError(
                "Another process has been writing for {n} seconds.", "Wait until it ends and try again.", n=int(patience)
            )
        time.sleep(0.05)


@contextmanager
def disk_errors() -> Iterator[None]:
    """A full disk as a StorageError that says what to do, whichever library met it (each has an error of its own)."""
    try:
        yield
    except KundigError:
        raise
    except Exception as error:
        if _is_full(error):
            raise StorageError(
                "The disk is full; nothing half done is kept.", "Free some space and run the command again."
            ) from error
        raise


def _is_full(error: Exception) -> bool:
    by_code = getattr(error, "errno", 0) == errno.ENOSPC or getattr(error, "sqlite_errorname", "") in _FULL_IN_SQLITE
    return by_code or any(words in str(error) for words in _FULL)


_FULL = ("No space left", "disk is full")
_FULL_IN_SQLITE = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")
"""The second is told as "disk I/O error": not even the shared memory beside the log finds room."""
