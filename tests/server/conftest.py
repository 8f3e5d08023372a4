"""A workspace with a small simulated firm and Django set up on it, once a process; every test finds it as new.

Questions that the server puts to its child process are answered in this process here.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.server.place import FOLDER, PASSWORD, PLACE

import kundig
from kundig.simulation import simulate
from kundig.workspace import Workspace

EXPORTS = ("interactions.csv", "customers.csv", "survey.csv", "mailbox.mbox", "cancellations.csv")


@dataclass(frozen=True)
class Site:
    """The workspace, and how it looked before the first test."""

    folder: Path
    pristine: Path
    version: int

    @property
    def workspace(self) -> Workspace:
        """The workspace as the server opens it."""
        from kundig.server import firm

        return firm.own()

    def restore(self) -> None:
        """Put back the lake, where a test has changed it."""
        from kundig.server import firm

        if self.workspace.lake.version != self.version:
            for name in ("lake", "state.sqlite3", "state.sqlite3-wal", "state.sqlite3-shm"):
                _replace(self.pristine / name, self.folder / name)
            firm.opened.cache_clear()
        for name in ("rejected", "mappings", "sample", "uploads"):
            _replace(self.pristine / name, self.folder / name)


def _replace(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.unlink(missing_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copy2(source, target)


@pytest.fixture(scope="session")
def _made() -> Site:
    """The firm, simulated and imported, and the server's tables."""
    simulate(PLACE / "firm", customers=60, seed=5)
    workspace = kundig.open(FOLDER)
    workspace.import_files([PLACE / "firm" / "exports" / name for name in EXPORTS])
    workspace.lake.fold(always=True)
    shutil.copytree(FOLDER, PLACE / "pristine")
    from kundig.server import serve

    serve.set_up(FOLDER)
    _hash_quickly()
    return Site(FOLDER, PLACE / "pristine", workspace.lake.version)


def _hash_quickly() -> None:
    """Hundreds of accounts are made here, and a good hash is slow on purpose; a started server hashes as it is set."""
    from django.conf import settings
    from django.contrib.auth import hashers

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    hashers.get_hashers.cache_clear()
    hashers.get_hashers_by_algorithm.cache_clear()


@pytest.fixture
def site(_made: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The workspace as new, with no accounts, tokens or events waiting."""
    from django.core.cache import cache

    from kundig.server import asker, asking, children
    from kundig.server.sources import waking

    monkeypatch.setenv("KUNDIG_WORKSPACE", str(_made.folder))
    server = asker.Server()
    monkeypatch.setattr(asking, "_connection", lambda: None)
    monkeypatch.setattr(asking, "_exchange", lambda _, request, wait: server._answered(json.loads(request)))
    monkeypatch.setattr(children, "start", lambda *words: pytest.fail(f"a test started a child process: {words}"))
    monkeypatch.setattr(children, "start_once", lambda *words: False)
    monkeypatch.setattr(waking, "wake", lambda *_: None)
    cache.clear()
    _forget_rows()
    yield _made
    _forget_rows()
    monkeypatch.setenv("KUNDIG_WORKSPACE", str(_made.folder))
    _made.restore()


def _forget_rows() -> None:
    """Empty every table of ours."""
    from django.apps import apps
    from django.db import connection, transaction

    there = set(connection.introspection.table_names())
    with transaction.atomic(), connection.cursor() as cursor:
        for model in reversed(apps.get_models()):
            if model._meta.app_label not in ("contenttypes", "auth") and model._meta.db_table in there:
                cursor.execute(f'delete from "{model._meta.db_table}"')


@pytest.fixture
def user(site: Site) -> Callable[..., Any]:
    """Makes an account: ``user("agent", "a@example.org")``."""
    from kundig.server.people.models import User

    def make(role: str, email: str = "") -> User:
        return User.objects.create_user(email or f"{role}@example.org", PASSWORD, role=role)

    return make


@pytest.fixture
def client_as(user: Callable[..., Any]) -> Callable[..., Any]:
    """A test client logged in with a role: ``client_as("owner")``; "" is nobody."""
    from django.test import Client

    def log_in(role: str, lang: str = "en", **settings: Any) -> Client:
        client = Client(headers={"accept-language": lang}, **settings)
        if role:
            client.force_login(user(role), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return log_in


@pytest.fixture
def token(site: Site) -> Callable[[str], dict[str, str]]:
    """Headers with a new token of a role: ``client.get(url, headers=token("integrator"))``."""
    from kundig.server.people import tokens

    return lambda role: {"authorization": f"Bearer {tokens.create('test', role)}"}
