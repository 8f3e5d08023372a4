"""The proof must yield its lines and reach what it can reach with few repeats."""

from __future__ import annotations

from pathlib import Path

import pytest

from kundig.proof import Given
from kundig.proofs import moments_that_matter


def test_coverage_is_measured_beside_the_plain_difference(tmp_path: Path) -> None:
    lines = {line.key: line for line in moments_that_matter._coverage(Given(None, 1, tmp_path, quick=True))}
    coverage = lines["doubly_robust.generated.coverage"]
    assert coverage.value is not None
    assert coverage.value >= 0.8
    assert (coverage.beside["difference in means"] or 0.0) < coverage.value


@pytest.mark.long
def test_each_world_is_held_against_what_was_planted(tmp_path: Path) -> None:
    lines = {line.key: line for line in moments_that_matter.prove(Given(None, 1, tmp_path, quick=True))}
    assert lines["moments_that_matter.none.beyond_chance"].reached
    assert lines["moments_that_matter.effects.broken_low"].reached
    assert "moments_that_matter.effects.order" in lines
    assert "moments_that_matter.other.said_uneven" in lines
