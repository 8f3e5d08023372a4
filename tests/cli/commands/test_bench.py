"""``kundig bench``: runs what the checkout holds, and says where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

import kundig as package
from tests.cli.conftest import Run


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(package, "__file__", str(tmp_path / "checkout" / "src" / "kundig" / "__init__.py"))
    return tmp_path / "checkout"


def test_what_follows_is_handed_on_and_the_exit_code_comes_back(kundig: Run, checkout: Path) -> None:
    (checkout / "bench").mkdir(parents=True)
    (checkout / "bench" / "__main__.py").write_text("import sys; open('words', 'w').write(' '.join(sys.argv[1:])); sys.exit(7)")
    assert kundig("bench", "--events", "5").exit_code == 7
    assert (checkout / "words").read_text() == "--events 5"


def test_an_installed_kundig_has_none(kundig: Run, checkout: Path) -> None:
    result = kundig("bench")
    assert result.exit_code == 1
    assert "checkout" in result.stderr
