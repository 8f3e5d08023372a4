"""What a person agreed to: seen, and written down when he calls or writes."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import click

from kundig.cli.command import Command, Group, argument, option
from kundig.cli.state import State, with_state
from kundig.cli.wording import spoken, worded
from kundig.message import Message, Word, sentence, show

KIND = sentence("What sort of key KEY is, such as customer or email; needed where several persons are known by it.")
HEADERS = (sentence("When"), sentence("Purpose"), sentence("Decision"), sentence("Source"), sentence("Author"))
STATUSES = (
    sentence("given"), sentence("withdrawn"), sentence("restricted"), sentence("unrestricted"), sentence("objected"),
    sentence("unobjected"),
)  # fmt: skip
"""The decisions of the ledger, for the catalogue's sake."""
SOURCE = "kundig consent"
ALL = sentence("all purposes")
DATES = ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y", "%d.%m.%Y %H:%M")


@click.group(
    "consent",
    cls=Group,
    help=sentence("Show what a person agreed to, or write down what he decided. It counts at once, everywhere."),
    examples=("kundig consent show 10042", "kundig consent record 10042 --purpose marketing --status withdrawn"),
)
def consent() -> None:
    """A group: show and record."""


@consent.command("show", cls=Command, help=sentence("Show every decision of the person with KEY, the oldest first."))
@argument("key", metavar=sentence("KEY"))
@option("--kind", metavar=sentence("WORD"), default="", help=KIND)
@option("--json", "as_json", is_flag=True, help=sentence("For programs: JSON."))
@with_state
def show_(state: State, key: str, kind: str, as_json: bool) -> None:
    """The rows of the ledger."""
    workspace = state.open()
    rows = workspace.consents_of(key, kind)
    if as_json:
        state.screen.json([{name: _plain(value) for name, value in row.items()} for row in rows])
    elif rows:
        zone = ZoneInfo(workspace.settings.time_zone)
        state.screen.table([worded(header) for header in HEADERS], [_cells(row, zone) for row in rows])
    else:
        state.screen.note(Message("Nothing is written down for {key}.", {"key": key}))


@consent.command("record", cls=Command, help=sentence("Write down what the person with KEY decided."))
@argument("key", metavar=sentence("KEY"))
@option(
    "--purpose",
    required=True,
    metavar=sentence("WORD"),
    help=sentence("What it is about, such as marketing or research; * for everything."),
)
@option(
    "--status",
    required=True,
    metavar=sentence("WORD"),
    help=sentence("given, withdrawn, restricted, unrestricted, objected or unobjected."),
)
@option("--at", metavar=sentence("DAY"), type=click.DateTime(DATES), help=sentence("When the person decided; without it, now."))
@option("--source", metavar=sentence("WORD"), default=SOURCE, help=sentence("Where the decision was given, such as a letter."))
@option("--notice", metavar=sentence("WORD"), default="", help=sentence("Which privacy notice the person was shown."))
@option("--evidence", metavar=sentence("WORD"), default="", help=sentence("What the decision can be proved by."))
@option("--author", metavar=sentence("WORD"), default="", help=sentence("Who writes it down."))
@option("--kind", metavar=sentence("WORD"), default="", help=KIND)
@with_state
def record(state: State, key: str, kind: str, purpose: str, status: str, at: dt.datetime | None, **told: str) -> None:
    """One decision more."""
    workspace = state.open()
    when = at.replace(tzinfo=ZoneInfo(workspace.settings.time_zone)) if at else None
    workspace.record_consent(key, purpose, status, kind=kind, at=when, **told)
    values = {"key": key, "purpose": _purpose(purpose), "status": Word(status)}
    state.screen.say(Message("Written down for {key}: {purpose}, {status}.", values))


def _cells(row: dict[str, Any], zone: ZoneInfo) -> tuple[str, ...]:
    shown = (row["decided_at"].astimezone(zone), _purpose(row["purpose"]), Word(row["status"]))
    return (*(show(value, spoken()) for value in shown), row["source"], row["author"] or "–")


def _purpose(name: str) -> Word:
    return Word(ALL if name == "*" else name)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value


command = consent
