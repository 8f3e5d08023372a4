"""Everything of a workspace in one file."""

from __future__ import annotations

from pathlib import Path

import click

from kundig.cli.command import command, option
from kundig.cli.state import State, with_state
from kundig.message import Message, sentence


@command(
    "backup",
    sentence("Write everything of the workspace, its key included, into one file. The server may go on running."),
    "kundig backup -o firm-2026-11-22.tar",
)
@option(
    "-o",
    "--output",
    metavar=sentence("FILE"),
    type=click.Path(path_type=Path),
    required=True,
    help=sentence("Where to write it."),
)
@with_state
def backup(state: State, output: Path) -> None:
    """Write it and say what it holds."""
    from kundig.server import backup as backups

    made = backups.backup(state.open(), output.resolve())
    told = {"file": str(made.path), "files": made.files, "rows": made.rows, "version": str(made.lake_version)}
    state.screen.say(Message("{file}: {files} files and {rows} rows of the server's tables, data version {version}.", told))
    state.screen.note(sentence("It holds the key and names persons: keep it as safe as the workspace."))


command = backup
