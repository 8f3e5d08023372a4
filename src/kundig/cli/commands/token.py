"""Tokens of other systems."""

from __future__ import annotations

import click

from kundig.cli.command import Command, Group, option
from kundig.cli.state import State, with_state
from kundig.message import sentence


@click.group("token", cls=Group, help=sentence("Tokens with which other systems send events and ask questions."))
def token() -> None:
    """Only holds its commands."""


@token.command(
    "create",
    cls=Command,
    help=sentence("Make a token and print it, alone and only once."),
    examples=["kundig token create --role integrator --name shop"],
)
@option(
    "--role",
    required=True,
    metavar=sentence("ROLE"),
    help=sentence("What the token may do: integrator, analyst, manager, agent, privacy or owner."),
)
@option("--name", required=True, metavar=sentence("NAME"), help=sentence("What it is for, such as the system's name."))
@option(
    "--days",
    type=click.IntRange(min=0),
    default=0,
    metavar=sentence("NUMBER"),
    help=sentence("After how many days it expires; 0 for never."),
)
@with_state
def create(state: State, role: str, name: str, days: int) -> None:
    """Print the token."""
    from kundig.server import serve

    serve.set_up(state.open().folder)
    from kundig.server.people import tokens

    state.screen.data(tokens.create(name, role, days=days, by="command line"))


command = token
