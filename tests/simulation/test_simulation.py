"""What `kundig simulate` writes: the same bytes for the same seed, files as real systems export them, truth that matches them."""

from __future__ import annotations

import csv
import hashlib
import json
import mailbox
import re
import weakref
from collections import Counter
from contextlib import closing
from datetime import date, datetime
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from kundig.errors import ConfigError
from kundig.simulation import Summary, firm, run, simulate
from kundig.simulation import block as block_module
from kundig.simulation.block import Block


def digests(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def table(path: Path, encoding: str = "utf-8", delimiter: str = ";") -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter, strict=True))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    return simulate(tmp_path_factory.mktemp("simulation"), customers=250, seed=7)


@pytest.fixture(scope="module")
def log(made: Summary) -> list[dict[str, str]]:
    return table(made.folder / "exports/interactions.csv")


def truth(made: Summary, name: str) -> list[dict[str, Any]]:
    return list(pq.read_table(made.folder / f"truth/{name}.parquet").to_pylist())


def test_same_seed_same_bytes(made: Summary, tmp_path: Path) -> None:
    simulate(tmp_path / "again", customers=250, seed=7)
    simulate(tmp_path / "other", customers=250, seed=8)
    first, again, other = (digests(folder) for folder in (made.folder, tmp_path / "again", tmp_path / "other"))
    assert first == again
    assert all(first[name] != other[name] for name in first)


def test_summary_counts_the_rows(made: Summary, log: list[dict[str, str]]) -> None:
    assert made.events == len(log) == made.files["exports/interactions.csv"]
    assert made.customers == 250 == len(table(made.folder / "exports/customers.csv", "cp1252"))
    assert made.tickets == len({row["Vorgang"] for row in log}) == len(table(made.folder / "ticket_table/tickets.csv", "cp1252"))
    assert made.leavers == len(table(made.folder / "exports/cancellations.csv", "cp1252"))
    assert set(made.files) == set(digests(made.folder))
    assert made.files["exports/app.jsonl"] == len((made.folder / "exports/app.jsonl").read_bytes().splitlines())


def test_the_log_is_in_order_of_time_and_within_it(log: list[dict[str, str]]) -> None:
    times = [datetime.strptime(row["Zeitpunkt"], "%d.%m.%Y %H:%M:%S") for row in log]
    assert times == sorted(times)
    assert times[0].date() >= date(2025, 5, 1)
    assert times[-1].date() <= date(2026, 10, 31)
    assert len({row["Ereignis-Nr"] for row in log}) == len(log)


def test_files_are_written_as_their_systems_write_them(made: Summary) -> None:
    exports = made.folder / "exports"
    with pytest.raises(UnicodeDecodeError):
        (exports / "customers.csv").read_text(encoding="utf-8")
    customers = table(exports / "customers.csv", "cp1252")
    assert any("ü" in row["Name"] for row in customers)
    assert all(row["Monatspreis (EUR)"].count(",") == 1 for row in customers)
    assert customers[0]["Name"] == customers[1]["Name"], "namesakes"
    order = table(exports / "orders.csv", "cp1252")[0]
    assert datetime.strptime(order["Zugesagte Lieferung"], "%d.%m.%Y %H:%M") > datetime.strptime(
        order["Bestellt am"], "%d.%m.%Y %H:%M"
    )
    answer = table(exports / "survey.csv", delimiter=",")[0]
    assert datetime.fromisoformat(answer["submitted_at"]).tzinfo is not None
    assert 0 <= int(answer["score"]) <= 10


def test_clicks_are_segment_lines(made: Summary) -> None:
    lines = [json.loads(line) for line in (made.folder / "exports/app.jsonl").read_text(encoding="utf-8").splitlines()]
    tracks = [line for line in lines if line["type"] == "track"]
    assert {line["type"] for line in lines} == {"track", "identify"}
    assert all(line["event"] and line["anonymousId"] and line["timestamp"].endswith("Z") for line in tracks)
    anonymous = sum("userId" not in line for line in tracks) / len(tracks)
    assert 0.02 < anonymous < 0.3
    assert len({line["messageId"] for line in tracks}) == len(tracks)
    sessions: dict[str, set[str | None]] = {}
    for line in tracks:
        sessions.setdefault(line["anonymousId"], set()).add(line.get("userId"))
    assert all(len(users) == 1 for users in sessions.values())


def test_mails_make_threads(made: Summary) -> None:
    with closing(mailbox.mbox(made.folder / "exports/mailbox.mbox")) as stored:
        box = list(stored)
    ids = {mail["Message-ID"] for mail in box}
    replies = [mail for mail in box if mail["In-Reply-To"]]
    assert len(box) == made.files["exports/mailbox.mbox"] == len(ids) > 50
    assert all(mail["In-Reply-To"] in ids for mail in replies)
    subjects = Counter(str(make_header(decode_header(mail["Subject"]))) for mail in box if not mail["In-Reply-To"])
    assert subjects.most_common(1)[0][1] > 1, "one subject, several threads"


def test_nobody_real_can_be_reached(made: Summary) -> None:
    for row in table(made.folder / "exports/customers.csv", "cp1252"):
        assert not row["E-Mail"] or row["E-Mail"].rpartition("@")[2] in ("example.com", "example.org", "example.net")
        assert not row["Telefon"] or any(re.fullmatch(rf"{area} \d{{3}}", row["Telefon"]) for area in firm.PHONE_RANGES)


def test_handovers_in_the_log_are_those_of_the_truth(made: Summary, log: list[dict[str, str]]) -> None:
    said = Counter(row["Vorgang"] for row in log if row["Aktivität"] == "Übergabe")
    teams: dict[str, list[str]] = {}
    for row in log:
        held = teams.setdefault(row["Vorgang"], [])
        if row["Team"] and held[-1:] != [row["Team"]]:
            held.append(row["Team"])
    for ticket in truth(made, "tickets"):
        assert said[ticket["ticket"]] == ticket["handovers"] == max(len(teams[ticket["ticket"]]) - 1, 0)
        assert (len(set(teams[ticket["ticket"]])) < len(teams[ticket["ticket"]])) == ticket["back_to_earlier_team"]


def test_channel_switches_in_the_log_are_those_of_the_truth(made: Summary, log: list[dict[str, str]]) -> None:
    switches, last = Counter[str](), dict[str, str]()
    for row in log:
        if row["Kanal"]:
            switches[row["Vorgang"]] += last.get(row["Vorgang"], row["Kanal"]) != row["Kanal"]
            last[row["Vorgang"]] = row["Kanal"]
    tickets = truth(made, "tickets")
    assert all(ticket["channel_switches"] == switches[ticket["ticket"]] for ticket in tickets)
    assert sum(ticket["channel_switches"] for ticket in tickets) > 20


def test_re_explanations_are_where_the_truth_says(made: Summary, log: list[dict[str, str]]) -> None:
    events = {row["Ereignis-Nr"]: row for row in log}
    first = {row["Vorgang"]: row["Text"] for row in log if row["Aktivität"] == "Anfrage"}
    messages = truth(made, "messages")
    assert {row["event"] for row in messages} == {row["Ereignis-Nr"] for row in log if row["Aktivität"] == "Kundennachricht"}
    assert {row["style"] for row in messages if not row["re_explanation"]} == {"detail", "status", "resent", "still_open"}
    for row in messages:
        text = events[row["event"]]["Text"]
        assert events[row["event"]]["Vorgang"] == row["ticket"]
        assert (text == first[row["ticket"]]) == (row["style"] in ("verbatim", "resent"))
    counts = Counter(row["ticket"] for row in messages if row["re_explanation"])
    assert all(ticket["re_explanations"] == counts[ticket["ticket"]] for ticket in truth(made, "tickets"))


def test_promises_in_the_log_are_those_of_the_truth(made: Summary, log: list[dict[str, str]]) -> None:
    kept: dict[str, datetime] = {}
    due: dict[str, datetime] = {}
    for row in log:
        if row["Aktivität"] == "Zusage gegeben":
            due[row["Zusage-Nr"]] = datetime.strptime(row["Fällig am"], "%d.%m.%Y %H:%M")
        if row["Aktivität"] == "Zusage eingehalten":
            kept[row["Zusage-Nr"]] = datetime.strptime(row["Zeitpunkt"], "%d.%m.%Y %H:%M:%S")
    given = {row["promise"]: row["outcome"] for row in truth(made, "promises") if row["promise"].startswith("Z")}
    assert given.keys() == due.keys()
    seen = {number: "kept" if kept[number] <= due[number] else "late" for number in kept}
    assert seen == {number: outcome for number, outcome in given.items() if outcome in ("kept", "late")}
    orders = table(made.folder / "exports/orders.csv", "cp1252")
    assert {row["Bestellnummer"] for row in orders} == {row["promise"] for row in truth(made, "promises")} - given.keys()


def test_leavers_are_those_of_the_truth_and_silent_afterwards(made: Summary) -> None:
    left = {row["customer"] for row in truth(made, "customers") if row["left_at"]}
    assert left == {row["Kundennummer"] for row in table(made.folder / "exports/cancellations.csv", "cp1252")}


def test_the_bad_month_is_visible_and_named(made: Summary, log: list[dict[str, str]]) -> None:
    bad = json.loads((made.folder / "truth/truth.json").read_text(encoding="utf-8"))["bad_month"]["month"]
    asked = Counter("-".join(row["Zeitpunkt"][3:10].split(".")[::-1]) for row in log if row["Aktivität"] == "Anfrage")
    others = [n for month, n in asked.items() if month != bad]
    assert asked[bad] > 2 * sum(others) / len(others)


def test_the_truth_states_the_world(tmp_path: Path) -> None:
    for name in ("none", "other"):
        made = simulate(tmp_path / name, customers=20, world=name, months=3, texts=False)
        said = json.loads((made.folder / "truth/truth.json").read_text(encoding="utf-8"))
        assert said["world"]["name"] == name
        assert said["world"]["note"]
        assert bool(said["world"]["effects"]) == (name == "other")
        assert sum(said["persona_shares"].values()) == 20


def test_leaving_out_the_texts_changes_no_event(made: Summary, log: list[dict[str, str]], tmp_path: Path) -> None:
    bare = simulate(tmp_path, customers=250, seed=7, texts=False)
    rows = table(bare.folder / "exports/interactions.csv")
    assert [row | {"Text": ""} for row in log] == [row | {"Text": ""} for row in rows]
    assert "exports/mailbox.mbox" not in bare.files


def test_parquet_says_the_same(made: Summary, log: list[dict[str, str]], tmp_path: Path) -> None:
    other = simulate(tmp_path, customers=250, seed=7, format="parquet")
    rows = pq.read_table(other.folder / "exports/interactions.parquet")
    assert rows.schema.field("Zeitpunkt").type.tz == "UTC"
    assert rows.column_names == list(log[0])
    for name in ("Ereignis-Nr", "Vorgang", "Aktivität", "Team", "Bearbeiter", "Text"):
        assert [value or "" for value in rows[name].to_pylist()] == [row[name] for row in log]


def test_the_number_of_events_is_met(tmp_path: Path) -> None:
    seen: list[int] = []
    made = simulate(tmp_path, events=30_000, months=6, texts=False, format="parquet", progress=seen.append)
    assert abs(made.events - 30_000) < 3_000
    assert sum(seen) == made.events


def test_many_customers_are_written_block_by_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file per month, and never more than the last block and the next in memory."""
    alive: list[weakref.ref[Block]] = []

    def live(*arguments: Any) -> Block:
        assert sum(block() is not None for block in alive) <= 1
        block = block_module.live(*arguments)
        alive.append(weakref.ref(block))
        assert len(block.people) <= 200
        return block

    monkeypatch.setattr(run, "BLOCK", 200)
    monkeypatch.setattr(run, "live", live)
    made = simulate(tmp_path, customers=700, months=4, texts=False)
    assert len(alive) == 4
    months = [name for name in made.files if name.startswith("exports/interactions/")]
    assert [name[-11:-4] for name in months] == ["2025-05", "2025-06", "2025-07", "2025-08"]
    numbers = [row["Ereignis-Nr"] for name in months for row in table(made.folder / name)]
    assert sorted(numbers) == [f"E{i:09d}" for i in range(made.events)]
    customers = table(made.folder / "exports/customers.csv", "cp1252")
    assert [row["Kundennummer"] for row in customers] == [f"K{1_000_000 + i}" for i in range(700)]


@pytest.mark.parametrize(
    "arguments",
    [
        {"customers": 1, "events": 1}, {"customers": 0}, {"events": 0}, {"months": 0}, {"seed": -1}, {"world": "flat"},
        {"lang": "fr"}, {"format": "xml"}, {"start": date(2025, 5, 2)},
    ],
)  # fmt: skip
def test_arguments_that_cannot_be_used_are_refused(tmp_path: Path, arguments: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        simulate(tmp_path, **arguments)
    assert not list(tmp_path.iterdir())


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match="not empty"):
        simulate(tmp_path)


def test_the_smallest_firm_works(tmp_path: Path) -> None:
    made = simulate(tmp_path, customers=1, months=1)
    assert made.customers == 1
