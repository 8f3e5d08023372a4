"""Models learn, are listed, foresee, and are refused with a reason; all four commands on one simulated firm."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kundig import model, proof
from tests.cli.conftest import Run


@pytest.fixture(scope="module")
def _simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    given = proof.Given(None, 1, tmp_path_factory.mktemp("firm"))
    with proof.simulated(given, customers=250, seed=3) as (workspace, _):
        yield workspace.folder


@pytest.fixture
def big(_simulated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(_simulated, tmp_path / "big"))


def test_a_model_learns_and_says_how_well(kundig: Run, big: Path) -> None:
    done = kundig("-w", big, "train", "contact-volume")
    assert done.exit_code == 0, done.stderr
    assert "contacts" in done.stdout.lower()
    cards = json.loads(kundig("-w", big, "models", "--json").stdout)
    card = next(one["card"] for one in cards if one["name"] == "contact-volume")
    assert card["lake_version"] > 0 and card["figures"]["mase"] is not None
    assert "not yet" in kundig("-w", big, "models").stdout


def test_it_foresees_as_a_table_for_programs(kundig: Run, big: Path) -> None:
    scored = kundig("-w", big, "score", "contact-volume", "--json")
    assert scored.exit_code == 0, scored.stderr
    rows = json.loads(scored.stdout)["table"]
    assert len(rows) >= 7 and {"day", "contacts", "contacts_low", "contacts_high"} <= set(rows[0])


def test_all_learn_and_those_that_cannot_say_why(kundig: Run, firm: Path) -> None:
    done = kundig("-w", firm, "train")
    assert done.exit_code == 1
    assert all(f"{name} did not learn: " in done.stderr for name in model.shelf())


def test_one_that_cannot_learn_is_an_error_with_the_next_step(kundig: Run, firm: Path) -> None:
    done = kundig("-w", firm, "--lang", "de", "train", "churn")
    assert done.exit_code != 0 and "Traceback" not in done.stderr + done.stdout
    assert kundig("-w", firm, "train", "crystal").exit_code != 0


def test_labels_are_kept_only_for_events_and_by_a_model_that_has_learned(kundig: Run, big: Path) -> None:
    refused = kundig("-w", big, "score", "contact-volume", "--write")
    assert refused.exit_code != 0 and "not about events" in refused.stderr
    early = kundig("-w", big, "score", "reason", "--write")
    assert early.exit_code != 0 and "kundig train reason" in early.stderr


def test_reasons_are_learned_and_written_as_labels(kundig: Run, big: Path) -> None:
    assert kundig("-w", big, "train", "reason").exit_code == 0
    written = kundig("-w", big, "score", "reason", "--write", "--csv")
    assert written.exit_code == 0, written.stderr
    labels: Any = json.loads(kundig("-w", big, "sql", "select name, value, probability from labels", "--json").stdout)["table"]
    assert f"{len(labels)} labels written" in written.stderr.replace(",", "")
    assert labels and all(row["name"] == "reason" and 0 <= row["probability"] <= 1 for row in labels)
    assert "0 labels written" in kundig("-w", big, "score", "reason", "--write", "--csv").stderr


def test_a_person_is_scored_by_any_identifier(kundig: Run, big: Path) -> None:
    person = json.loads(kundig("-w", big, "sql", "--purpose", "service", "--json",
                               "select identifier from people where identifier_kind = 'customer' order by 1 limit 1").stdout)  # fmt: skip
    key = person["table"][0]["identifier"]
    scored = kundig("-w", big, "score", "churn", key, "--json")
    assert scored.exit_code == 0, scored.stderr
    assert len(json.loads(scored.stdout)["table"]) == 1
    assert kundig("-w", big, "score", "churn", "nobody at all").exit_code != 0


def test_a_seed_no_generator_takes_is_refused(kundig: Run, firm: Path) -> None:
    for command in ("train", "evidence"):
        refused = kundig("-w", firm, command, "next-step", "--seed", "-1")
        assert refused.exit_code == 2 and "--seed" in refused.stderr


def test_figures_columns_and_reasons_are_words_for_people(kundig: Run, big: Path) -> None:
    told = kundig("-w", big, "--plain", "train", "contact-volume").stdout
    assert "Method used" in told and "mase_" not in told and "mase boosted" not in told and "\tholidays" not in told
    scored = kundig("-w", big, "--plain", "score", "contact-volume").stdout.splitlines()
    header = next(line for line in scored if line.startswith("Day\t"))
    assert header.endswith("\tForeseen by")
    row = scored[scored.index(header) + 1]
    assert " (MASE " in row and ", MASE" not in row
