"""Backup and restore as a person runs them: in processes of their own, on a workspace that is in use."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

import kundig
from kundig.server import backup
from kundig.server.people.models import User


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """The kundig command."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("KUNDIG_", "DJANGO_"))}
    return subprocess.run([sys.executable, "-m", "kundig", *words], capture_output=True, text=True, env=env, check=False)


@pytest.fixture
def saved(site: Any, user: Any, tmp_path: Path) -> Path:
    """A backup of the site with one account."""
    user("owner", "o@example.org")
    path = tmp_path / "saved.tar"
    backup.backup(site.workspace, path)
    return path


def test_every_file_is_in_the_backup_or_named_as_left_out(site: Any, saved: Path) -> None:
    with tarfile.open(saved) as tar:
        inside = set(tar.getnames())
    there = {p.relative_to(site.folder).as_posix() for p in site.folder.rglob("*") if p.is_file()}
    missing = {name for name in there - inside if not name.startswith((*backup.LEFT_OUT, backup.STATE))}
    assert missing == set()
    assert {"key", "kundig.toml", backup.STATE, backup.TABLES, backup.MANIFEST} <= inside


def test_every_table_of_the_server_is_in_the_backup(site: Any) -> None:
    from django.apps import apps

    passing = {"Session", "ContentType", "Permission", "Group"}
    assert {m.__name__ for m in apps.get_models()} - {m.__name__ for m in backup.models()} == passing


def test_a_backup_is_private_and_never_overwrites(site: Any, saved: Path) -> None:
    assert saved.stat().st_mode & 0o077 == 0
    with pytest.raises(kundig.errors.StorageError):
        backup.backup(site.workspace, saved)


def accounts(folder: Path) -> list[tuple[str, str]]:
    """Of a restored workspace; on PostgreSQL it has taken over the database that its settings name."""
    import sqlite3

    from kundig.server.people.models import User

    if not (folder / "server.sqlite3").is_file():
        return list(User.objects.values_list("email", "role"))
    with sqlite3.connect(folder / "server.sqlite3") as db:
        return db.execute("select email, role from people_user").fetchall()


def test_restored_into_an_empty_folder_everything_is_there(site: Any, saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    done = run("-w", str(folder), "restore", str(saved), "--yes")
    assert done.returncode == 0, done.stderr
    assert run("-w", str(folder), "verify").returncode == 0
    before, after = (
        w.sql("select count(*) as n, min(event_id) as e from events").to_pylist() for w in (site.workspace, kundig.open(folder))
    )
    assert before == after
    assert accounts(folder) == [("o@example.org", "owner")]
    assert run("-w", str(folder), "audit", "verify").returncode == 0


def test_whom_the_lost_workspace_erased_stays_erased(site: Any, saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "firm"
    shutil.copytree(site.folder, folder)
    workspace = kundig.open(folder)
    person = workspace.sql("select person_id from events where person_id is not null limit 1")["person_id"][0].as_py()
    workspace.erase(person)
    done = run("-w", str(folder), "restore", str(saved), "--yes")
    assert done.returncode == 0, done.stderr
    assert "erased again" in done.stdout
    left = kundig.open(folder).sql("select count(*) as n from events where person_id = :p", purpose="privacy", p=person)
    assert left["n"][0].as_py() == 0
    assert len(list(tmp_path.glob("firm.before-*"))) == 1


@pytest.mark.parametrize("damage", ["cut", "flipped", "foreign"])
def test_a_damaged_backup_changes_nothing(site: Any, saved: Path, tmp_path: Path, damage: str) -> None:
    data = bytearray(saved.read_bytes())
    at = len(data) // 2
    data = {
        "cut": data[:at],
        "flipped": data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :],
        "foreign": bytearray(b"no archive"),
    }[damage]
    saved.write_bytes(data)
    folder = tmp_path / "firm"
    shutil.copytree(site.folder, folder)
    done = run("-w", str(folder), "restore", str(saved), "--yes")
    assert done.returncode == 1
    assert "damaged" in done.stderr
    assert run("-w", str(folder), "verify").returncode == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["firm", "saved.tar"]


def test_a_path_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    evil = tmp_path / "evil.tar"
    (tmp_path / "x").write_text("x")
    with tarfile.open(evil, "w") as tar:
        tar.add(tmp_path / "x", "../outside")
    done = run("-w", str(tmp_path / "firm"), "restore", str(evil), "--yes")
    assert done.returncode == 1
    assert not (tmp_path / "outside").exists()


def test_ids_go_on_after_a_restore(site: Any, user: Any, tmp_path: Path) -> None:
    user("owner", "o@example.org")
    backup.dump_tables(tmp_path / "rows")
    User.objects.all().delete()
    assert backup.load_tables(tmp_path / "rows") >= 1
    old = User.objects.get().pk
    assert user("agent", "a@example.org").pk != old
