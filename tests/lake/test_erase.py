"""After an erasure nothing of the person is left anywhere, everybody else is untouched, and he does not come back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from kundig.errors import PrivacyError, QuestionError
from kundig.lake import Lake
from kundig.lake import erase as erasure
from kundig.lake.identity import person_id
from kundig.lake.traces import Traces, traces_of
from tests.lake.staging import lake_in, put, rows_of

KEY = b"k" * 32
HIS = person_id(KEY, "customer", "KD-471100")
NAMESAKE = person_id(KEY, "customer", "KD-471200")
STORY = "Mein Router startet seit Dienstag alle zehn Minuten neu, und niemand meldet sich."

ROWS: list[dict[str, Any]] = [
    {"occurred_at": "2026-01-01T10:00", "case_id": "1", "person_id": HIS, "kind": "contact", "activity": "call", "text": STORY},
    {"occurred_at": "2026-01-01T11:00", "case_id": "1", "person_id": NAMESAKE, "kind": "answer", "activity": "answer",
     "text": f"Weitergeleitet von m.muster@example.org: {STORY}", "extra": '{"cc": "m.muster@example.org"}'},
    {"occurred_at": "2026-01-01T12:00", "case_id": "1", "person_id": HIS, "kind": "closed", "activity": "close"},
    {"occurred_at": "2026-01-03T12:00", "case_id": "2", "person_id": NAMESAKE, "kind": "contact", "activity": "call", "text": "hello"},
]  # fmt: skip
PEOPLE = [
    {
        "person_id": HIS,
        "identifier": "KD-471100",
        "name": "Max Muster",
        "email": "m.muster@example.org",
        "phone": "030 23125 471",
    },
    {"person_id": NAMESAKE, "identifier": "KD-471200", "name": "Max Muster", "email": "other@example.org"},
]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = lake_in(tmp_path)
    put(lake, ROWS, PEOPLE)
    lake.fold(always=True)
    (tmp_path / "rejected").mkdir()
    (tmp_path / "rejected" / "run.jsonl").write_text('{"raw": "m.muster@example.org;x"}\n{"raw": "somebody else"}\n')
    return lake


def decoded(lake: Lake) -> str:
    """The decoded content of every Parquet file, live or not, and the text of every other file."""
    told = []
    for path in lake.workspace.rglob("*"):
        if path.suffix == ".parquet":
            told.append(json.dumps(pq.read_table(path).to_pylist(), default=str, ensure_ascii=False))
        elif path.is_file() and not path.name.startswith("state.sqlite3"):
            told.append(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(told)


def test_nothing_of_the_person_is_left_in_any_file(lake: Lake) -> None:
    assert all(word in decoded(lake) for word in (HIS, "KD-471100", "m.muster@example.org", STORY))
    receipt = lake.erase(KEY, "KD-471100")
    left = decoded(lake)
    assert not [word for word in (HIS, "KD-471100", "m.muster@example.org", "030 23125 471", STORY) if word in left]
    assert dict(receipt.rows)["events"] == 2
    assert receipt.redacted == 2


def test_the_state_keeps_the_tombstone_and_nothing_else(lake: Lake) -> None:
    lake.erase(KEY, "KD-471100")
    state = b"".join(p.read_bytes() for p in lake.workspace.glob("state.sqlite3*"))
    assert HIS.encode() in state
    assert b"m.muster" not in state and b"KD-471100" not in state and b"Router" not in state


def test_learned_models_are_forgotten(lake: Lake) -> None:
    learned = lake.workspace / "models" / "reason" / "learned"
    learned.parent.mkdir(parents=True)
    learned.write_text(f"words: {STORY}")
    lake.erase(KEY, "KD-471100")
    assert list((lake.workspace / "models").iterdir()) == []


def test_a_namesake_is_untouched(lake: Lake) -> None:
    lake.erase(KEY, "KD-471100")
    assert rows_of(lake, "select name, email from people") == [{"name": "Max Muster", "email": "other@example.org"}]
    kept = rows_of(lake, "select case_id, activity from events order by occurred_at")
    assert kept == [{"case_id": "1", "activity": "answer"}, {"case_id": "2", "activity": "call"}]


def test_counts_are_right_afterwards(lake: Lake) -> None:
    lake.erase(KEY, "KD-471100")
    cases = rows_of(lake, "select case_id, events, contacts, variant from cases order by 1")
    assert cases == [
        {"case_id": "1", "events": 1, "contacts": 0, "variant": "answer"},
        {"case_id": "2", "events": 1, "contacts": 1, "variant": "call"},
    ]
    assert not lake.verify().problems


def test_importing_the_old_file_again_does_not_bring_him_back(lake: Lake) -> None:
    lake.erase(KEY, "KD-471100")
    again = put(lake, ROWS, PEOPLE)
    assert (again.new, again.withheld, again.duplicate) == (0, 2, 2)
    assert rows_of(lake, "select count(*) as n from people") == [{"n": 1}]


def test_who_comes_back_later_is_a_customer_again(lake: Lake) -> None:
    lake.erase(KEY, "KD-471100")
    later = {"occurred_at": "2026-12-01T10:00", "case_id": "9", "person_id": HIS, "event_id": "f" * 32}
    assert put(lake, [later], PEOPLE[:1]).new == 1
    assert rows_of(lake, "select count(*) as n from people") == [{"n": 2}]


def test_a_name_alone_erases_nobody(lake: Lake) -> None:
    with pytest.raises(QuestionError, match="Nobody is known"):
        lake.erase(KEY, "Max Muster")


@pytest.mark.parametrize("key", ["m.muster@example.org", "030/23125-471", " kd-471100 ", HIS])
def test_he_is_found_by_any_of_his_keys(lake: Lake, key: str) -> None:
    assert lake.find(KEY, key).id == HIS


@pytest.mark.parametrize("step", ["bury", "rewrite", "clean", "sweep"])
def test_an_interrupted_erasure_is_shown_and_can_be_finished(lake: Lake, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = lake.store.state.step_saga

    def stop(saga: str, reached: str) -> None:
        written(saga, reached)
        if reached == step:
            raise KeyboardInterrupt

    monkeypatch.setattr(lake.store.state, "step_saga", stop)
    with pytest.raises(KeyboardInterrupt):
        lake.erase(KEY, "KD-471100")
    monkeypatch.undo()
    assert any("erasure" in str(p) for p in lake.verify().problems)
    assert len(lake.resume_erasures()) == 1
    assert not lake.verify().problems
    assert "m.muster" not in decoded(lake)


def test_an_erasure_that_leaves_something_says_so(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: a rewriting that does nothing must be found out by the proof."""
    monkeypatch.setattr(erasure._Erasure, "rewrite", lambda self: None)
    with pytest.raises(PrivacyError, match="not complete"):
        lake.erase(KEY, "KD-471100")


def test_a_trace_in_another_file_of_the_workspace_is_found(lake: Lake) -> None:
    (lake.workspace / "mappings").mkdir()
    (lake.workspace / "mappings" / "x.toml").write_text('example = "m.muster@example.org"\n')
    with pytest.raises(PrivacyError, match=r"x\.toml"):
        lake.erase(KEY, "KD-471100")


def test_words_that_many_others_have_are_no_traces(tmp_path: Path) -> None:
    """A key that is a word of the trade, and a standard phrase, betray nobody and stay with the others."""
    lake = lake_in(tmp_path)
    phrase = "Vielen Dank, es hat alles geklappt, ich bin sehr zufrieden."
    rows = [
        {"occurred_at": "2026-01-01T10:00", "case_id": str(n), "person_id": person_id(KEY, "customer", f"Value {n}"), "text": phrase,
         "team": "Value 1", "extra": '{"product": "Value 1"}'}
        for n in range(1, 8)
    ]  # fmt: skip
    put(lake, rows, [{"person_id": person_id(KEY, "customer", f"Value {n}"), "identifier": f"Value {n}"} for n in range(1, 8)])
    assert lake.erase(KEY, "Value 1").redacted == 0
    assert rows_of(lake, "select count(*) as n from texts where text = :phrase", phrase=phrase) == [{"n": 6}]
    assert rows_of(lake, "select distinct team, extra from events") == [{"team": "Value 1", "extra": '{"product": "Value 1"}'}]


def test_a_rejected_row_goes_whole_whatever_line_ends_it_holds(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    log.write_text('{"raw": "m.muster@example.org\u2028private"}\n{"raw": "some\u0085body else"}\n', encoding="utf-8")
    erasure._sweep_rejected(tmp_path, Traces(("a" * 32,), ("m.muster@example.org",)))
    assert log.read_text(encoding="utf-8") == '{"raw": "some\u0085body else"}\n'


def test_mail_that_came_without_a_customer_number_goes_too(tmp_path: Path) -> None:
    by_mail = person_id(KEY, "email", "m.muster@example.org")
    lake = lake_in(tmp_path)
    more = {"occurred_at": "2026-02-01T10:00", "case_id": "9", "person_id": by_mail, "kind": "contact", "activity": "mail"}
    put(lake, [*ROWS, more], [*PEOPLE, {"person_id": by_mail, "identifier_kind": "email", "identifier": "m.muster@example.org"}])
    receipt = lake.erase(KEY, "KD-471100")
    assert receipt.rows["events"] == 3
    assert by_mail not in decoded(lake)
    assert "m.muster@example.org" not in decoded(lake)


def test_what_a_family_shares_stays_with_the_others(tmp_path: Path) -> None:
    wife = {"person_id": NAMESAKE, "identifier": "KD-471200", "name": "Mia Muster", "email": "m.muster@example.org"}
    lake = lake_in(tmp_path)
    put(lake, ROWS, [PEOPLE[0], wife])
    receipt = lake.erase(KEY, "KD-471100")
    assert receipt.rows["people"] == 1
    assert rows_of(lake, "select email from people")[0]["email"] == "m.muster@example.org"


def test_an_erasure_begun_twice_ends_once(lake: Lake) -> None:
    with lake.read("privacy") as reading:
        traces = traces_of(reading, lake.find(KEY, "KD-471100"))
    first = erasure.begin(lake.store, traces, lake.clock())
    assert erasure.planned(lake.store, first) == traces
    receipt = lake.erase(KEY, "KD-471100")
    assert erasure.planned(lake.store, first) is None
    assert erasure.finish(lake.store, lake.engine, first) == receipt
    assert lake.resume_erasures() == []


def test_a_trace_outside_the_lake_is_said_before_the_erasure_counts_as_done(lake: Lake) -> None:
    note = lake.workspace / "note.txt"
    note.write_text("call m.muster@example.org")
    with pytest.raises(PrivacyError, match=r"note\.txt"):
        lake.erase(KEY, "KD-471100")
    note.unlink()
    assert len(lake.resume_erasures()) == 1
