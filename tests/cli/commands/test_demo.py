"""``kundig demo``: the whole way once, safely repeatable."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from types import SimpleNamespace

import pytest

from kundig import workspace
from kundig.cli import serving
from kundig.cli.commands.demo import MARK, Place, _serve
from kundig.cli.screen import Screen
from kundig.errors import WorkspaceError
from tests.cli.conftest import Run


def test_the_whole_way_ends_with_a_report_and_commands_that_work(kundig: Run, tmp_path: Path) -> None:
    result = kundig("demo", "show", "--customers", "60", "--lang", "de")
    assert result.exit_code == 0, result.stderr
    page = tmp_path / "show" / "report.html"
    assert str(page) in result.stdout
    assert "Kolkfunk" in page.read_text(encoding="utf-8")
    proposed = [shlex.split(line) for line in result.stdout.splitlines() if line.startswith("  kundig ")]
    assert len(proposed) == 4
    assert [kundig(*words[1:]).exit_code for words in proposed[:3]] == [0, 0, 0]
    assert re.search(r"http://127\.0\.0\.1:\d+ ", result.stdout), "without a terminal the server is proved and stopped"


def test_at_a_terminal_it_ends_in_the_running_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    workspace.create(tmp_path / "workspace")
    served: list[tuple[str, int]] = []
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(serving, "run", lambda _, made: served.append((made.settings.host, made.settings.port)))
    _serve(Screen(), Place(tmp_path))
    assert served
    assert served[0][0] == "127.0.0.1"


def test_an_earlier_demo_is_replaced(tmp_path: Path) -> None:
    place = Place(tmp_path / "demo")
    place.clear()
    place.simulated.mkdir()
    place.page.touch()
    (place.folder / "mine.txt").touch()
    place.clear()
    assert sorted(path.name for path in place.folder.iterdir()) == [MARK, "mine.txt"]


def test_anything_else_is_left_alone(kundig: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").touch()
    (tmp_path / "file").touch()
    for name in ("mine", "file"):
        with pytest.raises(WorkspaceError):
            Place(tmp_path / name).clear()
    assert kundig("demo", "mine").exit_code == 1
    assert (tmp_path / "mine" / "notes.txt").exists()
