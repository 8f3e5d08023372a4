"""``kundig simulate``: an invented firm in a folder."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run


def test_exports_and_truth(kundig: Run, tmp_path: Path) -> None:
    result = kundig("simulate", "telecom", "--customers", "20", "--months", "3", "--lang", "de")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "20 Kunden" in result.stderr
    assert (tmp_path / "telecom" / "exports" / "interactions.csv").stat().st_size > 0
    assert (tmp_path / "telecom" / "truth" / "truth.json").is_file()


def test_a_folder_with_something_in_it_is_left_alone(kundig: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    result = kundig("simulate", ".", "--customers", "1")
    assert result.exit_code == 1
    assert "not empty" in result.stderr
