"""Everything known about one person, for that person."""

from __future__ import annotations

from pathlib import Path

import click

from kundig.cli.command import argument, command, option
from kundig.cli.state import State, with_state
from kundig.message import sentence

KIND = sentence("What sort of key KEY is, such as customer or email; needed where several persons are known by it.")


@command(
    "export",
    sentence(
        "Write everything known about the person with KEY (a customer number, a mail address): JSON, CSV and a readable page."
    ),
    "kundig export 10042 -o export-10042",
    "kundig export anna@example.com --kind email -o anna",
)
@argument("key", metavar=sentence("KEY"))
@option("--kind", metavar=sentence("WORD"), default="", help=KIND)
@option(
    "-o",
    "--output",
    metavar=sentence("FOLDER"),
    type=click.Path(path_type=Path),
    required=True,
    help=sentence("Where to write it."),
)
@with_state
def export(state: State, key: str, kind: str, output: Path) -> None:
    """Write the files and print their paths."""
    for path in state.open().export(key, output, kind=kind):
        state.screen.data(str(path))
    state.screen.note(sentence("These files name a person. Hand them over safely, and delete them here afterwards."))


command = export
