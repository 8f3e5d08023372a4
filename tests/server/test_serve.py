"""Starting and stopping the server: what keeps it from starting is said in a sentence, and a stop loses no answer."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.server.running import Running, clean_environment, free_port, kundig, serving

import kundig as core
from kundig.config import Settings
from kundig.errors import ConfigError, WorkspaceError
from kundig.server import starting

NOBODY = 65534


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty workspace."""
    return core.create(tmp_path_factory.mktemp("serve") / "ws").folder


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Running]:
    with serving(folder, folder.parent / "said") as found:
        yield found


def _refused(folder: Path, *words: str, **more: Any) -> str:
    """What `kundig serve` says when it ends at once with exit code 1."""
    command = [sys.executable, "-m", "kundig", "-w", str(folder), "--lang", "en", "serve", *words]
    env = {**clean_environment(), **more.pop("env", {})}
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=60, check=False, **more)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "backtrace" not in done.stderr
    return done.stderr


def test_a_port_that_is_taken_is_said(running: Running, tmp_path: Path) -> None:
    core.create(tmp_path / "other")
    port = running.address.rpartition(":")[2]
    said = _refused(tmp_path / "other", "--port", port)
    assert said == (
        f"Error: Another program listens at 127.0.0.1:{port} already.\n  Stop it, or choose another port with --port.\n"
    )


def test_a_second_server_of_a_workspace_is_refused(running: Running) -> None:
    said = _refused(running.folder, "--port", str(free_port()))
    assert said.startswith(f"Error: This workspace is being served already (process {running.pid}).")
    urllib.request.urlopen(f"{running.address}/health", timeout=10).close()


def test_a_database_that_does_not_answer_is_said(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    core.create(tmp_path / "ws")
    away = {"KUNDIG_DATABASE": f"postgresql://nobody@127.0.0.1:{free_port()}/none"}
    said = _refused(tmp_path / "ws", "--port", str(free_port()), env=away)
    assert said.startswith("Error: The server's database does not answer:")


def test_a_workspace_that_may_not_be_written_is_said() -> None:
    """Root may write everything, so root lets somebody else try."""
    place = Path(tempfile.mkdtemp(prefix="kundig-foreign-"))
    foreign: dict[str, Any] = {} if os.getuid() else {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"}
    try:
        place.chmod(0o755)
        core.create(place / "ws")
        (place / "ws" / "key").chmod(0o644)
        (place / "ws").chmod(0o555)
        try:
            said = _refused(place / "ws", "--port", str(free_port()), **foreign)
        except PermissionError:
            pytest.skip("nobody but root may start this Python")
    finally:
        (place / "ws").chmod(0o755)
        shutil.rmtree(place)
    assert "may not be written by this user" in said


def test_rights_are_looked_at_before_anything_is_made(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(folder, tmp_path / "ws", ignore=shutil.ignore_patterns("run"))
    real = os.access
    for name, right in (("lake", os.W_OK), ("key", os.R_OK)):
        monkeypatch.setattr(os, "access", lambda path, mode, name=name: Path(path).name != name and real(path, mode))
        with (
            pytest.raises(WorkspaceError, match="written" if right == os.W_OK else "read") as error,
            starting.alone(tmp_path / "ws", Settings(port=free_port())),
        ):
            pytest.fail("it started")
        assert Path(error.value.values["file"]).name == name
    assert not (tmp_path / "ws" / "run").exists()


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_said(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigError, match="no address"), starting.alone(tmp_path, Settings(host=host, port=free_port())):
        pytest.fail("it started")


def test_a_port_only_root_may_have_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", forbidden)
    with pytest.raises(ConfigError, match="may not listen at port 80"), starting.alone(tmp_path, Settings(port=80)):
        pytest.fail("it started")


def test_a_lock_is_free_again_when_its_server_ended(tmp_path: Path) -> None:
    settings = Settings(port=free_port())
    second = starting.alone(tmp_path, settings)
    with starting.alone(tmp_path, settings), pytest.raises(WorkspaceError, match=str(os.getpid())):
        second.__enter__()
    with starting.alone(tmp_path, settings):
        pass


def _with_the_asker(main: psutil.Process) -> list[psutil.Process]:
    """The server's children, once the one that answers is among them."""
    for _ in range(600):
        family = main.children(recursive=True)
        with contextlib.suppress(psutil.NoSuchProcess):
            if any("asker" in " ".join(child.cmdline()) for child in family):
                return family
        time.sleep(0.05)
    raise AssertionError("no child that answers was started")


def test_sigterm_lets_an_answer_be_finished_and_ends_the_children(_made: Any, tmp_path: Path) -> None:
    shutil.copytree(_made.pristine, tmp_path / "ws")
    token = kundig(tmp_path / "ws", "token", "create", "--role", "integrator", "--name", "test")
    got: list[tuple[int, int]] = []
    with serving(tmp_path / "ws", tmp_path / "said") as found:
        request = urllib.request.Request(f"{found.address}/api/insights/handovers", headers={"Authorization": f"Bearer {token}"})

        def ask() -> None:
            with urllib.request.urlopen(request, timeout=60) as response:
                got.append((response.status, len(response.read())))

        asking = threading.Thread(target=ask)
        asking.start()
        while not (tmp_path / "ws" / "run" / "asker.log").exists():  # the question has come and its child is being started
            time.sleep(0.02)
        main = psutil.Process(found.pid)
        family = _with_the_asker(main)
        os.kill(found.pid, signal.SIGTERM)
        asking.join(60)
        assert got
        assert got[0][0] == 200
        assert got[0][1] > 100
        main.wait(30)
        _, alive = psutil.wait_procs(family, 15)
        assert alive == []
