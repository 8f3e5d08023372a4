"""``kundig compact``: answers stay."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run


def test_answers_stay(kundig: Run, firm: Path) -> None:
    before = kundig("ask", "variants", "--csv", "-w", firm).stdout
    result = kundig("compact", "-w", firm)
    assert result.exit_code == 0
    assert "files before" in result.stderr
    assert kundig("ask", "variants", "--csv", "-w", firm).stdout == before
    assert kundig("verify", "-w", firm).exit_code == 0
