"""``kundig erase``: asked first, proved afterwards."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def events(kundig: Run, firm: Path) -> int:
    told = json.loads(kundig("sql", "select count(*) as n from events", "--json", "-w", firm).stdout)
    return int(told["table"][0]["n"])


def test_what_would_go_is_said_and_stays(kundig: Run, firm: Path) -> None:
    result = kundig("erase", "anna", "--dry-run", "-w", firm)
    assert result.exit_code == 0
    assert "Stored about anna: 4 events, 1 case;" in result.stderr
    assert events(kundig, firm) == 7


def test_nothing_goes_without_consent(kundig: Run, firm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = kundig("erase", "anna", "-w", firm)
    assert refused.exit_code == 2
    assert "--yes" in refused.stderr
    monkeypatch.setattr("kundig.cli.screen.Screen.confirm", lambda screen, question: False)
    assert kundig("erase", "anna", "-w", firm).exit_code == 0
    assert events(kundig, firm) == 7


def test_gone_with_a_receipt(kundig: Run, firm: Path) -> None:
    result = kundig("erase", "anna", "--yes", "--json", "-w", firm)
    receipts = json.loads(result.stdout)
    assert receipts[0]["rows"]["events"] == 4
    assert "anna" not in result.stdout
    assert events(kundig, firm) == 3
    assert kundig("erase", "anna", "--yes", "-w", firm).exit_code == 1


def test_the_receipt_in_words(kundig: Run, firm: Path) -> None:
    told = kundig("erase", "ben", "--yes", "-w", firm, "--lang", "de").stdout
    assert told.startswith("Gelöscht: Person ")
    assert "events 2" in told


def test_without_a_key_only_what_was_interrupted_is_finished(kundig: Run, firm: Path) -> None:
    result = kundig("erase", "-w", firm)
    assert result.exit_code == 0
    assert "Nothing was erased." in result.stderr


def test_at_a_terminal_the_question_is_asked_in_the_language(kundig: Run, firm: Path) -> None:
    above, below = pty.openpty()
    command = [sys.executable, "-m", "kundig", "erase", "cem", "-w", str(firm), "--lang", "de"]
    with subprocess.Popen(command, stdin=below, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        os.write(above, b"ja\n")
        out, said = process.communicate(timeout=60)
    os.close(above)
    os.close(below)
    assert "cem endgültig löschen? [j/N]" in said
    assert out.startswith("Gelöscht: ")
    assert events(kundig, firm) == 6
