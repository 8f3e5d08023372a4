"""The proof of churn: what it reads and how it counts; the whole of it takes a minute."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kundig.proof import Given, find
from kundig.proofs import churn


def test_is_found_and_says_what_it_reads() -> None:
    assert find("churn") is churn
    assert churn.title and churn.data == ("mlc_churn", "cdnow")


def test_purchases_are_foreseen_as_published(shared_data: Path) -> None:
    lines = {line.key: line for line in churn._shop(shared_data / "cdnow")}
    assert all(line.reached for line in lines.values() if line.goal)
    ranks = lines["churn.cdnow.rank_auc"]
    assert ranks.value and ranks.value > 0.75
    assert (ranks.beside["by BG/NBD P(alive), this run"] or 1) < 0.4
    error = lines["churn.cdnow.mae"]
    assert error.value and error.beside["same rate as before, this run"] == pytest.approx(1.0237, abs=0.01)
    ends = [error.beside[f"each taken as the {end} he can be"] or 0 for end in ("last", "first")]
    assert ends[0] < error.value < ends[1]


def test_the_leaks_are_caught(shared_data: Path) -> None:
    table = churn._telecom_table(shared_data / "mlc_churn")
    assert table.num_rows == 5_000 and table.num_columns == 21
    assert sum(table["left_after"].to_pylist()) == 707
    assert churn._leaks_caught(table) == 1.0


def test_the_weighted_auc_is_the_auc_where_all_is_known() -> None:
    assert churn._weighted_auc(np.array([0.0, 1.0, 0.0, 1.0]), np.array([1, 2, 2, 3])) == pytest.approx(0.875)
    assert churn._weighted_auc(np.array([0.5, 0.5]), np.array([1, 2])) == pytest.approx(0.5)


def test_without_real_data_only_the_simulations_remain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(churn, "_worlds", lambda given: iter(()))
    assert list(churn.prove(Given(None, 1, tmp_path))) == []


@pytest.mark.long
def test_all_goals_are_reached(shared_data: Path, tmp_path: Path) -> None:
    lines = list(churn.prove(Given(shared_data, 21, tmp_path, quick=True)))
    assert not [line.key for line in lines if line.reached is False]
    assert {line.key.split(".")[1] for line in lines} == {"mlc_churn", "cdnow", "simulation_effects", "simulation_none"}
