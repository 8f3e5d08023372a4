"""Topics: what customers write about, what began when, and that nobody can be recognised in what is passed on."""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import pytest

from kundig.errors import QuestionError
from kundig.insight import ask
from kundig.insights.topics import Topics
from kundig.simulation import simulate
from tests.rows import RowsLake

STORIES = {
    "bill": (
        "Meine Rechnung ist zu hoch",
        "Die Abrechnung zeigt den falschen Betrag",
        "Auf der Rechnung stehen {n} Euro zu viel",
    ),
    "router": ("Der Router startet dauernd neu", "Mein Router verliert abends das WLAN", "Das WLAN vom Router fällt aus"),
    "moving": (
        "Unser Umzug steht bevor",
        "Der Umzug in die neue Wohnung verschiebt sich",
        "Vor dem Umzug brauche ich den Anschluss",
    ),
}
NEW = ("Seit dem Firmware-Update blinkt alles rot", "Das Firmware-Update hat die Kolkbox lahmgelegt und sie blinkt rot")
TUESDAY = dt.datetime(2026, 6, 16, tzinfo=dt.UTC)


def contact(n: int, at: dt.datetime, text: str, reason: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "event_id": f"{n:032x}", "occurred_at": at, "kind": "contact", "case_id": f"case {n}", "person_id": f"person {n % 700}",
        "reason": reason, "text": text, "direction": "inbound", "actor": "customer", **more,
    }  # fmt: skip


def written(number: int = 450, new: int = 0, seed: int = 1) -> list[dict[str, Any]]:
    """Half a year of contacts until the evening of a Tuesday, on which ``new`` are about something that never was."""
    chance = random.Random(seed)
    rows = []
    for n in range(number):
        name = chance.choice([*STORIES, "bill"])
        at = TUESDAY + dt.timedelta(days=chance.uniform(-180, 0.8))
        rows.append(contact(n, at, f"{chance.choice(STORIES[name]).format(n=n)}.", name))
        answer = {"kind": "answer", "team": "Technik" if name == "router" else "Service", "duration_s": 600.0}
        rows.append(
            {**rows[-1], **answer, "event_id": f"{10_000 + n:032x}", "occurred_at": at + dt.timedelta(minutes=5), "text": None}
        )
    for n in range(new):
        rows.append(contact(20_000 + n, TUESDAY + dt.timedelta(hours=7 + n / 2), f"{NEW[n % 2]}.", "router"))
    return rows


def test_a_topic_is_told_in_the_words_of_the_customers_with_team_reason_and_hours() -> None:
    answer = ask(RowsLake(written()), Topics(most_topics=9))
    rows = answer.table.to_pylist()
    assert len(rows) == answer.figures["topics"] > 5
    assert {row["reason"] for row in rows} == set(STORIES)
    for row in rows:
        assert row["team"] == ("Technik" if row["reason"] == "router" else "Service")
        assert row["reason_share"] == row["team_share"] == 1.0
        assert row["hours"] == pytest.approx(row["contacts"] / 6)
        word = {"bill": "rechnung", "router": "router", "moving": "umzug"}[row["reason"]]
        assert word in row["topic"].lower() and word in row["example"].lower()
        assert 0.6 < row["stability"] <= 1
    assert sum(row["contacts"] for row in rows) == 450 == answer.n
    assert answer.figures["top_share"] == pytest.approx(rows[0]["contacts"] / 450)
    assert answer.figures["topics_found_again"] == len(rows)
    assert answer.figures["new_topics"] == 0


def test_a_topic_that_began_today_is_named_with_its_day() -> None:
    answer = ask(RowsLake(written(new=8)), Topics())
    new = [row for row in answer.table.to_pylist() if row["course"] == "new"]
    assert [(row["contacts"], row["began_on"]) for row in new] == [(8, TUESDAY.date())]
    assert answer.figures["newest_began_on"] == "2026-06-16"
    said = [str(text) for text in answer.sentences]
    assert said[0].startswith("This began on Tuesday, 16 Jun 2026: ")
    assert "Firmware-Update" in said[0]
    assert said[0].endswith("8 contacts are about it since then, none was before.")
    assert said[1].startswith("A typical sentence of it: ")


def test_what_comes_more_often_than_before_is_told_with_its_past() -> None:
    rows = written(new=14)
    before = [contact(30_000 + n, TUESDAY - dt.timedelta(days=100 + n), f"{NEW[n % 2]}.") for n in range(2)]
    said = [str(text) for text in ask(RowsLake([*rows, *before]), Topics()).sentences]
    assert "14 contacts are about it since then, 2 before; it takes at least" in said[0]


def test_the_topic_the_simulation_plants_is_found_within_a_day(tmp_path: Path) -> None:
    made = simulate(tmp_path / "firm", customers=1_500, seed=5, months=3)
    began = dt.date.fromisoformat(
        json.loads((made.folder / "truth/truth.json").read_text(encoding="utf-8"))["new_topic"]["began_on"]
    )
    with (made.folder / "exports/interactions.csv").open(encoding="utf-8", newline="") as stream:
        said = [row for row in csv.DictReader(stream, delimiter=";") if row["Akteur"] == "Kunde" and row["Text"]]
    rows = [
        contact(n, dt.datetime.strptime(row["Zeitpunkt"], "%d.%m.%Y %H:%M:%S").replace(tzinfo=dt.UTC), row["Text"], row["Anlass"],
                case_id=row["Vorgang"], person_id=row["Kundennummer"])
        for n, row in enumerate(said)
    ]  # fmt: skip
    for days, wanted in ((0, None), (1, began.isoformat())):
        until = dt.datetime.combine(began + dt.timedelta(days=days), dt.time(), dt.UTC)
        figures = ask(RowsLake([row for row in rows if row["occurred_at"] < until]), Topics()).figures
        assert figures["newest_began_on"] == wanted, f"after {days} days"
    assert figures["new_topics"] == 1
    assert "Update" in str(figures["newest_topic"])


def test_a_topic_grows_where_its_share_does() -> None:
    chance = random.Random(4)
    text = f"{STORIES['moving'][0]}."
    late = [contact(40_000 + n, TUESDAY - dt.timedelta(days=chance.uniform(0, 27)), text, "moving") for n in range(25)]
    answer = ask(RowsLake([*written(), *late]), Topics(most_topics=9, days=1))
    growing = [row for row in answer.table.to_pylist() if row["course"] == "growing"]
    assert [row["reason"] for row in growing] == ["moving"]
    assert growing[0]["ratio_low"] > 1
    assert any(str(text).startswith("Growing: ") for text in answer.sentences)


def test_week_by_week_the_contacts_are_those_of_the_topics() -> None:
    lake = RowsLake(written())
    weeks = ask(lake, Topics(most_topics=9, list="weeks")).table.to_pylist()
    whole = {row["topic"]: row["contacts"] for row in ask(lake, Topics(most_topics=9)).table.to_pylist()}
    assert all(row["week"].weekday() == 0 and row["share_low"] <= row["share"] <= row["share_high"] for row in weeks)
    assert {topic: sum(row["contacts"] for row in weeks if row["topic"] == topic) for topic in whole} == whole
    with pytest.raises(QuestionError, match="days"):
        Topics(list="days")


def test_shared_sentences_hold_no_number_no_address_no_name_and_no_rare_word() -> None:
    rows = written()
    for n, row in enumerate(row for row in rows if row["kind"] == "contact"):
        row["text"] = f"{row['text'][:-1]}, schreiben Sie an eva{n}@example.org, Quittenstraße {n}, Kundennummer 77{n}."
    rows += [
        contact(50_000 + n, TUESDAY - dt.timedelta(days=n), "Der Vertrag von Frau Quittenberg ist gekündigt worden.", person_id=f"q{n % 6}")
        for n in range(40)
    ]  # fmt: skip
    answer = ask(RowsLake(rows), Topics(), share=True)
    shown = json.dumps(answer.to_json())
    examples = [row["example"] for row in answer.table.to_pylist() if row["example"]]
    assert examples and not any(letter.isdigit() for text in examples for letter in text)
    assert "@" not in shown and "example.org" not in shown
    assert "Quittenberg" not in shown, "six persons wrote it"
    assert "Quittenberg" in json.dumps(ask(RowsLake(rows), Topics()).to_json()), "the owner sees it"


def test_shared_topics_have_ten_persons() -> None:
    rows = written()
    rows += [contact(60_000 + n, TUESDAY, f"{NEW[n % 2]}.", person_id=f"p{n % 6}") for n in range(12)]
    answer = ask(RowsLake(rows), Topics(), share=True)
    assert answer.table.num_rows
    assert all(row["persons"] >= 10 for row in answer.table.to_pylist())
    assert answer.figures["new_topics"] == 0
    assert "Firmware" not in json.dumps(answer.to_json())
    weeks = ask(RowsLake(rows), Topics(list="weeks"), share=True).table.to_pylist()
    assert all(row["persons"] >= 10 for row in weeks)


def test_the_newest_texts_are_read_and_it_is_said() -> None:
    answer = ask(RowsLake(written()), Topics(most_texts=100))
    assert answer.n == answer.figures["texts_read"] == 100
    assert any("Read were the newest 100 of 450 texts" in str(text) for text in answer.sentences)


def test_too_few_texts_and_a_foreign_language_are_told() -> None:
    few = ask(RowsLake(written(10)), Topics())
    assert few.figures["topics"] == 0
    assert str(few.sentences[0]) == "Too few texts to tell topics: 10 read, 50 are needed."
    french = ("Où est ma facture et pourquoi augmente le montant", "Quand arrive le technicien promis pour la connexion")
    rows = [contact(n, TUESDAY - dt.timedelta(days=n), french[n % 2]) for n in range(60)]
    assert "neither German nor English" in str(ask(RowsLake(rows), Topics()).sentences[-1])


def test_every_topic_has_a_name_and_few_texts_are_no_topics() -> None:
    assert ask(RowsLake(written(49)), Topics()).table.num_rows == 0
    for number in (50, 60, 80):
        answer = ask(RowsLake(written(number)), Topics())
        assert all(row["topic"].strip("… ") for row in answer.table.to_pylist())


def test_shared_it_says_what_is_hidden_instead_of_calling_it_small_matters() -> None:
    rows = [*written(), *(contact(70_000 + n, TUESDAY, f"{NEW[n % 2]}.", person_id=f"p{n % 6}") for n in range(12))]
    said = " ".join(map(str, ask(RowsLake(rows), Topics(), share=True).sentences))
    assert "are not shown here: their topics have too few customers" in said
    assert "belong to no topic" not in said


def test_where_no_words_set_texts_apart_it_says_so() -> None:
    rows = [contact(n, TUESDAY - dt.timedelta(days=n), "Der Router startet dauernd neu.") for n in range(60)]
    answer = ask(RowsLake(rows), Topics())
    assert answer.table.num_rows == 0
    assert str(answer.sentences[0]).startswith("No topic can be told")
