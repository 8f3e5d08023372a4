"""From the inbox into the lake: each event once, what is refused becomes a dead letter, an outage is nobody's poison."""

from __future__ import annotations

import datetime as dt
import json
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from kundig.errors import BusyError, DataError, LakeError, StorageError
from kundig.server.sources import flusher, inbox
from kundig.server.sources.envelopes import read
from kundig.server.sources.flusher import Flusher, Outage, bring_in
from kundig.server.sources.models import DeadLetter, InboxBatch, MetEvent

EVENT = {"id": "1", "source": "shop", "occurred_at": "2026-11-20T09:30:00+01:00", "activity": "Order placed", "person_key": "K1"}


def accept(*events: dict[str, Any]) -> None:
    found, _ = read(json.dumps(events).encode(), "application/json", {}, "live")
    inbox.store(found)


def events(site: Any, of: str = "shop") -> list[dict[str, Any]]:
    sql = "select * from events where source = :source order by occurred_at, position"
    rows: list[dict[str, Any]] = site.workspace.sql(sql, purpose="service", source=of).to_pylist()
    return rows


@pytest.fixture
def flush(site: Any) -> Callable[[], int]:
    (site.folder / "run").mkdir(exist_ok=True)
    return lambda: Flusher(site.workspace).drain()


def test_an_event_lies_in_the_lake_with_all_its_fields(site: Any, flush: Callable[[], int]) -> None:
    accept({
        **EVENT, "kind": "contact", "channel": "E-Mail", "touchpoint": "form", "direction": "inbound", "actor": "customer", "team": "T1",
        "agent_key": "A1", "account_key": "F1", "case_id": "R1", "reason": "delivery", "score": 4, "score_scale": "1-5", "promise_id": "p",
        "due_at": "2026-11-30", "duration_s": 12.5, "cost": "3.20", "text": "Wo ist es?", "colour": "blue",
    })  # fmt: skip
    assert flush() == 1
    row = events(site)[0]
    expected = {
        "activity": "Order placed", "kind": "contact", "channel": "email", "touchpoint": "form", "direction": "inbound", "actor": "customer",
        "team": "T1", "case_id": "shop:R1", "reason": "delivery", "score": 4.0, "score_scale": "1-5", "promise_id": "p", "duration_s": 12.5,
        "extra": '{"colour":"blue"}', "source": "shop",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert row["occurred_at"] == dt.datetime(2026, 11, 20, 8, 30, tzinfo=dt.UTC)
    assert row["due_at"] == dt.datetime(2026, 11, 30, 22, 59, 59, 999999, tzinfo=dt.UTC)
    assert str(row["cost"]) == "3.2000"
    assert row["person_id"] == inbox.pseudonym(EVENT)
    assert [line["text"] for line in site.workspace.memory("K1").to_pylist() if line["text"]][-1:] == ["Wo ist es?"]
    assert InboxBatch.objects.count() == 0


def test_the_same_id_from_a_file_is_the_same_event(site: Any, flush: Callable[[], int], tmp_path: Any) -> None:
    accept(EVENT)
    flush()
    MetEvent.objects.all().delete()
    accept(EVENT)
    flush()
    assert len(events(site)) == 1
    assert DeadLetter.objects.count() == 0


def test_repeating_an_append_changes_nothing(site: Any, flush: Callable[[], int], monkeypatch: pytest.MonkeyPatch) -> None:
    accept(EVENT, {**EVENT, "id": "2", "kind": "contact"}, {**EVENT, "id": "3", "extra": {"a": 1}})
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(inbox, "finish", lambda *_: (_ for _ in ()).throw(RuntimeError("killed here")))
        flush()
    assert (len(events(site)), inbox.waiting()) == (3, 3)
    accept({**EVENT, "id": "4"})
    flush()
    assert (len(events(site)), inbox.waiting(), DeadLetter.objects.count()) == (4, 0, 0)


def test_what_the_lake_refuses_becomes_a_dead_letter(site: Any, flush: Callable[[], int]) -> None:
    accept(EVENT)
    flush()
    MetEvent.objects.all().delete()
    accept({**EVENT, "activity": "Paid"}, {**EVENT, "id": "2"})
    flush()
    letter = DeadLetter.objects.get()
    assert letter.event["activity"] == "Paid"
    assert str(letter.message) == "The same id is stored with other content."
    assert (letter.source, letter.person_id, letter.column) == ("shop", inbox.pseudonym(EVENT), "id")
    assert [row["activity"] for row in events(site)] == ["Order placed", "Order placed"]


def test_the_order_of_equal_times_is_that_of_arrival(site: Any, flush: Callable[[], int]) -> None:
    accept({**EVENT, "id": "b", "activity": "first"}, {**EVENT, "id": "a", "activity": "second", "kind": "contact"})
    accept({**EVENT, "id": "0", "activity": "third"})
    flush()
    assert [row["activity"] for row in events(site)] == ["first", "second", "third"]


def test_who_somebody_is_makes_no_event(site: Any, flush: Callable[[], int]) -> None:
    accept({"type": "identify", "userId": "N1", "traits": {"email": "neu@example.org", "name": "Neu"}, "source": "x"})
    flush()
    assert events(site, "live") == []
    people = site.workspace.sql("select * from people where identifier = 'N1'", purpose="privacy").to_pylist()
    assert [(p["name"], p["email"]) for p in people] == [("Neu", "neu@example.org")]


def test_visits_without_a_case_are_told_by_person_and_day(site: Any, flush: Callable[[], int]) -> None:
    visit = {"type": "page", "userId": "N1", "timestamp": "2026-11-20T09:00:00Z"}
    accept(visit, {**visit, "timestamp": "2026-11-20T10:00:00Z"}, {**visit, "timestamp": "2026-11-21T10:00:00Z"})
    flush()
    pseudonym = inbox.pseudonym({"person_key": "N1"})
    assert [row["case_id"] for row in events(site, "live")] == [f"day:{pseudonym}:2026-11-{day}" for day in (20, 20, 21)]


def test_ever_other_fields_are_poured_in_tables_of_bounded_width(site: Any, flush: Callable[[], int]) -> None:
    accept(*({**EVENT, "id": str(n), **{f"f{n}-{i}": i for i in range(80)}} for n in range(12)))
    flush()
    assert [len(json.loads(row["extra"])) for row in events(site)] == [80] * 12


def test_a_day_is_accounted_for_in_one_line(site: Any, flush: Callable[[], int]) -> None:
    for n in range(3):
        accept({**EVENT, "id": str(n)})
        flush()
    runs = [run for run in site.workspace.lake.store.state.runs() if run["file"] == "live/shop"]
    assert [(run["read"], run["used"], run["events"]) for run in runs] == [(3, 3, 3)]


# -- poison and outages


def _poisoned(bad: int, poured: list[int], error: type[Exception] = DataError) -> flusher.Pour:
    def pour(rows: Sequence[Any]) -> list[Any]:
        if bad in rows:
            raise error("poison")
        poured.extend(rows)
        return []

    return pour


def test_a_row_that_stops_the_append_is_found_by_halves() -> None:
    poured: list[int] = []
    refused = bring_in(range(100), _poisoned(37, poured), lambda: True)
    assert [each.row for each in refused] == [37]
    assert poured == [n for n in range(100) if n != 37]


def test_nothing_is_poison_while_healthy_rows_do_not_pass() -> None:
    with pytest.raises(Outage):
        bring_in([1], _poisoned(1, []), lambda: False)


@pytest.mark.parametrize(
    "error", [BusyError, StorageError, LakeError, OSError, sqlite3.OperationalError, OperationalError, MemoryError]
)
def test_an_outage_is_never_poison(site: Any, error: type[Exception]) -> None:
    accept(EVENT)
    with pytest.raises(error):
        Flusher(site.workspace, _poisoned_all(error)).flush()
    assert (inbox.waiting(), DeadLetter.objects.count()) == (1, 0)


def _poisoned_all(error: type[Exception]) -> flusher.Pour:
    def pour(rows: Sequence[Any]) -> list[Any]:
        raise error("away")

    return pour


def test_poison_is_stored_as_a_dead_letter_beside_its_healthy_neighbours(
    site: Any, flush: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from kundig.server.sources import pouring

    text = pouring._text

    def choke(value: Any) -> str | None:
        if value == "poison":
            raise ValueError("cannot be read")
        return text(value)

    monkeypatch.setattr(pouring, "_text", choke)
    accept(*({**EVENT, "id": str(n), "reason": "poison" if n == 3 else "x"} for n in range(5)))
    flush()
    assert len(events(site)) == 4
    letter = DeadLetter.objects.get()
    assert letter.event["id"] == "3"
    assert str(letter.message) == "This event stops the whole append: ValueError"
    assert inbox.waiting() == 0


def test_a_batch_that_is_no_json_any_more_is_kept_as_a_dead_letter(site: Any, flush: Callable[[], int]) -> None:
    now = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    InboxBatch.objects.create(events=1, payload=b"\xffgarbage", received_at=now)
    flush()
    assert DeadLetter.objects.get().event == {"unreadable": "\\xffgarbage"}


def test_marking_is_insisted_on(monkeypatch: pytest.MonkeyPatch, site: Any) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    tries: list[int] = []

    def mark() -> None:
        tries.append(1)
        if len(tries) < 4:
            raise OperationalError("database is locked")

    flusher._insist(mark)
    assert len(tries) == 4


def test_it_folds_and_compacts_and_forgets(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flusher, "COMPACTED", 1)
    accept(EVENT)
    worker = Flusher(site.workspace)
    worker.drain()
    MetEvent.objects.update(day=inbox.today() - inbox.LASTING_DAYS - 1)
    worker.tidy(idle=True)
    assert MetEvent.objects.count() == 0
    assert site.workspace.lake.store.snapshot().fresh == []


def test_it_runs_until_the_server_has_ended_and_nothing_waits(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    accept(EVENT)
    failures = [BusyError("busy"), DataError("odd")]
    worker = Flusher(site.workspace)
    flush = worker.flush
    monkeypatch.setattr(worker, "flush", lambda: (_ for _ in ()).throw(failures.pop()) if failures else flush())
    flusher.run(worker, lambda: inbox.waiting() == 0)
    assert (inbox.waiting(), len(events(site))) == (0, 1)


@pytest.mark.parametrize(("gap", "patience"), [(10, 120), (60, 180), (300, 900), (3_600, 120)])
def test_events_that_come_every_few_minutes_find_a_flusher_that_runs(tmp_path: Path, gap: float, patience: float) -> None:
    flusher.Rhythm(tmp_path).beat()
    then = time.time() - gap
    os.utime(tmp_path / "flusher.last", (then, then))
    rhythm = flusher.Rhythm(tmp_path)
    rhythm.beat()
    assert rhythm.patience == pytest.approx(patience, abs=5)
    rhythm.beat()
    assert rhythm.patience == pytest.approx(patience, abs=5)
