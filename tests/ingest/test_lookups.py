"""Columns taken from other tables: the first match, several in sequence, keys that are missing."""

from __future__ import annotations

import pytest

from kundig.errors import MappingError
from kundig.ingest import list_rejected, replay, write_csv
from kundig.ingest.account import Rows

from .conftest import NOW, Desk

MAPPING = """
version = 1
source = "shop's"
[[table]]
name = "reviews"
files = ["reviews.csv"]
fields = { occurred_at = "day", activity = { value = "Review" }, score = { column = "stars", scale = "1-5" } }
event_id = "id"
person = { column = "customer" }
case = { column = "order", kind = "order" }
[[table.lookup]]
table = "orders"
on = { order = "number" }
take = ["customer", "city"]
[[table]]
name = "orders"
files = ["orders.csv"]
columns = ["number", "customer", "city"]
"""
ORDERS = "number,customer,city\n1,K1,Bonn\n2,K2,Kiel\n2,K3,Ulm\n,K9,Rom\n3,too,many,cells\n"
REVIEWS = "id,order,day,stars\na,1,2026-11-01,5\nb, 2 ,2026-11-02,4\nc,7,2026-11-03,3\nd,,2026-11-04,2\ne,1,2026-11-05,bad\n"


def loaded(desk: Desk) -> None:
    mapping = desk.write("m.toml", MAPPING)
    report = desk.load(desk.write("reviews.csv", REVIEWS), desk.write("orders.csv", ORDERS), mapping=mapping)
    assert (report.rows, report.looked_up) == (Rows(read=6, used=4, rejected=2), 4)


def test_the_first_match_counts(desk: Desk) -> None:
    loaded(desk)
    found = desk.ask(
        "select e.case_id, p.identifier, extra from events e left join people p using (person_id) order by occurred_at"
    )
    assert [(f["case_id"], f["identifier"], f["extra"]) for f in found] == [
        ("order:1", "K1", '{"city":"Bonn"}'), ("order:2", "K2", '{"city":"Kiel"}'), ("order:7", None, None), (None, None, None),
    ]  # fmt: skip


def test_a_rejected_row_brings_along_what_was_looked_up(desk: Desk) -> None:
    loaded(desk)
    fix = desk.folder / "fix.csv"
    write_csv(list_rejected(desk.places.rejected), fix)
    fix.write_text(fix.read_text("utf-8").replace("bad", "1"), "utf-8")
    assert replay(desk.lake, desk.places, now=NOW, edited=fix).rows == Rows(read=1, used=1)
    assert desk.ask("select p.identifier from events e join people p using (person_id) where score = 1") == [{"identifier": "K1"}]


def test_a_key_column_that_is_missing_is_named(desk: Desk) -> None:
    mapping = desk.write("m.toml", MAPPING.replace("on = { order =", "on = { ordr ="))
    with pytest.raises(MappingError, match=r"ordr for lookup\.on.*order"):
        desk.load(desk.write("reviews.csv", REVIEWS), desk.write("orders.csv", ORDERS), mapping=mapping)
