"""``kundig models`` before anything was learned; what was learned is told in ``test_train.py``."""

from __future__ import annotations

import json
from pathlib import Path

from kundig import model
from tests.cli.conftest import Run


def test_all_are_listed_and_none_has_learned_yet(kundig: Run, firm: Path) -> None:
    listed = kundig("-w", firm, "models").stdout
    assert all(name in listed for name in model.shelf()) and listed.count("not yet") == len(model.shelf())
    assert {one["name"]: one["card"] for one in json.loads(kundig("-w", firm, "models", "--json").stdout)} == dict.fromkeys(
        model.shelf()
    )


def test_without_a_workspace_they_are_listed_too(kundig: Run) -> None:
    listed = kundig("models")
    assert listed.exit_code == 0 and "churn" in listed.stdout
