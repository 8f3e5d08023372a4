"""``kundig import``: files and folders in, every row accounted for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kundig import workspace
from tests.cli.conftest import Run

HEADER = "Ticket;Kunde;Datum;Ereignis;Kanal;Team\n"
LINES = "".join(
    f"T{n // 3};K{n // 6};{1 + n % 28:02}.05.2026 10:{n % 60:02}:00;{'Anfrage' if n % 3 == 0 else 'Antwort'};Telefon;Technik\n"
    for n in range(60)
)
BAD = "T99;K99;32.05.2026 10:00:00;Anfrage;Telefon;Technik\n"


@pytest.fixture
def empty(kundig: Run, tmp_path: Path) -> Path:
    """A new workspace, and a folder of exports with one row that cannot be read."""
    kundig("init", "firm", "--time-zone", "Europe/Berlin")
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "tickets.csv").write_text(HEADER + LINES + BAD, encoding="utf-8")
    return tmp_path / "firm"


def test_a_folder_is_imported_and_every_row_accounted_for(kundig: Run, empty: Path) -> None:
    result = kundig("import", "exports", "-w", empty)
    assert result.exit_code == 0
    assert "61 rows read = 60 used + 1 rejected" in result.stdout
    assert "`kundig rejected` lists them" in result.stdout
    assert workspace.open(empty).sql("select count(*) as n from events")["n"].to_pylist() == [60]


def test_again_is_no_harm_and_takes_the_saved_mapping(kundig: Run, empty: Path) -> None:
    kundig("import", "exports", "-w", empty)
    told = json.loads(kundig("import", "exports", "--json", "-w", empty).stdout)
    assert told["rows"] == {"read": 61, "used": 0, "rejected": 1, "duplicate": 60, "without_event": 0, "withheld": 0}
    assert told["events"]["new"] == 0
    assert [Path(path).name for path in told["mappings"]] == ["tickets.toml"]


def test_several_files_have_a_line_each(kundig: Run, empty: Path, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text(HEADER + LINES.replace(";T", ";U").replace("T", "M"), encoding="utf-8")
    lines = kundig("import", "exports", "more.csv", "-w", empty, "--plain").stdout.splitlines()
    cells = {line.split("\t")[0]: line.split("\t")[1:] for line in lines if "\t" in line}
    assert cells["File"] == ["Read", "Used", "Rejected", "Events"]
    assert cells["tickets.csv"] == ["61", "60", "1", "60"]
    assert cells["more.csv"][0] == "60"


def test_the_source_and_the_mapping_can_be_named(kundig: Run, empty: Path, tmp_path: Path) -> None:
    kundig("import", "exports", "--source", "helpdesk", "-w", empty)
    assert (empty / "mappings" / "helpdesk.toml").is_file()
    (tmp_path / "own.toml").write_text(
        (empty / "mappings" / "helpdesk.toml").read_text(encoding="utf-8").replace("Europe/Berlin", "UTC")
    )
    assert kundig("import", "exports", "--mapping", "own.toml", "-w", empty).exit_code == 0


def test_times_without_a_zone_are_meant_in_the_one_named(kundig: Run, empty: Path) -> None:
    kundig("import", "exports", "--time-zone", "UTC", "-w", empty)
    first = workspace.open(empty).sql("select min(occurred_at) as t from events")["t"].to_pylist()[0]
    assert first.hour == 10


@pytest.mark.parametrize("path", ["nowhere.csv", "firm/key"])
def test_what_cannot_be_read_is_said(kundig: Run, empty: Path, path: str) -> None:
    result = kundig("import", path, "-w", empty)
    assert result.exit_code == 1
    assert Path(path).name in result.stderr
    assert "Traceback" not in result.stderr


def stored(firm: Path) -> list[str]:
    return sorted(path.name for path in (firm / "mappings").iterdir())


def test_a_dry_run_shows_mapping_events_and_rejected_rows_and_stores_nothing(kundig: Run, empty: Path) -> None:
    result = kundig("import", "exports", "--dry-run", "-w", empty, "--plain")
    cells = [line.split("\t") for line in result.stdout.splitlines()]
    fields = {line[0]: line[1] for line in cells if len(line) == 4}
    assert (fields["Datum"], fields["Ticket"], fields["Kunde"]) == ("occurred_at", "case", "person")
    events = [line for line in cells if len(line) > 4][1:]
    assert len(events) == 10
    assert events[0][0] == "1 May 2026, 10:00"
    assert "Of 61 rows: 60 with events, 1 rejected, 0 without event." in result.stdout
    assert "Row 62, Datum, 32.05.2026 10:00:00: " in result.stdout
    assert "Nothing was stored." in result.stderr
    assert stored(empty) == []
    assert workspace.open(empty).sql("select count(*) as n from events")["n"].to_pylist() == [0]


def test_a_dry_run_for_programs(kundig: Run, empty: Path) -> None:
    (told,) = json.loads(kundig("import", "exports", "--dry-run", "--json", "-w", empty).stdout)["files"]
    assert told["origin"] == "proposed"
    assert {one["column"]: one["field"] for one in told["proposals"]}["Kanal"] == "channel"
    assert 'occurred_at = "Datum"' in told["mapping"]
    assert (told["rows"]["rejected"], len(told["rejected"]), len(told["events"])) == (1, 1, 10)


def test_a_dry_run_in_german_with_a_mapping_saved_before(kundig: Run, empty: Path) -> None:
    kundig("import", "exports", "-w", empty)
    told = kundig("import", "exports", "--dry-run", "-w", empty, "--lang", "de").stdout
    assert told.startswith("tickets.csv: mit einer früher gespeicherten Zuordnung\n")
    assert "01.05.2026, 10:00" in told


def test_a_dry_run_over_one_row_speaks_of_one(kundig: Run, empty: Path, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text(HEADER + LINES.splitlines(keepends=True)[0], encoding="utf-8")
    kundig("import", "exports", "-w", empty)
    assert "Of 1 row: 1 with events" in " ".join(kundig("import", "one.csv", "--dry-run", "-w", empty).stdout.split())


def test_a_preview_of_what_cannot_be_imported_ends_as_the_import_would(kundig: Run, empty: Path, tmp_path: Path) -> None:
    (tmp_path / "timeless.csv").write_text("a,b\nx,y\nz,w\n", encoding="utf-8")
    seen, done = kundig("import", "timeless.csv", "--dry-run", "-w", empty), kundig("import", "timeless.csv", "-w", empty)
    assert (seen.exit_code, seen.stderr) == (done.exit_code, done.stderr) and seen.exit_code == 1
    assert seen.stderr.count("no column that could be the time") == 1 and "leave --dry-run out" not in seen.stderr
    as_json = kundig("import", "timeless.csv", "--dry-run", "--json", "-w", empty)
    assert as_json.exit_code == 1 and len(json.loads(as_json.stdout)["left_out"]) == 1
