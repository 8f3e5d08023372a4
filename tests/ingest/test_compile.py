"""SQL made from a mapping: names and values of the source stay values, whatever they contain."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from kundig.ingest.account import Rows
from kundig.ingest.compile import Compiled, Ready
from kundig.ingest.mapping import Case, Event, Field, Mapping, Only, Person, Promise, Table, Withdrawn

from .conftest import Desk

NASTY = ['a"b; drop table', "it's", ":since", "c0", "row", "{x}", "a\\b", "' or 1=1 --"]


def test_no_name_of_the_source_becomes_an_identifier(desk: Desk) -> None:
    quoted = ['"' + name.replace('"', '""') + '"' for name in NASTY]
    rows = "".join(",".join([f"2026-11-{i + 1:02}", "K1", "call", *quoted]) + "\n" for i in range(3))
    report = desk.load(desk.write("it's.csv", f"timestamp,customer_id,event,{','.join(quoted)}\n{rows}"), source="shop's :x")
    assert report.rows == Rows(read=3, used=3)
    (row,) = desk.ask("select distinct extra, source from events")
    assert row["source"] == "shop's :x" and json.loads(row["extra"]) == {name: name for name in NASTY}


def test_constants_conditions_and_cases_with_quotes(desk: Desk) -> None:
    text = """version = 1
source = "o'neill"
[[table]]
name = "t"
case = { column = "it's", kind = "o'clock" }
[[table.event]]
at = "when"
activity = "it's done"
only_if = { column = "state", is = ["o'k", "FINE"] }
"""
    desk.load(
        desk.write("t.csv", "when,it's,state\n2026-11-01,1,O'K\n2026-11-02,2,fine\n2026-11-03,3,bad\n"),
        mapping=desk.write("m.toml", text),
    )
    found = desk.ask("select activity, case_id, source from events order by occurred_at")
    assert found == [{"activity": "it's done", "case_id": f"o'clock:{i}", "source": "o'neill"} for i in (1, 2)]


def test_the_fates_of_a_promise(desk: Desk) -> None:
    text = """version = 1
source = "s"
[[table]]
name = "t"
event_id = "id"
fields = { text = "note", team = "team" }
[[table.promise]]
name = "visit"
made = "made"
due = "due"
kept = "kept"
broken = "broken"
withdrawn = { column = "state", is = ["off"], at = "kept" }
activities = { broken = "Nicht gekommen" }
"""
    head = "id,made,due,kept,broken,state,note,team\n"
    rows = "1,2026-11-01,2026-11-05,2026-11-06,,,n,A\n2,2026-11-01,2026-11-05,,2026-11-07,,,\n3,2026-11-01,2026-11-05,2026-11-02,,off,,\n4,2026-11-01,,,,,,\n"
    report = desk.load(desk.write("t.csv", head + rows), mapping=desk.write("m.toml", text))
    assert report.rows == Rows(read=4, used=3, without_event=1)
    found = desk.ask(
        "select activity, kind, occurred_at > due_at as late, promise_id, team, direction from events order by position"
    )
    assert [(f["activity"], f["kind"], f["late"]) for f in found] == [
        ("visit promised", "promise_made", False), ("visit kept", "promise_kept", True),
        ("visit promised", "promise_made", False), ("Nicht gekommen", "promise_broken", True),
        ("visit promised", "promise_made", False), ("visit kept", "promise_kept", False), ("visit withdrawn", "promise_withdrawn", False),
    ]  # fmt: skip
    assert len({f["promise_id"] for f in found}) == 3 and found[0]["promise_id"] == found[1]["promise_id"]
    assert (found[0]["team"], found[0]["direction"]) == ("A", None)
    assert desk.ask("select * from texts") == []


def test_a_column_that_is_missing_in_a_chunk_is_empty() -> None:
    table = Table(
        "t",
        fields={"occurred_at": Field(("when",)), "activity": Field(("what",)), "score": Field(("stars",), scale="1-5")},
        person=Person("who"),
    )
    compiled = Compiled(
        Mapping("s", (table,), "UTC"), table, ["what"], dt.datetime(2026, 1, 1, tzinfo=dt.UTC), lambda role: lambda value: None
    )
    assert compiled.roles and {role.what for role in compiled.roles} == {"activity"}
    assert "null::varchar" in compiled.parsed(Ready()) and not compiled.all_read(Ready())
    assert compiled.people() and compiled.agents() == ""


@pytest.mark.parametrize(
    ("case", "sql"), [(None, "null::varchar"), (Case(session_minutes=30), "null::varchar"), (Case("no"), "'order:'")]
)
def test_cases(case: Case | None, sql: str) -> None:
    kinded = Case(case.column, "order") if case and case.column else case
    table = Table(
        "t", case=kinded, events=(Event({"occurred_at": Field(("when",)), "activity": Field(value="x")}, Only("a", ())),)
    )
    promise = Promise("when", "when", withdrawn=Withdrawn(Only("a", ("b",))))
    mapping = Mapping("s", (table,), "UTC")
    compiled = Compiled(
        mapping,
        Table(**{**vars(table), "promises": (promise,)}),
        ["when", "a", "no"],
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        lambda role: lambda value: None,
    )
    assert sql in compiled.made[0].columns["case_id"]
    assert [made.name for made in compiled.made[1:]] == ["promise_made:promise", "promise_withdrawn:promise"]
