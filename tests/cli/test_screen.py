"""What reaches a terminal, a pipe and a log."""

from __future__ import annotations

import io
import os
from collections.abc import Callable

import click
import pytest

from kundig.cli import screen as module
from kundig.cli.screen import Screen, clean, width
from kundig.cli.wording import speaking


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


Streams = dict[str, Terminal]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Streams]:
    """Call it in the test (pytest takes the streams back between fixture and test): a terminal of 60 columns."""

    def sit_down() -> Streams:
        streams = {name: Terminal() for name in ("stdin", "stdout", "stderr")}
        for name, stream in streams.items():
            monkeypatch.setattr(f"sys.{name}", stream)
        return streams

    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return sit_down


HEADERS, ROWS = ["Team", "Cases"], [["Technik", "12"], ["[red]x[/red]", "1.234"]]


def test_data_goes_to_standard_output_and_notes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().data("a")
    Screen().note("b")
    Screen(quiet=True).note("c")
    Screen(quiet=True).warn("d")
    assert capsys.readouterr() == ("a\n", "b\nd\n")


def test_a_value_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().data("name\x1b[2J\x07\x9b31m\ttab")
    assert capsys.readouterr().out == "name�[2J��31m\ttab\n"
    assert clean("Zeile\nzwei") == "Zeile\nzwei"


def test_a_piped_table_is_aligned_uncut_and_takes_markup_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 300
    Screen().table(HEADERS, [*ROWS, [long, "1"]], [False, True])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("[red]x[/red]")
    assert lines[2].endswith(" 1.234")
    assert lines[3].startswith(long)
    assert "\x1b" not in "".join(lines)


def test_a_plain_table_is_tab_separated_one_row_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(plain=True).table(HEADERS, [["a\nb", "1"]])
    assert capsys.readouterr().out == "Team\tCases\na b\t1\n"


def test_a_table_fits_the_terminal(terminal: Callable[[], Streams]) -> None:
    streams = terminal()
    Screen().table(HEADERS, [["word " * 30, "1"]])
    lines = click.unstyle(streams["stdout"].getvalue()).splitlines()
    assert max(map(len, lines)) <= 60
    assert len(lines) > 4


@pytest.mark.parametrize(
    ("env", "plain", "styled"),
    [({}, False, True), ({"NO_COLOR": "1"}, False, False), ({"TERM": "dumb"}, False, False), ({}, True, False)],
)
def test_colour_only_where_it_is_wanted(
    terminal: Callable[[], Streams], monkeypatch: pytest.MonkeyPatch, env: dict[str, str], plain: bool, styled: bool
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    streams = terminal()
    Screen(plain=plain).title("Title")
    assert ("\x1b[1m" in streams["stdout"].getvalue()) is styled
    Screen(plain=plain).warn("careful")
    assert ("\x1b[" in streams["stderr"].getvalue()) is styled


@pytest.mark.parametrize(
    ("lang", "typed", "agreed"),
    [("en", "y", True), ("en", "j", False), ("de", "ja", True), ("de", "", False), ("en", "no", False)],
)
def test_a_question_is_answered_in_the_language(terminal: Callable[[], Streams], lang: str, typed: str, agreed: bool) -> None:
    streams = terminal()
    streams["stdin"].write(f"{typed}\n")
    streams["stdin"].seek(0)
    with speaking(lang):
        assert Screen().confirm("Go on?") is agreed
    assert streams["stderr"].getvalue().startswith("Go on? [")
    assert streams["stdout"].getvalue() == ""


def test_yes_needs_no_question_and_nobody_there_is_an_error(
    monkeypatch: pytest.MonkeyPatch, terminal: Callable[[], Streams]
) -> None:
    terminal()
    assert Screen(yes=True, no_input=True).confirm("Go on?")
    with pytest.raises(click.UsageError, match="--yes"):
        Screen(no_input=True).confirm("Go on?")
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(click.UsageError, match="--yes"):
        Screen().confirm("Go on?")


def test_progress_is_shown_on_a_terminal_only(terminal: Callable[[], Streams], monkeypatch: pytest.MonkeyPatch) -> None:
    streams = terminal()
    with Screen().progress("Reading") as advance:
        advance(5, 10)
        advance(7, 0)
    assert "Reading" in streams["stderr"].getvalue()
    silent = io.StringIO()
    monkeypatch.setattr("sys.stderr", silent)
    with Screen().progress("Reading") as advance:
        advance(5, 10)
    assert silent.getvalue() == ""


def test_a_paragraph_is_wrapped(terminal: Callable[[], Streams]) -> None:
    streams = terminal()
    Screen().paragraph("word " * 40, indent="  ")
    lines = streams["stdout"].getvalue().splitlines()
    assert len(lines) > 2
    assert all(line.startswith("  ") and len(line) <= 60 for line in lines)


def test_lines_are_neither_too_narrow_nor_too_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns, wide in (("10", module.NARROWEST), ("1000", module.WIDEST)):
        monkeypatch.setitem(os.environ, "COLUMNS", columns)
        assert width() == wide
