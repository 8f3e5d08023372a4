"""OCEL 2.0 in its two forms: the same log gives the same rows."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.channels.reading import Read, read, stored

from kundig.channels import ocel
from kundig.errors import DataError

LOG: dict[str, Any] = {
    "objectTypes": [{"name": "order", "attributes": []}, {"name": "item", "attributes": [{"name": "price", "type": "float"}]}],
    "eventTypes": [{"name": "place order", "attributes": [{"name": "channel", "type": "string"}]}, {"name": "ship", "attributes": []}],
    "objects": [
        {"id": "o1", "type": "order", "attributes": [], "relationships": [{"objectId": "i1", "qualifier": "has"}]},
        {"id": "i1", "type": "item", "attributes": [{"name": "price", "time": "1970-01-01T00:00:00Z", "value": 1.5}]},
        {"id": "i2", "type": "item"},
    ],
    "events": [
        {
            "id": "e1", "type": "place order", "time": "2024-05-01T10:00:00Z",
            "attributes": [{"name": "channel", "value": "web"}],
            "relationships": [
                {"objectId": "o1", "qualifier": "order"}, {"objectId": "i1", "qualifier": "item"},
                {"objectId": "i2", "qualifier": "item"}, {"objectId": "i1", "qualifier": "gift"},
            ],
        },
        {"id": "e2", "type": "ship", "time": "2024-05-02T10:00:00Z", "relationships": [{"objectId": "gone", "qualifier": ""}]},
        {"id": "e3", "type": "ship", "time": "2024-05-03T10:00:00Z", "attributes": []},
    ],
}  # fmt: skip
EMPTY = {"channel": None, "object:order": None, "object:item": None, "objects:item": None, "object:unknown": None}
ROWS = [
    {
        "ocel:id": "e1", "ocel:activity": "place order", "ocel:timestamp": "2024-05-01T10:00:00Z", "channel": "web",
        "object:order": "o1", "object:item": "i1", "objects:item": '["i1", "i2"]', "object:unknown": None,
    },
    {**EMPTY, "ocel:id": "e2", "ocel:activity": "ship", "ocel:timestamp": "2024-05-02T10:00:00Z", "object:unknown": "gone"},
    {**EMPTY, "ocel:id": "e3", "ocel:activity": "ship", "ocel:timestamp": "2024-05-03T10:00:00Z"},
]  # fmt: skip


def of(folder: Path, log: Any, name: str = "log.json") -> Read:
    return read(ocel, stored(folder, name, log if isinstance(log, str | bytes) else json.dumps(log)))


def database(folder: Path, *statements: str) -> bytes:
    """The log as SQLite in the standard's schema, changed by ``statements``."""
    path = folder / "made.sqlite"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript("""
            CREATE TABLE event (ocel_id TEXT PRIMARY KEY, ocel_type TEXT);
            CREATE TABLE object (ocel_id TEXT PRIMARY KEY, ocel_type TEXT);
            CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT);
            CREATE TABLE event_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT);
            CREATE TABLE object_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT);
            CREATE TABLE event_PlaceOrder (ocel_id TEXT PRIMARY KEY, ocel_time TIMESTAMP, channel TEXT);
            CREATE TABLE event_Ship (ocel_id TEXT PRIMARY KEY, ocel_time TIMESTAMP);
            INSERT INTO event_map_type VALUES ('place order', 'PlaceOrder'), ('ship', 'Ship');
            INSERT INTO object VALUES ('o1', 'order'), ('i1', 'item'), ('i2', 'item');
            INSERT INTO event VALUES ('e1', 'place order'), ('e2', 'ship'), ('e3', 'ship');
            INSERT INTO event_PlaceOrder VALUES ('e1', '2024-05-01T10:00:00Z', 'web');
            INSERT INTO event_Ship VALUES ('e2', '2024-05-02T10:00:00Z'), ('e3', '2024-05-03T10:00:00Z');
            INSERT INTO event_object VALUES ('e1', 'o1', ''), ('e1', 'i1', ''), ('e1', 'i2', ''), ('e1', 'i1', 'gift'), ('e2', 'gone', '');
        """)
        for statement in statements:
            connection.execute(statement)
    return path.read_bytes()


def by_name(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [dict(sorted(row.items())) for row in rows]


def test_both_forms_give_the_same_rows(tmp_path: Path) -> None:
    for found in (of(tmp_path, LOG), of(tmp_path, database(tmp_path), "log.sqlite")):
        assert by_name(found.rows) == by_name(ROWS)
        assert (found.numbers, found.rejected) == ([1, 2, 3], [])


def test_the_order_of_keys_in_json_does_not_matter(tmp_path: Path) -> None:
    turned = dict(reversed(LOG.items()))
    packed = gzip.compress(json.dumps(turned, indent=2).encode())
    assert by_name(of(tmp_path, packed, "log.jsonocel.gz").rows) == by_name(ROWS)


def test_attributes_of_any_type_become_text_under_their_own_name(tmp_path: Path) -> None:
    attributes = [
        {"name": name, "value": value} for name, value in [("n", 1.50), ("b", True), ("z", None), ("ocel:id", "x"), ("n", "2")]
    ]
    event = {"id": 1, "type": "t", "time": "now", "attributes": attributes}
    assert of(tmp_path, {"events": [event], "objects": []}).rows == [
        {
            "ocel:id": "1",
            "ocel:activity": "t",
            "ocel:timestamp": "now",
            "n": "1.5",
            "b": "true",
            "z": None,
            "ocel:id (2)": "x",
            "n (2)": "2",
        }
    ]
    found = of(tmp_path, database(tmp_path, "ALTER TABLE event_Ship ADD n", "UPDATE event_Ship SET n = x'ff41'"), "a.db")
    assert [row["n"] for row in found.rows] == [None, "\\xffA", "\\xffA"]
    found = of(tmp_path, database(tmp_path, "ALTER TABLE event_Ship ADD n", "UPDATE event_Ship SET n = 1.5"), "a.db")
    assert [row["n"] for row in found.rows] == [None, "1.5", "1.5"]


@pytest.mark.parametrize(
    "bad", ['{"id": "x", "type": "t"}', "7", '{"id": NaN}', '{"id":1,"type":"t","time":"","relationships":[3]}']
)
def test_a_bad_event_is_rejected_whole(tmp_path: Path, bad: str) -> None:
    good = '{"id": "e", "type": "t", "time": "now"}'
    found = of(tmp_path, f'{{"objects": [{{"id": "o"}}, 3], "events": [{bad}, {good}]}}')
    assert (found.numbers, [each.raw for each in found.rejected]) == ([2], [bad])


def test_a_json_file_that_breaks_off_gives_what_was_whole(tmp_path: Path) -> None:
    text = json.dumps(LOG)
    found = of(tmp_path, text[: text.index('"e3"')])
    assert (found.numbers, [each.row for each in found.rejected]) == ([1, 2], [3])
    with pytest.raises(DataError, match="holds no events"):
        of(tmp_path, '{"objects": [], "eventTypes": []}')


def test_an_event_without_a_row_in_its_table_is_rejected(tmp_path: Path) -> None:
    changes = ["INSERT INTO event VALUES ('e4', 'ship'), ('e5', 'new')", "INSERT INTO event_map_type VALUES ('new', 'New')"]
    found = of(tmp_path, database(tmp_path, *changes), "log.db")
    assert found.numbers == [1, 2, 3]
    assert found.reasons == [(n, "The event has no row in the table of its type.") for n in (4, 5)]
    assert found.rejected[1].raw == '["e5", "new"]'


def test_other_databases_and_views_are_refused(tmp_path: Path) -> None:
    bad = [
        database(tmp_path, "DROP TABLE event_map_type"),
        database(tmp_path, "DROP TABLE event_object", "CREATE VIEW event_object AS SELECT 1"),
    ]
    for content in bad:
        with pytest.raises(DataError, match=r"is no OCEL 2\.0 database: it has no table event_"):
            of(tmp_path, content, "log.db")


def test_damage_and_hostile_columns_are_said(tmp_path: Path) -> None:
    whole = database(tmp_path)
    hostile = database(tmp_path, "ALTER TABLE event_Ship ADD n GENERATED ALWAYS AS (hex(zeroblob(900000000)))")
    for content in (whole[:100] + b"\xff" * 5000, whole[:5000], hostile):
        with pytest.raises(DataError, match=r"log\.sqlite3 is damaged"):
            of(tmp_path, content, "log.sqlite3")
    with pytest.raises(DataError, match="unpacked first"):
        of(tmp_path, gzip.compress(whole), "log.sqlite.gz")


def test_an_event_with_too_many_fields_is_refused(tmp_path: Path) -> None:
    related = [{"objectId": f"o{n}", "qualifier": ""} for n in range(5001)]
    event = {"id": "e", "type": "t", "time": "now", "relationships": related}
    found = of(tmp_path, {"objects": [{"id": f"o{n}", "type": f"t{n}"} for n in range(5001)], "events": [event]})
    assert found.reasons == [(1, "It has 5004 fields; at most 5000 are read.")]
    many = [f"INSERT INTO object VALUES ('x{n}', 't{n}')" for n in range(5001)]
    many += [f"INSERT INTO event_object VALUES ('e1', 'x{n}', '')" for n in range(5001)]
    with pytest.raises(DataError, match="It has"):
        of(tmp_path, database(tmp_path, *many), "log.db")


def test_a_name_with_quotes_is_only_a_name(tmp_path: Path) -> None:
    table = 'event_a"b; DROP TABLE event'
    quoted = table.replace('"', '""')
    found = of(tmp_path, database(
        tmp_path, f'CREATE TABLE "{quoted}" (ocel_id TEXT, ocel_time TEXT)', f"INSERT INTO \"{quoted}\" VALUES ('e9', 'now')",
        f"INSERT INTO event_map_type VALUES ('odd', '{table.removeprefix('event_')}')",
    ), "log.db")  # fmt: skip
    assert [row["ocel:id"] for row in found.rows] == ["e1", "e2", "e3", "e9"]


def test_what_it_claims(tmp_path: Path) -> None:
    source = stored(tmp_path, "a.json", json.dumps(LOG))
    assert ocel.claims(source)
    assert ocel.parts(source) == [source]
    assert ocel.claims(stored(tmp_path, "a.bin", database(tmp_path)))
    assert ocel.claims(stored(tmp_path, "a.jsonocel", '{"events": []}'))
    assert ocel.claims(
        stored(tmp_path, "a.json", '{"events": [{"id": 1, "relationships": [{"objectId": 1, "qualifier": "x"}]}]}')
    )
    for content in ('{"events": []}', '[{"eventTypes": 1}]', ""):
        assert not ocel.claims(stored(tmp_path, "a.json", content))
