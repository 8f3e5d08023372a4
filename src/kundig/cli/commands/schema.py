"""Every table and column: type, unit, data category, sentence."""

from __future__ import annotations

from typing import Any

from kundig import event
from kundig.cli.command import command, option
from kundig.cli.screen import Screen
from kundig.cli.state import State, with_state
from kundig.cli.wording import worded
from kundig.message import sentence

_HEADERS = (sentence("Column"), sentence("Type"), sentence("Category"), sentence("Meaning"))
CATEGORIES = {
    "technical": sentence("technical"),
    "pseudonym": sentence("pseudonym"),
    "identity": sentence("identity"),
    "behaviour": sentence("behaviour"),
    "work": sentence("work"),
    "opinion": sentence("opinion"),
    "free text": sentence("free text"),
    "money": sentence("money"),
    "consent": sentence("consent"),
}

UNITS = (
    sentence("UTC, microseconds"),
    sentence("microseconds"),
    sentence("seconds"),
    sentence("0 to 1"),
    sentence("min-max"),
    sentence("see score_scale"),
    sentence("the workspace's currency"),
)
"""The units of the schema's columns, for the catalogue's sake."""


@command(
    "schema",
    sentence("Show what is stored: every table and column with its unit, data category and meaning."),
    "kundig schema --json",
)
@option("--json", "as_json", is_flag=True, help=sentence("For programs: JSON."))
@with_state
def schema(state: State, as_json: bool) -> None:
    """Print the one event schema and its companions."""
    screen = state.screen
    if as_json:
        screen.json({"schema_version": event.SCHEMA_VERSION, "tables": [_plain(table) for table in event.TABLES]})
        return
    for table in event.TABLES:
        _show(screen, table)


def _show(screen: Screen, table: event.Table) -> None:
    screen.title(table.name)
    screen.say(table.sentence)
    rows = [(column.name, column.type, worded(CATEGORIES[column.category]), _meaning(column)) for column in table.columns]
    screen.table([worded(header) for header in _HEADERS], rows)
    screen.data()


def _meaning(column: event.Column) -> str:
    unit = f" [{worded(column.unit)}]" if column.unit else ""
    return worded(column.sentence) + unit


def _plain(table: event.Table) -> dict[str, Any]:
    columns = [
        {
            "name": column.name, "type": column.type, "unit": column.unit, "category": column.category,
            "required": column.required, "meaning": worded(column.sentence),
        }
        for column in table.columns
    ]  # fmt: skip
    return {"name": table.name, "meaning": worded(table.sentence), "derived": table.derived, "columns": columns}


command = schema
