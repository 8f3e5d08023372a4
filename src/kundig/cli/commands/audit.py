"""The audit log of the server."""

from __future__ import annotations

import click

from kundig.cli.command import Command, Group
from kundig.cli.failure import DAMAGED
from kundig.cli.state import State, with_state
from kundig.message import Message, sentence, sentences


@click.group("audit", cls=Group, help=sentence("The server's log of who saw or changed which person's data."))
def audit() -> None:
    """Only holds its commands."""


@audit.command(
    "verify",
    cls=Command,
    help=sentence("Follow the chain of hashes from its first line. Ends with exit code 3 where a line was changed."),
    examples=["kundig audit verify"],
)
@with_state
def verify(state: State) -> int:
    """Print every line that does not fit, else the head of the chain, to be kept elsewhere."""
    from kundig.server import serve

    serve.set_up(state.open().folder)
    from kundig.server.people import audit as chain
    from kundig.server.people.models import Entry

    broken = [entry.pk for entry in chain.broken()]
    if broken:
        n = len(broken)
        state.screen.warn(sentences("{n} line does not fit the chain.", "{n} lines do not fit the chain.", n))
        state.screen.data("\n".join(map(str, broken)))
        return DAMAGED
    head = Entry.objects.order_by("-id").first()
    told = {"n": Entry.objects.count(), "head": head.digest if head else chain.START}
    state.screen.say(Message("The chain is whole: {n} lines. Its head, to be kept elsewhere: {head}", told))
    return 0


command = audit
