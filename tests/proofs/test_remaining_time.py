"""The evidence on remaining times: never worse than one median for all, intervals held on later data."""

from __future__ import annotations

from pathlib import Path

import pytest

from kundig.proof import Given, find
from kundig.proofs import _logs
from tests.models.journeys import firm


def test_each_line_is_held_against_one_median_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases: dict[str, list[tuple[str, object]]] = {}
    for row in firm(450, open_share=0):
        cases.setdefault(row["case_id"], []).append((row["activity"], row["occurred_at"]))
    monkeypatch.setattr(_logs, "helpdesk", lambda folder: [*cases.values()])
    (tmp_path / "helpdesk_italy").mkdir()
    lines = {line.key: line for line in find("remaining-time").prove(Given(tmp_path, 1, tmp_path))}
    assert {*lines} == {
        "remaining_time.helpdesk_file.mae_days", "remaining_time.helpdesk_later.mae_days",
        "remaining_time.helpdesk_later.coverage_80", "remaining_time.helpdesk_later.coverage_90",
    }  # fmt: skip
    for part in ("file", "later"):
        line = lines[f"remaining_time.helpdesk_{part}.mae_days"]
        assert line.reached
        assert line.value is not None
        assert line.value < (line.beside["one median for all"] or 0) / 2
        assert line.note.endswith("told by gradient boosting")
    assert lines["remaining_time.helpdesk_later.coverage_80"].beside == {"promised": 0.8}


@pytest.mark.long
def test_the_goals_on_the_public_logs(shared_data: Path, tmp_path: Path) -> None:
    lines = {line.key: line for line in find("remaining-time").prove(Given(shared_data, 1, tmp_path))}
    assert all(line.reached for key, line in lines.items() if key.endswith("mae_days"))
    assert lines["remaining_time.helpdesk_later.coverage_80"].reached
    assert lines["remaining_time.helpdesk_later.coverage_90"].reached
