"""The proof of remembered experience reaches its golden numbers and tells real ratings with its rival beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kundig.insights._felt import RULES
from kundig.proof import Given
from kundig.proofs import remembered


def test_the_golden_numbers_are_reached() -> None:
    lines = [*remembered._forgetting(), *remembered._cold_water()]
    assert len(lines) == 9
    assert all(line.reached for line in lines)
    rival = next(line for line in lines if line.key.endswith("squared_differences")).beside["best exponential decay"]
    assert rival == pytest.approx(0.058, abs=0.001)


def test_the_delivery_is_valued_as_the_insight_does() -> None:
    assert (RULES["promise kept in time"], RULES["promise kept late"]) == (remembered.IN_TIME, remembered.LATE)


@pytest.mark.long
def test_the_whole_proof(shared_data: Path, tmp_path: Path) -> None:
    lines = {line.key: line for line in remembered.prove(Given(shared_data, 1, tmp_path, quick=True))}
    assert (lines["remembered.olist.r2"].value or 0) > 0.05
    assert lines["remembered.simulated_firm.r2"].value is not None
    assert not [line.key for line in lines.values() if line.reached is False]


def test_real_ratings_are_foreseen_a_little(shared_data: Path) -> None:
    found = remembered._orders(shared_data / "olist_sample", seed=1)
    assert found.n > 3_800
    assert found.r2 > 0.05
