"""``kundig schema``: everything that is stored, for people and programs."""

from __future__ import annotations

import json

from kundig import event
from kundig.cli.commands.schema import CATEGORIES, UNITS
from tests.cli.conftest import Run


def test_every_table_and_column_is_listed_with_its_category(kundig: Run) -> None:
    lines = kundig("schema", "--plain").stdout.splitlines()
    cells = [line.split("\t") for line in lines if "\t" in line]
    names = [row[0] for row in cells if row[0] != "Column"]
    assert names == [column.name for table in event.TABLES for column in table.columns]
    assert ["person_id", "string", "pseudonym", "Who it happened to: a keyed hash, empty where unknown."] in cells


def test_as_json(kundig: Run) -> None:
    told = json.loads(kundig("schema", "--json").stdout)
    assert told["schema_version"] == event.SCHEMA_VERSION
    due = next(c for c in told["tables"][0]["columns"] if c["name"] == "due_at")
    assert (due["unit"], due["category"], due["required"]) == ("UTC, microseconds", "behaviour", False)


def test_in_german(kundig: Run) -> None:
    told = kundig("schema", "--lang", "de").stdout
    assert "Was geschehen ist: eine Zeile je Ereignis." in told
    assert "events\n" in told


def test_every_category_and_unit_has_its_word() -> None:
    columns = [column for table in event.TABLES for column in table.columns]
    assert {column.category for column in columns} <= set(CATEGORIES)
    assert {column.unit for column in columns if column.unit} == set(UNITS)
