"""The proof of claims: every golden number is met, chance passes as rarely as it should, and the simulated truth is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from kundig.proof import Given
from kundig.proofs import claims


def test_golden_numbers_are_met() -> None:
    lines = list(claims._golden())
    assert len(lines) == 8
    assert all(line.reached for line in lines), [line.key for line in lines if not line.reached]


def test_chance_rarely_passes_and_intervals_hold_the_truth(tmp_path: Path) -> None:
    lines = {line.key: line for line in claims._by_chance(Given(None, 11, tmp_path, quick=True))}
    for name in ("difference.synthetic.welch_coverage", "difference.synthetic.newcombe_coverage"):
        assert (lines[name].value or 0) > 0.92
    assert (lines["claims.synthetic.mixture_supported"].value or 0) < 0.1


@pytest.mark.long
def test_the_simulated_truth_is_told(tmp_path: Path) -> None:
    lines = {line.key: line.value for line in claims.prove(Given(None, 3, tmp_path, quick=True))}
    assert (lines["claims.simulated_none.leaving_supported"] or 0.0) < 0.2
    assert (lines["claims.simulated.true_supported"] or 0) >= 0.75
