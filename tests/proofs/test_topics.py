"""The proof measures what it says: on small files as on large ones, and the planted topic is found within a day."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kundig import proof, workspace
from kundig.proofs import topics
from kundig.simulation import firm, simulate
from tests.models.test_reason import told


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """Two data sets in the form of the real ones, easy to tell apart."""
    folder = tmp_path / "data"
    for name in topics.data:
        (folder / name).mkdir(parents=True)
    for seed, name in enumerate(("train.csv", "test.csv")):
        with (folder / "banking77" / name).open("w", encoding="utf-8", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow(("text", "category"))
            rows.writerows((text, label) for label, text in told(240, seed))
    for seed, name in enumerate(("train.txt", "dev.txt")):
        lines = [f"{text}\t{label}" for label, text in told(240, seed)]
        (folder / "massive_de" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_every_figure_is_measured_beside_its_rivals(real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "_planted", lambda given: iter(()))
    lines = {line.key: line for line in topics.prove(proof.Given(real, 1, tmp_path, quick=True))}
    assert set(lines) == {
        *(f"topics.banking77.{name}" for name in ("nmi", "ari", "agreement", "accuracy", "calibration_error", "accuracy_at_80")),
        *(f"topics.massive_de.{name}" for name in ("accuracy", "calibration_error", "accuracy_at_80")),
    }
    accuracy = lines["topics.banking77.accuracy"]
    assert accuracy.value == 1.0 and accuracy.reached
    assert accuracy.beside["TF-IDF of words + LogReg, same run"] == 1.0
    assert {"LSA + Ward", "LSA + k-means", "NMF"} < set(lines["topics.banking77.nmi"].beside)
    assert "dev part" in lines["topics.massive_de.accuracy"].note


@contextmanager
def small(given: proof.Given, *, customers: int, seed: int) -> Iterator[tuple[workspace.Workspace, Path]]:
    """As ``proof.simulated``, of two months only: that is quicker to import."""
    simulate(given.scratch / "firm", customers=customers, seed=seed, months=2)
    opened = workspace.create(given.scratch / "workspace", time_zone=firm.ZONE)
    opened.import_files([given.scratch / "firm" / "exports" / "interactions.csv"])
    yield opened, given.scratch / "firm" / "truth"


def test_the_planted_topic_is_found_within_a_day_and_without_data_nothing_else_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "simulated", small)
    lines = {line.key: line for line in topics.prove(proof.Given(None, 4, tmp_path))}
    assert set(lines) == {f"topics.simulation.{name}" for name in ("days_until_found", "days_off", "new_topics")}
    assert lines["topics.simulation.days_until_found"].reached
    assert lines["topics.simulation.days_off"].value == 0
    assert lines["topics.simulation.new_topics"].value == 1


def test_what_is_never_found_is_a_missed_goal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "simulated", small)
    monkeypatch.setattr(topics, "_as_known_at", lambda workspace, until: "")
    lines = {line.key: line for line in topics.prove(proof.Given(None, 4, tmp_path, quick=True))}
    assert lines["topics.simulation.days_until_found"].value is None
    assert lines["topics.simulation.days_until_found"].reached is False
