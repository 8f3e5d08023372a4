"""What goes to the terminal: data to standard output, everything said about it to standard error.

Values come from other people's files, so control characters never reach the terminal. Colour, boxes and progress bars
appear on a terminal only and not under ``NO_COLOR``, ``TERM=dumb`` or ``--plain``.
"""

from __future__ import annotations

import itertools
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TextIO

import click

from kundig.cli.wording import spoken, worded
from kundig.message import Message, sentence


class Advance(Protocol):
    """Told how much is done, how much there is (0 where nobody knows), and what is being worked on."""

    def __call__(self, done: float, total: float = 0, label: str = "") -> None: ...


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_YES = {"en": ("y", "yes"), "de": ("j", "ja", "y", "yes")}
NARROWEST, WIDEST = 40, 120
BROADEST, GAP = 28, 3
"""A column needs no more than so many characters, its text being broken into lines; between two columns is a gap."""


@dataclass(frozen=True)
class Screen:
    """How to speak: ``quiet`` leaves notes out, ``plain`` leaves decoration out."""

    quiet: bool = False
    plain: bool = False
    yes: bool = False
    no_input: bool = False

    def data(self, text: str = "") -> None:
        """A line of what was asked for."""
        click.echo(clean(text))

    def say(self, text: str | Message) -> None:
        """A worded line of what was asked for."""
        self.data(worded(text))

    def raw(self, text: str) -> None:
        """Data for programs, to the letter."""
        click.echo(text)

    def json(self, value: Any) -> None:
        """One JSON document."""
        import json

        self.raw(json.dumps(value, ensure_ascii=False, indent=2))

    def title(self, shown: str) -> None:
        """A headline, worded already."""
        shown = clean(shown)
        click.echo(click.style(shown, bold=True) if self._decorated(sys.stdout) else shown)

    def note(self, text: str | Message) -> None:
        """Something worth knowing beside the data; ``quiet`` leaves it out."""
        if not self.quiet:
            click.echo(clean(worded(text)), err=True)

    def warn(self, text: str | Message) -> None:
        """Something the user must know even when ``quiet``."""
        shown = clean(worded(text))
        click.echo(click.style(shown, fg="yellow") if self._decorated(sys.stderr) else shown, err=True)

    def paragraph(self, text: str | Message, indent: str = "") -> None:
        """A text wrapped to the width of the terminal."""
        self.data(click.wrap_text(clean(worded(text)), width(), indent, indent))

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool] = ()) -> int:
        """A table of texts; ``right`` tells which columns stand flush right.

        Returns how many of the last columns a terminal had no room for; elsewhere nothing is left out.
        """
        if self.plain:
            for row in (headers, *rows):
                self.data("\t".join(_one_line(cell) for cell in row))
            return 0
        n = _fitting(headers, rows) if sys.stdout.isatty() else len(headers)
        self._print(_table(headers[:n], [row[:n] for row in rows], right))
        return len(headers) - n

    def confirm(self, question: str | Message) -> bool:
        """Whether the user agrees; UsageError where nobody can be asked."""
        if self.yes:
            return True
        if self.no_input or not sys.stdin.isatty():
            raise click.UsageError(worded(sentence("This needs your consent, and nobody can be asked here. Add --yes.")))
        choice = worded(sentence("[y/N]"))
        click.echo(f"{clean(worded(question))} {choice} ", nl=False, err=True)
        return sys.stdin.readline().strip().lower() in _YES[spoken()]

    @contextmanager
    def progress(self, title: str | Message) -> Iterator[Advance]:
        """A progress bar on standard error while the block runs, on a terminal only."""
        if self.quiet or not self._decorated(sys.stderr):
            yield _unseen
            return
        with _bar() as bar:
            task = bar.add_task(clean(worded(title)), total=None, label="")

            def advance(done: float, total: float = 0, label: str = "") -> None:
                bar.update(task, completed=done, total=total or None, label=clean(label))

            yield advance

    def _decorated(self, stream: TextIO) -> bool:
        wanted = not (self.plain or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb")
        return wanted and stream.isatty()

    def _print(self, thing: Any) -> None:
        from rich.console import Console

        tty = sys.stdout.isatty()
        console = Console(
            file=sys.stdout, width=width() if tty else 100_000, no_color=not self._decorated(sys.stdout), highlight=False
        )
        with console.capture() as captured:
            console.print(thing)
        for line in captured.get().splitlines():
            click.echo(line.rstrip(), color=self._decorated(sys.stdout))


def _unseen(done: float, total: float = 0, label: str = "") -> None:
    """Progress nobody watches."""


def clean(text: str) -> str:
    """``text`` without characters that steer a terminal."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def width() -> int:
    """How many columns a line may have."""
    import shutil

    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size((80, 24)).columns))


def _one_line(cell: str) -> str:
    return re.sub(r"\s+", " ", cell)


def _fitting(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """How many columns fit the terminal when none is broken below :data:`BROADEST` characters; at least two."""
    wide = [min(BROADEST, max(map(len, column))) + GAP for column in zip(headers, *rows, strict=True)]
    ends = list(itertools.accumulate(wide))
    return max(2, sum(end <= width() for end in ends))


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD if sys.stdout.isatty() else None, pad_edge=False, show_edge=False, header_style="bold")
    for n, header in enumerate(headers):
        table.add_column(
            Text(clean(_one_line(header))), justify="right" if n < len(right) and right[n] else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(clean(_one_line(cell))) for cell in row))
    return table


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    label = TextColumn("{task.fields[label]}", markup=False)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn(), label)
    return Progress(*columns, console=Console(stderr=True), transient=True)
