"""A workspace back from its backup."""

from __future__ import annotations

from pathlib import Path

import click

from kundig.cli.command import argument, command, option
from kundig.cli.state import State, with_state
from kundig.errors import WorkspaceError
from kundig.message import Message, sentence, sentences


@command(
    "restore",
    sentence(
        "Make the workspace what it was when FILE was written. What lies there now is kept beside it; "
        "persons erased since the backup are erased again. Stop the server first."
    ),
    "kundig -w firm restore firm-2026-11-22.tar",
)
@argument("file", metavar=sentence("FILE"), type=click.Path(path_type=Path, exists=True, dir_okay=False))
@option(
    "--erased",
    metavar=sentence("FILE"),
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=sentence("The state.sqlite3 of the lost workspace, where it lies elsewhere: it knows who was erased."),
)
@with_state
def restore(state: State, file: Path, erased: Path | None) -> None:
    """Restore, and say what was done."""
    from kundig.server import backup as backups

    if state.workspace is None:
        raise WorkspaceError("Where is the workspace to be restored to?", "Name the folder: kundig -w FOLDER restore FILE")
    folder = state.workspace.expanduser().resolve()
    question = Message("Replace the workspace in {folder}?", {"folder": str(folder)})
    if folder.exists() and any(folder.iterdir()) and not state.screen.confirm(question):
        raise click.Abort
    done = backups.restore(file.resolve(), folder, erased)
    told = {"files": done.files, "rows": done.rows, "folder": str(folder)}
    state.screen.say(Message("{folder} is restored: {files} files, {rows} rows of the server's tables.", told))
    if done.erased_again:
        n = done.erased_again
        state.screen.say(sentences("{n} person erased since was erased again.", "{n} persons erased since were erased again.", n))
    if done.kept:
        state.screen.note(
            Message("What lay there before is in {folder}; delete it when all is well.", {"folder": str(done.kept)})
        )
    state.screen.note(sentence("Now prove it: kundig verify"))


command = restore
