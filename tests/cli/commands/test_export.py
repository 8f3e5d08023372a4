"""``kundig export``: everything about one person, and only about that one."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run


def test_json_csv_and_a_page_in_the_language(kundig: Run, firm: Path, tmp_path: Path) -> None:
    result = kundig("export", "anna", "-o", "out", "-w", firm, "--lang", "de")
    written = [tmp_path / line for line in result.stdout.splitlines()]
    assert {path.suffix for path in written} == {".json", ".csv", ".html"}
    assert all(path.is_file() for path in written)
    assert len(json.loads((tmp_path / "out" / "person.json").read_text(encoding="utf-8"))["events"]) == 4
    assert 'lang="de"' in (tmp_path / "out" / "person.html").read_text(encoding="utf-8")


def test_nobody(kundig: Run, firm: Path) -> None:
    result = kundig("export", "zoe", "-o", "out", "-w", firm)
    assert result.exit_code == 1
    assert "zoe" in result.stderr
