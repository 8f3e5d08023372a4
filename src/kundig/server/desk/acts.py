"""What the desk changes: that two identifiers are one person, and taking that back."""

from __future__ import annotations

from pathlib import Path

from kundig.message import sentence
from kundig.server.asking import ask
from kundig.server.people import audit
from kundig.server.roles import Caller

LINKED = sentence("linked")
UNLINKED = sentence("took a link back")


def link(folder: Path, caller: Caller, purpose: str, person: str, same_as: str, evidence: str, sure: bool) -> None:
    """Read ``person`` as ``same_as`` from now on; PrivacyError where two strong keys speak against it and nobody is sure."""
    ask(folder, "desk.do_link", {
        "person": person, "same_as": same_as, "purpose": purpose, "evidence": evidence, "author": caller.name, "sure": sure,
    })  # fmt: skip
    for one, other in ((person, same_as), (same_as, person)):
        audit.note(caller, LINKED, one, same_as=other)


def unlink(folder: Path, caller: Caller, person: str, same_as: str, evidence: str) -> None:
    """Take the link between the two back."""
    ask(folder, "desk.do_unlink", {"person": person, "same_as": same_as, "evidence": evidence, "author": caller.name})
    for one, other in ((person, same_as), (same_as, person)):
        audit.note(caller, UNLINKED, one, same_as=other)
