"""The script that lets a shell complete commands, options and the names of insights."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from kundig.cli.command import argument, command
from kundig.message import sentence

SHELLS = ("bash", "zsh", "fish")


@command(
    "completion",
    sentence("Print the completion script of a shell."),
    'eval "$(kundig completion bash)"',
    "kundig completion fish > ~/.config/fish/completions/kundig.fish",
)
@argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script."""
    found = get_completion_class(shell)
    assert found is not None, "every shell of SHELLS is one that click knows"
    root = ctx.find_root()
    click.echo(found(root.command, {}, "kundig", "_KUNDIG_COMPLETE").source())


command = completion
