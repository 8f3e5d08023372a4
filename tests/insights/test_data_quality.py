"""Data quality: every fault planted is counted, and a clean lake is called clean."""

from __future__ import annotations

from typing import Any

import pytest

from kundig.insight import ask
from kundig.insights.data_quality import DataQuality
from tests.rows import RowsLake, at


def event(day: int, **more: Any) -> dict[str, Any]:
    return {"case_id": "a", "person_id": "p", "occurred_at": f"2026-01-{day:02d}T10:00:00", "kind": "contact", "activity": "Call",
            "channel": "phone", **more}  # fmt: skip


CLEAN = [
    event(1),
    event(2, kind="answer", activity="Reply"),
    event(3, case_id="b", person_id="q"),
    event(3, case_id="b", person_id="q", occurred_at="2026-01-03T11:00:00"),
]


def check(answer: Any, name: str, column: str | None = None) -> dict[str, Any]:
    return next(row for row in answer.table.to_pylist() if row["check"] == name and row["column"] == column)


def test_a_clean_lake_is_called_clean():
    answer = ask(RowsLake(CLEAN), DataQuality())
    assert {name: answer.figures[name] for name in ("events", "cases", "persons", "rejected")} == {
        "events": 4, "cases": 2, "persons": 2, "rejected": 0,
    }  # fmt: skip
    assert [str(message) for message in answer.sentences] == [
        "4 events of 2 persons in 2 cases, from 1 Jan 2026 to 3 Jan 2026.",
        "Nothing odd was found.",
    ]
    assert answer.n == 4
    assert answer.figures["first_event"] == "2026-01-01T10:00:00Z"
    assert answer.figures["days_without_events"] == 0


def test_every_planted_fault_is_counted():
    rows = [
        *CLEAN,
        event(4, person_id=None, case_id=None),
        event(5, activity="call "), event(5, activity="CALL"),
        event(6, channel="fax"), event(6, channel="pigeon"), event(6, channel="fax"),
        event(7, kind="other"),
        event(8, kind="promise_made"),
        event(1, occurred_at="1970-01-01T00:00:00", case_id="c"),
        event(1, occurred_at="2026-12-24T00:00:00", case_id="d"),
        event(20),
    ]  # fmt: skip
    answer = ask(RowsLake(rows), DataQuality(burst=3))
    figures = answer.figures
    assert figures["in_future"] == figures["before_1990"] == figures["of_no_kind"] == figures["without_due"] == 1
    assert figures["without_person_id_share"] == figures["without_case_id_share"] == pytest.approx(1 / 15)
    assert figures["without_channel_share"] == 0
    assert figures["unknown_channels"] == 2
    assert figures["activities_spelled_apart"] == 1
    assert figures["same_time"] == 3  # one pair on the 5th, two on the 6th
    assert (figures["bursts"], figures["burst_events"]) == (1, 3)
    assert figures["single"] == 2
    assert figures["longest_gap_days"] == 11  # from the 8th to the 20th
    assert figures["days_without_events"] == 11
    assert check(answer, "unknown channel") == {
        "check": "unknown channel", "column": None, "found": 3, "of": 15, "share": 0.2, "example": "fax",
    }  # fmt: skip
    assert check(answer, "missing", "person_id")["found"] == 1
    assert check(answer, "activity spelled in several ways")["example"] == "CALL / call "
    said = " ".join(str(message) for message in answer.sentences)
    for text in (
        "1 event lies in the future.", "1 event is dated before 1990.", "6.7% of the events belong to no case",
        "6.7% of the events belong to no known person.", "6.7% of the events are of no known kind", "30.0% of the events happen",
        "1 activity is spelled in several ways, such as CALL / call .", "2 channels are none of ours, such as fax.", "lasts 11 days",
    ):  # fmt: skip
        assert text in said
    assert answer.chart is not None
    assert {"column": "person_id", "share": pytest.approx(1 / 15)} in answer.chart.rows


def test_an_event_is_late_where_newer_ones_of_its_source_came_first():
    rows = [
        event(10, received_at=at("2026-01-11T00:00:00")),
        event(11, received_at=at("2026-01-12T00:00:00")),
        event(2, received_at=at("2026-01-12T00:00:00")),
        event(2, received_at=at("2026-01-12T00:00:00"), source="other"),
    ]
    answer = ask(RowsLake(rows), DataQuality())
    assert answer.figures["late"] == 1
    assert "1 event came late: newer ones of its source were already stored." in [str(message) for message in answer.sentences]
    assert ask(RowsLake(rows), DataQuality(late_days=9)).figures["late"] == 0


def test_what_could_not_be_read_is_told():
    intake = {"run": "1", "file": "a.csv", "source": "a", "read": 100, "used": 90, "rejected": 7, "duplicate": 2, "without_event": 1,
              "withheld": 0, "events": 90, "finished_at": "2026-01-01"}  # fmt: skip

    class WithIntake(RowsLake):
        def read(self, purpose: str, where: Any = None) -> Any:
            import pyarrow as pa

            reading = super().read(purpose, where)
            reading.session.arrow("intake", pa.Table.from_pylist([intake]))
            return reading

    answer = ask(WithIntake(CLEAN), DataQuality())
    assert (answer.figures["rejected"], answer.figures["rows_read"], answer.figures["duplicate"]) == (7, 100, 2)
    assert "7 of 100 rows could not be read and were set aside; kundig rejected shows why." in [str(m) for m in answer.sentences]


def test_an_empty_lake_has_zeros_not_errors():
    answer = ask(RowsLake([]), DataQuality())
    assert {name: answer.figures[name] for name in ("events", "cases", "persons", "rejected")} == dict.fromkeys(
        ("events", "cases", "persons", "rejected"), 0
    )
    assert answer.figures["without_person_id_share"] is None
    assert answer.table.num_rows == 0
    assert str(answer.sentences[0]) == "There are no events yet. Import a file: kundig import FILE."
