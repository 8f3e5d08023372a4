"""All answers on one page to pass on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kundig.cli.command import command, option
from kundig.cli.filters import check, filters, given
from kundig.cli.page import write_report
from kundig.cli.state import State, with_state
from kundig.message import Message, sentence

SHARE = sentence("Hide groups too small to be passed on (--share, as usual), or show all for your own eyes (--all).")


@command(
    "report",
    sentence(
        "Write one page with everything: what is wrong, how sure that is, what to do, and every answer. It needs no network."
    ),
    "kundig report -o report.html --lang de",
    "kundig report -o phone.html --channel phone --since 2026-01-01",
    params=filters(),
)
@option(
    "-o",
    "--output",
    metavar=sentence("FILE"),
    type=click.Path(path_type=Path),
    default="report.html",
    show_default=True,
    help=sentence("Where to write it."),
)
@option("--share/--all", default=True, help=SHARE)
@with_state
def report(state: State, output: Path, share: bool, **rest: Any) -> None:
    """Ask everything and write the page."""
    workspace = state.open()
    where = workspace.where(**given(rest))
    check(state.screen, workspace, where)
    write_report(state.screen, workspace, output, where, share=share)
    state.screen.note(Message("The report is ready: {file}", {"file": str(output)}))
    if not share:
        state.screen.warn(sentence("It shows small groups too. Do not pass it on."))


command = report
