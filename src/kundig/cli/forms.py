"""The forms an answer can be asked for: text to read, ``--json`` and ``--csv`` for programs, Parquet and SVG as files."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kundig.cli.command import Option
from kundig.cli.screen import Screen
from kundig.cli.telling import tell
from kundig.cli.wording import spoken, worded
from kundig.errors import QuestionError
from kundig.message import Message, sentence

if TYPE_CHECKING:
    from kundig.answer import Answer


@dataclass(frozen=True)
class Form:
    """What was asked for; text where nothing was."""

    json: bool = False
    csv: bool = False
    parquet: Path | None = None
    svg: Path | None = None

    @property
    def text(self) -> bool:
        return not (self.json or self.csv or self.parquet or self.svg)


def forms(*, picture: bool = True) -> list[click.Parameter]:
    """The options that choose a form; without ``picture`` where there is never one."""
    file: dict[str, Any] = {"metavar": sentence("FILE"), "type": click.Path(path_type=Path)}
    made = [
        Option(["--json"], is_flag=True, help=sentence("For programs: JSON with figures, sentences, table, SQL and definition.")),
        Option(["--csv"], is_flag=True, help=sentence("For spreadsheets: the table as CSV.")),
        Option(["--parquet"], help=sentence("Write the table to a Parquet file."), **file),
    ]
    if picture:
        made.append(Option(["--svg"], help=sentence("Write the picture to an SVG file; - for standard output."), **file))
    return list(made)


def taken(settings: dict[str, Any]) -> Form:
    """The form in a command's ``settings``, which lose it. UsageError where two want standard output."""
    form = Form(**{name: settings.pop(name) for name in ("json", "csv", "parquet", "svg") if name in settings})
    if form.json + form.csv + (str(form.svg) == "-") > 1:
        raise click.UsageError(worded(sentence("Only one of --json, --csv and --svg - can go to standard output.")))
    return form


def deliver(screen: Screen, answer: Answer, form: Form) -> None:
    """Print or write ``answer`` in ``form``."""
    if form.parquet:
        _write_parquet(screen, answer, form.parquet)
    if form.svg:
        _write_svg(screen, answer, form.svg)
    if form.json:
        screen.json(answer.to_json(spoken()))
    if form.csv:
        _write_csv(answer)
    if form.text:
        tell(screen, answer)


def _write_parquet(screen: Screen, answer: Answer, path: Path) -> None:
    import pyarrow.parquet as pq

    with path.open("wb") as stream:
        pq.write_table(answer.table, stream)
    screen.note(Message("Written: {file}", {"file": str(path)}))


def _write_svg(screen: Screen, answer: Answer, path: Path) -> None:
    picture = answer.to_svg(spoken())
    if not picture:
        raise QuestionError("This answer has no picture.", "Leave --svg out.")
    if str(path) == "-":
        screen.raw(picture)
        return
    path.write_text(picture, encoding="utf-8")
    screen.note(Message("Written: {file}", {"file": str(path)}))


def _write_csv(answer: Answer) -> None:
    from kundig.answer.plain import as_csv

    as_csv(answer, spoken(), sys.stdout)
