"""The command as a whole: help, languages, misspelt words, exit codes, and how quickly it is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from kundig.cli import commands, root
from kundig.cli.root import load
from kundig.cli.wording import speaking
from kundig.lake.where import HELP
from tests.cli.conftest import Process, Run

NAMES = root.list_commands(click.Context(root))


def test_every_file_is_a_command_and_every_command_a_file() -> None:
    files = {path.stem.strip("_") for path in Path(commands.__path__[0]).glob("*.py")} - {"init__", ""}
    assert files - {"init"} | {"init"} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", ["en", "de"])
def test_every_command_has_help_that_fits_80_columns(kundig: Run, name: str, lang: str) -> None:
    result = kundig(name, "--help", "--lang", lang, env={"COLUMNS": "80"})
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage:" if lang == "en" else "Aufruf:")
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.parametrize("name", NAMES)
def test_the_help_is_german_where_it_is_asked_for(name: str) -> None:
    found = load(name)
    own = [one for one in found.params if isinstance(one, click.Option) and one.name not in HELP]
    with speaking("en"):
        english = [found.help, *(one.help for one in own)]
    with speaking("de"):
        german = [found.help, *(one.help for one in own)]
    assert not [text for text, other in zip(english, german, strict=True) if text and text == other]


def test_without_a_word_the_help_is_shown(kundig: Run) -> None:
    result = kundig()
    assert result.exit_code == 0
    assert all(name in result.stdout for name in NAMES)
    assert result.stderr == ""


def test_the_version(kundig: Run) -> None:
    result = kundig("--version")
    assert result.stdout.startswith("kundig ")
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["impot"], "Did you mean 'import'?"),
        (["verify", "--jsn"], "'--json'"),
        (["verify", "--workspce", "x"], "--workspace"),
    ],
)
def test_a_misspelt_word_is_answered_with_a_near_one(kundig: Run, words: list[str], hint: str) -> None:
    result = kundig(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert hint in result.stderr


def test_click_speaks_german_too(kundig: Run) -> None:
    told = kundig("impot", "--lang", "de").stderr
    assert "Aufruf:" in told
    assert "Fehler:" in told
    assert "Meinten Sie" in told


def test_a_common_option_may_stand_anywhere(kundig: Run, tmp_path: Path) -> None:
    for words in (["-w", tmp_path / "x", "verify"], ["verify", "-w", tmp_path / "x"]):
        result = kundig(*words)
        assert result.exit_code == 1
        assert str(tmp_path / "x") in result.stderr


def test_importing_the_command_line_is_light() -> None:
    code = "import sys, kundig.cli; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"pyarrow", "duckdb", "pandas", "babel", "deltalake", "numpy", "rich", "kundig.lake"}
    assert not heavy & set(run.stdout.split())


def test_as_a_process(process: Process) -> None:
    done = process("--lang", "de", "impot")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert process("--version").stdout.startswith("kundig ")


def test_a_reader_that_stops_early_is_no_failure(tmp_path: Path) -> None:
    command = f'"{sys.executable}" -m kundig schema --json | head -c 10; echo; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""
