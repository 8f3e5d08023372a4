"""The proof of trust reaches its golden numbers and finds the simulated firm's truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from kundig.proof import Given
from kundig.proofs import trust


def test_every_line_reaches_its_goal(tmp_path: Path) -> None:
    lines = {line.key: line for line in trust.prove(Given(None, 11, tmp_path, quick=True))}
    assert [key for key, line in lines.items() if not line.reached] == []
    assert lines["reliability_evidence.golden.mean"].value == pytest.approx(0.75)
    assert {"trust.simulation.fall_in_bad_month", "promise_text.simulation.recall"} <= set(lines)


def test_golden_numbers_come_first_and_need_no_data(tmp_path: Path) -> None:
    proof = trust.prove(Given(None, 1, tmp_path, quick=True))
    lines = [next(proof) for _ in range(12)]
    proof.close()
    assert all(line.reached for line in lines)
    assert [line.key for line in lines][:3] == [f"reliability_evidence.golden.{end}" for end in ("mean", "low", "high")]
