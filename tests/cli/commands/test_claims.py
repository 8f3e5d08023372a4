"""``kundig claims``: the list with its verdicts, tested again where asked for."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run

SENTENCE = "email customers need fewer contacts than phone customers"


def test_the_list_and_testing_again(kundig: Run, firm: Path) -> None:
    assert "Nothing has been claimed yet" in kundig("claims", "-w", firm).stderr
    kundig("claim", SENTENCE, "--author", "Eva", "-w", firm)
    told = kundig("claims", "--plain", "-w", firm)
    assert told.exit_code == 0
    row = told.stdout.splitlines()[1].split("\t")
    assert (row[0], row[1], row[3], row[-1]) == (SENTENCE, "Eva", "not decided", "1")
    (again,) = json.loads(kundig("claims", "--check", "--json", "-w", firm).stdout)
    assert len(again["verdicts"]) == 1, "nothing is new, so nothing is added"
    assert again["sentences"][0].startswith(f'"{SENTENCE}"')
