"""Put the lake in order: few large sorted files instead of many small ones."""

from __future__ import annotations

from kundig.cli.command import command
from kundig.cli.state import State, with_state
from kundig.message import Message, sentence


@command(
    "compact",
    sentence("Put the data in order so that questions stay quick; nothing is lost, and answers do not change."),
    "kundig compact",
)
@with_state
def compact(state: State) -> None:
    """Compact and say what changed."""
    done = state.open().lake.compact()
    numbers = {"before": done.before, "after": done.after, "version": str(done.version)}
    state.screen.note(Message("{before} files before, {after} now; data version {version}.", numbers))


command = compact
