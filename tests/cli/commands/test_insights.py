"""``kundig insights``: what can be asked here."""

from __future__ import annotations

import json
from pathlib import Path

from kundig.insight import shelf
from tests.cli.conftest import Run


def test_each_has_a_line_and_says_whether_it_can_be_told(kundig: Run, firm: Path) -> None:
    rows = dict(line.split("\t", 1) for line in kundig("insights", "--plain", "-w", firm).stdout.splitlines())
    assert set(rows) == {"Name", *shelf()}
    assert rows["journey-map"] == "Journey map\tcan be told"
    assert rows["promises"].endswith("no promises")


def test_without_a_workspace_the_list_stays(kundig: Run) -> None:
    result = kundig("insights", "--lang", "de")
    assert result.exit_code == 0
    assert "hier ist kein Arbeitsordner" in result.stdout


def test_a_workspace_that_is_named_must_be_there(kundig: Run, tmp_path: Path) -> None:
    result = kundig("insights", "-w", tmp_path / "nowhere")
    assert result.exit_code == 1
    assert "nowhere" in result.stderr


def test_as_json(kundig: Run, firm: Path) -> None:
    told = {each["name"]: each for each in json.loads(kundig("insights", "--json", "-w", firm).stdout)}
    assert told["journey-map"]["can_be_told"] is True
    assert (told["promises"]["can_be_told"], told["promises"]["lacks"]) == (False, "promise_id")
    without = json.loads(kundig("insights", "--json").stdout)
    assert {each["can_be_told"] for each in without} == {None}
