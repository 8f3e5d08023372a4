"""Whether a figure reaches its goal is decided by what the line says, never by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from kundig import proof
from kundig.errors import QuestionError
from kundig.proof import Given, Line


@pytest.mark.parametrize(
    ("value", "goal", "reached"),
    [
        (0.92, ">= 0.915", True),
        (0.91, ">= 0.915", False),
        (0.04, "<= 0.042", True),
        (0.05, "<= 0.042", False),
        (0.7362, "= 0.7360 +- 0.0005", True),
        (0.7370, "= 0.7360 +- 0.0005", False),
        (None, ">= 0.5", False),
        (0.5, "", None),
    ],
)
def test_a_goal_is_reached_or_not(value: float | None, goal: str, reached: bool | None) -> None:
    assert Line("a.b.c", value, goal).reached is reached


def test_absent_data_are_known_to_be_absent(tmp_path: Path) -> None:
    (tmp_path / "cdnow").mkdir()
    given = Given(tmp_path, 1, tmp_path)
    assert given.folder("cdnow") == tmp_path / "cdnow"
    assert given.folder("bfi") is None
    assert Given(None, 1, tmp_path).folder("cdnow") is None


def test_every_proof_has_a_title_and_names_its_data() -> None:
    for name, found in proof.shelf().items():
        assert proof.find(name.upper()) is found
        assert found.title and isinstance(found.data, tuple) and callable(found.prove), name


def test_what_does_not_exist_is_refused() -> None:
    with pytest.raises(QuestionError, match="no evidence called nothing"):
        proof.find("nothing")


def test_a_simulated_firm_comes_with_its_truth(tmp_path: Path) -> None:
    with proof.simulated(Given(None, 1, tmp_path), customers=20) as (workspace, truth):
        assert workspace.sql("select count(*) as n from events")["n"][0].as_py() > 100
        assert (truth / "truth.json").is_file()
    assert list(tmp_path.iterdir()) == []
