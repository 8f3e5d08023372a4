"""From summed promises to the parts of trust: reliability, its change, what moved it, constancy, resolution."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kundig.insight import Result
from kundig.measures.heterogeneity import between
from kundig.measures.proportion import wilson
from kundig.measures.reliability_evidence import (
    CONFIDENCE,
    ENOUGH,
    FLAT,
    Estimate,
    Evidence,
    Spread,
    change,
    learned_prior,
    moved_by,
    reliability,
)
from kundig.message import Word

FEWEST_CELLS, FEWEST_IN_CELLS = 6, 60
"""Months and channels, and promises in them, from which constancy is told."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Parts:
    """One row of the table: the firm, a group, a kind of promise or a month, with what is known of it."""

    row: Row
    evidence: Evidence
    reliability: Estimate | None
    change: Estimate | None
    """In points of 100."""
    moved: float | None
    """By how many points it moves the firm's figure."""
    part_of_firm: float
    """Its share of the firm's evidence."""
    constancy: Estimate | None
    cells: int
    resolution: Estimate | None

    @property
    def dimension(self) -> str:
        return str(self.row["dimension"])

    @property
    def name(self) -> Any:
        """What it is called, in words of ours where the channel is one of them."""
        return Word(self.row["value"]) if self.dimension == "channel" and self.row["value"] else self.row["value"]


def prior_of(result: Result) -> Evidence:
    """The prior of the groups, from all customers."""
    row = result.row("prior")
    if not row.get("groups_of_one") or row.get("size") is None:
        return FLAT
    names = ("size", "squares", "kept", "kept_squares", "within", "freedom")
    return learned_prior(Spread(row["groups_of_one"], *(row[name] for name in names)))


def parts_of(rows: Sequence[Row], result: Result, prior: Evidence) -> list[Parts]:
    """Every row of the table with its parts, in order."""
    cells = _cells(result)
    whole = next((_evidence(row) for row in rows if row["dimension"] == "all"), Evidence())
    return [_parts(row, whole, cells.get((row["dimension"], row["value"]), []), prior) for row in rows]


def _parts(row: Row, whole: Evidence, cells: Sequence[Row], prior: Evidence) -> Parts:
    month, firm = row["dimension"] == "month", row["dimension"] == "all"
    own = _evidence(row)
    start = FLAT if row["dimension"] in ("all", "promise", "month") else prior
    shown = Evidence(*_split(row["judged"], row["degrees"])) if month else own
    return Parts(
        row,
        shown,
        reliability(shown, start) if shown.size >= ENOUGH else None,
        None if month else _change(row),
        None if firm or whole.size < ENOUGH or own.size >= whole.size else 100 * moved_by(whole, own),
        own.size / whole.size if whole.size else 0.0,
        _constancy(cells),
        len(cells),
        _resolution(row),
    )


def _evidence(row: Row) -> Evidence:
    return Evidence(*_split(row["evidence"], row["kept_evidence"]))


def _split(size: float | None, kept: float | None) -> tuple[float, float]:
    return kept or 0.0, max(0.0, (size or 0.0) - (kept or 0.0))


def periods(row: Row) -> tuple[Evidence, Evidence]:
    """The promises of the newest period and of the one before, each counting the same whatever its age."""
    return Evidence(*_split(row["later"], row["later_degrees"])), Evidence(*_split(row["earlier"], row["earlier_degrees"]))


def _change(row: Row) -> Estimate | None:
    later, earlier = periods(row)
    if min(later.size, earlier.size) < ENOUGH:
        return None
    by = change(reliability(later), reliability(earlier))
    return Estimate(100 * by.value, 100 * by.low, 100 * by.high)


def _cells(result: Result) -> dict[tuple[str, Any], list[Row]]:
    cells: dict[tuple[str, Any], list[Row]] = {}
    for row in result.details["cells"].to_pylist():
        cells.setdefault((row["dimension"], row["value"]), []).append(row)
    return cells


def _constancy(cells: Sequence[Row]) -> Estimate | None:
    """1 minus twice the standard deviation of the share kept in time over months and channels; it cannot exceed one half."""
    n, kept = sum(cell["promises"] for cell in cells), sum(cell["in_time"] for cell in cells)
    if len(cells) < FEWEST_CELLS or n < FEWEST_IN_CELLS:
        return None
    share = (kept + 1) / (n + 2)
    shares = [cell["in_time"] / cell["promises"] for cell in cells]
    spread = between(shares, [share * (1 - share) / cell["promises"] for cell in cells], CONFIDENCE)
    return Estimate(*map(_constant, (spread.variance, spread.high, spread.low))) if spread else None


def _constant(variance: float) -> float:
    return max(0.0, 1 - 2 * math.sqrt(variance))


def _resolution(row: Row) -> Estimate | None:
    n, once = row["contacts"] or 0, row["not_repeated"] or 0
    return Estimate(once / n, *wilson(once, n, CONFIDENCE)) if n else None


def of(parts: Iterable[Parts], dimension: str) -> list[Parts]:
    """The rows seen by ``dimension`` that have a name."""
    return [part for part in parts if part.dimension == dimension and part.row["value"]]


def kinds_apart(parts: Iterable[Parts]) -> tuple[dict[str, Evidence], dict[str, Evidence]]:
    """The newest period and the one before by kind of promise."""
    both = {part.row["value"]: periods(part.row) for part in of(parts, "promise")}
    return {kind: pair[0] for kind, pair in both.items()}, {kind: pair[1] for kind, pair in both.items()}
