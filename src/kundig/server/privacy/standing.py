"""Where a person stands: what his decisions allow for each purpose, as the lake's reads obey them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kundig import event
from kundig.message import sentence

_AXES = {
    "given": "consent", "withdrawn": "consent", "restricted": "restriction", "unrestricted": "restriction",
    "objected": "objection", "unobjected": "objection",
}  # fmt: skip
USED, NOT_USED = sentence("used"), sentence("not used")
WHY = {
    "duty": sentence("legal duty"),
    "restricted": sentence("restricted by the person"),
    "objected": sentence("the person objects"),
    "withdrawn": sentence("consent withdrawn"),
    "given": sentence("consent given"),
    "none": sentence("no consent given"),
    "basis": sentence("without consent, on its legal basis"),
}


def of(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """For each purpose whether data are used and why; ``rows`` are decisions, oldest first."""
    last: dict[tuple[str, str, str], str] = {}
    for row in rows:
        last[row["person_id"], row["purpose"], _AXES[row["status"]]] = row["status"]
    return [_for(purpose, last) for purpose in event.PURPOSES]


def _for(purpose: event.Purpose, last: Mapping[tuple[str, str, str], str]) -> dict[str, Any]:
    said = {status for (_, scope, _), status in last.items() if scope in (purpose.name, "*")}
    why = _why(purpose, said)
    used = why in ("duty", "given", "basis")
    return {"purpose": purpose.name, "basis": purpose.basis, "used": used, "why": why}


def _why(purpose: event.Purpose, said: set[str]) -> str:
    if purpose.name == "privacy":
        return "duty"
    if "restricted" in said:
        return "restricted"
    if "objected" in said and purpose.name != "service":
        return "objected"
    if not purpose.needs_consent:
        return "basis"
    if "withdrawn" in said:
        return "withdrawn"
    return "given" if "given" in said else "none"
