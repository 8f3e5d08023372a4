"""Invent a firm: what ``simulate`` and ``demo`` do alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kundig.cli.screen import Screen
from kundig.message import Message, sentence
from kundig.simulation import Summary


def invent(screen: Screen, folder: Path, **settings: Any) -> Summary:
    """Write a firm's exports below ``folder`` under a progress bar over the rows of the log, and say how many there are."""
    from kundig import simulation

    with screen.progress(sentence("Simulating")) as advance:
        written = 0

        def more(rows: int) -> None:
            nonlocal written
            written += rows
            advance(written, settings.get("events") or 0)

        summary = simulation.simulate(folder, progress=more, **settings)
    numbers = {"customers": summary.customers, "tickets": summary.tickets, "events": summary.events}
    screen.note(Message("{customers} customers, {tickets} tickets, {events} events.", numbers))
    return summary
