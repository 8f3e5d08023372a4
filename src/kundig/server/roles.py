"""Roles, each with its purposes and acts. What a role's purpose may not see is absent everywhere.

Rights count at once: they are read with every request.
"""

from __future__ import annotations

from dataclasses import dataclass

from kundig.message import sentence

ACTS = {
    "ask": sentence("Ask insights and read the overview."),
    "cases": sentence("Go from a figure down to its cases."),
    "memory": sentence("Search persons and see their memory."),
    "merge": sentence("Say that two identifiers are one person, and take it back."),
    "import": sentence("Bring in files and live events, mend what was rejected."),
    "ingest": sentence("Send events."),
    "rules": sentence("Set up alerts, webhooks and digests."),
    "people": sentence("Make accounts, roles and tokens."),
    "privacy": sentence("Answer requests, record consent, erase."),
    "audit": sentence("Read who saw or changed which person's data."),
    "operate": sentence("Read metrics."),
}


@dataclass(frozen=True)
class Role:
    """What a group of people is here for: purposes to read for, in order of preference, and acts."""

    name: str
    title: str
    purposes: tuple[str, ...]
    acts: frozenset[str]


ROLES = {
    role.name: role
    for role in (
        Role("owner", sentence("Owner"), ("service", "quality", "analysis", "marketing", "research", "privacy"), frozenset(ACTS)),
        Role("manager", sentence("Manager"), ("quality", "analysis"), frozenset({"ask", "cases", "import", "rules"})),
        Role("agent", sentence("Agent"), ("service",), frozenset({"memory", "merge"})),
        Role("analyst", sentence("Analyst"), ("analysis",), frozenset({"ask", "cases"})),
        Role("privacy", sentence("Privacy officer"), ("privacy",), frozenset({"memory", "merge", "privacy", "audit"})),
        Role(
            "integrator", sentence("Integrator"), ("service", "quality", "analysis"),
            frozenset({"ingest", "ask", "memory", "operate"}),
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Caller:
    """Who asks: a person who is logged in, or another system with a token."""

    name: str
    role: Role
    user_id: int | None = None
    token_id: int | None = None

    def may(self, act: str) -> bool:
        """Whether the role allows the act."""
        return act in self.role.acts

    def purpose(self, *wanted: str) -> str:
        """The first of ``wanted`` the role may read for; "" where it may for none of them."""
        return next((name for name in wanted if name in self.role.purposes), "")
