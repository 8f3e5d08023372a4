"""``kundig score``: where nothing can be scored it says so; the rest is told in ``test_train.py``, where there is something learned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kundig.workspace import Workspace
from tests.cli.conftest import Run


def test_its_help_says_what_it_is_for(kundig: Run) -> None:
    assert "foresees" in kundig("score", "--help").stdout


@pytest.mark.parametrize(("name", "key"), [("next-step", "NOPE"), ("next-step", ""), ("contact-volume", "K1"), ("reason", "x")])
def test_a_key_nothing_is_foreseen_for_is_an_error_with_the_next_step(
    kundig: Run, firm: Path, monkeypatch: pytest.MonkeyPatch, name: str, key: str
) -> None:
    monkeypatch.setattr(Workspace, "score", _none)
    refused = kundig("score", name, key, "-w", firm)
    assert refused.exit_code == 1 and not refused.stdout
    assert f'nothing to foresee for: "{key}".' in refused.stderr and f"kundig score {name}" in refused.stderr


def test_where_nothing_is_open_that_is_said(kundig: Run, firm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Workspace, "score", _none)
    refused = kundig("score", "sentiment", "-w", firm)
    assert refused.exit_code == 1 and "nothing open" in refused.stderr and "Import newer data" in refused.stderr


def test_what_cannot_learn_tells_the_next_step(kundig: Run, firm: Path) -> None:
    refused = kundig("score", "reason", "-w", firm)
    assert refused.exit_code == 1 and "Import" in refused.stderr


def _none(*_: Any) -> pa.Table:
    return pa.table({"case_id": pa.array([], pa.string())})
