"""``kundig verify``: green when whole, exit code 3 when not."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run


def damaged(firm: Path) -> None:
    file = next((firm / "lake" / "events").glob("*.parquet"))
    file.write_bytes(file.read_bytes()[:-10])


def test_whole(kundig: Run, firm: Path) -> None:
    result = kundig("verify", "-w", firm)
    assert result.exit_code == 0
    assert result.stdout.startswith("All is whole: ")
    assert json.loads(kundig("verify", "--json", "-w", firm).stdout)["whole"] is True


def test_damaged(kundig: Run, firm: Path) -> None:
    damaged(firm)
    result = kundig("verify", "-w", firm)
    assert result.exit_code == 3
    assert "torn" in result.stdout
    assert "backup" in result.stderr
    told = kundig("verify", "--json", "-w", firm)
    assert told.exit_code == 3
    assert json.loads(told.stdout)["problems"]
