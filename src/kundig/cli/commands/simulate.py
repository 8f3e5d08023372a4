"""The exports of an invented firm, with the truth known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kundig.cli.command import Function, argument, command, option
from kundig.cli.simulating import invent
from kundig.cli.state import State, with_state
from kundig.message import Message, sentence
from kundig.simulation import FORMATS, MONTHS, WORLDS


def _number(name: str, help: str, **settings: Any) -> Callable[[Function], Function]:
    """An option for how many of something there are to be."""
    return option(name, type=click.IntRange(min=1), metavar=sentence("NUMBER"), help=help, **settings)


@command(
    "simulate",
    sentence(
        "Write the exports of an invented telecom firm into FOLDER, to try kundig with. The truth about it lies in FOLDER/truth."
    ),
    "kundig simulate telecom",
    "kundig simulate big --events 1000000 --format parquet",
)
@argument("folder", metavar=sentence("FOLDER"), type=click.Path(path_type=Path))
@_number("--customers", sentence("How many customers; 2,000 where nothing is given."))
@_number("--events", sentence("About how many events, instead of the number of customers."))
@option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    metavar=sentence("NUMBER"),
    help=sentence("The same seed gives the same data."),
)
@option(
    "--world",
    type=click.Choice(WORLDS),
    default=WORLDS[0],
    show_default=True,
    help=sentence("What makes customers leave: known effects, none, or effects of another form."),
)
@_number("--months", sentence("How many months."), default=MONTHS, show_default=True)
@option(
    "--format",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    show_default=True,
    help=sentence("How the log of the help desk is written."),
)
@with_state
def simulate(state: State, folder: Path, **settings: Any) -> None:
    """Write the files, with a progress bar over the rows of the log."""
    summary = invent(state.screen, folder, **settings)
    state.screen.note(Message("To import: {folder}", {"folder": str(summary.folder / "exports")}))
    state.screen.note(Message("The truth, not to be imported: {folder}", {"folder": str(summary.folder / "truth")}))


command = simulate
