"""A help desk's export and the ``kundig`` command on it; what of the export is to be seen in a workspace."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kundig.cli import root
from kundig.ingest.rejected import list_rejected
from kundig.lake import Lake
from tests.lake.staging import rows_of

COLUMNS = ("ticket_id", "customer_id", "created_at", "activity", "channel", "message")
_ACTIVITIES = ("Ticket created", "Call received", "Reply sent", "Ticket closed")
_CHANNELS = ("phone", "email", "chat")
_EVERY = 500


def export(path: Path, first: int, last: int) -> Path:
    """A CSV with the rows ``first`` to ``last`` of the desk's; every 500th has a time nobody can read."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_row(n) for n in range(first, last))
    return path


def _row(n: int) -> tuple[str, ...]:
    time = "yesterday" if n % _EVERY == 7 else f"2026-{1 + n % 9:02d}-{1 + n % 28:02d} {n % 24:02d}:{n % 60:02d}:00"
    return f"T{n % 700}", customer(n), time, _ACTIVITIES[n % 4], _CHANNELS[n % 3], message(n)


def customer(n: int) -> str:
    """The customer of a row."""
    return f"customer-{n % 211:04d}"


def message(n: int) -> str:
    """What the customer of a row says; nobody else says it."""
    return f"{customer(n)} tells at length what went wrong the {n}th time"


def told(first: int, last: int, but: str = "") -> list[tuple[str, str]]:
    """Case and text of every event the rows tell, sorted; without those of one customer."""
    return sorted((f"ticket:T{n % 700}", message(n)) for n in range(first, last) if n % _EVERY != 7 and customer(n) != but)


def stored(folder: Path) -> list[tuple[str, str]]:
    """Case and text of every event in a workspace, sorted."""
    sql = "select e.case_id, t.text from events e left join texts t on t.event_id = e.event_id"
    return sorted((str(row["case_id"]), str(row["text"])) for row in rows_of(Lake(folder), sql))


@dataclass(frozen=True)
class Done:
    """How a command ended here: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


def command(folder: Path, *words: str | Path) -> list[str]:
    """The ``kundig`` command on a workspace as a process of its own."""
    return [sys.executable, "-m", "kundig", "-w", str(folder), "-y", *map(str, words)]


def kundig(folder: Path, *words: str | Path) -> Done:
    """Run the ``kundig`` command on a workspace in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as left:
        root.main(command(folder, *words)[3:])
    return Done(int(left.value.code or 0), out.getvalue(), err.getvalue())


def untidy(folder: Path, rejected: int, *, once: bool = True) -> list[str]:
    """What is not as it must be in a workspace in which a writer has come and gone after the damage.

    ``once``: no two files told the same rejected row.
    """
    found = kundig(folder, "verify")
    wrong = [] if found.code == 0 else [f"verify is red: {found.out}{found.err}"]
    others = [p.name for p in (folder / "lake" / ".scratch").glob("*-*-*") if f"-{os.getpid()}-" not in p.name]
    wrong += [f"left behind: {others}"] if others else []
    rows = [row.cells["message"] for row in list_rejected(folder / "rejected")]
    doubled = once and len(set(rows)) < len(rows)
    wrong += [f"{len(rows)} rejected rows, not {rejected}"] if doubled or len(rows) != rejected else []
    drafts = sorted(p.name for p in (folder / "mappings").iterdir() if p.suffix != ".toml")
    return wrong + ([f"left among the mappings: {drafts}"] if drafts else [])


def holding(folder: Path, text: str) -> Iterator[Path]:
    """Files of a workspace, stored or left behind, in which ``text`` stands; Parquet is decoded."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        whole = repr(pq.read_table(path).to_pylist()).encode() if path.suffix == ".parquet" else path.read_bytes()
        if text.encode() in whole:
            yield path
