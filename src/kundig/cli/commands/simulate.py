"""The exports of an invented firm, with the truth known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kundig.cli.command import argument, command, option
from kundig.cli.state import State, with_state
from kundig.message import Message, sentence
from kundig.simulation import FORMATS, MONTHS, WORLDS, Summary


@command(
    "simulate",
    sentence(
        "Write the exports of an invented telecom firm into FOLDER, to try kundig with. The truth about it lies in FOLDER/truth."
    ),
    "kundig simulate telecom",
    "kundig simulate big --events 1000000 --format parquet",
)
@argument("folder", metavar=sentence("FOLDER"), type=click.Path(path_type=Path))
@option(
    "--customers",
    type=click.IntRange(min=1),
    metavar=sentence("NUMBER"),
    help=sentence("How many customers; 2,000 where nothing is given."),
)
@option(
    "--events",
    type=click.IntRange(min=1),
    metavar=sentence("NUMBER"),
    help=sentence("About how many events, instead of the number of customers."),
)
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
@option(
    "--months",
    type=click.IntRange(min=1),
    default=MONTHS,
    show_default=True,
    metavar=sentence("NUMBER"),
    help=sentence("How many months."),
)
@option(
    "--format",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    show_default=True,
    help=sentence("How the log of the help desk is written."),
)
@with_state
def simulate(state: State, folder: Path, events: int | None, **settings: Any) -> None:
    """Write the files, with a progress bar over the rows of the log."""
    from kundig import simulation

    with state.screen.progress(sentence("Simulating")) as advance:
        written = 0

        def more(rows: int) -> None:
            nonlocal written
            written += rows
            advance(written, events or 0)

        summary = simulation.simulate(folder, events=events, progress=more, **settings)
    _tell(state, summary)


def _tell(state: State, summary: Summary) -> None:
    numbers = {"customers": summary.customers, "tickets": summary.tickets, "events": summary.events}
    state.screen.note(Message("{customers} customers, {tickets} tickets, {events} events.", numbers))
    state.screen.note(Message("To import: {folder}", {"folder": str(summary.folder / "exports")}))
    state.screen.note(Message("The truth, not to be imported: {folder}", {"folder": str(summary.folder / "truth")}))


command = simulate
