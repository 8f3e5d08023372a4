"""Rows that did not fit: seen, corrected, played again."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kundig.cli.accounting import account, plain
from kundig.cli.command import Command, Group, argument, option
from kundig.cli.pouring import replay_rows
from kundig.cli.screen import Screen
from kundig.cli.state import State, with_state
from kundig.cli.wording import worded
from kundig.errors import QuestionError
from kundig.message import Message, sentence, sentences

if TYPE_CHECKING:
    from kundig.ingest import RejectedRow

MOST_ROWS, LONGEST = 50, 40
STATES_APART = sentence(
    "Stored events are never changed. If this row is a later state of the same thing, take event_id out of its table in the "
    "mapping, or map it to a column that differs from state to state, such as a version; then run: kundig rejected replay"
)
"""The way out for a row whose id is stored with other content."""
HEADERS = (sentence("Id"), sentence("File"), sentence("Row"), sentence("Column"), sentence("Value"), sentence("What is wrong"))


@click.group(
    "rejected",
    cls=Group,
    invoke_without_command=True,
    help=sentence("List the rows that did not fit. Correct the mapping, or the rows themselves with --csv, and play them again."),
    examples=("kundig rejected", "kundig rejected --csv fix.csv", "kundig rejected replay fix.csv"),
)
@option(
    "--csv",
    metavar=sentence("FILE"),
    type=click.Path(path_type=Path),
    help=sentence("Write them to a CSV file, to correct them by hand."),
)
@option("--json", "as_json", is_flag=True, help=sentence("For programs: JSON."))
@with_state
@click.pass_context
def rejected(ctx: click.Context, state: State, csv: Path | None, as_json: bool) -> None:
    """List them, where no other command is given."""
    if ctx.invoked_subcommand:
        return
    rows = _rows(state)
    if as_json:
        state.screen.json([_plain(row) for row in rows])
    elif csv:
        _write(state.screen, rows, csv)
    else:
        _list(state.screen, rows)


@rejected.command("list", cls=Command, help=sentence("List the rows that did not fit, as `kundig rejected` alone does."))
@option("--json", "as_json", is_flag=True, help=sentence("For programs: JSON."))
@with_state
def list_(state: State, as_json: bool) -> None:
    """The same list under its own name."""
    rows = _rows(state)
    if as_json:
        state.screen.json([_plain(row) for row in rows])
    else:
        _list(state.screen, rows)


@rejected.command("show", cls=Command, help=sentence("Show one rejected row, whole."))
@argument("row_id", metavar=sentence("ID"))
@with_state
def show(state: State, row_id: str) -> None:
    """Print the row with every cell."""
    row = next((row for row in _rows(state) if row.id.startswith(row_id)), None)
    if row is None:
        raise QuestionError("No rejected row has the id {id}.", "`kundig rejected` lists them.", id=row_id)
    screen = state.screen
    screen.data(worded(Message("{file}, row {row}", {"file": row.file, "row": row.row})))
    screen.say(row.message)
    _what_next(screen, row)
    for name, cell in row.cells.items():
        screen.data(f"  {name}: {cell}")
    if row.raw:
        screen.data(row.raw)


@rejected.command(
    "replay",
    cls=Command,
    help=sentence("Import rejected rows again, after the mapping was corrected; or FILE, after its rows were."),
)
@argument("file", metavar=sentence("[FILE]"), type=click.Path(path_type=Path), required=False)
@option("--json", "as_json", is_flag=True, help=sentence("For programs: JSON."))
@with_state
def replay(state: State, file: Path | None, as_json: bool) -> None:
    """Play them again and account for them."""
    report = replay_rows(state.open(), file)
    if as_json:
        state.screen.json(plain(report))
    else:
        account(state.screen, report)


def _rows(state: State) -> list[RejectedRow]:
    from kundig.ingest import list_rejected

    return list_rejected(state.open().rejected)


def _list(screen: Screen, rows: list[RejectedRow]) -> None:
    if not rows:
        screen.note(sentence("No row is rejected."))
        return
    cells = [(row.id, row.file, str(row.row), row.column, _cut(row.value), worded(row.message)) for row in rows[:MOST_ROWS]]
    screen.table([worded(header) for header in HEADERS], cells, (False, False, True))
    if more := len(rows) - len(cells):
        screen.say(sentences("{n} more row; --json or --csv FILE has all.", "{n} more rows; --json or --csv FILE has all.", more))
    screen.note(sentence("One of them whole: kundig rejected show ID. After a correction: kundig rejected replay"))


def _what_next(screen: Screen, row: RejectedRow) -> None:
    from kundig.ingest.outcome import CONFLICT

    if row.reason == CONFLICT:
        screen.paragraph(STATES_APART)


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"


def _write(screen: Screen, rows: list[RejectedRow], path: Path) -> None:
    from kundig.ingest.rejected import write_csv

    write_csv(rows, path)
    screen.note(Message("Written: {file}", {"file": str(path)}))
    screen.note(Message("Correct the cells and run: kundig rejected replay {file}", {"file": str(path)}))


def _plain(row: RejectedRow) -> dict[str, Any]:
    return {"id": row.id, **dataclasses.asdict(row), "reason": worded(row.message)}


command = rejected
