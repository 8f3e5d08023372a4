"""The proof of the sentiment model tells every figure with the frequent answer beside it, and nothing without the data."""

from __future__ import annotations

from pathlib import Path

import pytest

from kundig.proof import Given
from kundig.proofs.sentiment import prove


def test_without_the_data_there_is_no_line(tmp_path: Path) -> None:
    assert list(prove(Given(None, 1, tmp_path))) == []


@pytest.mark.long
def test_real_feedback(shared_data: Path, tmp_path: Path) -> None:
    lines = {line.key: line for line in prove(Given(shared_data, 1, tmp_path))}
    assert lines["sentiment.germeval2017_db.micro_f1"].reached
    assert lines["sentiment.germeval2017_db.micro_f1"].beside["always neutral"] == pytest.approx(0.7012, abs=1e-4)
    assert lines["sentiment.germeval2017_db.micro_f1_low"].reached
    assert (lines["sentiment.germeval2017_db.negative_f1"].value or 0) > 0.5


def test_a_small_part_is_told_the_same_way(shared_data: Path, tmp_path: Path) -> None:
    lines = list(prove(Given(shared_data, 1, tmp_path, quick=True)))
    assert [line.key.rsplit(".", 1)[1] for line in lines] == ["micro_f1", "micro_f1_low", "negative_f1", "positive_f1"]
    assert all(line.value is not None and 0 <= line.value <= 1 for line in lines)
