"""Mappings: written, read, checked; every mistake named with its place and what would fit."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from kundig.errors import MappingError
from kundig.ingest import mapping_file
from kundig.ingest.mapping import Case, Field, Mapping, Table, near

ROOT = Path(__file__).resolve().parents[2]

FULL = """
version = 1
source = "crm"
time_zone = "Europe/Berlin"
decimal = ","
date_order = "mdy"
kinds = { Anruf = "contact" }
channels = { Draht = "phone" }

[[table]]
name = "tickets"
files = ["tickets*.csv"]
columns = ["id", "who", "who else", "mail", "created", "due", "done", "state", "text", "more", "stars", "minutes", "number"]
event_id = "id"
person = { column = "who", kind = "customer", otherwise = "who else", email = "mail", own_domains = ["firm.de"] }
case = { column = "id", kind = "ticket" }
fields = { channel = { value = "web" }, text = ["text", "more"], duration_s = { column = "minutes", unit = "min" } }
options = { delimiter = ";" }
why = { id = "because" }

[[table.event]]
activity = "Opened"
at = "created"
kind = "contact"
only_if = { column = "state", is = ["open", "closed"] }

[[table.event]]
activity = { column = "state" }
at = "done"
score = { column = "stars", scale = "1-5" }

[[table.promise]]
made = "created"
due = "due"
kept = "done"
withdrawn = { column = "state", is = ["gone"], at = "done" }
activities = { made = "Promised" }

[[table.lookup]]
table = "people"
on = { who = "number" }
take = ["name"]

[[table]]
name = "people"
files = ["people.csv"]
columns = ["number", "name"]

[[table]]
name = "clicks"
fields = { occurred_at = ["day", "time"], activity = "what" }
case = { session_minutes = 30 }

[[table]]
name = "visits"
fields = { occurred_at = "day", activity = "what" }
case = { by = "person" }
"""


def test_what_is_written_is_read_again() -> None:
    mapping = mapping_file.parse(FULL)
    assert mapping_file.parse(mapping_file.write(mapping)) == mapping
    assert mapping.tables[0].person and mapping.tables[0].person.own_domains == ("firm.de",)
    assert mapping.tables[3].case == Case(by_person=True)


def test_saved_and_kept(tmp_path: Path) -> None:
    mapping = Mapping("shop", (Table("t", fields={"occurred_at": Field(("day",))}),))
    mapping_file.save(mapping, tmp_path / "new" / "shop.toml")
    assert mapping_file.load(tmp_path / "new" / "shop.toml") == mapping
    given = tmp_path / "given.toml"
    given.write_text("# mine\n" + FULL, "utf-8")
    first = mapping_file.keep(given, tmp_path / "kept")
    assert first == mapping_file.keep(given, tmp_path / "kept") == tmp_path / "kept" / "crm.toml"
    assert first.read_text("utf-8").startswith("# mine")
    first.write_text("# changed\n" + FULL, "utf-8")
    assert mapping_file.keep(given, tmp_path / "kept").name == "crm-2.toml"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version = 1", "version = 7", "version 7"),
        ('source = "crm"', "", "source"),
        ("Europe/Berlin", "Europe/Berlon", "Europe/Berlin"),
        ('"contact" }', '"kontakt" }', "contact"),
        ('decimal = ","', 'decimal = ";"', "decimal"),
        ('event_id = "id"', "event_id = 3", "event_id"),
        ("person = { column", "person = { colum", "column"),
        ("session_minutes = 30", 'session_minutes = "half an hour"', "session_minutes"),
        ('case = { by = "person" }', "case = {}", "case of table visits"),
        ('unit = "min"', 'unit = "minutes"', "min"),
        ('kind = "contact"\n', 'kind = "contakt"\n', "contact"),
        ('on = { who = "number" }', "on = {}", "lookup.on"),
        ('on = { who = "number" }', 'on = { who = "nummer" }', "number"),
        ('table = "people"', 'table = "persons"', "people"),
        ('text = ["text", "more"]', "text = 3", "fields.text"),
        ('text = ["text", "more"]', "text = {}", "fields.text"),
        ('text = ["text", "more"]', 'txt = "text"', "text"),
        ('files = ["people.csv"]', "files = [1]", "files"),
        ("[[table.promise]]", "[[table.promises]]", "promise"),
        ('due = "due"', "", "due of table tickets"),
        ('why = { id = "because" }', "why = 3", "why"),
    ],
)
def test_mistakes_are_named(old: str, new: str, said: str) -> None:
    assert old in FULL
    with pytest.raises(MappingError, match=said):
        mapping_file.parse(FULL.replace(old, new, 1))


def test_no_toml_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="TOML"):
        mapping_file.parse("a = ")
    with pytest.raises(MappingError, match=r"none\.toml"):
        mapping_file.load(tmp_path / "none.toml")


def test_a_missing_column_is_named_with_its_neighbours() -> None:
    table = mapping_file.parse(FULL).tables[0]
    columns = [c for c in table.columns if c != "created"] + ["created_on"]
    with pytest.raises(MappingError, match=r"f\.csv.*tickets.*created.*created_on"):
        table.check(columns, "f.csv")
    assert not table.fits(columns)
    table.check(table.columns)


def test_an_event_with_a_condition_may_lack_its_columns() -> None:
    table = mapping_file.parse(FULL.replace('only_if = { column = "state"', 'text = "letter"\nonly_if = { column = "state"'))
    assert "letter" in table.tables[0].used()
    assert "letter" not in table.tables[0].needed()


def test_tables_take_files_by_name() -> None:
    mapping = mapping_file.parse(FULL)
    assert [getattr(mapping.table_for(n), "name", None) for n in ("x/tickets_may.csv", "tickets.csv.gz", "a.zip/people.csv", "x.csv")] == [
        "tickets", "tickets", "people", None,
    ]  # fmt: skip
    with pytest.raises(MappingError, match="has no table"):
        mapping.table("nobody")


def test_what_was_said_once_is_not_said_by_every_event() -> None:
    first, second = mapping_file.parse(FULL).tables[0].all_events
    assert "text" in first.fields and "text" not in second.fields
    assert "channel" in first.fields and "channel" in second.fields


def test_near() -> None:
    assert near("custmer", ["Customer", "Order"]) == "Customer"
    assert near("xyz", []) == "-"


def test_the_example_is_a_sound_mapping() -> None:
    text = (ROOT / "examples" / "olist.toml").read_text("utf-8")
    assert [t.name for t in mapping_file.parse(text).tables] == ["orders", "customers", "reviews"]
    assert tomllib.loads(text)["version"] == mapping_file.VERSION


@pytest.mark.parametrize(
    "text",
    [
        "version = 1\n[[table",
        'version = 1\nsource = "s"\nsauce = "x"\n',
        'version = 1\nsource = "s"\n[[table]]\nname = "t"\nfields = 3\n',
    ],
)
def test_a_mistake_names_the_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "crm.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(MappingError, match=r"crm\.toml: The mapping"):
        mapping_file.load(path)
