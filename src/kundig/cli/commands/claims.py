"""What people in the firm believe about customers, and what the data say to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kundig.cli.command import command, option
from kundig.cli.screen import Screen
from kundig.cli.state import State, with_state
from kundig.cli.wording import spoken, worded
from kundig.message import sentence, show

if TYPE_CHECKING:
    from kundig.claim import Kept

HEADERS = (
    sentence("Claim"), sentence("Author"), sentence("Stated on"), sentence("Verdict"), sentence("Difference"), sentence("Between"),
    sentence("Number"), sentence("Tests"),
)  # fmt: skip


@command(
    "claims",
    sentence("List what was claimed about customers, each with its last verdict."),
    "kundig claims",
    "kundig claims --check",
)
@option("--check", is_flag=True, help=sentence("Test every claim again on the data of now."))
@option("--json", "as_json", is_flag=True, help=sentence("For programs: JSON with every verdict so far."))
@with_state
def claims(state: State, check: bool, as_json: bool) -> None:
    """The list, tested again where asked for."""
    from kundig import claim

    workspace = state.open()
    kept = claim.again(workspace.lake, workspace.folder) if check else claim.kept(workspace.folder)
    if as_json:
        state.screen.json([claim.plain(one, spoken()) for one in kept])
    elif kept:
        _table(state.screen, kept)
    else:
        state.screen.note(sentence("Nothing has been claimed yet: kundig claim --help"))


def _table(screen: Screen, kept: Sequence[Kept]) -> None:
    screen.table([worded(header) for header in HEADERS], [_cells(one) for one in kept], (False,) * 4 + (True,) * 4)
    screen.note(sentence("Why, and what else could explain it: kundig claims --json"))


def _cells(one: Kept) -> tuple[str, ...]:
    from kundig import claim

    last = one.verdicts[-1]
    effect, between = claim.shown(one.claim, last, spoken())
    number = f"{show(last.n_group, spoken())} / {show(last.n_than, spoken())}"
    stated = show(one.claim.stated_on, spoken())
    outcome = worded(claim.OUTCOMES[last.outcome])
    return one.claim.sentence, one.claim.author or "–", stated, outcome, effect, between, number, str(len(one.verdicts))


command = claims
