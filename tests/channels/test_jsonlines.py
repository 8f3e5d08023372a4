"""JSON events in the forms systems send them, and every way a line can be wrong."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.channels.reading import Read, read, stored

from kundig.channels import _bytes, _json, jsonlines
from kundig.errors import DataError

CLOUD_EVENT = {
    "specversion": "1.0",
    "id": "A-1",
    "source": "/shop",
    "type": "de.firm.order.placed",
    "time": "2024-05-01T10:00:00Z",
    "subject": "customer/7",
    "data": {"plan": "gold", "items": [{"sku": "a", "price": 1.5}]},
}
SEGMENT = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u1",
    "anonymousId": None,
    "messageId": "m1",
    "timestamp": "2024-05-01T10:00:00.000Z",
    "properties": {"revenue": 39.9, "gift": False},
    "context": {"page": {"url": "https://example.com"}},
}


def of(folder: Path, content: bytes | str, name: str = "a.jsonl") -> Read:
    return read(jsonlines, stored(folder, name, content))


def test_cloud_events_are_flattened(tmp_path: Path) -> None:
    expected = {name: value for name, value in CLOUD_EVENT.items() if name != "data"}
    expected |= {"data.plan": "gold", "data.items": '[{"sku": "a", "price": 1.5}]'}
    batch = json.dumps([CLOUD_EVENT, CLOUD_EVENT])
    assert of(tmp_path, json.dumps(CLOUD_EVENT)).rows == [expected]
    assert of(tmp_path, batch, "a.json").rows == [expected] * 2
    assert of(tmp_path, json.dumps(CLOUD_EVENT, indent=2), "a.json").rows == [expected]


def test_segment_calls_are_flattened_line_by_line_or_in_a_batch(tmp_path: Path) -> None:
    expected = {
        "type": "track", "event": "Order Completed", "userId": "u1", "anonymousId": None, "messageId": "m1",
        "timestamp": "2024-05-01T10:00:00.000Z", "properties.revenue": "39.9", "properties.gift": "false",
        "context.page.url": "https://example.com",
    }  # fmt: skip
    assert of(tmp_path, json.dumps(SEGMENT)).rows == [expected]
    wrapped = {"sentAt": "2024", "batch": [SEGMENT, SEGMENT], "writeKey": "k"}
    assert of(tmp_path, json.dumps(wrapped), "a.json").rows == [expected] * 2


def test_columns_are_those_of_the_rows(tmp_path: Path) -> None:
    found = of(tmp_path, '{"a": 1, "b": {}}\n\n{"c": "", "a": [], "_row": true}\n')
    assert found.all == [
        {"a": "1", "b": "{}", "c": None, "_row (2)": None, "_row": 1},
        {"a": "[]", "b": None, "c": "", "_row (2)": "true", "_row": 3},
    ]


def test_many_different_columns_make_small_batches(tmp_path: Path) -> None:
    found = of(tmp_path, "\n".join(json.dumps({f"k{row}_{n}": 1 for n in range(50)}) for row in range(300)))
    assert len(found.batches) > 1
    assert all(batch.num_rows * batch.num_columns < 520_000 for batch in found.batches)
    assert found.numbers == list(range(1, 301))


def test_numbers_stay_as_they_are_written(tmp_path: Path) -> None:
    texts = ["1.50", "1e5", "123456789012345678901234567890", "-0", "9" * 5000]
    lines = "\n".join(f'{{"a": {text}, "l": [{text}]}}' for text in texts)
    assert [(row["a"], row["l"]) for row in of(tmp_path, lines).rows] == [(text, f"[{text}]") for text in texts]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"a": 1', "It is no JSON: Expecting ',' delimiter at character 8."),
        (b"plain text", "It is no JSON: Expecting value at character 1."),
        (b'{"a": 1} x', "It is no JSON: Extra data at character 10."),
        (b"[1, 2]", "It is no object with named values."),
        (b'{"a": NaN}', "NaN is no number that JSON knows."),
        (b'{"a": -Infinity}', "-Infinity is no number that JSON knows."),
        (b'{"a": 1e400}', "The number 1e400 is beyond all bounds."),
        (b'{"a": 1, "b": 2, "a": 3}', "The key a is there twice."),
        (b'{"a.b": 1, "a": {"b": 2}}', "The key a.b is there twice."),
        (b'{"a": "\\ud800"}', "It holds bytes or escapes that are no text."),
        (b'{"\\uDC00": 1}', "It holds bytes or escapes that are no text."),
        (b'{"a": "\xff"}', "It holds bytes or escapes that are no text."),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "It is nested more than 64 levels deep."),
        (b'{"a":' + b"[" * 65 + b"]" * 65 + b"}", "It is nested more than 64 levels deep."),
        (json.dumps(dict.fromkeys(map(str, range(5001)))).encode(), "It has 5001 fields; at most 5000 are read."),
        (b'{"a":' + b"[" * 100_000, "It is nested more than 64 levels deep."),
    ],
)
def test_a_bad_line_is_rejected_whole_and_spoils_no_other(tmp_path: Path, line: bytes, reason: str) -> None:
    found = of(tmp_path, b'{"a": 0}\n' + line + b'\n{"a": 9}\n')
    assert [row["a"] for row in found.rows] == ["0", "9"]
    assert (found.numbers, found.reasons) == ([1, 3], [(2, reason)])
    assert found.rejected[0].raw == line.decode("utf-8", "backslashreplace")


def test_a_pair_of_surrogates_is_text(tmp_path: Path) -> None:
    assert of(tmp_path, b'\xef\xbb\xbf{"a": "\\ud83d\\ude00 \xc3\xa4"}\r\n').rows == [{"a": "😀 ä"}]


def test_a_bad_element_of_an_array_spoils_no_other(tmp_path: Path) -> None:
    found = of(tmp_path, '[{"a": 1}, 7, {"a": NaN}, "x, ]", {"a": [1, {"b": "}"}]}, {"a": 2}]\n[{"a": 3}]', "a.json")
    assert [row["a"] for row in found.rows] == ["1", '[1, {"b": "}"}]', "2", "3"]
    assert [row for row, _ in found.reasons] == [2, 3, 4]
    found = of(tmp_path, '[{"a": 1}}, {"a": 2}]', "a.json")
    assert [row["a"] for row in found.rows] == ["1", "2"]


def test_an_array_that_breaks_off_gives_what_was_whole(tmp_path: Path) -> None:
    found = of(tmp_path, '[{"a": 1}, {"a": "unfinished', "a.json")
    assert (found.numbers, found.reasons) == ([1], [(2, "It does not end within the file, or within 16 MB.")])
    assert found.rejected[0].raw == '{"a": "unfinished'


def test_entries_without_end_are_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (_bytes, _json, jsonlines):
        monkeypatch.setattr(module, "LONGEST_ROW", 2_000_000)
    found = of(tmp_path, '[{"a": "' + "x" * 9_000_000, "a.json")
    assert (found.rows, len(found.rejected)) == ([], 1)
    assert len(found.rejected[0].raw) < 4_000_000
    found = of(tmp_path, '{"a": "' + "x" * 3_000_000 + '"}\n{"a": 1}\n')
    assert (found.numbers, [row for row, _ in found.reasons]) == ([2], [1])


def test_empty_files_are_an_error(tmp_path: Path) -> None:
    for content in ("", "\n\n", "[]"):
        with pytest.raises(DataError, match="holds no events"):
            of(tmp_path, content, "a.json")


def test_what_it_claims(tmp_path: Path) -> None:
    for name, content in [
        ("a.json", b' [ {"a":1}]'),
        ("x", b'{"a":1}'),
        ("a.gz", gzip.compress(b"{}")),
        ("a", b"\xef\xbb\xbf[]"),
    ]:
        assert jsonlines.claims(stored(tmp_path, name, content))
    for content in (b"", b"[section]\na=1", b"a,b\n", b"{x", b"\x1f\x8bno gzip"):
        assert not jsonlines.claims(stored(tmp_path, "a.json", content))
    source = stored(tmp_path, "a.json", b"[]")
    assert jsonlines.parts(source) == [source]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
OBJECTS = st.dictionaries(TEXTS.filter(lambda key: "." not in key), st.none() | st.booleans() | st.integers() | TEXTS, max_size=4)


def as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


@settings(max_examples=50)
@given(st.lists(OBJECTS, min_size=1, max_size=6), st.sampled_from(["lines", "array", "indented", "wrapped"]), st.integers(1, 50))
def test_any_objects_come_back_in_every_form(
    tmp_path_factory: pytest.TempPathFactory, objects: list[dict[str, Any]], form: str, chunk: int
) -> None:
    content = {
        "lines": "\n".join(map(json.dumps, objects)),
        "array": json.dumps(objects, ensure_ascii=False),
        "indented": "\n".join(json.dumps(each, indent=1) for each in objects),
        "wrapped": json.dumps({"next": ["events"], "events": objects}),
    }[form]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_json, "_CHUNK", chunk)
        found = of(tmp_path_factory.mktemp("json"), content, "a.jsonl" if form == "lines" else "a.json")
    kept = [{name: value for name, value in row.items() if value is not None} for row in found.rows]
    expected = [{name or "": as_text(value) for name, value in each.items() if value is not None} for each in objects]
    assert [sorted(row.values()) for row in kept] == [sorted(map(str, row.values())) for row in expected]
    assert (found.numbers, found.rejected) == (list(range(1, len(objects) + 1)), [])
