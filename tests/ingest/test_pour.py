"""Whole imports into a real lake: every row accounted for, nothing stored twice, what does not fit kept."""

from __future__ import annotations

import datetime as dt
import errno
import gzip
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kundig.errors import DataError, MappingError, StorageError
from kundig.ingest import list_rejected
from kundig.ingest.account import Rows
from kundig.lake.identity import agent_id, person_id

from .conftest import KEY, Desk

LOG = """Vorgang;Kundennr;Zeitpunkt;Aktivität;Kanal;Team;Bearbeiter;Text;Tarif
V1;K-1;21.11.2026 14:05;Anruf;Telefon;A;MA-1;Hallo;S
V1;K-1;21.11.2026 15:05;Antwort;Mail;B;MA-2;;M
V2;unbekannt;21.11.2026 16:05;Anruf;Telefon;A;-;Guten Tag;
"""


def test_rows_become_events(desk: Desk) -> None:
    report = desk.load(desk.write("log.csv", LOG))
    assert report.rows == Rows(3, 3)
    first, second, third = desk.ask("select * from events order by occurred_at")
    assert first["occurred_at"] == dt.datetime(2026, 11, 21, 13, 5, tzinfo=dt.UTC)
    assert (first["person_id"], first["agent_id"]) == (person_id(KEY, "customer", "k-1"), agent_id(KEY, "MA-1"))
    assert (first["case_id"], first["activity"], first["kind"], first["channel"]) == ("ticket:V1", "Anruf", "contact", "phone")
    assert (first["direction"], first["actor"], first["team"], first["source"]) == ("inbound", "customer", "A", "log")
    assert (first["extra"], third["extra"]) == ('{"Tarif":"S"}', None)
    assert (third["person_id"], third["agent_id"]) == (None, None)
    assert second["kind"] == "answer"
    assert {t["text"] for t in desk.ask("select text from texts")} == {"Hallo", "Guten Tag"}
    (person,) = desk.ask("select * from people")
    assert (person["identifier"], person["identifier_kind"]) == ("K-1", "customer")
    assert desk.lake.store.state.runs()[0]["used"] == 3


def test_again_is_a_duplicate_and_the_mapping_is_reused(desk: Desk) -> None:
    path = desk.write("log_2026-10.csv", LOG)
    assert desk.load(path).mappings == [desk.places.mappings / "log.toml"]
    again = desk.load(desk.write("log (2).csv", LOG))
    assert (again.rows, again.events_duplicate) == (Rows(read=3, duplicate=3), 3)
    assert len(list(desk.places.mappings.glob("*.toml"))) == 1
    more = desk.load(desk.write("new.csv", LOG + "V3;K-3;22.11.2026 09:00;Anruf;Chat;A;MA-1;;S\n"))
    assert (more.rows.used, more.rows.duplicate) == (1, 3)


def test_true_duplicates_within_a_file_are_all_kept(desk: Desk) -> None:
    path = desk.write("log.csv", LOG + LOG.split("\n", 1)[1])
    assert desk.load(path).events_new == 6
    assert desk.load(path).rows == Rows(read=6, duplicate=6)


def test_the_same_id_with_other_content_is_refused_and_shown(desk: Desk) -> None:
    head = "event_id,customer_id,timestamp,activity,case_id\n"
    rows = ["e1,K1,2026-11-21 10:00,call,c1", "e2,K1,2026-11-21 11:00,mail,c1"]
    desk.load(desk.write("log.csv", head + "\n".join(rows)))
    rows[1] = "e2,K1,2026-11-21 12:00,mail,c1"
    report = desk.load(desk.write("log.csv", head + "\n".join([*rows, "e3,K1,2026-11-21 13:00,mail,c1"])))
    assert report.rows == Rows(read=3, used=1, rejected=1, duplicate=1)
    (row,) = list_rejected(desk.places.rejected)
    assert (row.row, row.column, row.value, str(row.message)) == (
        3,
        "event_id",
        "e2",
        "The same id is stored with other content.",
    )
    assert row.cells["timestamp"] == "2026-11-21 12:00"


def test_a_corrected_word_list_makes_no_conflict(desk: Desk) -> None:
    desk.load(desk.write("log.csv", LOG))
    mapping = desk.places.mappings / "log.toml"
    mapping.write_text(mapping.read_text("utf-8").replace('Anruf = "contact"', 'Anruf = "visit"'), "utf-8")
    assert desk.load(desk.write("log.csv", LOG)).rows == Rows(read=3, duplicate=3)


def test_a_column_never_seen_is_kept_profiled_and_reported(desk: Desk) -> None:
    desk.load(desk.write("log.csv", LOG))
    lines = LOG.splitlines()
    wider = "\n".join([lines[0] + ";Neu", *(f"{line};{i}" for i, line in enumerate(lines[1:], 1))])
    report = desk.load(desk.write("log.csv", wider.replace("14:05", "14:06")))
    (column,) = report.new_columns
    assert (column.column, column.filled, column.distinct, column.example) == ("Neu", 3, 3, "1")
    assert "Neu" in str(column.message)
    assert {"extra": '{"Neu":"1","Tarif":"S"}'} in desk.ask("select extra from events")


def test_a_gap_in_the_clock_is_flagged_and_extra_is_sorted(desk: Desk) -> None:
    desk.load(desk.write("t.csv", 'timestamp,event,user_id,zz,"a""b; drop table"\n2026-03-29 02:30,call,K1,z,1\n'))
    (row,) = desk.ask("select occurred_at, extra from events")
    assert row["occurred_at"] == dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC)
    assert list(json.loads(row["extra"]).items()) == [('a"b; drop table', "1"), ("kundig:dst_gap", True), ("zz", "z")]


def test_a_folder_in_which_some_files_say_nothing(desk: Desk) -> None:
    desk.write("log.csv", LOG)
    desk.write("colours.csv", "colour,size\nred,1\n")
    desk.write("readme.bin", b"\x00\x01\x02")
    desk.write("empty.csv", "")
    report = desk.load(desk.folder / "in")
    said = " ".join(str(message) for message in report.warnings)
    assert report.rows.used == 3
    assert "colours.csv has no column that could be the time" in said and "readme.bin" in said and "empty.csv" in said


def test_where_nothing_can_be_imported_nothing_is_left(desk: Desk) -> None:
    with pytest.raises(MappingError, match="time of an event"):
        desk.load(desk.write("colours.csv", "colour,size\nred,1\n"))
    (desk.folder / "nothing").mkdir()
    with pytest.raises(DataError):
        desk.load(desk.folder / "nothing")
    assert not list(desk.places.mappings.glob("*")) and desk.ask("select count(*) as n from events") == [{"n": 0}]


def test_a_file_that_breaks_off_is_left_out_whole(desk: Desk) -> None:
    rows = "".join(
        f"V{i};K-{i};21.11.2026 14:05;Anruf{i * 7919 % 10007};Telefon;A;MA-{i};Text {i * 104729 % 99991};S\n"
        for i in range(30_000)
    )
    whole = gzip.compress((LOG + rows).encode())
    broken = desk.write("broken.csv.gz", whole[: len(whole) * 9 // 10])
    good = desk.write("log.csv", LOG)
    report = desk.load(broken, good)
    assert [(f.file, f.rows.used, f.problem is not None) for f in report.files] == [
        ("broken.csv.gz", 0, True),
        ("log.csv", 3, False),
    ]
    assert desk.ask("select count(*) as n from events") == [{"n": 3}]
    with pytest.raises(DataError, match=r"broken\.csv\.gz"):
        desk.load(broken)


def test_people_without_events(desk: Desk) -> None:
    report = desk.load(
        desk.write("customers.csv", "Kundennummer,Name,E-Mail\nK-1,Anna Muster,a@x.de\nK-2,Bert Beispiel,b@x.de\n")
    )
    assert report.rows == Rows(read=2, without_event=2)
    assert desk.ask("select identifier, name, email from people order by 1")[0] == {
        "identifier": "K-1",
        "name": "Anna Muster",
        "email": "a@x.de",
    }


def test_sessions_by_a_pause_are_the_same_again(desk: Desk) -> None:
    clicks = "user_id,timestamp,event\n" + "".join(
        f"u{u},2026-11-21 {10 + m // 60:02}:{m % 60:02}:00,page {m}\n" for u in (1, 2) for m in (0, 10, 39, 70, 75, 106, 110, 115)
    )
    path = desk.write("clicks.csv", clicks)
    desk.load(path)
    cases = desk.ask(
        "select case_id, person_id, count(*) as n, min(occurred_at) as start from events group by 1, 2 order by start, person_id"
    )
    assert sorted(case["n"] for case in cases) == [2, 2, 3, 3, 3, 3]
    assert all(c["case_id"] == f"session:{c['person_id']}:{int(c['start'].timestamp())}" for c in cases)
    assert desk.load(path).rows == Rows(read=16, duplicate=16)


def test_segment_calls_identify_and_track(desk: Desk) -> None:
    calls = [
        {
            "type": "identify",
            "userId": "K1",
            "traits": {"name": "Anna Muster", "email": "a@x.de"},
            "timestamp": "2026-11-21T10:00:00Z",
        },
        {
            "type": "track",
            "userId": "K1",
            "event": "Kauf",
            "messageId": "m1",
            "timestamp": "2026-11-21T10:01:00Z",
            "properties": {"price": 3},
        },
        {"type": "track", "anonymousId": "a9", "event": "Suche", "messageId": "m2", "timestamp": "2026-11-21T10:02:00Z"},
        {"type": "page", "anonymousId": "a9", "messageId": "m3", "timestamp": "2026-11-21T10:03:00Z"},
    ]
    report = desk.load(desk.write("app.jsonl", "\n".join(map(json.dumps, calls))))
    assert report.rows == Rows(read=4, used=3, without_event=1)
    found = desk.ask("select activity, kind, person_id, extra from events order by occurred_at")
    assert [(e["activity"], e["kind"]) for e in found] == [("Kauf", "purchase"), ("Suche", "visit"), ("Page viewed", "visit")]
    assert [e["person_id"] for e in found] == [person_id(KEY, "customer", p) for p in ("K1", "a9", "a9")]
    assert json.loads(found[0]["extra"]) == {"properties.price": "3"}
    assert desk.ask("select name from people where name is not null") == [{"name": "Anna Muster"}]


def test_mail_of_the_firm_is_outbound(desk: Desk) -> None:
    mails = [("anna@x.de", "service@firm.de"), ("service@firm.de", "anna@x.de"), ("bert@y.de", "service@firm.de")]
    box = "".join(
        f"From x Sat Nov 21 10:0{i}:00 2026\nFrom: {a}\nTo: {b}\nDate: Sat, 21 Nov 2026 10:0{i}:00 +0100\nMessage-ID: <{i}@m>\n\nText {i}\n\n"
        for i, (a, b) in enumerate(mails)
    )
    desk.load(desk.write("box.mbox", box))
    found = desk.ask("select kind, direction, person_id is null as firm, channel from events order by occurred_at")
    assert [(e["kind"], e["direction"], e["firm"]) for e in found] == [
        ("contact", "inbound", False), ("answer", "outbound", True), ("contact", "inbound", False),
    ]  # fmt: skip


def test_a_mapping_that_does_not_fit_stops_the_import(desk: Desk) -> None:
    mapping = desk.write(
        "m.toml", 'version = 1\nsource = "s"\n[[table]]\nname = "t"\nfields = { occurred_at = "Zeit", activity = "Aktivität" }\n'
    )
    with pytest.raises(MappingError, match=r"log\.csv: table t of the mapping reads column Zeit"):
        desk.load(desk.write("log.csv", LOG), mapping=mapping)


def test_a_given_mapping_names_files_and_is_kept(desk: Desk) -> None:
    text = """version = 1
source = "desk"
[[table]]
name = "log"
files = ["log*.csv"]
fields = { occurred_at = "Zeitpunkt", activity = "Aktivität", duration_s = { column = "Dauer", unit = "min" }, cost = "Kosten" }
[[table]]
name = "spare"
files = ["spare.csv"]
"""
    mapping = desk.write("m.toml", text)
    log = desk.write("log1.csv", "Zeitpunkt;Aktivität;Dauer;Kosten\n2026-11-21;x;2;1.5\n2026-11-21;x;2;viel\n")
    seen: list[tuple[str, int]] = []
    report = desk.load(
        log,
        desk.write("spare.csv", "a,b\n1,2\n"),
        desk.write("z.csv", "a,b\n1,2\n"),
        mapping=mapping,
        progress=lambda f, n: seen.append((f, n)),
    )
    said = " ".join(map(str, report.warnings))
    assert report.rows == Rows(read=2, used=1, rejected=1) and seen == [("log1.csv", 2)]
    assert "spare.csv was not read" in said and "z.csv is named by no table" in said
    assert report.mappings == [desk.places.mappings / "desk.toml"]
    assert desk.ask("select duration_s, cost::double as cost, case_id from events") == [
        {"duration_s": 120.0, "cost": 1.5, "case_id": None}
    ]


def test_erased_persons_stay_out_and_are_counted(desk: Desk) -> None:
    path = desk.write("log.csv", LOG)
    desk.load(path)
    desk.lake.store.state.bury([person_id(KEY, "customer", "K-1")], dt.datetime(2026, 11, 21, 14, 30, tzinfo=dt.UTC))
    report = desk.load(desk.write("late.csv", LOG.replace("14:05", "14:06")))
    assert report.rows == Rows(read=3, duplicate=1, withheld=2)


def test_a_full_disk_is_said_in_words(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    with pytest.raises(StorageError, match="disk is full"):
        desk.load(desk.write("log.csv", LOG))


def test_times_are_in_the_mapping_s_zone_else_in_the_workspace_s(desk: Desk) -> None:
    text = 'version = 1\nsource = "s"\n{zone}[[table]]\nname = "t"\nfields = {{ occurred_at = "Zeitpunkt", activity = "Aktivität" }}\n'
    for zone in ("", 'time_zone = "Asia/Tokyo"\n'):
        desk.load(
            desk.write("log.csv", LOG), mapping=desk.write("m.toml", text.format(zone=zone).replace('"s"', f'"s{len(zone)}"'))
        )
    found = desk.ask("select source, min(occurred_at) as t from events group by 1 order by 1")
    assert [row["t"].hour for row in found] == [13, 5]


def test_two_time_columns_are_read_as_one(desk: Desk) -> None:
    mapping = desk.write(
        "m.toml",
        'version = 1\nsource = "s"\ntime_zone = "Europe/Berlin"\n[[table]]\nname = "t"\n'
        'fields = { occurred_at = ["Datum", "Uhrzeit"], activity = { value = "Termin" } }\ncase = { by = "person" }\nperson = { column = "wer" }\n',
    )
    desk.load(desk.write("t.csv", "Datum;Uhrzeit;wer\n21.11.2026;14:05;K1\n"), mapping=mapping)
    (row,) = desk.ask("select occurred_at, case_id, person_id from events")
    assert row["occurred_at"] == dt.datetime(2026, 11, 21, 13, 5, tzinfo=dt.UTC)
    assert row["case_id"] == f"person:{row['person_id']}"


def test_the_staging_folder_is_removed_when_an_import_fails(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr(desk.lake, "append", broken)
    with pytest.raises(OSError, match="disk"):
        desk.load(desk.write("log.csv", LOG + "V9;K-9;kein Datum;Anruf;;;;;\n"))
    assert not list(Path(desk.folder).rglob("staging-*")) and not list(desk.places.rejected.glob("*"))


def test_a_due_date_without_a_time_lasts_to_the_end_of_its_day(desk: Desk) -> None:
    rows = "".join(
        f"T{i};K1;01.06.2026 10:00;04.06.2026 15:00;{due}\n"
        for i, due in enumerate(
            ["04.06.2026", "2026-06-04", "20260604", "04.06.2026 00:00:00", "2026-06-04T00:00:00+02:00", "29.03.2026"]
        )
    )
    desk.load(desk.write("tickets.csv", "Ticketnummer;Kunde;Erstellt am;Erledigt am;Zugesagt bis\n" + rows))
    found = [each["due_at"] for each in desk.ask("select due_at from events where kind = 'promise_made' order by case_id")]
    berlin = ZoneInfo("Europe/Berlin")
    begin = dt.datetime(2026, 6, 4, tzinfo=berlin)
    end = dt.datetime(2026, 6, 4, 23, 59, 59, 999_999, tzinfo=berlin)
    assert found == [end, end, end, begin, begin, dt.datetime(2026, 3, 29, 23, 59, 59, 999_999, tzinfo=berlin)], (
        "29 March has 23 hours"
    )
    late = desk.ask("select case_id from events where kind = 'promise_kept' and occurred_at > due_at order by 1")
    assert [each["case_id"] for each in late] == ["ticket:T3", "ticket:T4", "ticket:T5"]


def test_where_no_row_fits_the_header_the_first_is_told(desk: Desk) -> None:
    shifted = desk.write(
        "shifted.csv", "Ticket;Kunde; drop table;Datum;Kanal\n1;K1;01.06.2026;Telefon\n2;K2;02.06.2026;Telefon\n"
    )
    with pytest.raises(
        DataError, match=r"No row of shifted\.csv can be read. It has 2; row 2: The row has 4 cells, the header 5\."
    ):
        desk.load(shifted)


def test_a_table_of_column_names_is_left_out(desk: Desk) -> None:
    empty = desk.write("empty.csv", "Ticket;Kunde;Datum;Kanal\n")
    with pytest.raises(DataError, match=r"empty\.csv holds only column names"):
        desk.load(empty)
    full = desk.write("full.csv", "Vorgang;Datum;Aktivität\n1;01.06.2026;Anruf\n")
    assert any("only column names" in str(w) for w in desk.load(empty, full).warnings)
