"""``kundig rejected``: what did not fit is seen whole, corrected, and played again."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from kundig import workspace
from tests.cli.commands.test_import import BAD, HEADER, LINES
from tests.cli.conftest import Run


@pytest.fixture
def filled(kundig: Run, tmp_path: Path) -> Path:
    """A workspace in which one of 61 rows was rejected: its day does not exist."""
    kundig("init", "firm", "--time-zone", "Europe/Berlin")
    (tmp_path / "tickets.csv").write_text(HEADER + LINES + BAD, encoding="utf-8")
    kundig("import", "tickets.csv", "-w", tmp_path / "firm")
    return tmp_path / "firm"


def events(firm: Path) -> int:
    return int(workspace.open(firm).sql("select count(*) as n from events")["n"][0].as_py())


def test_the_list_names_file_row_column_value_and_reason(kundig: Run, filled: Path) -> None:
    result = kundig("rejected", "--plain", "-w", filled)
    head, row = (line.split("\t") for line in result.stdout.splitlines())
    assert head == ["Id", "File", "Row", "Column", "Value", "What is wrong"]
    assert row[1:5] == ["tickets.csv", "62", "Datum", "32.05.2026 10:00:00"]
    assert row[5]
    assert "replay" in result.stderr


def test_list_is_the_same_as_nothing_more(kundig: Run, filled: Path) -> None:
    assert kundig("rejected", "list", "-w", filled).stdout == kundig("rejected", "-w", filled).stdout
    assert json.loads(kundig("rejected", "list", "--json", "-w", filled).stdout)


def test_for_programs_and_whole(kundig: Run, filled: Path) -> None:
    (told,) = json.loads(kundig("rejected", "--json", "-w", filled).stdout)
    assert told["cells"]["Ticket"] == "T99"
    whole = kundig("rejected", "show", told["id"][:6], "-w", filled).stdout
    assert whole.startswith("tickets.csv, row 62\n")
    assert "  Ticket: T99\n" in whole


def test_a_corrected_row_comes_in_and_is_no_longer_listed(kundig: Run, filled: Path, tmp_path: Path) -> None:
    kundig("rejected", "--csv", "fix.csv", "-w", filled)
    with (tmp_path / "fix.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["Datum"] = "31.05.2026 10:00:00"
    with (tmp_path / "fix.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    result = kundig("rejected", "replay", "fix.csv", "-w", filled)
    assert result.exit_code == 0
    assert events(filled) == 61
    assert "No row is rejected." in kundig("rejected", "-w", filled).stderr


def test_uncorrected_rows_stay_rejected(kundig: Run, filled: Path) -> None:
    told = json.loads(kundig("rejected", "replay", "--json", "-w", filled).stdout)
    assert told["rows"]["rejected"] == 1
    assert events(filled) == 60
    assert len(json.loads(kundig("rejected", "--json", "-w", filled).stdout)) == 1


def test_a_row_that_is_not_there(kundig: Run, filled: Path) -> None:
    result = kundig("rejected", "show", "zzz", "-w", filled)
    assert result.exit_code == 1
    assert "zzz" in result.stderr


CHANGED = "Id;Ticket;Kunde;Datum;Ereignis;Kanal;Team\nE7;T1;K1;01.05.2026 10:00:00;Anfrage;Telefon;{team}\n"
MORE = "".join(f"M{n};T{n};K{n};02.05.2026 10:{n:02}:00;Antwort;Telefon;Technik\n" for n in range(20))


def test_a_later_state_under_the_same_id_is_shown_with_its_way_out_and_that_way_works(kundig: Run, tmp_path: Path) -> None:
    kundig("init", "firm", "--time-zone", "Europe/Berlin")
    firm = tmp_path / "firm"
    for team in ("Technik", "Rechnung"):
        (tmp_path / "log.csv").write_text(CHANGED.format(team=team) + MORE, encoding="utf-8")
        kundig("import", "log.csv", "-w", firm)
    (told,) = json.loads(kundig("rejected", "--json", "-w", firm).stdout)
    shown = " ".join(kundig("rejected", "show", told["id"], "-w", firm).stdout.split())
    assert "take event_id out of its table" in shown and "kundig rejected replay" in shown
    (mapping,) = (firm / "mappings").glob("*.toml")
    lines = mapping.read_text(encoding="utf-8").splitlines(keepends=True)
    mapping.write_text("".join(line for line in lines if not line.startswith("event_id")), encoding="utf-8")
    assert kundig("rejected", "replay", "-w", firm).exit_code == 0
    assert events(firm) == 22
    assert "No row is rejected." in kundig("rejected", "-w", firm).stderr


def test_no_such_way_is_shown_for_other_faults(kundig: Run, filled: Path) -> None:
    (told,) = json.loads(kundig("rejected", "--json", "-w", filled).stdout)
    assert "event_id" not in kundig("rejected", "show", told["id"], "-w", filled).stdout
