"""The models kundig has, and what those that have learned say of themselves."""

from __future__ import annotations

from typing import Any

from kundig.cli.command import command, option
from kundig.cli.state import State, with_state
from kundig.cli.wording import spoken, worded
from kundig.errors import WorkspaceError
from kundig.message import Message, sentence, show


@command("models", sentence("List the models, and when each one last learned from which data."), "kundig models")
@option("--json", "as_json", is_flag=True, help=sentence("For programs: the model cards as JSON."))
@with_state
def models(state: State, as_json: bool) -> None:
    """A line for each model."""
    from kundig import model

    cards = _cards(state)
    if as_json:
        state.screen.json(
            [{"name": name, "title": worded(cls.title), "card": cards.get(name)} for name, cls in model.shelf().items()]
        )
        return
    headers = (sentence("Name"), sentence("What it foresees"), sentence("Learned"))
    rows = [(name, worded(cls.title), _learned(cards.get(name))) for name, cls in model.shelf().items()]
    state.screen.table([worded(text) for text in headers], rows)
    state.screen.note(sentence("Let them learn: kundig train. What one foresees: kundig score NAME"))


def _cards(state: State) -> dict[str, dict[str, Any]]:
    from kundig import model

    try:
        return model.kept(state.open().models)
    except WorkspaceError:
        if state.workspace:
            raise
        return {}


def _learned(card: dict[str, Any] | None) -> str:
    import datetime as dt

    if card is None:
        return worded(sentence("not yet"))
    day = show(dt.datetime.fromisoformat(card["learned_at"]).date(), spoken())
    return worded(Message("{day}, data version {version}", {"day": day, "version": str(card["lake_version"])}))


command = models
