"""Somebody states what he believes about customers; the data answer."""

from __future__ import annotations

from typing import Any

from kundig.cli.command import argument, command, option
from kundig.cli.state import State, with_state
from kundig.cli.wording import spoken
from kundig.message import sentence


@command(
    "claim",
    sentence(
        "Put what somebody believes about customers to the test, and keep it with its verdict. SENTENCE is simple German or "
        "English; what it leaves open is said by the options."
    ),
    'kundig claim "app customers need fewer contacts than phone customers"',
    'kundig claim "Kunden mit gebrochenen Zusagen kündigen häufiger"',
    "kundig claim Nicer --measure score --group channel=chat --direction more",
)
@argument("words", metavar=sentence("SENTENCE"))
@option("--author", metavar=sentence("NAME"), default="", help=sentence("Who says so."))
@option("--measure", metavar=sentence("WORD"), default="", help=sentence(
    "What is compared: contacts, handovers, first-contact-resolution, time-to-close, repeat-rate, promises-kept, score, leaving "
    "or purchases."
))  # fmt: skip
@option("--group", metavar=sentence("KEY=VALUE"), default="", help=sentence(
    "Whom it is about; the key is channel, reason, account, team, activity or promise."
))  # fmt: skip
@option("--than", metavar=sentence("KEY=VALUE"), default="", help=sentence("Compared with whom; without it with all others."))
@option("--direction", metavar=sentence("WORD"), default="", help=sentence("more, fewer or equal."))
@option("--matters", type=float, metavar=sentence("NUMBER"), help=sentence(
    "The smallest difference that matters, in units of the measure; a share is written 0.05."
))  # fmt: skip
@option("--json", "as_json", is_flag=True, help=sentence("For programs: JSON."))
@with_state
def claim(state: State, words: str, author: str, as_json: bool, **form: Any) -> None:
    """State, test, keep, tell."""
    from kundig import claim as claims

    workspace = state.open()
    now = workspace.lake.clock()
    stated = claims.stated(words, author=author, on=now.date(), known=claims.known_values(workspace.lake), **form)
    kept = claims.keep(workspace.folder, stated, claims.judge(workspace.lake, stated))
    if as_json:
        state.screen.json(claims.plain(kept, spoken()))
        return
    for message in claims.told(kept.claim, kept.verdicts[-1]):
        state.screen.paragraph(message)


command = claim
