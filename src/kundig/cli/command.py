"""Commands whose help is worded when it is shown, and which all take the same common options.

click builds help while modules are imported; the language is known only later. So help, metavars and usage are kept as
English catalogue keys and looked up when click reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from kundig.cli.state import State
from kundig.cli.wording import worded
from kundig.message import LANGUAGES, sentence

Function = TypeVar("Function", bound=Callable[..., Any])


class _Worded:
    """``help`` and its kin hold the catalogue's key and are read in the language in force."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        self._keys: dict[str, str | None] = {}
        super().__init__(*args, **settings)

    def _read(self, name: str) -> str | None:
        key = self._keys.get(name)
        return worded(key) if key else key


def _worded(name: str) -> Any:
    """A property for attribute ``name`` of click's: set as a key, read as words."""
    return property(lambda self: self._read(name), lambda self, key: self._keys.__setitem__(name, key))


class Option(_Worded, click.Option):
    """An option with a worded help and metavar."""

    help = _worded("help")
    metavar = _worded("metavar")


class Argument(_Worded, click.Argument):
    """An argument with a worded metavar; what it means stands in the command's help."""

    metavar = _worded("metavar")


class Command(_Worded, click.Command):
    """A command that takes the common options too, without listing them again."""

    help = _worded("help")
    short_help = _worded("short_help")
    epilog = _worded("epilog")
    options_metavar = _worded("options_metavar")

    def __init__(self, *args: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        settings.setdefault("options_metavar", sentence("[OPTIONS]"))
        settings["context_settings"] = {"help_option_names": ["-h", "--help"], **(settings.get("context_settings") or {})}
        super().__init__(*args, **settings)
        self.examples = tuple(examples)
        self.params = [*self.params, *common(hidden=True)]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.examples:
            with formatter.section(worded(sentence("Examples"))):
                for line in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")
        super().format_epilog(ctx, formatter)


class Group(Command, click.Group):
    """Commands under one name."""

    command_class = Command

    def __init__(self, *args: Any, **settings: Any) -> None:
        settings.setdefault("subcommand_metavar", sentence("COMMAND [ARGS]..."))
        super().__init__(*args, **settings)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        pieces = super().collect_usage_pieces(ctx)
        return [worded(piece) if piece == self.subcommand_metavar else piece for piece in pieces]


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Remember a common option wherever on the command line it stood; one not given takes nothing back."""
    if value and param.name:
        setattr(ctx.ensure_object(State), param.name, value)


def common(*, hidden: bool) -> list[click.Parameter]:
    """The options every command takes; listed in the help of ``kundig`` itself only."""
    shared: dict[str, Any] = {"expose_value": False, "callback": _keep, "hidden": hidden}
    return [
        Option(
            ["-w", "--workspace"], type=click.Path(path_type=Path), metavar=sentence("FOLDER"),
            help=sentence("The workspace; without it KUNDIG_WORKSPACE, else the current folder or one above it."), **shared,
        ),
        Option(["--lang"], type=click.Choice(LANGUAGES), help=sentence("The language of all that is said."), **shared),
        Option(["-y", "--yes"], is_flag=True, help=sentence("Answer every question with yes."), **shared),
        Option(["--no-input"], is_flag=True, help=sentence("Never ask; stop where an answer is needed."), **shared),
        Option(["-q", "--quiet"], is_flag=True, help=sentence("Say only what was asked for, and errors."), **shared),
        Option(["--plain"], is_flag=True, help=sentence("Tables as tab-separated lines, no colour, no progress bar."), **shared),
        Option(["--traceback"], is_flag=True, help=sentence("With an error, show where in the program it happened."), **shared),
    ]  # fmt: skip


def command(name: str, help: str, *examples: str, **settings: Any) -> Callable[[Callable[..., Any]], Command]:
    """Like ``click.command``; ``help`` is a catalogue key, ``examples`` are whole command lines."""
    return click.command(name, cls=Command, help=help, examples=examples, **settings)


def option(*names: str, **settings: Any) -> Callable[[Function], Function]:
    """Like ``click.option``; ``help`` and ``metavar`` are catalogue keys."""
    return click.option(*names, cls=Option, **settings)


def argument(name: str, **settings: Any) -> Callable[[Function], Function]:
    """Like ``click.argument``; ``metavar`` is a catalogue key."""
    return click.argument(name, cls=Argument, **settings)
