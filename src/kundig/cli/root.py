"""The ``kundig`` command itself: its commands in the order a person needs them, loaded when they are called."""

from __future__ import annotations

import importlib
import keyword
import sys
from typing import Any

import click

from kundig.cli.command import Command, Group, Option, common
from kundig.cli.failure import guarded
from kundig.cli.wording import speaking, wanted, worded
from kundig.message import sentence

NAME = "kundig"
SECTIONS = {
    sentence("Begin"): ("demo", "init", "simulate"),
    sentence("Bring data in"): ("import", "rejected", "schema"),
    sentence("Ask"): ("insights", "ask", "claim", "claims", "sql", "report"),
    sentence("Foresee"): ("models", "train", "score", "evidence"),
    sentence("Work with it in a browser"): ("serve", "token", "audit", "mcp"),
    sentence("Look after the data"): (
        "verify",
        "doctor",
        "backup",
        "restore",
        "compact",
        "export",
        "consent",
        "erase",
        "retention",
    ),
    sentence("Other"): ("bench", "completion"),
}


class Root(Group):
    """Finds commands by name in ``kundig/cli/commands`` and says every failure."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.params = [*common(hidden=False), _version()]

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for names in SECTIONS.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return load(cmd_name) if cmd_name in self.list_commands(ctx) else None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.list_commands(ctx) and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise click.NoSuchCommand(args[0], possibilities=self.list_commands(ctx), ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        wide = max(map(len, self.list_commands(ctx)))
        for title, names in SECTIONS.items():
            with formatter.section(worded(title)):
                formatter.write_dl([(name.ljust(wide), load(name).get_short_help_str(200)) for name in names])

    def main(self, *args: Any, **settings: Any) -> Any:
        """Run with the words given, else those of the process; leaves with the exit code in standalone mode."""
        given = args[0] if args else settings.pop("args", None)
        words = list(sys.argv[1:] if given is None else given)
        settings["prog_name"] = NAME
        with speaking(wanted(words)):
            if not settings.pop("standalone_mode", True):
                return super().main(words, standalone_mode=False, **settings)
            sys.exit(guarded(lambda: super(Root, self).main(words, standalone_mode=False, **settings), words))


def load(name: str) -> Command:
    """The command called ``name`` from its module."""
    module = importlib.import_module(f"kundig.cli.commands.{name}{'_' if keyword.iskeyword(name) else ''}")
    command: Command = module.command
    return command


def _version() -> Option:
    def show(ctx: click.Context, param: click.Parameter, value: bool) -> None:
        if value:
            from importlib.metadata import version

            click.echo(f"{NAME} {version(NAME)}")
            ctx.exit()

    text = sentence("Show the version and exit.")
    return Option(["--version"], is_flag=True, is_eager=True, expose_value=False, callback=show, help=text)


@click.group(
    NAME, cls=Root, invoke_without_command=True,
    help=sentence("kundig remembers every interaction with your customers and tells where they suffer and what to remove first."),
    epilog=sentence("Try it with invented data: kundig demo"),
)  # fmt: skip
@click.pass_context
def root(ctx: click.Context) -> None:
    """Show the help where no command is given."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
