"""The server's whole suite once more on PostgreSQL, in a cluster of its own, run by an ordinary user, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif("KUNDIG_TESTS_ON" in os.environ, reason="this is the run on PostgreSQL")


def _binaries() -> Path:
    """Where initdb lies; Debian keeps it off the path."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not places:
        pytest.skip("PostgreSQL is not installed")
    return places[-1]


def _ordinary_user() -> str | None:
    """PostgreSQL refuses root; the package's own user or nobody does."""
    if os.getuid():
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


@pytest.fixture
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty database."""
    binaries, user = _binaries(), _ordinary_user()
    place = Path("/tmp") / f"kundig-pg-{os.getpid()}"
    place.mkdir(mode=0o700)
    if user:
        shutil.chown(place, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(*words: str) -> None:
        subprocess.run(words, check=True, capture_output=True, user=user, cwd="/")

    try:
        run(str(binaries / "initdb"), "-D", str(place / "data"), "-U", "kundig", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-p {port} -k {place} -c listen_addresses=127.0.0.1"
        run(str(binaries / "pg_ctl"), "-D", str(place / "data"), "-w", "-l", str(place / "log"), "-o", options, "start")
        try:
            run(str(binaries / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "kundig", "kundig")
            yield f"postgresql://kundig@127.0.0.1:{port}/kundig"
        finally:
            run(str(binaries / "pg_ctl"), "-D", str(place / "data"), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(place, ignore_errors=True)


DATABASE_ALONE = ("rules/test_outbox.py", "sources/test_api.py", "test_house.py")
"""The parts that live by the database; the whole suite takes many minutes more."""


def suite(database: str, *parts: str) -> None:
    """Run ``parts`` of the server's suite on a database."""
    words = [sys.executable, "-m", "pytest", *(f"tests/server/{part}" for part in parts), "-q", "-p", "no:cacheprovider"]
    env = {**os.environ, "KUNDIG_TESTS_ON": database}
    done = subprocess.run(
        [*words, "--ignore", __file__], cwd=ROOT, env=env, capture_output=True, text=True, timeout=3600, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]


def test_what_lives_by_the_database_passes_on_postgresql(database: str) -> None:
    suite(database, *DATABASE_ALONE)


@pytest.mark.long
def test_the_whole_server_suite_passes_on_postgresql(database: str) -> None:
    suite(database, "")
