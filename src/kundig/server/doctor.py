"""Looks for whatever would keep the workspace and its server from working, and says what to do about it."""

from __future__ import annotations

import datetime as dt
import shutil
import socket
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from kundig.errors import KundigError
from kundig.message import Message, sentence
from kundig.server import hosts, serve
from kundig.workspace import Workspace

LITTLE = 2 * 10**9
"""Free bytes below which the next import may not fit."""
Grade = Literal["good", "warn", "bad"]


@dataclass(frozen=True)
class Found:
    """One thing looked at: how it is, and the next step where it is not good."""

    name: str
    grade: Grade
    text: Message
    hint: str = ""


def examine(workspace: Workspace, now: dt.datetime) -> Iterator[Found]:
    """Everything looked at, in the order a fault would matter."""
    checks: tuple[Callable[[], Found], ...] = (
        lambda: _key(workspace), lambda: _disk(workspace.folder), lambda: _lake(workspace), lambda: _sagas(workspace),
        lambda: _clock(workspace, now), lambda: _tables(workspace), lambda: _waiting(), lambda: _port(workspace),
        lambda: _mail(workspace),
    )  # fmt: skip
    for check in checks:
        try:
            yield check()
        except KundigError as error:
            yield Found("workspace", "bad", Message(error.text, error.values), error.hint)


def _key(workspace: Workspace) -> Found:
    path = workspace.folder / "key"
    length = len(workspace.key)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        text = Message("The key {file} can be read by others.", {"file": str(path)})
        return Found("key", "bad", text, sentence("Run: chmod 600 on that file."))
    return Found("key", "good", Message("The key is there ({n} bits) and private.", {"n": length * 8}))


def _disk(folder: Path) -> Found:
    free = shutil.disk_usage(folder).free
    text = Message("{n} GB are free on the disk of the workspace.", {"n": free // 10**9})
    return (
        Found("disk", "warn", text, sentence("Make room before the next import."))
        if free < LITTLE
        else Found("disk", "good", text)
    )


def _lake(workspace: Workspace) -> Found:
    found = workspace.lake.verify()
    if found.problems:
        hint = sentence("Run `kundig verify` to see all, and restore a backup.")
        return Found("lake", "bad", found.problems[0], hint)
    told = {"files": found.files, "rows": found.rows, "version": str(found.version)}
    return Found("lake", "good", Message("All is whole: {files} files with {rows} rows, data version {version}.", told))


def _sagas(workspace: Workspace) -> Found:
    n = len(workspace.lake.store.state.open_sagas())
    if n:
        text = Message("{n} erasures were begun and not finished.", {"n": n})
        return Found("erasures", "bad", text, sentence("The next `kundig erase` finishes them first."))
    return Found("erasures", "good", Message("No erasure is half done."))


def _clock(workspace: Workspace, now: dt.datetime) -> Found:
    runs = workspace.lake.store.state.runs()
    last = max((dt.datetime.fromisoformat(run["finished_at"]) for run in runs), default=None)
    if last and last > now + dt.timedelta(minutes=5):
        text = Message("The clock says {now}, but data were stored at {last}.", {"now": now, "last": last})
        return Found("clock", "bad", text, sentence("Set the clock: due dates and retention depend on it."))
    return Found("clock", "good", Message("The clock is plausible."))


def _tables(workspace: Workspace) -> Found:
    serve.configure(workspace.folder)
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        text = Message("The server's database does not answer: {why}", {"why": str(error).splitlines()[0]})
        return Found("database", "bad", text, sentence("Look at the setting database."))
    if waiting:
        text = Message("{n} changes of the server's tables wait.", {"n": len(waiting)})
        return Found("database", "warn", text, sentence("They are made when `kundig serve` starts."))
    return Found("database", "good", Message("The server's tables are up to date ({vendor}).", {"vendor": connection.vendor}))


def _waiting() -> Found:
    """Events that were accepted and are not in the lake yet, and those that could not be read."""
    from django.db import DatabaseError

    from kundig.server.sources import inbox
    from kundig.server.sources.models import DeadLetter

    try:
        dead, waiting = DeadLetter.objects.count(), inbox.waiting()
    except DatabaseError:
        return Found(
            "events", "warn", Message("Whether events wait cannot be told."), sentence("See what is said of the database.")
        )
    if dead:
        text = Message("{n} events could not be read and wait among the dead letters.", {"n": dead})
        return Found("events", "warn", text, sentence("Look at them in the browser under Data."))
    return Found("events", "good", Message("{n} events wait for the lake, none is a dead letter.", {"n": waiting}))


def _port(workspace: Workspace) -> Found:
    host, port = workspace.settings.host, workspace.settings.port
    told = {"address": f"{host}:{port}"}
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(1)
        answers = probe.connect_ex(("127.0.0.1" if host in hosts.EVERYWHERE else host, port)) == 0
    text = Message("Something answers at {address}.", told) if answers else Message("Nothing answers at {address}.", told)
    return Found("server", "good", text)


def _mail(workspace: Workspace) -> Found:
    url = urlsplit(workspace.settings.mail_url)
    if not url.hostname:
        return Found("mail", "good", Message("No mail server is set; no mail is sent."))
    told = {"address": f"{url.hostname}:{url.port or 25}"}
    try:
        socket.create_connection((url.hostname, url.port or 25), timeout=5).close()
    except OSError:
        return Found(
            "mail", "bad", Message("The mail server {address} does not answer.", told), sentence("Look at the setting mail_url.")
        )
    return Found("mail", "good", Message("The mail server {address} answers.", told))
