"""``kundig sql``: an own question."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run

SQL = "select channel, count(*) as events from events group by 1 order by 2 desc"


def test_a_table_to_read(kundig: Run, firm: Path) -> None:
    result = kundig("sql", SQL, "-w", firm, "--plain")
    assert "Channel\tEvents\nphone\t5\nemail\t2\n" in result.stdout


def test_from_standard_input_as_json(kundig: Run, firm: Path) -> None:
    told = json.loads(kundig("sql", "-", "--json", "-w", firm, input=SQL).stdout)
    assert told["table"] == [{"channel": "phone", "events": 5}, {"channel": "email", "events": 2}]
    assert told["sql"] == SQL
    assert told["n"] == 2


def test_the_purpose_decides_what_is_seen(kundig: Run, firm: Path) -> None:
    assert kundig("sql", "select * from people", "-w", firm).exit_code == 1
    assert kundig("sql", "select * from people", "-w", firm, "--purpose", "service").exit_code == 0
    assert kundig("sql", SQL, "-w", firm, "--purpose", "fun").exit_code == 2


def test_a_filter_applies(kundig: Run, firm: Path) -> None:
    told = json.loads(kundig("sql", "select count(*) as n from events", "--json", "-w", firm, "--channel", "email").stdout)
    assert told["table"] == [{"n": 4}]


def test_wrong_sql_is_no_traceback(kundig: Run, firm: Path) -> None:
    result = kundig("sql", "select nothing from nowhere", "-w", firm)
    assert result.exit_code == 1
    assert "nowhere" in result.stderr
    assert "Traceback" not in result.stderr


def test_people_read_times_of_the_workspace_and_programs_utc(kundig: Run, firm: Path) -> None:
    asked = "select min(occurred_at) as occurred_at from events"
    result = kundig("sql", asked, "-w", firm, "--lang", "de")
    utc = json.loads(kundig("sql", asked, "-w", firm, "--json").stdout)["table"][0]["occurred_at"]
    assert utc == "2026-05-01T09:00:00Z"
    assert "01.05.2026, 11:00" in result.stdout
    assert "Europe/Berlin" in result.stderr


def test_an_alias_decides_no_unit(kundig: Run, firm: Path) -> None:
    asked = "select 27755 as s, 27755 as duration_s, 0.5 as share, 'phone' as channel from events limit 1"
    lines = kundig("sql", asked, "-w", firm, "--plain", "--lang", "de").stdout.splitlines()
    assert "27.755\t27.755\t0,50\tTelefon" in lines
    assert "s\tduration_s\tAnteil\tKanal" in lines
