"""An own question in SQL, for a purpose."""

from __future__ import annotations

import sys
from typing import Any

import click

from kundig.answer.plain import OWN
from kundig.cli.command import argument, command, option
from kundig.cli.filters import check, filters, given
from kundig.cli.forms import deliver, forms, taken
from kundig.cli.state import State, with_state
from kundig.cli.telling import bare, in_zone
from kundig.event import PURPOSES
from kundig.message import Message, sentence


@command(
    "sql",
    sentence(
        "Ask in SQL over events, steps, cases and the other tables of `kundig schema`; - reads the SQL from standard input."
    ),
    'kundig sql "select channel, count(*) as n from events group by 1"',
    params=[*forms(picture=False), *filters()],
)
@argument("text", metavar="SQL")
@option(
    "--purpose",
    type=click.Choice([p.name for p in PURPOSES]),
    default="analysis",
    show_default=True,
    help=sentence("Why you read; it decides which rows and columns you see."),
)
@with_state
def sql(state: State, text: str, purpose: str, **rest: Any) -> None:
    """Answer the question with a table."""
    form = taken(rest)
    workspace = state.open()
    check(state.screen, workspace, workspace.where(**given(rest)))
    question = sys.stdin.read() if text == "-" else text
    table = workspace.sql(question, purpose=purpose, where=given(rest))
    zone = workspace.settings.time_zone
    shown = in_zone(table, zone) if form.text else table
    answer = bare(shown, sentence("Own question"), question.strip(), workspace.lake.version, name=OWN)
    deliver(state.screen, answer, form)
    if form.text and shown is not table:
        state.screen.note(Message("Times are those of {zone}; --json and --csv have them in UTC.", {"zone": zone}))


command = sql
