"""Everywhere the server holds something of a person outside the lake: swept, and searched afterwards.

Each store has a function that removes what it holds and says how much that was; doing it again removes nothing more.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from django.apps import apps
from django.db import connection, models, transaction

from kundig.lake.traces import Traces
from kundig.message import sentence
from kundig.server import asker, databases, firm
from kundig.server.people import audit

REDACTED = "[erased]"
EXPORTS = "exports"
"""The folder below ``run/`` in which packages for a person lie until they are handed out."""
LONG = 8
"""Shorter texts stand in the bytes of a database by chance."""
_FREE = ("text", "extra", "touchpoint")
_READABLE = (".csv", ".txt", ".tsv", ".json", ".jsonl", ".ndjson", ".mbox", ".eml", ".xml", ".xes")
_HASHES = ("digest", "before", "password", "key", "secret", "code")
_PASSING = ("contenttypes", "auth", "sessions", "account", "mfa", "socialaccount")

TITLES = {
    "waiting": sentence("Events waiting for the lake, and dead letters"),
    "uploads": sentence("Uploaded files and imports"),
    "deliveries": sentence("Messages to other systems"),
    "views": sentence("Saved questions and alerts"),
    "exports": sentence("Packages made for the person"),
    "requests": sentence("Notes of earlier requests"),
    "audit": sentence("Audit log (only the hash of the pseudonym stays)"),
    "answers": sentence("Kept answers"),
    "lake": sentence("Lake, rejected rows and traces in other persons' texts"),
}


class Words:
    """What betrays the person, as whole words."""

    def __init__(self, traces: Traces) -> None:
        self.traces = traces
        told = [*traces.ids, *traces.texts]
        self._pattern = re.compile("|".join(rf"(?<!\w){re.escape(t)}(?!\w)" for t in sorted(told, key=len, reverse=True)))

    def are_in(self, value: Any) -> bool:
        """Whether a value of any kind holds one of them."""
        if isinstance(value, Mapping):
            return any(self.are_in(part) for pair in value.items() for part in pair)
        if isinstance(value, (list, tuple)):
            return any(self.are_in(part) for part in value)
        if isinstance(value, (bytes, memoryview)):
            return self._pattern.search(_decoded(bytes(value))) is not None
        return isinstance(value, str) and self._pattern.search(value) is not None

    def without(self, value: Any) -> Any:
        """The value with each of them replaced."""
        if isinstance(value, str):
            return self._pattern.sub(REDACTED, value)
        if isinstance(value, Mapping):
            return {key: self.without(part) for key, part in value.items()}
        return value


def _decoded(data: bytes) -> str:
    """JSON with its escapes resolved, else the bytes as text."""
    try:
        return msgspec.json.encode(msgspec.json.decode(data)).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return data.decode("utf-8", "replace")


def sweep(words: Words) -> Iterator[tuple[str, int]]:
    """Sweep store by store; the name of each and how much was removed."""
    for name, swept in _SWEEPS.items():
        yield name, swept(words)


def _waiting(words: Words) -> int:
    """His events go; traces of him in the free text of others' are replaced."""
    from kundig.server.sources import inbox

    removed = inbox.erase(words.traces.ids)
    for model in (_model("sources", "InboxBatch"), _model("sources", "DeadLetter")):
        removed += _redacted(model, words)
    for letter in _rows_with(_model("sources", "DeadLetter"), words):
        letter.delete()
        removed += 1
    return removed


def _redacted(model: type[models.Model], words: Words) -> int:
    changed = 0
    with transaction.atomic():
        for row in _rows_with(model, words):
            found = msgspec.json.decode(bytes(row.payload))
            events = found if isinstance(found, list) else [found]
            kept = [{k: words.without(v) if k in _FREE else v for k, v in event.items()} for event in events]
            row.payload = msgspec.json.encode(kept if isinstance(found, list) else kept[0])
            row.save(update_fields=["payload"])
            changed += 1
    return changed


def _uploads(words: Words) -> int:
    """Files that hold him go, and packed ones, in which nobody can look; what is being imported is left to the import."""
    from kundig.server.sources.imports import uploads

    removed = 0
    for row in _model("sources", "Import").objects.all():
        folder = uploads.folder_of(row.pk)
        if not row.is_under_way and (words.are_in([row.name, row.choices, row.result]) or _is_in_folder(folder, words)):
            shutil.rmtree(folder, ignore_errors=True)
            row.delete()
            removed += 1
    return removed


def _is_in_folder(folder: Path, words: Words) -> bool:
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    return any(path.suffix.lower() not in _READABLE or _is_in_file(path, words) for path in files)


def _is_in_file(path: Path, words: Words) -> bool:
    with path.open(encoding="utf-8", errors="replace") as lines:
        if any(words.are_in(line) for line in lines):
            return True
    with path.open(encoding="cp1252", errors="replace") as lines:
        return any(words.are_in(line) for line in lines)


def _deliveries(words: Words) -> int:
    return _deleted(words, ("rules", "Delivery"))


def _views(words: Words) -> int:
    return _deleted(words, ("explore", "View"), ("rules", "Alert"))


def _deleted(words: Words, *names: tuple[str, str]) -> int:
    removed = 0
    for app, name in names:
        for row in _rows_with(_model(app, name), words):
            row.delete()
            removed += 1
    return removed


def _exports(words: Words) -> int:
    folder = firm.run_folder() / EXPORTS
    n = sum(1 for path in folder.rglob("*") if path.is_file())
    shutil.rmtree(folder, ignore_errors=True)
    return n


def _requests(words: Words) -> int:
    """All his requests keep their kind, days and outcome; whatever somebody wrote about him goes."""
    from kundig.server.privacy.models import Request

    removed = 0
    for row in Request.objects.filter(person_id__in=words.traces.ids):
        row.person_id = audit.sealed(row.person_id)
        row.notes = ""
        row.save(update_fields=["person_id", "notes"])
        removed += 1
    for row in _rows_with(Request, words):
        for name in ("notes", "reason", "extended_why", "identity_how"):
            setattr(row, name, words.without(getattr(row, name)))
        row.save(update_fields=["notes", "reason", "extended_why", "identity_how"])
    return removed


def _audit(words: Words) -> int:
    return audit.forget(words.traces.ids)


_SWEEPS: dict[str, Callable[[Words], int]] = {
    "waiting": _waiting, "uploads": _uploads, "deliveries": _deliveries, "views": _views, "exports": _exports,
    "requests": _requests, "audit": _audit,
}  # fmt: skip


def forget_answers() -> None:
    """End the child that keeps answers; the next question starts a new one, which knows nothing of before."""
    Path(asker.address()).unlink(missing_ok=True)


def scrub(words: Words) -> None:
    """Leave nothing of deleted rows in the files of the database: its log is written home, and it is rewritten if needed."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("vacuum")
        return
    _checkpoint()
    if in_database_file(words):
        with connection.cursor() as cursor:
            cursor.execute("vacuum")
        _checkpoint()


def _checkpoint(tries: int = 40) -> None:
    for _ in range(tries):
        with connection.cursor() as cursor:
            cursor.execute("pragma wal_checkpoint(truncate)")
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.25)


def in_database_file(words: Words) -> bool:
    """Whether the bytes of the SQLite files hold a pseudonym or a text that is not there by chance."""
    sought = [t.encode() for t in (*words.traces.ids, *(t for t in words.traces.texts if len(t) >= LONG))]
    pattern = re.compile(b"|".join(rb"(?<!\w)" + re.escape(t) + rb"(?!\w)" for t in sought))
    paths = [firm.folder() / (databases.FILE + end) for end in ("", "-wal")]
    return any(pattern.search(path.read_bytes()) for path in paths if path.is_file())


def left(words: Words) -> tuple[list[str], int]:
    """Search every row of every table; the tables in which something is left, and how many rows were searched."""
    found, searched = [], 0
    for model in _tables():
        n = 0
        for row in _told(model):
            searched += 1
            n += words.are_in(row)
        if n:
            found.append(model._meta.db_table)
    if connection.vendor == "sqlite" and in_database_file(words):
        found.append(databases.FILE)
    return found, searched


def _tables() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if m._meta.app_label not in _PASSING and m._meta.managed and _columns(m)]


def _columns(model: type[models.Model]) -> list[str]:
    kinds = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
    fields = (f for f in model._meta.concrete_fields if isinstance(f, kinds) and not f.primary_key)
    return [f.attname for f in fields if f.name not in _HASHES]


def _told(model: type[models.Model]) -> Iterator[tuple[Any, ...]]:
    return iter(model._base_manager.values_list(*_columns(model)).iterator(2000))


def _rows_with(model: type[models.Model], words: Words) -> list[Any]:
    columns = _columns(model)
    keys = [row[0] for row in model._base_manager.values_list("pk", *columns).iterator(2000) if words.are_in(row[1:])]
    return list(model._base_manager.filter(pk__in=keys))


def _model(app: str, name: str) -> Any:
    return apps.get_model(app, name)
