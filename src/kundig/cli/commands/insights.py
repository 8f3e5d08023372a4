"""All questions kundig can answer, and whether this workspace's data can tell."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from kundig.cli.command import command, option
from kundig.cli.state import State, with_state
from kundig.cli.wording import worded
from kundig.errors import WorkspaceError
from kundig.message import Message, sentence


@command("insights", sentence("List the questions kundig answers, and which of them your data can tell."), "kundig insights")
@option("--json", "as_json", is_flag=True, help=sentence("For programs: JSON."))
@with_state
def insights(state: State, as_json: bool) -> None:
    """Print a line for each insight."""
    from kundig import insight

    lacking = _lacking(state)
    if as_json:
        state.screen.json([_plain(name, cls, lacking) for name, cls in insight.shelf().items()])
        return
    rows = [(name, worded(cls.title), _can_be_told(lacking.get(name))) for name, cls in insight.shelf().items()]
    state.screen.table([worded(text) for text in (sentence("Name"), sentence("Question"), sentence("With your data"))], rows)
    state.screen.note(sentence("Ask one: kundig ask NAME. What it means and takes: kundig ask NAME --help"))


def _lacking(state: State) -> dict[str, str]:
    """For each insight the first field it needs and the data lacks, "" where nothing is missing; empty without a workspace."""
    from kundig import insight

    try:
        lake = state.open().lake
    except WorkspaceError:
        if state.workspace:
            raise
        return {}
    with ExitStack() as stack:
        purposes = sorted({cls.purpose for cls in insight.shelf().values()})
        readings = {purpose: stack.enter_context(lake.read(purpose)) for purpose in purposes}
        return {name: _first_missing(cls, readings[cls.purpose]) for name, cls in insight.shelf().items()}


def _first_missing(cls: Any, reading: Any) -> str:
    return next((need for need in cls.needs if not reading.has(need)), "")


def _can_be_told(missing: str | None) -> str:
    from kundig.insight import need_in_words

    if missing is None:
        return worded(sentence("no workspace here"))
    return worded(Message("no {what}", {"what": Message(need_in_words(missing))})) if missing else worded(sentence("can be told"))


def _plain(name: str, cls: Any, lacking: dict[str, str]) -> dict[str, Any]:
    return {
        "name": name, "title": worded(cls.title), "definition": worded(cls.definition), "purpose": cls.purpose,
        "needs": list(cls.needs), "can_be_told": lacking[name] == "" if lacking else None, "lacks": lacking.get(name),
    }  # fmt: skip


command = insights
