"""A person gets all that is stored about him, readable by people and machines, and nothing of anybody else."""

from __future__ import annotations

import json
from pathlib import Path

from tests.lake.staging import lake_in, put
from tests.lake.test_erase import KEY, PEOPLE, ROWS, STORY


def test_all_of_him_and_nothing_of_others(tmp_path: Path) -> None:
    lake = lake_in(tmp_path / "w")
    put(lake, ROWS, PEOPLE)
    lake.export(KEY, "KD-471100", tmp_path / "out", firm="Musterfirma", lang="de")
    told = json.loads((tmp_path / "out" / "person.json").read_text())
    assert [e["text"] for e in told["events"]] == [STORY, None]
    assert told["people"][0]["email"] == "m.muster@example.org"
    everything = "".join(p.read_text() for p in (tmp_path / "out").iterdir())
    assert "other@example.org" not in everything and "KD-471200" not in everything


def test_the_page_is_german_and_escapes_what_customers_write(tmp_path: Path) -> None:
    lake = lake_in(tmp_path / "w")
    put(lake, [{**ROWS[0], "text": "<script>alert(1)</script>"}], PEOPLE)
    lake.export(KEY, "KD-471100", tmp_path / "out", lang="de")
    page = (tmp_path / "out" / "person.html").read_text()
    assert 'lang="de"' in page and "<script>" not in page and "&lt;script&gt;" in page


def test_a_formula_in_a_cell_stays_text(tmp_path: Path) -> None:
    lake = lake_in(tmp_path / "w")
    put(lake, [{**ROWS[0], "text": "=cmd|' /C calc'!A0"}], PEOPLE)
    lake.export(KEY, "KD-471100", tmp_path / "out")
    assert "'=cmd" in (tmp_path / "out" / "events.csv").read_text()
