"""The boundary between ingest and lake: what was read and mapped, lying as Parquet until it is appended."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Staged:
    """Rows ready to be stored.

    events: all columns of ``event.EVENTS`` plus ``text`` (string) and ``row`` (int64, the source row within this run)
    people: columns of ``event.PEOPLE``; agents: columns of ``event.AGENTS``; repetitions are allowed
    """

    events: list[Path] = field(default_factory=list)
    people: list[Path] = field(default_factory=list)
    agents: list[Path] = field(default_factory=list)


@dataclass(frozen=True)
class Appended:
    """What became of staged events; ``outcomes`` are Parquet files (row, event_id, outcome) of all that were not new."""

    new: int
    duplicate: int
    conflict: int
    withheld: int
    version: int
    outcomes: list[Path] = field(default_factory=list)
