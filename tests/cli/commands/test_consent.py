"""``kundig consent``: a decision is written down, shown, and counts at once."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run


def test_a_decision_is_written_down_shown_and_counts(kundig: Run, firm: Path) -> None:
    assert "Nothing is written down for anna." in kundig("consent", "show", "anna", "-w", firm).stderr
    words = ("--purpose", "marketing", "--status", "given", "--at", "01.05.2026", "--source", "letter", "--author", "eva")
    told = kundig("consent", "record", "anna", *words, "-w", firm)
    assert (told.exit_code, told.stdout.strip()) == (0, "Written down for anna: marketing, given.")
    kundig("consent", "record", "anna", "--purpose", "*", "--status", "withdrawn", "-w", firm)
    rows = json.loads(kundig("consent", "show", "anna", "--json", "-w", firm).stdout)
    assert [(r["purpose"], r["status"], r["source"], r["author"]) for r in rows] == [
        ("marketing", "given", "letter", "eva"), ("*", "withdrawn", "kundig consent", None),
    ]  # fmt: skip
    assert rows[0]["decided_at"] == "2026-04-30T22:00:00+00:00"
    shown = kundig("consent", "show", "anna", "--plain", "-w", firm).stdout
    assert "marketing" in shown and "all purposes" in shown and "letter" in shown


def test_what_is_no_decision_is_refused_with_the_words_that_are(kundig: Run, firm: Path) -> None:
    refused = kundig("consent", "record", "anna", "--purpose", "marketing", "--status", "maybe", "-w", firm)
    assert refused.exit_code != 0
    assert "no decision maybe" in refused.stderr and "withdrawn" in refused.stderr
    assert kundig("consent", "show", "nobody", "-w", firm).exit_code != 0
