"""The filter every question takes: ``--since``, ``--until``, ``--channel`` and so on, and which workspace day they mean."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from kundig.cli.command import Option
from kundig.cli.screen import Screen
from kundig.cli.wording import spoken, worded
from kundig.errors import QuestionError
from kundig.message import Message, sentence, show

if TYPE_CHECKING:
    from kundig.lake import Where
    from kundig.workspace import Workspace

_METAVARS = {"since": sentence("DAY"), "until": sentence("DAY")}
_WORD = sentence("WORD")
KEYS = {
    "since": sentence("since {value}"),
    "until": sentence("until {value}"),
    "channel": sentence("channel {value}"),
    "reason": sentence("reason {value}"),
    "activity": sentence("activity {value}"),
    "account": sentence("account {value}"),
}
"""How each key of a filter is told to people."""
LISTED = ("channel", "reason", "activity")
"""Keys whose most frequent values are worth naming where none fits."""
NAMED = 10


def filters() -> list[click.Parameter]:
    """One option for each key of :class:`kundig.lake.Where`."""
    from kundig.lake.where import HELP

    return [Option([f"--{key}"], metavar=_METAVARS.get(key, _WORD), default="", help=text) for key, text in HELP.items()]


def given(settings: dict[str, Any]) -> dict[str, str]:
    """The filter in a command's ``settings``, as the user wrote it; ``Workspace.where`` reads the days."""
    from kundig.lake.where import HELP

    return {key: settings[key] for key in HELP if settings.get(key)}


def in_words(where: dict[str, Any]) -> str:
    """The filter for people: "channel phone, since 1 May 2026"; a key unknown here stands as it is."""
    return ", ".join(_part(key, value) for key, value in where.items())


def check(screen: Screen, workspace: Workspace, where: Where) -> None:
    """Say where a filter selects nothing: QuestionError for a word no event has, else a warning."""
    if not where.given() or _count(workspace, where.given()):
        return
    for key in ("account", *LISTED):
        value = where.given().get(key)
        if value and not _count(workspace, {key: value}):
            known = _known(workspace, key)
            hint = sentence("The most frequent values here: {known}.") if known else sentence("Leave the filter out to see all.")
            raise QuestionError("No case fits the filter: {filter}.", hint, filter=in_words({key: value}), known=known)
    screen.warn(Message("No case fits the filter: {filter}.", {"filter": in_words(where.given())}))


def _count(workspace: Workspace, where: dict[str, Any]) -> int:
    return int(workspace.sql("select count(*) as n from events", where=where)["n"][0].as_py())


def _known(workspace: Workspace, key: str) -> str:
    """The most frequent values of ``key``, as people write them."""
    from kundig.answer.plain import closed_word

    if key not in LISTED:
        return ""
    sql = f"select {key} as word, count(*) as n from events where {key} is not null group by 1 order by 2 desc, 1 limit {NAMED}"
    words = [str(word) for word in workspace.sql(sql)["word"].to_pylist()]
    return ", ".join(closed_word(word, spoken()) if key == "channel" else word for word in words)


def _part(key: str, value: Any) -> str:
    from kundig.answer.plain import closed_word

    if key not in KEYS:
        return f"{key} {show(value, spoken())}"
    if isinstance(value, dt.datetime):
        value = value.date()
    shown = closed_word(value, spoken()) if key == "channel" else show(value, spoken())
    return worded(Message(KEYS[key], {"value": shown}))
