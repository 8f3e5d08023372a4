"""XES logs: published counts of real logs, the standard's structure, and XML that attacks its reader."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from tests.channels.reading import Read, read, stored

from kundig.channel import Source
from kundig.channels import xes
from kundig.errors import DataError

LOG = """<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand -->
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <global scope="event"><string key="concept:name" value="none"/></global>
  <string key="origin" value="test"/>
  {}
</log>"""
TRACE = '<trace><string key="concept:name" value="{}"/>{}</trace>'
EVENT = '<event><string key="concept:name" value="{}"/></event>'


def of(folder: Path, body: str, name: str = "a.xes") -> Read:
    return read(xes, stored(folder, name, LOG.format(body)))


@pytest.mark.parametrize(
    ("name", "cases", "events"),
    [
        ("bpic2013/bpi_challenge_2013_incidents.xes.gz", 7554, 65533),
        ("bpic2013/BPI_Challenge_2013_closed_problems.xes.gz", 1487, 6660),
        ("helpdesk_italy/helpdesk.xes.gz", 4580, 21348),
        ("receipt/08_receipt.xes.gz", 1434, 8577),
    ],
)
def test_real_logs_have_their_published_cases_and_events(shared_data: Path, name: str, cases: int, events: int) -> None:
    source = Source(shared_data / name, name)
    assert xes.claims(source)
    rejected: list[object] = []
    names: set[str] = set()
    count = 0
    for batch in xes.rows(source, rejected.append):
        names.update(batch["case:concept:name"].to_pylist())
        count += batch.num_rows
        assert batch["_row"][-1].as_py() == count
    assert (len(names), count, rejected) == (cases, events, [])


def test_one_row_per_event_with_its_trace(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        '<trace><string key="concept:name" value="C &amp; 1"/><int key="age" value="007"/>'
        '<event><string key="concept:name" value="open"/><date key="time:timestamp" value="2024-01-01T00:00:00.000+01:00"/>'
        '<boolean key="ok" value="true"/></event><event/></trace><trace/>',
    )
    trace = {"case:concept:name": "C & 1", "case:age": "007"}
    first = {"concept:name": "open", "time:timestamp": "2024-01-01T00:00:00.000+01:00", "ok": "true", **trace}
    assert found.all == [{**first, "_row": 1}, {**dict.fromkeys(first), **trace, "_row": 2}]


def test_a_trace_without_a_name_is_numbered_and_late_attributes_count(tmp_path: Path) -> None:
    found = of(tmp_path, f'<trace/><trace>{EVENT.format("a")}<string key="x" value="late"/></trace>{EVENT.format("alone")}')
    assert found.rows == [
        {"concept:name": "a", "case:x": "late", "case:_index": "2"},
        {"concept:name": "alone", "case:x": None, "case:_index": None},
    ]


def test_nested_and_repeated_keys(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        '<trace><string key="concept:name" value="1"/><event><string key="a" value="x"><int key="b" value="1"/></string>'
        '<list key="l"><values><string key="m" value="2"/><string key="m" value="3"/></values></list>'
        '<string key="case:concept:name" value="own"/></event></trace>',
    )
    assert found.rows == [
        {"case:concept:name": "1", "a": "x", "a.b": "1", "l.m": "2", "l.m (2)": "3", "case:concept:name (2)": "own"}
    ]


def test_prefixed_elements_and_other_encodings(tmp_path: Path) -> None:
    text = f'<?xml version="1.0" encoding="iso-8859-1"?><x:log xmlns:x="u">{TRACE.format("Köln", EVENT.format("ä"))}</x:log>'
    text = text.replace("<trace", "<x:trace").replace("</trace", "</x:trace")
    found = read(xes, stored(tmp_path, "a.xes.gz", gzip.compress(text.encode("latin-1"))))
    assert found.rows == [{"concept:name": "ä", "case:concept:name": "Köln"}]


def test_a_long_trace_is_given_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xes, "_TRACE_EVENTS", 10)
    found = of(tmp_path, TRACE.format("c", EVENT.format("a") * 25))
    assert [row["case:concept:name"] for row in found.rows] == ["c"] * 25


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY l2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>',
        '<!DOCTYPE log [<!ENTITY file SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE log SYSTEM "http://example.com/log.dtd">',
        "<!DOCTYPE log>",
    ],
)
def test_attacks_are_refused(tmp_path: Path, doctype: str) -> None:
    text = f'<?xml version="1.0"?>{doctype}<log><trace><event><string key="a" value="1"/></event></trace></log>'
    with pytest.raises(DataError, match="holds a DTD or entities and was refused"):
        read(xes, stored(tmp_path, "a.xes", text))


def test_elements_beyond_all_bounds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xes, "LONGEST_ROW", 500_000)
    for body in (
        "<trace><event>" + '<string key="a" value="1">' * 300,
        "<trace><event>" + '<string key="a" value="1"/>' * 2_000,
        f'<trace><event><string key="a" value="{"x" * 2_000_000}"/></event></trace>',
    ):
        with pytest.raises(DataError, match="too large or nested too deep"):
            of(tmp_path, body)


def test_damage_in_the_middle_keeps_what_was_whole(tmp_path: Path) -> None:
    found = of(tmp_path, TRACE.format(1, EVENT.format("a") + EVENT.format("b") + "<event><oops"))
    assert [row["concept:name"] for row in found.rows] == ["a", "b"]
    assert found.numbers == [1, 2]
    assert [(row, reason[:29]) for row, reason in found.reasons] == [(3, "The XML is damaged in line 7 ")]


@pytest.mark.parametrize("content", ["", "no xml", "<log><trace>", "<log>&undefined;</log>"])
def test_what_is_no_xml_is_an_error(tmp_path: Path, content: str) -> None:
    with pytest.raises(DataError, match=r"a\.xes is no XML"):
        read(xes, stored(tmp_path, "a.xes", content))


def test_a_log_without_events_has_no_rows(tmp_path: Path) -> None:
    assert of(tmp_path, TRACE.format(1, "")).rows == []


def test_what_it_claims(tmp_path: Path) -> None:
    source = stored(tmp_path, "a.bin", LOG)
    assert xes.claims(source)
    assert xes.parts(source) == [source]
    for content in ("", "<html><log></html>", "<?xml version='1.0'?><feed/>", "a <log"):
        assert not xes.claims(stored(tmp_path, "a.xes", content))
