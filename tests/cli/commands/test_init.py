"""``kundig init``: a workspace is there, with its settings, and what is there already stays."""

from __future__ import annotations

from pathlib import Path

from kundig import workspace
from tests.cli.conftest import Run


def test_a_workspace_is_made_with_the_settings_named(kundig: Run, tmp_path: Path) -> None:
    result = kundig("init", "firm", "--time-zone", "Europe/Berlin", "--currency", "CHF", "--firm", "Käse & Söhne", "--lang", "de")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Der Arbeitsordner ist angelegt" in result.stderr
    settings = workspace.open(tmp_path / "firm").settings
    assert (settings.time_zone, settings.currency, settings.firm, settings.language) == (
        "Europe/Berlin",
        "CHF",
        "Käse & Söhne",
        "de",
    )
    assert (tmp_path / "firm" / "key").stat().st_mode & 0o777 == 0o600


def test_a_workspace_is_not_made_twice(kundig: Run) -> None:
    kundig("init", "firm")
    again = kundig("init", "firm")
    assert again.exit_code == 1
    assert "already" in again.stderr


def test_a_time_zone_that_does_not_exist(kundig: Run, tmp_path: Path) -> None:
    result = kundig("init", "firm", "--time-zone", "Europe/Berln")
    assert result.exit_code == 1
    assert "Europe/Berln" in result.stderr
    assert "Traceback" not in result.stderr


def test_quiet_says_nothing(kundig: Run) -> None:
    assert kundig("init", "firm", "-q").output == ""
