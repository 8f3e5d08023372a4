"""How a failed run ends: worded, with the next step, and with an exit code."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Sequence

import click
import pytest

from kundig.cli.failure import guarded, problem_of
from kundig.errors import DataError


def failing(error: BaseException) -> Callable[[], object]:
    def run() -> object:
        raise error

    return run


def ended(error: BaseException, words: Sequence[str] = ()) -> int:
    return guarded(failing(error), words)


def test_an_error_of_ours_is_worded_with_its_hint_on_its_own_line(capsys: pytest.CaptureFixture[str]) -> None:
    error = DataError("{file} row {row} is not a date.", "Write it as 2026-11-21.", file="a.csv", row=1234)
    assert ended(error) == 1
    assert capsys.readouterr() == ("", "Error: a.csv row 1,234 is not a date.\n  Write it as 2026-11-21.\n")


def test_for_programs_it_is_one_json_object_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(DataError("{file} is empty.", "Export it again.", file="a.csv"), ["import", "--json"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert json.loads(told.err) == {"type": "DataError", "title": "a.csv is empty.", "hint": "Export it again.", "exit_code": 1}


def test_a_wrong_command_line_is_2_also_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(click.UsageError("no")) == 2
    assert ended(click.UsageError("no"), ["--json"]) == 2
    assert json.loads(capsys.readouterr().err.splitlines()[-1])["title"] == "no"


def test_the_traceback_is_shown_on_demand_only(capsys: pytest.CaptureFixture[str]) -> None:
    ended(ZeroDivisionError("x"))
    quiet = capsys.readouterr().err
    assert "Traceback" not in quiet
    assert "ZeroDivisionError: x" in quiet
    assert "--traceback" in quiet
    assert ended(ZeroDivisionError("x"), ["--traceback"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_disk_and_path_faults_are_worded() -> None:
    full = problem_of(OSError(errno.ENOSPC, "No space left on device"))
    assert (full.title, full.exit_code) == ("The disk is full; nothing half done is visible.", 1)
    denied = problem_of(PermissionError(errno.EACCES, "Permission denied", "/x/y"))
    assert denied.title == "/x/y: Permission denied"
    assert "permissions" in denied.hint


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_stopping_is_130(error: BaseException) -> None:
    assert ended(error) == 130


def test_what_a_command_returns_is_the_exit_code() -> None:
    assert guarded(lambda: 3, []) == 3
    assert guarded(lambda: None, []) == 0
    assert ended(click.exceptions.Exit(5)) == 5
