"""``kundig claim``: a belief is tested, told and kept; what is not understood is refused with the form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_a_sentence_is_tested_told_and_kept(kundig: Run, firm: Path) -> None:
    told = kundig("claim", "email customers need fewer contacts than phone customers", "--author", "Eva", "-w", firm)
    assert told.exit_code == 0, told.stderr
    assert "not decided" in told.stdout and "Too few to tell" in told.stdout
    assert [path.name for path in (firm / "claims").iterdir()] == ["channel-email-fewer-contacts-than-channel-phone-0.1.toml"]


def test_the_form_and_json(kundig: Run, firm: Path) -> None:
    words = ("--measure", "time-to-close", "--group", "team=Technik", "--direction", "fewer", "--matters", "1", "--json")
    told = kundig("claim", "They are quick", *words, "-w", firm)
    made = json.loads(told.stdout)
    assert (made["measure"], made["group"], made["matters"]) == ("time-to-close", {"key": "team", "value": "Technik"}, 1.0)
    assert made["verdicts"][0]["outcome"] == "unknown"


def test_what_is_not_understood_is_refused_with_the_form(kundig: Run, firm: Path) -> None:
    refused = kundig("claim", "people love us", "-w", firm)
    assert refused.exit_code != 0
    assert "--measure contacts --group channel=app" in refused.stderr
    assert not (firm / "claims").exists()


@pytest.mark.parametrize("matters", ["1e99", "nan", "inf", "-5", "0"])
def test_a_smallest_difference_without_sense_is_refused_and_nothing_kept(kundig: Run, firm: Path, matters: str) -> None:
    words = ("--measure", "handovers", "--group", "team=G97", "--than", "team=G96", "--direction", "more", "--matters", matters)
    refused = kundig("claim", "X", *words, "-w", firm)
    assert refused.exit_code == 1
    assert "at most 1,000,000" in refused.stderr and "--matters 0.1" in refused.stderr
    assert not (firm / "claims").exists()
