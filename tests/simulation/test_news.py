"""The update that goes wrong in the last days is in the texts where the truth says, and nowhere else."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from kundig.simulation import simulate
from kundig.simulation.days import DAY, Calendar
from kundig.simulation.news import begins

TOLD = ("Update in der Nacht", "Firmware-Update", "begann mit dem Update")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(tmp_path_factory.mktemp("news"), customers=600, seed=3, months=4).folder


@pytest.fixture(scope="module")
def planted(made: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((made / "truth/truth.json").read_text(encoding="utf-8"))["new_topic"]
    return told


@pytest.fixture(scope="module")
def messages(made: Path) -> list[dict[str, str]]:
    with (made / "exports/interactions.csv").open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream, delimiter=";") if row["Akteur"] == "Kunde" and row["Text"]]


def about(row: dict[str, str]) -> bool:
    return any(part in row["Text"] for part in TOLD)


def test_the_truth_counts_the_messages(messages: list[dict[str, str]], planted: dict[str, Any]) -> None:
    assert planted["messages"] == sum(map(about, messages)) > 3


def test_no_message_is_about_it_before_it_began_and_all_faults_are_afterwards(
    messages: list[dict[str, str]], planted: dict[str, Any]
) -> None:
    began = date.fromisoformat(planted["began_on"])
    told = [(datetime.strptime(row["Zeitpunkt"], "%d.%m.%Y %H:%M:%S").date(), row) for row in messages]
    assert min(day for day, row in told if about(row)) >= began
    later = [row for day, row in told if day >= began and row["Aktivität"] == "Anfrage" and row["Anlass"] == "Internet gestört"]
    assert later and all(about(row) for row in later if "vor Kurzem schon einmal" not in row["Text"])
    assert {row["Anlass"] for _, row in told if about(row)} - {"Internet gestört", "Router einrichten"}, (
        "filed under other reasons"
    )


@pytest.mark.parametrize("months", [1, 2, 18])
def test_it_begins_on_a_tuesday_with_days_left_to_find_it(months: int) -> None:
    calendar = Calendar(date(2025, 5, 1), months, -1)
    first = calendar.dates[begins(calendar) // DAY]
    assert first.weekday() == 1
    assert 4 <= calendar.end // DAY - begins(calendar) // DAY - 1 < 11
