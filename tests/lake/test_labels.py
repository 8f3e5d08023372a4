"""What models believe counts from the next read on, beside the events, and goes with the person it is about."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kundig.errors import ModelError
from kundig.lake import Lake
from kundig.lake.identity import person_id
from tests.lake.staging import lake_in, put, rows_of
from tests.rows import NOW

KEY = b"k" * 32
ANNA, BEN = (person_id(KEY, "customer", name) for name in ("anna", "ben"))
BILL, FAULT, MOVING = (f"{n:032x}" for n in range(3))
ROWS: list[dict[str, Any]] = [
    {"event_id": event, "occurred_at": "2026-01-01T10:00", "case_id": event, "person_id": person, "kind": "contact"}
    for event, person in ((BILL, ANNA), (FAULT, BEN), (MOVING, BEN))
]
PEOPLE = [{"person_id": ANNA, "identifier": "anna"}, {"person_id": BEN, "identifier": "ben"}]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = lake_in(tmp_path)
    put(made, ROWS, PEOPLE)
    return made


def scored(**of: tuple[str | None, float]) -> pa.Table:
    ids = {"bill": BILL, "fault": FAULT, "moving": MOVING, "gone": "f" * 32}
    rows = [{"event_id": ids[name], "value": value, "probability": chance} for name, (value, chance) in of.items()]
    schema = pa.schema([("event_id", pa.string()), ("value", pa.string()), ("probability", pa.float64())])
    return pa.Table.from_pylist(rows, schema=schema)


def labels(lake: Lake, purpose: str = "analysis") -> dict[str, tuple[str, float]]:
    rows = rows_of(lake, "select * from labels where name = 'reason'", purpose)
    return {row["event_id"]: (row["value"], row["probability"]) for row in rows}


def stored(lake: Lake) -> int:
    return int(rows_of(lake, "select count(*) as n from stored_labels")[0]["n"])


def test_the_newest_label_of_an_event_counts_and_none_is_changed(lake: Lake) -> None:
    before = lake.version
    assert lake.label("reason", scored(bill=("Bill", 0.9), fault=("Bill", 0.6)), "a" * 12) == 2
    assert lake.version == before + 1
    assert lake.label("reason", scored(fault=("Fault", 0.8)), "b" * 12) == 1
    assert labels(lake) == {BILL: ("Bill", 0.9), FAULT: ("Fault", 0.8)}
    assert stored(lake) == 3
    assert {row["reason"] for row in rows_of(lake, "select reason from events")} == {None}
    assert not lake.verify().problems


def test_what_stands_already_is_not_written_again(lake: Lake) -> None:
    lake.label("reason", scored(bill=("Bill", 0.9)), "a" * 12)
    version = lake.version
    assert lake.label("reason", scored(bill=("Bill", 0.9)), "a" * 12) == 0
    assert lake.version == version
    assert lake.label("reason", scored(bill=("Bill", 0.9)), "b" * 12) == 1, "another model says so, too"
    assert lake.label("mood", scored(bill=("Bill", 0.9)), "b" * 12) == 1, "another name"


def test_a_model_that_is_not_sure_takes_an_older_label_back(lake: Lake) -> None:
    lake.label("reason", scored(bill=("Bill", 0.9)), "a" * 12)
    assert lake.label("reason", scored(bill=(None, 0.3), fault=(None, 0.2)), "b" * 12) == 1
    assert labels(lake) == {}
    lake.label("reason", scored(bill=("Bill", 0.7)), "c" * 12)
    assert labels(lake) == {BILL: ("Bill", 0.7)}


def test_the_last_word_counts_even_if_the_clock_was_set_back(lake: Lake) -> None:
    lake.label("reason", scored(bill=("Fault", 0.9)), "f" * 12)
    late = Lake(lake.workspace, clock=lambda: NOW - dt.timedelta(days=3))
    late.label("reason", scored(bill=("Bill", 0.9)), "a" * 12)
    assert labels(late) == {BILL: ("Bill", 0.9)}


def test_only_events_that_are_there_are_labelled_and_an_erasure_takes_the_labels_with_it(lake: Lake) -> None:
    assert (
        lake.label("reason", scored(gone=("Bill", 0.9), fault=("Fault", 0.8), moving=("Moving", 0.8), bill=("Bill", 1.0)), "a")
        == 3
    )
    lake.record_consent(ANNA, "*", "restricted", source="letter")
    assert labels(lake) == {FAULT: ("Fault", 0.8), MOVING: ("Moving", 0.8)}
    receipt = lake.erase(KEY, "ben")
    assert receipt.rows["labels"] == 2
    assert lake.label("reason", scored(fault=("Fault", 0.8)), "b") == 0
    assert stored(lake) == 1


def test_labels_that_cannot_be_used_are_refused(lake: Lake) -> None:
    with pytest.raises(ModelError, match="probability"):
        lake.label("reason", scored(bill=("Bill", 0.9)).drop_columns(["probability"]), "a")
    with pytest.raises(ModelError, match="twice"):
        lake.label("reason", pa.concat_tables([scored(bill=("Bill", 0.9))] * 2), "a")
