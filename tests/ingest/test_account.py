"""The balance of rows, in figures and words."""

from __future__ import annotations

from pathlib import Path

import pytest

from kundig.errors import DataError
from kundig.ingest.account import FileReport, ImportReport, NewColumn, Rows


def test_rows_that_do_not_add_up_stop_everything() -> None:
    Rows(6, 1, 1, 1, 2, 1).check("f.csv")
    with pytest.raises(DataError, match=r"f\.csv do not add up: 6 read, 5 accounted"):
        Rows(6, 1, 1, 1, 2, 0).check("f.csv")


def test_the_sum_comes_first() -> None:
    files = [
        FileReport("a.csv", "s", "t", Rows(3, 2, 1)),
        FileReport("b.csv", "s", "u", Rows(2, 1, 0, 1)),
        FileReport("c.csv", "s", "v", looked_up=1),
    ]
    report = ImportReport("run", files, 3, 1, new_columns=[NewColumn("a.csv", "Neu", 2, 2, "x")], rejected=Path("r.jsonl"))
    assert (report.rows, report.looked_up) == (Rows(5, 3, 1, 1), 1)
    said = [message.say("en") for message in report.sentences]
    assert said[0] == "5 rows read = 3 used + 1 rejected + 1 duplicate + 0 without event + 0 withheld."
    assert said[1].startswith("3 events stored, 1 were there already, 0 refused")
    assert said[2:] == [
        "1 row was only looked up.",
        "The rejected rows are in r.jsonl; `kundig rejected` lists them.",
        "New column Neu in a.csv: kept in extra, filled in 2 rows, for example x.",
    ]
