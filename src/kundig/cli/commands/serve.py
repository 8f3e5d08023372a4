"""The server of one workspace, until it is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kundig.cli import serving
from kundig.cli.command import command, option
from kundig.cli.screen import Screen
from kundig.cli.state import State, with_state
from kundig.cli.wording import spoken
from kundig.errors import WorkspaceError
from kundig.message import Message, sentence

if TYPE_CHECKING:
    from kundig.workspace import Workspace


@command(
    "serve",
    sentence("Run kundig as a place to work in: pages, API and live events for this workspace. Stop it with Ctrl+C."),
    "kundig serve",
    "kundig -w firm serve --port 8700",
)
@option("--host", metavar=sentence("ADDRESS"), help=sentence("The address to listen on; else the setting host."))
@option("--port", type=int, metavar=sentence("NUMBER"), help=sentence("The port to listen on; else the setting port."))
@with_state
def serve(state: State, host: str | None, port: int | None) -> None:
    """Bring the tables up to date, say where to go, serve."""
    screen = state.screen
    workspace = _workspace(state, screen, {"host": host, "port": port})
    serving.run(screen, workspace)


def _workspace(state: State, screen: Screen, flags: dict[str, str | int | None]) -> Workspace:
    """The workspace meant; an empty folder becomes one, so that the first start needs no other command."""
    try:
        return state.open(**flags)
    except WorkspaceError:
        folder = Path(state.workspace or ".").expanduser().resolve()
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise
    from kundig import workspace

    workspace.create(folder, language=spoken())
    screen.note(Message("Made a workspace in {folder}.", {"folder": str(folder)}))
    return state.open(**flags)


command = serve
