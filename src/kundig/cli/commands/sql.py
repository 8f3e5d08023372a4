"""An own question in SQL, for a purpose."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from kundig.cli.command import argument, command, option
from kundig.cli.filters import filters, given
from kundig.cli.forms import deliver, forms, taken
from kundig.cli.state import State, with_state
from kundig.event import PURPOSES
from kundig.message import sentence

if TYPE_CHECKING:
    import pyarrow as pa

    from kundig.answer import Answer


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
    question = sys.stdin.read() if text == "-" else text
    table = workspace.sql(question, purpose=purpose, where=given(rest))
    deliver(state.screen, _answer(question, table, workspace.lake.version), form)


def _answer(question: str, table: pa.Table, version: int) -> Answer:
    """The table as an answer, so that every output form is the one of ``ask``."""
    from kundig.answer import Answer

    return Answer(
        name="sql", title=sentence("Own question"), definition="", figures={}, sentences=(), chart=None,
        table=table, sql=question.strip(), n=table.num_rows, lake_version=version,
    )  # fmt: skip


command = sql
