"""Make a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from kundig.cli.command import argument, command, option
from kundig.cli.state import State, with_state
from kundig.cli.wording import spoken
from kundig.message import Message, sentence


@command(
    "init",
    sentence("Make FOLDER a workspace: the folder that holds everything of one firm - data, settings and key."),
    "kundig init service --time-zone Europe/Berlin --lang de",
)
@argument("folder", metavar=sentence("FOLDER"), type=click.Path(path_type=Path))
@option(
    "--time-zone",
    metavar=sentence("ZONE"),
    help=sentence("The time zone of times without one, such as Europe/Berlin; UTC where none is given."),
)
@option("--currency", metavar=sentence("CODE"), help=sentence("The currency of all amounts, such as EUR."))
@option("--firm", metavar=sentence("NAME"), help=sentence("The name of the firm, shown on reports."))
@with_state
def init(state: State, folder: Path, time_zone: str | None, currency: str | None, firm: str | None) -> None:
    """Create the workspace and say what comes next."""
    from kundig import workspace

    given = {"time_zone": time_zone, "currency": currency, "firm": firm, "language": spoken()}
    made = workspace.create(folder, **{name: value for name, value in given.items() if value})
    state.screen.note(Message("The workspace is ready: {folder}", {"folder": str(made.folder)}))
    state.screen.note(Message("Next: {command}", {"command": f"kundig -w {folder} import FILE --dry-run"}))


command = init
