"""Let the models learn, and say how well they foresee what they have not seen."""

from __future__ import annotations

import click

from kundig.cli.command import argument, command, option
from kundig.cli.state import State, with_state
from kundig.cli.telling import tell
from kundig.errors import ModelError
from kundig.message import Message, sentence

NOTHING = 1
MOST_SEED = 2**32 - 1
"""The generators of random numbers take no larger one."""


@command(
    "train",
    sentence(
        "Let models learn from everything there is; each is judged on later data than it learned from. Without NAME all learn. "
        "Ends with exit code 1 where none could."
    ),
    "kundig train",
    "kundig train churn",
)
@argument("names", metavar=sentence("[NAME]..."), nargs=-1)
@option(
    "--seed", type=click.IntRange(0, MOST_SEED), default=0, show_default=True, metavar=sentence("NUMBER"),
    help=sentence("The seed of chance."),
)  # fmt: skip
@option("--json", "as_json", is_flag=True, help=sentence("For programs: JSON."))
@with_state
def train(state: State, names: tuple[str, ...], seed: int, as_json: bool) -> int:
    """Each model's card, or why it could not learn."""
    from kundig import model as models

    workspace, learned = state.open(), []
    for name in names or tuple(models.shelf()):
        try:
            learned.append(workspace.train(name, seed=seed))
        except ModelError as error:
            if names:
                raise
            why = Message(error.text, error.values)
            state.screen.note(Message("{name} did not learn: {why}", {"name": name, "why": why}))
            continue
        if not as_json and learned[-1].judged:
            tell(state.screen, learned[-1].judged)
    if as_json:
        state.screen.json([models.plain(fitted.card) for fitted in learned])
    return 0 if learned else NOTHING


command = train
