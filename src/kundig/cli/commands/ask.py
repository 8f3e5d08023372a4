"""``kundig ask NAME``: one command for each insight on the shelf, made from its fields."""

from __future__ import annotations

import dataclasses
import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from kundig.cli.command import Command, Group, Option
from kundig.cli.filters import check, filters, given
from kundig.cli.forms import deliver, forms, taken
from kundig.cli.state import State
from kundig.cli.telling import in_zone
from kundig.cli.wording import worded
from kundig.message import LANGUAGES, Message, say, sentence

if TYPE_CHECKING:
    from kundig.answer import Answer

SHARE = sentence("Hide groups too small to be passed on, as the report does.")
ENGINE = sentence("Where to compute it: duckdb or spark.")


class Ask(Group):
    """The shelf of insights as commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from kundig import insight

        return list(insight.shelf())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        from kundig import insight

        name = cmd_name.replace("_", "-").lower()
        if name not in insight.shelf():
            name = titled(cmd_name)
        return Question(name, insight.shelf()[name]) if name else None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if self.get_command(ctx, args[0]) is None and not ctx.resilient_parsing:
            text = worded(Message("There is no insight called {name}.", {"name": args[0]}))
            raise click.NoSuchCommand(args[0], text, possibilities=self.list_commands(ctx), ctx=ctx)
        return super().resolve_command(ctx, args)


def titled(word: str) -> str:
    """The insight whose title in any of our languages is ``word`` ("uebergaben", "Kontakte je Vorgang"), "" where none is."""
    from kundig import insight

    titles = {_bare(say(cls.title, lang)): name for name, cls in insight.shelf().items() for lang in LANGUAGES}
    return titles.get(_bare(word), "")


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def _bare(word: str) -> str:
    return "".join(letter for letter in word.casefold().translate(_UMLAUTS) if letter.isalnum())


class Question(Command):
    """One insight as a command."""

    def __init__(self, name: str, cls: type[Any]) -> None:
        self._cls = cls
        params = [*inputs(cls), *filters(), _share(), _engine(), *forms()]
        super().__init__(name, params=params, callback=click.pass_context(partial(_ask, cls)))

    @property
    def help(self) -> str:
        return f"{worded(self._cls.title)}\n\n{worded(self._cls.definition)}"

    @help.setter
    def help(self, text: str | None) -> None:
        """click has nothing to say here."""

    def get_short_help_str(self, limit: int = 45) -> str:
        return worded(self._cls.title)


class Day(click.ParamType[dt.date]):
    """A day, written as 2026-11-21 or 21.11.2026."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        if isinstance(value, dt.date):
            return value
        for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
            try:
                return dt.datetime.strptime(value, pattern).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
        raise click.BadParameter(worded(sentence("Write a day as 2026-11-21 or 21.11.2026.")), ctx, param)


_TYPES: dict[str, tuple[Any, str]] = {
    "str": (str, sentence("WORD")),
    "int": (int, sentence("NUMBER")),
    "float": (float, sentence("NUMBER")),
    "date": (Day(), sentence("DAY")),
}


def inputs(cls: type[Any]) -> list[click.Parameter]:
    """An option for each field of an insight."""
    return [_input(one, one.metadata.get("help", "")) for one in dataclasses.fields(cls)]


def _input(one: dataclasses.Field[Any], text: str) -> Option:
    name = one.name.replace("_", "-")
    kind = (one.type if isinstance(one.type, str) else one.type.__name__).rpartition(".")[2]
    shared: dict[str, Any] = {"help": text, "default": _default(one), "show_default": one.default not in ("", None)}
    if kind == "bool":
        return Option([f"--{name}/--no-{name}"], **shared)
    type_, metavar = _TYPES[kind]
    return Option([f"--{name}"], type=type_, metavar=metavar, **shared)


def _default(one: dataclasses.Field[Any]) -> Any:
    return one.default if one.default is not dataclasses.MISSING else None


def _share() -> Option:
    return Option(["--share"], is_flag=True, help=SHARE)


def _engine() -> Option:
    return Option(["--engine"], metavar=sentence("NAME"), help=ENGINE)


def _ask(cls: type[Any], ctx: click.Context, /, *, share: bool, engine: str | None, **rest: Any) -> None:
    state = ctx.ensure_object(State)
    form = taken(rest)
    workspace = state.open(engine=engine)
    insight = cls(**{one.name: rest[one.name] for one in dataclasses.fields(cls)})
    where = workspace.where(**given(rest))
    answer = workspace.ask(insight, where=where, share=share)
    if not answer.n:
        check(state.screen, workspace, where)
    deliver(state.screen, _here(answer, workspace.settings.time_zone) if form.text else answer, form)


def _here(answer: Answer, zone: str) -> Answer:
    """The answer with the times of its table as clocks in ``zone`` show them."""
    return dataclasses.replace(answer, table=in_zone(answer.table, zone))


command = Ask(
    "ask",
    help=sentence(
        "Answer one question. `kundig ask NAME --help` says what it means and what it takes; `kundig insights` lists all."
    ),
    subcommand_metavar=sentence("NAME [OPTIONS]"),
    examples=("kundig ask data-quality", "kundig ask journey-map --channel phone --svg map.svg", "kundig ask promises --json"),
)
