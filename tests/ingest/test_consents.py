"""A customer list fills the ledger of consents, once however often it is imported, and shows beforehand what it says."""

from __future__ import annotations

from typing import Any

import pytest

from kundig.errors import MappingError
from kundig.ingest import mapping_file, preview
from kundig.ingest.mapping import Consent
from tests.ingest.conftest import NOW, Desk

LIST = """Kundennummer;Name;Kunde seit;Newsletter
1;Anna Alt;01.02.2020;ja
2;Ben Bund;02.02.2020;nein
3;Cem Can;03.02.2020;
4;Dora Dahl;04.02.2020;ja
5;Emil Ernst;05.02.2020;unbekannt
"""
RULES = """
version = 1
source = "crm"
time_zone = "Europe/Berlin"

[[table]]
name = "kunden"
files = ["kunden*.csv"]

[table.person]
column = "Nr"

[[table.consent]]
column = "Opt-in"
purpose = "marketing"
at = "am"

[[table.consent]]
column = "Sperre"
purpose = "*"
yes = "objected"
no = "nothing"
"""


def ledger(desk: Desk) -> list[tuple[Any, ...]]:
    rows = desk.ask(
        "select p.identifier, c.* from consents c join people p using (person_id) order by c.decided_at, p.identifier"
    )
    return [(r["identifier"], r["purpose"], r["status"], r["decided_at"]) for r in rows]


def test_a_customer_list_fills_the_ledger_once(desk: Desk) -> None:
    path = desk.write("kunden.csv", LIST)
    first = desk.load(path)
    assert first.decisions == 3
    assert "3 consent decisions were written down." in [str(m) for m in first.sentences]
    expected = [("1", "marketing", "given", NOW), ("2", "marketing", "withdrawn", NOW), ("4", "marketing", "given", NOW)]
    assert ledger(desk) == expected
    version = desk.lake.version
    assert desk.load(path).decisions == 0
    assert (ledger(desk), desk.lake.version) == (expected, version)
    assert not desk.lake.verify().problems


def test_a_changed_decision_is_a_row_of_its_own_and_counts(desk: Desk) -> None:
    desk.load(desk.write("kunden.csv", LIST))
    assert desk.load(desk.write("kunden.csv", LIST.replace("01.02.2020;ja", "01.02.2020;nein"))).decisions == 1
    assert [row[2] for row in ledger(desk) if row[0] == "1"] == ["given", "withdrawn"]
    with desk.lake.read("marketing") as reading:
        assert reading.query("select name from people").to_pylist() == [{"name": "Dora Dahl"}]


def test_a_row_of_the_ledger_says_where_it_comes_from(desk: Desk) -> None:
    desk.load(desk.write("kunden.csv", LIST))
    row = desk.ask("select * from consents")[0]
    assert (row["source"], row["author"], row["evidence"], row["recorded_at"]) == (
        "kunden",
        "import",
        "kunden.csv: Newsletter",
        NOW,
    )


def test_the_preview_says_what_the_rows_decide(desk: Desk) -> None:
    (file,) = preview([desk.write("kunden.csv", LIST)], desk.places, now=NOW).files
    assert "3 consent decisions are in these rows: given 2, withdrawn 1." in [str(m) for m in file.warnings]
    assert "consent.marketing" in {p.field for p in file.proposals}
    assert desk.ask("select * from consents") == []


def test_a_mapping_names_columns_dates_and_what_a_yes_means(desk: Desk) -> None:
    rules = desk.write("crm.toml", RULES)
    rows = "Nr,Opt-in,am,Sperre\n1,1,21.06.2024 12:00,nein\n2,yes,,ja\n3,vielleicht,,\n4,2024-06-21,,\n5,no,21.06.2024,\n-,1,,\n"
    report = desk.load(desk.write("kunden.csv", rows), mapping=rules)
    assert ("1", "marketing", "given", NOW.replace(2024, 6, 21, 10)) in ledger(desk)
    assert ("4", "marketing", "given", NOW.replace(2024, 6, 20, 22)) in ledger(desk)
    assert {row[:3] for row in ledger(desk) if row[3] == NOW} == {
        ("2", "marketing", "given"), ("2", "*", "objected"), ("5", "marketing", "withdrawn"),
    }  # fmt: skip
    assert any("1 value of column Opt-in says neither" in str(m) and "vielleicht" in str(m) for m in report.sentences)
    assert report.decisions == len(ledger(desk)) == 5
    assert desk.load(desk.write("kunden.csv", rows), mapping=rules).decisions == 0


def test_the_erased_stay_out_of_the_ledger(desk: Desk) -> None:
    path = desk.write("kunden.csv", LIST)
    desk.load(path)
    path.unlink()
    desk.lake.erase(desk.places.key, "1")
    assert desk.load(desk.write("kunden.csv", LIST)).decisions == 0
    assert {row[0] for row in ledger(desk)} == {"2", "4"}


def test_the_mapping_survives_being_written() -> None:
    mapping = mapping_file.parse(RULES)
    assert mapping.tables[0].consents == (
        Consent("Opt-in", "marketing", at="am"),
        Consent("Sperre", "*", yes="objected", no="nothing"),
    )
    assert mapping_file.parse(mapping_file.write(mapping)) == mapping


@pytest.mark.parametrize(
    ("wrong", "text"),
    [('purpose = "marketing"', 'purpose = "curiosity"'), ('yes = "objected"', 'yes = "maybe"'), ('at = "am"', 'on = "am"')],
)
def test_a_mistake_in_the_mapping_is_named(wrong: str, text: str) -> None:
    with pytest.raises(MappingError, match="kunden"):
        mapping_file.parse(RULES.replace(wrong, text))
