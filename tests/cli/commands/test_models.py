"""What ``kundig models`` does is told in ``test_train.py``, where there is something learned to show."""

from __future__ import annotations

from tests.cli.conftest import Run


def test_its_help_says_what_it_is_for(kundig: Run) -> None:
    assert "foresees" in kundig("models", "--help").stdout or "learned" in kundig("models", "--help").stdout
