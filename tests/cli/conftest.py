"""What the tests of the command line share: running it in this process, and in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kundig.cli import root

Run = Callable[..., Result]
Process = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def kundig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """``kundig("ask", "promises")`` in an empty folder; the result has ``exit_code``, ``stdout`` and ``stderr``."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str | Path, input: str | None = None, env: Mapping[str, str] | None = None) -> Result:
        return CliRunner().invoke(root, [str(word) for word in words], input=input, env=dict(env or {}))

    return run


@pytest.fixture
def process(tmp_path: Path) -> Process:
    """The same as a real process."""

    def run(*words: str | Path, env: Mapping[str, str] | None = None, input: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kundig", *map(str, words)]
        given = {**os.environ, **(env or {})}
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=tmp_path, env=given, input=input, timeout=120)

    return run
