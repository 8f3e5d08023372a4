"""The evidence is measured when it is asked for; what is missed or cannot be measured is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kundig import proof
from kundig.proof import Given, Line
from tests.cli.conftest import Run


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> list[Given]:
    """A shelf of two proofs, one of which misses its goal."""
    asked: list[Given] = []

    def good(given: Given) -> Iterator[Line]:
        asked.append(given)
        yield Line("mean.golden.value", 1.0, "= 1.0 +- 0.1", {"paper": 1.0}, "by hand")

    def bad(given: Given) -> Iterator[Line]:
        yield Line("model.cdnow.mae", None if given.folder("cdnow") is None else 0.8, "<= 0.76", {"rival": 1.02})

    shelf: dict[str, Any] = {
        "good": SimpleNamespace(title="Good", data=(), prove=good),
        "bad": SimpleNamespace(title="Bad", data=("cdnow",), prove=bad),
    }
    monkeypatch.setattr(proof, "shelf", lambda: shelf)
    return asked


def test_it_measures_and_says_what_is_missed(kundig: Run, two: list[Given], tmp_path: Path) -> None:
    (tmp_path / "cdnow").mkdir()
    done = kundig("evidence", "--data", tmp_path, "--seed", "7")
    assert done.exit_code == 1
    assert "mean.golden.value" in done.stdout and "rival 1.02" in done.stdout and "by hand" in done.stdout
    assert "Seed 7" in done.stderr and "model.cdnow.mae" in done.stderr
    assert (two[0].seed, two[0].quick) == (7, False)


def test_absent_data_are_said(kundig: Run, two: list[Given]) -> None:
    done = kundig("evidence", "bad")
    assert done.exit_code == 1 and "no data in cdnow" in done.stderr


def test_programs_get_the_lines(kundig: Run, two: list[Given]) -> None:
    done = kundig("evidence", "good", "--json", "--quick", "--seed", "1")
    told = json.loads(done.stdout)
    assert done.exit_code == 0 and told["seed"] == 1
    assert told["lines"] == [
        {
            "key": "mean.golden.value",
            "value": 1.0,
            "goal": "= 1.0 +- 0.1",
            "reached": True,
            "beside": {"paper": 1.0},
            "note": "by hand",
        }
    ]


def test_a_seed_is_drawn_where_none_is_given(kundig: Run, two: list[Given]) -> None:
    kundig("evidence", "good")
    kundig("evidence", "good")
    assert two[0].seed != two[1].seed


def test_what_does_not_exist_is_refused(kundig: Run, two: list[Given]) -> None:
    done = kundig("evidence", "nothing")
    assert done.exit_code != 0 and "good" in done.stderr
