"""What holds for every channel: its names, what it claims, and that no bytes whatever upset it."""

from __future__ import annotations

import ast
import inspect
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kundig.channel import ROW, Channel, Rejected, Source, find, shelf
from kundig.errors import DataError, KundigError
from tests.channels.test_excel import row, text, xlsx

CHANNELS = shelf()
OCEL = {"eventTypes": [], "objectTypes": [], "objects": [], "events": [{"id": "1", "type": "t", "time": "2024-01-01"}]}
MAIL = b"From a@x Wed May  1 10:00:00 2024\nFrom: a@x\nMessage-ID: <1>\n\nx\n"
MAGIC = (
    b"PAR1",
    b"PK\x03\x04",
    b"SQLite format 3\0",
    b"\x1f\x8b\x08",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"<log>",
    b'{"eventTypes":',
    b"[{",
    MAIL,
    b"\xff\xfea\0",
)


def _parquet(folder: Path) -> bytes:
    pq.write_table(pa.table({"a": [1], "b": ["x"]}), folder / "p")
    return (folder / "p").read_bytes()


def _sqlite(folder: Path) -> bytes:
    with closing(sqlite3.connect(folder / "s")) as database, database:
        database.executescript("CREATE TABLE event (ocel_id, ocel_type); INSERT INTO event VALUES (1, 't')")
    return (folder / "s").read_bytes()


SAMPLES: list[tuple[str, str, Callable[[Path], bytes]]] = [
    ("csv", "a.csv", lambda _: b"a;b\n1;2\n"),
    ("csv", "a.txt", lambda _: "a\tb\n1\t2\n".encode("utf-16")),
    ("excel", "a.xlsx", lambda folder: xlsx(folder, S=row(text("a"), text("b")) + row(text("1"), text("2")))),
    ("parquet", "a.parquet", _parquet),
    ("jsonlines", "a.jsonl", lambda _: b'{"a": 1}\n{"a": 2}\n'),
    ("jsonlines", "a.json", lambda _: b'[{"a": 1}]'),
    ("xes", "a.xes", lambda _: b"<log><trace><event><string key='a' value='1'/></event></trace></log>"),
    ("ocel", "a.json", lambda _: json.dumps(OCEL).encode()),
    ("ocel", "a.sqlite", _sqlite),
    ("mailbox", "a.mbox", lambda _: MAIL),
]


def test_the_folder_is_the_list() -> None:
    assert set(CHANNELS) == {name for name, _, _ in SAMPLES}
    assert list(CHANNELS)[-1] == "csv", "what takes any text is asked last"


@pytest.mark.parametrize("name", CHANNELS)
def test_it_has_what_the_contract_asks_for(name: str) -> None:
    channel: Any = CHANNELS[name]
    assert channel.title
    assert isinstance(channel.order, int)
    assert all(each.startswith(".") and each == each.lower() != ".gz" for each in channel.suffixes)
    assert channel.__doc__
    assert ROW in channel.__doc__, "it says what its row numbers count"
    for function in ("claims", "parts", "rows"):
        assert (
            list(inspect.signature(getattr(channel, function)).parameters)
            == list(inspect.signature(getattr(Channel, function)).parameters)[1:]
        )


@pytest.mark.parametrize("name", CHANNELS)
def test_it_imports_nothing_heavy_and_no_neighbour_when_it_is_imported(name: str) -> None:
    module = ast.parse(Path(str(inspect.getfile(CHANNELS[name]))).read_text(encoding="utf-8"))  # type: ignore[arg-type]
    imported = {alias.name for node in module.body if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in module.body if isinstance(node, ast.ImportFrom)}
    assert not {each.split(".")[0] for each in imported} & {"pyarrow", "numpy", "python_calamine", "duckdb", "pandas"}
    assert not imported & {f"kundig.channels.{other}" for other in CHANNELS}


@pytest.mark.parametrize(("name", "file", "make"), SAMPLES)
def test_a_sample_finds_its_channel_whatever_it_is_called(
    tmp_path: Path, name: str, file: str, make: Callable[[Path], bytes]
) -> None:
    path = tmp_path / file
    path.write_bytes(make(tmp_path))
    for called in (file, "export.bin"):
        assert find(Source(path, called)) is CHANNELS[name]


@pytest.mark.parametrize(("name", "file", "make"), [sample for sample in SAMPLES if sample[1] != "a.sqlite"])
def test_batches_carry_the_row_numbers(tmp_path: Path, name: str, file: str, make: Callable[[Path], bytes]) -> None:
    path = tmp_path / file
    path.write_bytes(make(tmp_path))
    for part in CHANNELS[name].parts(Source(path, file)):
        batches = list(CHANNELS[name].rows(part, lambda rejected: pytest.fail(str(rejected))))
        numbers = [number for batch in batches for number in batch[ROW].to_pylist()]
        assert numbers
        assert numbers == sorted(set(numbers))
        assert all(batch.schema.field(ROW).type == pa.int64() and batch.num_columns > 1 for batch in batches)


@pytest.mark.parametrize("name", CHANNELS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.sampled_from(MAGIC) | st.binary(max_size=4), rest=st.binary(max_size=200), suffix=st.integers(0, 5))
def test_no_bytes_upset_it(tmp_path: Path, name: str, start: bytes, rest: bytes, suffix: int) -> None:
    """Either it reads them, or rejects rows, or raises our own error; nothing else."""
    channel = CHANNELS[name]
    path = tmp_path / "any"
    path.write_bytes(start + rest)
    source = Source(path, f"any{channel.suffixes[suffix % len(channel.suffixes)]}")
    assert channel.claims(source) in (True, False)
    rejected: list[Rejected] = []
    try:
        for part in channel.parts(source):
            for batch in channel.rows(part, rejected.append):
                batch.validate(full=True)
    except KundigError as error:
        assert source.name in str(error)
    for each in rejected:
        assert each.reason.format(**dict(each.values))
        each.raw.encode()


@pytest.mark.parametrize("name", CHANNELS)
def test_a_missing_file_is_our_own_error(tmp_path: Path, name: str) -> None:
    source = Source(tmp_path / "none.csv", "none.csv")
    assert not CHANNELS[name].claims(source) or name == "csv"
    with pytest.raises(DataError, match=r"none\.csv"):
        for part in CHANNELS[name].parts(source):
            list(CHANNELS[name].rows(part, print))
