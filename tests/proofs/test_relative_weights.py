"""The golden numbers must be reached."""

from __future__ import annotations

from pathlib import Path

from kundig.proof import Given
from kundig.proofs.relative_weights import prove


def test_the_golden_numbers_are_reached(tmp_path: Path) -> None:
    lines = list(prove(Given(None, 1, tmp_path, quick=True)))
    assert len(lines) == 8
    assert all(line.reached for line in lines)


def test_the_survey_is_weighed(shared_data: Path, tmp_path: Path) -> None:
    lines = {line.key: line for line in prove(Given(shared_data, 1, tmp_path, quick=True))}
    assert lines["relative_weights.mobi.sum"].reached
    assert lines["relative_weights.mobi.quality"].note.startswith("rank 1")
