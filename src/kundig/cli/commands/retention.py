"""Deleting by age, by hand or every night."""

from __future__ import annotations

from typing import Any

import click

from kundig.cli.command import Command, Group, option
from kundig.cli.state import State, with_state
from kundig.message import Message, sentence

STOPPED = 1
AUTHOR = "kundig retention run"
RUN = sentence("Delete by every rule that is on. A rule that would delete unusually much is left out, and the exit code is 1.")


@click.group(
    "retention",
    cls=Group,
    help=sentence("Delete what is older than the rules of the privacy pages say."),
    examples=("kundig retention show", "kundig retention run"),
)
def retention() -> None:
    """A group: show and run."""


@retention.command(
    "show", cls=Command, help=sentence("Show every rule that is on and what it would delete now; nothing is changed.")
)
@option("--json", "as_json", is_flag=True, help=sentence("For programs: JSON."))
@with_state
def show(state: State, as_json: bool) -> None:
    """Rows, persons and the oldest, per rule."""
    workspace = state.open()
    from kundig.server import serve

    serve.set_up(workspace.folder)
    from kundig.server.privacy import keeping

    found = [(rule, keeping.due(workspace, rule, workspace.lake.clock())) for rule in _rules()]
    if as_json:
        state.screen.json([
            {"what": r.what, "days": r.days, "source": r.source, "kind": r.kind, "rows": d.rows, "of": d.of, "persons": d.persons}
            for r, d in found
        ])  # fmt: skip
        return
    if not found:
        state.screen.note(sentence("No rule is on."))
    for rule, due in found:
        told = {"what": Message(rule.title), "days": rule.days, "n": due.rows, "of": due.of}
        state.screen.say(Message("{what}, older than {days} days: {n} of {of} rows would go.", told))


@retention.command("run", cls=Command, help=RUN)
@option("--sure", is_flag=True, help=sentence("Delete even where it is unusually much or the clock looks wrong."))
@with_state
def run(state: State, sure: bool) -> int:
    """Run every rule; what stopped one is said."""
    workspace = state.open()
    from kundig.server import serve

    serve.set_up(workspace.folder)
    from kundig.server.privacy import keeper
    from kundig.server.roles import ROLES, Caller

    caller, stopped = Caller(AUTHOR, ROLES["privacy"]), 0
    for rule in _rules():
        rows = keeper.run_one(workspace, rule, caller, confirmed=sure)
        if rows is None:
            stopped = STOPPED
            state.screen.warn(Message("{what}: {why}", {"what": Message(rule.title), "why": rule.problem_message}))
        else:
            state.screen.say(Message("{what}: {n} rows deleted.", {"what": Message(rule.title), "n": rows}))
    return stopped


def _rules() -> list[Any]:
    from kundig.server.privacy.models import Retention

    return list(Retention.objects.filter(active=True))


command = retention
