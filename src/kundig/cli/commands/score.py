"""What a model foresees: of everybody, or of one person or case."""

from __future__ import annotations

from typing import Any

from kundig.cli.command import argument, command, option
from kundig.cli.forms import deliver, forms, taken
from kundig.cli.state import State, with_state
from kundig.cli.telling import bare
from kundig.message import Message, sentence


@command(
    "score",
    sentence(
        "Show what a model foresees, of all or of KEY: a person's number, mail address or pseudonym, a case, an event. "
        "A score advises; it decides nothing alone."
    ),
    "kundig score churn --csv",
    "kundig score churn K1000042",
    params=forms(picture=False),
)
@argument("name", metavar=sentence("NAME"))
@argument("keys", metavar=sentence("[KEY]..."), nargs=-1)
@option(
    "--write", is_flag=True, help=sentence("Keep what is believed of events as labels in the lake; only for models about events.")
)
@with_state
def score(state: State, name: str, keys: tuple[str, ...], write: bool, **rest: Any) -> None:
    """A table of scores with their reasons."""
    from kundig import model as models

    form, workspace, cls = taken(rest), state.open(), models.find(name)
    table = workspace.score(name, _keys(workspace, cls, keys) if keys else None)
    if write:
        state.screen.note(Message("{n} labels written.", {"n": workspace.label(name, table)}))
    deliver(state.screen, bare(table, cls.title, cls.current.strip(), workspace.lake.version), form)


def _keys(workspace: Any, cls: Any, keys: tuple[str, ...]) -> list[str]:
    """Persons are meant by any identifier, everything else by its id."""
    if cls.about != "person_id":
        return list(keys)
    return [person for key in keys for person in workspace.find(key).ids]


command = score
