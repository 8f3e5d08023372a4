"""Starting the server of one workspace: tables brought up to date, the first owner's link printed, then granian."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kundig import config
from kundig.errors import ConfigError, WorkspaceError
from kundig.server import hosts

PATIENCE_S = 30
LOOKS_EVERY_S = 20
BLOCKING_THREADS = 8
"""Enough that a page which waits for an answer holds up no other, and that one sync to the disk serves several senders."""


def set_up(folder: Path) -> None:
    """Django for the workspace at ``folder``, its tables brought up to date; ConfigError where the database does not answer."""
    configure(folder)
    from django.core.management import call_command
    from django.db import OperationalError

    try:
        _refuse_newer()
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
    except OperationalError as error:
        why = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise ConfigError("The server's database does not answer: {why}", "Look at the setting database.", why=why) from error


def _refuse_newer() -> None:
    """WorkspaceError where the tables hold changes that this program does not know."""
    from django.apps import apps
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("kundig.")}
    unknown = sorted(f"{app} {name}" for app, name in set(loader.applied_migrations) - set(loader.disk_migrations) if app in ours)
    if unknown:
        raise WorkspaceError(
            "The server's tables were changed by a newer kundig ({what}).",
            "Update kundig, or restore the backup made before the update.", what=", ".join(unknown),
        )  # fmt: skip


def configure(folder: Path) -> None:
    """Django for the workspace at ``folder``."""
    os.environ["KUNDIG_WORKSPACE"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kundig.server.settings")
    import django

    django.setup()


def first_link(address: str) -> str:
    """The one-time link that makes the owner's account; "" where there is an account already."""
    from kundig.server.people import first

    return first.link(address)


def serve(folder: Path, settings: config.Settings, ready: Callable[[str], None]) -> None:
    """Serve until stopped. ``ready`` is called with the address when requests are answered."""
    # Workers and children read the settings themselves, so what a flag said must reach them.
    os.environ |= {"KUNDIG_WORKSPACE": str(folder), "KUNDIG_HOST": settings.host, "KUNDIG_PORT": str(settings.port)}
    # A forked worker would inherit locks that this process's threads hold at that moment, and wait for them for ever.
    multiprocessing.set_start_method("spawn", force=True)
    address = settings.public_url.rstrip("/") or f"http://{_named(settings.host)}:{settings.port}"
    server = _server(settings)
    server.on_startup(lambda: threading.Thread(target=_tell, args=(settings, lambda: ready(address)), daemon=True).start())
    server.on_startup(lambda: threading.Thread(target=_keep_time, daemon=True).start())
    server.on_startup(_resume)
    server.on_shutdown(_end_children)
    server.serve()


def _keep_time() -> None:
    """Start the child that does what is due (alerts, digests, messages), as long as the server runs."""
    from django.db import DatabaseError, close_old_connections
    from django.utils import timezone

    from kundig.errors import KundigError
    from kundig.server import children
    from kundig.server.rules import due

    while True:
        time.sleep(LOOKS_EVERY_S)
        try:
            close_old_connections()
            if due.anything(timezone.now()):
                children.start_once("rules.runner")
        except (DatabaseError, KundigError, OSError):
            logging.getLogger("kundig.serve").exception("what is due could not be looked up")


def _named(host: str) -> str:
    return "localhost" if host in (*hosts.LOOPBACK, *hosts.EVERYWHERE) else host


def _tell(settings: config.Settings, ready: Callable[[], None]) -> None:
    """Call ``ready`` once a worker answers."""
    url = f"http://{_named(settings.host)}:{settings.port}/health"
    for _ in range(PATIENCE_S * 20):
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            break  # it answers, and says itself what is wrong
        except OSError:
            time.sleep(0.05)
        else:
            break
    ready()


def _server(settings: config.Settings) -> Any:
    from granian import Granian
    from granian.constants import Interfaces

    return Granian(
        "kundig.server.wsgi:application", address=settings.host, port=settings.port, interface=Interfaces.WSGI,
        workers=settings.workers if settings.database else 1, blocking_threads=BLOCKING_THREADS, backlog=512,
        respawn_failed_workers=True, log_enabled=False, websockets=False, workers_kill_timeout=15,
    )  # fmt: skip


def _resume() -> None:
    """Events accepted before the server was stopped or killed must not wait for the next one."""
    from django.db import connections

    from kundig.server import children
    from kundig.server.sources import inbox, waking

    if inbox.waiting():
        children.start_once(waking.MODULE)
    connections.close_all()  # a worker must not inherit it


def _end_children() -> None:
    """The asker ends when its socket is gone; the flusher when its batch is stored."""
    from kundig.server import asker

    Path(asker.address()).unlink(missing_ok=True)
