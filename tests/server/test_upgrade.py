"""What a user of an older version has on his disk is opened by this one; what a newer one wrote is left alone.

Each ``fixtures/workspace-<version>.tar.xz`` was made by that version (``fixtures/make_workspace.py``), with the figures it told.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import subprocess
import sys
import tarfile
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from tests.server.running import clean_environment, free_port, kundig, serving

import kundig as core
from kundig.errors import LakeError
from kundig.server.client import Client

FIXTURES = Path(__file__).parent / "fixtures"
STORED = sorted(FIXTURES.glob("workspace-*.tar.xz"))
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(params=STORED, ids=lambda path: path.name)
def archive(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def folder(archive: Path, tmp_path: Path) -> Path:
    """The workspace as the older version left it."""
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "ws", filter="data")
    return tmp_path / "ws"


@pytest.fixture
def golden(archive: Path) -> dict[str, Any]:
    """What the older version told about it."""
    told: dict[str, Any] = json.loads(archive.with_name(archive.name.replace(".tar.xz", ".json")).read_text())
    return told


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kundig", "-w", str(folder), "--lang", "en", *words]
    return subprocess.run(command, capture_output=True, text=True, env=clean_environment(), timeout=60, check=False)


def test_there_is_a_workspace_of_the_first_version() -> None:
    assert "workspace-0.1.0.tar.xz" in {path.name for path in STORED}
    assert all(path.stat().st_size < 300_000 for path in STORED)


def test_every_figure_is_as_it_was(folder: Path, golden: dict[str, Any]) -> None:
    workspace = core.open(folder, clock=lambda: NOW)
    assert not workspace.lake.verify().problems
    for name, figures in golden["figures"].items():
        now = workspace.ask(name).figures
        assert {key: now[key] for key in figures} == pytest.approx(figures, nan_ok=True), name


def test_merged_and_erased_persons_stay_so(folder: Path, golden: dict[str, Any]) -> None:
    workspace = core.open(folder)
    one, other = golden["linked"]
    assert workspace.memory(one).num_rows == workspace.memory(other).num_rows == golden["memory"]
    with workspace.lake.read("quality") as reading:
        (row,) = reading.query("select count(*) as n from events where person_id = :gone", {"gone": golden["erased"]}).to_pylist()
    assert row["n"] == 0


def test_the_server_starts_on_it_and_nothing_is_lost(folder: Path, golden: dict[str, Any]) -> None:
    with sqlite3.connect(folder / "server.sqlite3") as db:
        before = {
            name: db.execute(f"select count(*) from {name}").fetchone()[0]
            for name in ("people_user", "people_token", "people_entry")
        }
    with serving(folder, folder.parent / "said") as found:
        urllib.request.urlopen(f"{found.address}/health", timeout=10).close()
        token = kundig(folder, "token", "create", "--role", "integrator", "--name", "after")
        figures = Client(found.address, token).insight("contacts-per-case")["figures"]
        assert figures["cases"] >= golden["figures"]["contacts-per-case"]["cases"]
        timeline = Client(found.address, token).memory("K-4711")["timeline"] if _stored(folder) else None
    with sqlite3.connect(folder / "server.sqlite3") as db:
        assert db.execute("select count(*) from people_user").fetchone()[0] == before["people_user"]
        assert db.execute("select count(*) from people_token").fetchone()[0] == before["people_token"] + 1
        assert db.execute("select count(*) from people_entry").fetchone()[0] >= before["people_entry"]
    assert run(folder, "audit", "verify").returncode == 0
    assert run(folder, "verify").returncode == 0
    assert timeline and timeline[0]["activity"] == "Call", "what waited in the inbox is in the lake"


def _stored(folder: Path) -> bool:
    """Wait for the flusher to carry what waited into the lake."""
    import time

    for _ in range(300):
        with sqlite3.connect(folder / "server.sqlite3", timeout=30) as db:
            if not db.execute("select count(*) from sources_inboxbatch").fetchone()[0]:
                return True
        time.sleep(0.2)
    return False


def test_a_lake_of_a_newer_kundig_is_left_alone(folder: Path) -> None:
    with sqlite3.connect(folder / "state.sqlite3") as db:
        db.execute("pragma user_version = 99")
    with pytest.raises(LakeError, match=r"newer kundig \(schema 99\)"):
        core.open(folder).ask("handovers")
    for words in (("ask", "handovers"), ("verify",), ("serve", "--port", str(free_port()))):
        done = run(folder, *words)
        assert done.returncode == 1
        assert done.stderr == "Error: The lake was written by a newer kundig (schema 99).\n  Update kundig.\n"


def test_server_tables_of_a_newer_kundig_are_left_alone(folder: Path) -> None:
    with sqlite3.connect(folder / "server.sqlite3") as db:
        db.execute("insert into django_migrations (app, name, applied) values ('people', '0099_later', '2030-01-01')")
    done = run(folder, "serve", "--port", str(free_port()))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The server's tables were changed by a newer kundig (people 0099_later).")


def test_a_backup_from_before_an_update_can_be_restored_over_it(folder: Path, golden: dict[str, Any]) -> None:
    saved = folder.parent / "saved.tar"
    assert run(folder, "backup", "-o", str(saved)).returncode == 0
    with sqlite3.connect(folder / "state.sqlite3") as db:
        db.execute("pragma user_version = 99")
        db.execute("insert into tombstones values (?, '2030-01-01T00:00:00+00:00')", (golden["linked"][1],))
    done = run(folder, "restore", str(saved), "--yes")
    assert done.returncode == 0, done.stderr
    with core.open(folder).lake.read("quality") as reading:
        (row,) = reading.query(
            "select count(*) as n from stored_events where person_id = :gone", {"gone": golden["linked"][1]}
        ).to_pylist()
    assert row["n"] == 0, "whom the newer kundig erased stays erased"
