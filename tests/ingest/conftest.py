"""A workspace with an empty lake, and imports into it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kundig.ingest import ImportReport, Places, import_files
from kundig.lake import Lake

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
KEY = bytes(range(32))


class Desk:
    """A workspace folder with lake, mappings and rejected rows."""

    def __init__(self, folder: Path, time_zone: str = "Europe/Berlin") -> None:
        self.folder = folder
        self.lake = Lake(folder, clock=lambda: NOW)
        self.lake.create()
        self.places = Places(folder / "mappings", folder / "rejected", KEY, time_zone, "1GB", 2)

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / "in" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def load(self, *paths: Path, **options: Any) -> ImportReport:
        report = import_files(self.lake, paths, self.places, now=NOW, **options)
        rows = report.rows
        assert rows.read == rows.used + rows.rejected + rows.duplicate + rows.without_event + rows.withheld
        assert not list((self.folder / "lake" / ".scratch").glob("staging-*"))
        return report

    def ask(self, sql: str) -> list[dict[str, Any]]:
        with self.lake.read("privacy") as reading:
            return reading.query(sql).to_pylist()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def desk_for(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Desk]:
    return lambda name: Desk(tmp_path_factory.mktemp(name))
