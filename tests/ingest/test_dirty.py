"""A deliberately dirty CSV: what can be read is imported, and every row is accounted for."""

from __future__ import annotations

import datetime as dt

from kundig.ingest import ImportReport, list_rejected
from kundig.ingest.account import Rows

from .conftest import Desk

HEAD = 'Vorgang;Kundennr;Zeitpunkt;Aktivität;Kosten;Kanal;Kanal;"a""b; drop table";Bewertung'
GOOD = {
    "German date and number, an umlaut of Windows-1252": "V1;K-1;21.11.2026 14:05;Störung Anruf;1.234,56;Telefon;x;1;5",
    "ISO with zone": "V1;K-1;2026-11-21T15:05:00+01:00;Antwort;0,50;Mail;x;2;",
    "seconds since 1970": "V2;K-2;1795269600;Anruf;12;Telefon;y;3;4",
    "NUL": "V3;K-3;21.11.2026 09:30;Antw\x00ort;1;Mail;z;6;",
    "formula": 'V5;=cmd|calc;21.11.2026 10:10;=HYPERLINK("http://x");1;Chat;z;8;',
    "lone quote": 'V6;K-6;21.11.2026 10:20;Sagte "gut;1;Chat;z;9;',
    "nobody": "V9;unbekannt;21.11.2026 10:50;Anruf;1;Chat;z;11;",
    "the first again": "V1;K-1;21.11.2026 14:05;Störung Anruf;1.234,56;Telefon;x;1;5",
    "a time that does not exist": "V12;K-12;29.03.2026 02:30;Anruf;1;Telefon;z;14;",
}
BAD = {
    "no date": "V2;K-2;32.11.2026 14:05;Anruf;1,0;Telefon;y;4;",
    "no number": "V3;K-3;21.11.2026 09:00;Anruf;viel;Telefon;z;5;",
    "10 MB": "V4;K-4;21.11.2026 10:00;" + "A" * 10_000_000 + ";1;Mail;z;7;",
    "too short": "V7;K-7;21.11.2026 10:30;Anruf",
    "too long": "V8;K-8;21.11.2026 10:40;Anruf;1;Chat;z;10;3;zu;viel",
}
EMPTY = {"no time": "V10;K-10;;Anruf;1;Chat;z;12;", "no activity": "V11;K-11;21.11.2026 11:00;;1;Chat;z;13;"}


def imported(desk: Desk) -> ImportReport:
    text = "\r\n".join([HEAD, *GOOD.values(), *BAD.values(), *EMPTY.values(), ""])
    return desk.load(desk.write("dirty.csv", text.encode("cp1252")))


def test_every_row_is_accounted_for(desk: Desk) -> None:
    report = imported(desk)
    assert report.rows == Rows(read=16, used=len(GOOD), rejected=len(BAD), without_event=len(EMPTY))
    assert report.events_new == len(GOOD)
    found = desk.ask("select activity, cost::double as cost, occurred_at, extra from events order by position")
    assert (found[0]["activity"], found[0]["cost"], found[0]["extra"]) == (
        "Störung Anruf",
        1234.56,
        '{"Kanal (2)":"x","a\\"b; drop table":"1"}',
    )
    assert found[1]["occurred_at"] == dt.datetime(2026, 11, 21, 14, 5, tzinfo=dt.UTC)
    assert found[2]["occurred_at"] == dt.datetime.fromtimestamp(1795269600, dt.UTC)
    assert [e["activity"] for e in found[3:6]] == ["Antw\x00ort", '=HYPERLINK("http://x")', 'Sagte "gut']
    assert '"kundig:dst_gap":true' in found[8]["extra"]

    rejected = list_rejected(desk.places.rejected)
    assert [(row.row, row.column, row.value[:20]) for row in rejected] == [
        (11, "Zeitpunkt", "32.11.2026 14:05"), (12, "Kosten", "viel"), (13, "Aktivität", "A" * 20), (14, "", ""), (15, "", ""),
    ]  # fmt: skip
    assert all(str(row.message) and (row.cells or row.raw) for row in rejected)
    assert len(rejected[2].raw) > 10_000_000

    again = imported(desk)
    assert again.rows == Rows(read=16, rejected=len(BAD), duplicate=len(GOOD), without_event=len(EMPTY))
    assert len(list_rejected(desk.places.rejected)) == len(BAD)
