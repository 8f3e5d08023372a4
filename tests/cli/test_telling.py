"""An answer as text: sentences, figures with intervals, the first rows, what it means."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pyarrow as pa
import pytest

from kundig.answer import Answer
from kundig.cli.screen import Screen
from kundig.cli.telling import MOST_ROWS, tell
from kundig.cli.wording import speaking
from kundig.message import Message, Share

ANSWER = Answer(
    name="x",
    title="Handovers",
    definition="A definition.",
    figures={
        "kept_share": 0.5,
        "kept_share_low": 0.25,
        "kept_share_high": 0.75,
        "kept_share_n": 8,
        "cases": 1234,
        "median_s": None,
    },
    sentences=(Message("{share} were kept.", {"share": Share(0.5)}), Message("word " * 40)),
    chart=None,
    table=pa.table({"team": [f"T{n}" for n in range(25)], "cases": [1000 + n for n in range(25)]}),
    sql="select 1",
    n=8,
    lake_version=1,
    where={"channel": "phone"},
)


def told(capsys: pytest.CaptureFixture[str], answer: Answer = ANSWER, lang: str = "en") -> list[str]:
    with speaking(lang):
        tell(Screen(), answer)
    return capsys.readouterr().out.splitlines()


def test_title_filter_and_sentences_come_first_and_are_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys)
    assert lines[:3] == ["Handovers", "Only: channel phone", "  50.0% were kept."]
    assert max(map(len, lines)) <= 80


def test_a_figure_stands_with_its_interval_and_a_missing_one_as_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {line.split("  ")[0]: line for line in told(capsys)}
    assert "50.0%" in rows["Share of promises kept"]
    assert "25.0% … 75.0%" in rows["Share of promises kept"]
    assert rows["Cases"].endswith("1,234")
    assert rows["Median time"].endswith("–")
    assert not [name for name in rows if name.startswith("Share of promises kept:")]


def test_filter_and_figures_are_worded(capsys: pytest.CaptureFixture[str]) -> None:
    figures = {
        "first_contact_resolution": 0.5,
        "without_case_id_share": 0.25,
        "last_event": "2026-10-31T21:46:45Z",
        "level": "team",
    }
    where = {"channel": "phone", "since": dt.datetime(2012, 5, 1, tzinfo=dt.UTC)}
    lines = told(capsys, dataclasses.replace(ANSWER, figures={**figures, "odd_n": 3}, where=where), "de")
    assert lines[1] == "Nur: Kanal Telefon, ab 01.05.2012"
    rows = {line.split("  ")[0]: line.split("  ")[-1].strip() for line in lines}
    assert rows["Beim ersten Kontakt gelöst"] == "50,0 %"
    assert rows["Anteil ohne Angabe: Vorgang"] == "25,0 %"
    assert rows["Letztes Ereignis"] == "31.10.2026"
    assert rows["Gemessen an"] == "Team"
    assert rows["odd: Anzahl"] == "3"


def test_only_the_first_rows_are_shown_and_the_rest_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, lang="de")
    assert sum(line.startswith("T") and line[1:2].isdigit() for line in lines) == MOST_ROWS
    assert any(line.startswith("T0 ") and line.endswith(" 1.000") for line in lines)
    assert any(line.startswith("5 ") and "--csv" in line for line in lines)


def test_an_answer_without_figures_and_rows(capsys: pytest.CaptureFixture[str]) -> None:
    empty = dataclasses.replace(ANSWER, figures={}, table=pa.table({}), sentences=(Message("Cannot be told."),), where={})
    assert told(capsys, empty) == ["Handovers", "  Cannot be told.", "", "What this means: A definition."]


def test_rows_left_out_are_said_with_the_smallest_group(capsys: pytest.CaptureFixture[str]) -> None:
    lines = " ".join(told(capsys, dataclasses.replace(ANSWER, suppressed=2, least=10)))
    assert "2 rows left out because fewer than 10 persons" in lines
    assert "left out" not in " ".join(told(capsys))
