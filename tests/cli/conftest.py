"""What the tests of the command line share: running it in this process, and in one of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kundig import event
from kundig.cli import root

Run = Callable[..., Result]
Process = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def kundig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """``kundig("ask", "promises")`` in an empty folder; the result has ``exit_code``, ``stdout`` and ``stderr``."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str | Path, input: str | None = None, env: Mapping[str, str] | None = None) -> Result:
        return CliRunner().invoke(root, [str(word) for word in words], input=input, env=dict(env or {}))

    return run


@pytest.fixture
def process(tmp_path: Path) -> Process:
    """The same as a real process."""

    def run(
        *words: str | Path, env: Mapping[str, str] | None = None, input: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kundig", *map(str, words)]
        given = {**os.environ, **(env or {})}
        return subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", cwd=tmp_path, env=given, input=input, timeout=120
        )

    return run


CALLS = (
    ("a", "2026-05-01T09:00", "asked", "contact", "phone", "Technik", "anna"),
    ("a", "2026-05-01T12:00", "answered", "answer", "phone", "Technik", "anna"),
    ("a", "2026-05-02T09:00", "asked", "contact", "email", "Rechnung", "anna"),
    ("a", "2026-05-03T09:00", "closed", "closed", "email", "Rechnung", "anna"),
    ("b", "2026-05-04T09:00", "asked", "contact", "phone", "Technik", "ben"),
    ("b", "2026-05-04T09:30", "closed", "closed", "phone", "Technik", "ben"),
    ("c", "2026-05-05T09:00", "asked", "contact", "phone", "Technik", "cem"),
)
COLUMNS = ("case_id", "occurred_at", "activity", "kind", "channel", "team", "person_id")


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with seven events of three persons in three cases, made once."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from kundig import workspace
    from kundig.lake import Staged
    from kundig.lake.identity import person_id
    from tests.rows import NOW, events_table

    made = workspace.create(tmp_path_factory.mktemp("made") / "firm", time_zone="Europe/Berlin", firm="Kolk")
    rows = [dict(zip(COLUMNS, call, strict=True)) for call in CALLS]
    people = [
        {**dict.fromkeys(event.PEOPLE.names), "identifier": who, "identifier_kind": "customer", "received_at": NOW}
        for who in ("anna", "ben", "cem")
    ]
    for row in [*rows, *people]:
        row["person_id"] = person_id(made.key, "customer", row.get("identifier") or row["person_id"])
    events = events_table(rows)
    events = events.append_column("text", pa.nulls(len(rows), pa.string())).append_column(
        "row", pa.array(range(len(rows)), pa.int64())
    )
    folder = made.lake.staging()
    pq.write_table(events, folder / "events.parquet")
    pq.write_table(pa.Table.from_pylist(people, schema=event.PEOPLE.arrow()), folder / "people.parquet")
    made.lake.append(Staged([folder / "events.parquet"], [folder / "people.parquet"]))
    made.lake.discard(folder)
    return made.folder


@pytest.fixture
def firm(_made: Path, tmp_path: Path) -> Path:
    """A workspace of its own: ``CALLS`` imported."""
    return Path(shutil.copytree(_made, tmp_path / "firm"))
