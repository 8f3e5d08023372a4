"""A dry run shows what would be, and writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from kundig.errors import MappingError
from kundig.ingest import preview
from kundig.ingest.account import Rows

from .conftest import NOW, Desk

ROOT = Path(__file__).resolve().parents[2]
LOG = (
    "Vorgang;Kundennr;Zeitpunkt;Aktivität;Farbe\n"
    + "".join(f"V{i};K-{i};{1 + i % 28:02}.11.2026 14:05;Anruf;rot\n" for i in range(30))
    + "V40;K-40;31.02.2026;Anruf;rot\nV41;K-41;;Anruf;rot\nV42;K-42\n"
)


def everything(folder: Path) -> set[tuple[Path, int]]:
    return {(path, path.stat().st_size) for path in folder.rglob("*") if path.is_file()}


def test_the_proposal_ten_events_and_what_would_be_rejected(desk: Desk) -> None:
    path = desk.write("log.csv", LOG)
    before = everything(desk.folder)
    (file,) = preview([path, desk.write("x.csv", "a,b\n1,2\n")], desk.places, now=NOW).files
    assert everything(desk.folder) - before == {(desk.folder / "in" / "x.csv", 8)}
    assert (file.origin, file.unused, file.whole) == ("proposed", ["Farbe"], True)
    assert file.rows == Rows(read=33, used=30, rejected=2, without_event=1)
    assert [(row.row, row.column) for row in file.rejected] == [(34, ""), (32, "Zeitpunkt")]
    events = file.events.to_pylist()
    assert len(events) == 10 and events[0]["case_id"] == "ticket:V0" and events[0]["kind"] == "contact"
    assert {p.column: p.field for p in file.proposals}["Zeitpunkt"] == "occurred_at"


def test_only_the_beginning_of_a_large_file(desk: Desk) -> None:
    (file,) = preview([desk.write("log.csv", LOG)], desk.places, now=NOW, rows=10).files
    assert (file.rows.used, file.whole) == (10, False)


def test_a_saved_mapping_and_a_given_one(desk: Desk, shared_data: Path) -> None:
    path = desk.write("log.csv", LOG)
    desk.load(path)
    assert preview([path], desk.places, now=NOW).files[0].origin == "saved"
    files = preview([shared_data / "olist_sample"], desk.places, mapping=ROOT / "examples" / "olist.toml", now=NOW)
    by_table = {file.table.name: file for file in files.files}
    assert all(event["person_id"] for event in by_table["reviews"].events.to_pylist())
    assert by_table["customers"].events.num_rows == 0 and len(files.left_out) == 5
    with pytest.raises(MappingError, match=r"orders|customers"):
        preview(
            [desk.write("olist_orders_dataset.csv", "a,b\n1,2\n")], desk.places, mapping=ROOT / "examples" / "olist.toml", now=NOW
        )


def test_a_second_table_like_the_first_is_read_by_the_mapping_proposed_for_it(desk: Desk) -> None:
    rows = "".join(f"V{i};{1 + i:02}.11.2026 14:05;Anruf\n" for i in range(5))
    paths = [desk.write(name, "Vorgang;Zeitpunkt;Aktivität\n" + rows) for name in ("a.csv", "b.csv")]
    first, second = preview(paths, desk.places, now=NOW).files
    assert (first.origin, second.origin, second.mapping) == ("proposed", "proposed", first.mapping)
    assert second.proposals == first.proposals
