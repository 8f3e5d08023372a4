"""``kundig report``: one page, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from kundig.insights.journey_map import JourneyMap
from tests.cli.conftest import Run


def test_one_page_in_the_language(kundig: Run, firm: Path, tmp_path: Path) -> None:
    result = kundig("report", "-o", "page.html", "-w", firm, "--lang", "de")
    assert (result.exit_code, result.stdout) == (0, "")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert '<html lang="de"' in page
    assert "Kolk" in page
    assert "<script" not in page
    assert sorted(path.name for path in tmp_path.iterdir()) == ["firm", "page.html"]


def test_small_groups_are_shown_only_on_demand_and_with_a_warning(
    kundig: Run, firm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kundig.insight.shelf", lambda: {"journey-map": JourneyMap})
    kundig("report", "-w", firm)
    assert "answered" not in (tmp_path / "report.html").read_text(encoding="utf-8")
    result = kundig("report", "--all", "-q", "-w", firm, "--channel", "email")
    assert "Do not pass it on" in result.stderr
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "answered" in page
    assert "channel" in page


def test_a_folder_that_is_not_there(kundig: Run, firm: Path) -> None:
    result = kundig("report", "-o", "nowhere/page.html", "-w", firm)
    assert result.exit_code == 1
    assert "nowhere" in result.stderr
