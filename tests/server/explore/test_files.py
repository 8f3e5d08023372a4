"""Answers as files: the same rows in each, and nothing a spreadsheet would run."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from kundig.answer import Answer, Chart
from kundig.errors import QuestionError
from kundig.server.explore import files, pdf

EVIL = ["=1+1", "+2", "-3", "@SUM(A1)", "\tx", "\ry", "plain"]


@pytest.fixture
def evil() -> Answer:
    """Formulas in header and cells, beside a negative number that must stay one."""
    table = pa.table({"=cmd()": EVIL, "n": [-1, 2, 3, 4, 5, 6, 7], "share": [0.5, None, 1.0, 0.0, 0.1, 0.2, 0.3]})
    return Answer("variants", "=Title", "-definition", {}, (), None, table, "select 1", 7, 3)


def test_csv_is_harmless(evil: Answer) -> None:
    lines = files.csv(evil, "en").decode("utf-8-sig").split("\n")
    assert lines[0] == "'=cmd(),n,share"
    assert lines[1] == "'=1+1,-1,0.5" and lines[2] == "'+2,2,"
    assert lines[4].startswith("'@SUM")


def test_excel_is_harmless_and_keeps_numbers(evil: Answer) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(files.xlsx(evil, "en")))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[0][0] == "'=cmd()" and rows[1][:2] == ["'=1+1", -1.0]
    assert [str(row[0])[0] for row in rows[1:7]] == ["'"] * 6 and rows[7][0] == "plain"
    about = {row[0]: row[1] for row in book.get_sheet_by_index(1).to_python()}
    assert about["Definition"] == "'-definition" and about["SQL"] == "select 1"


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_pdf_is_written_whatever_the_letters(evil: Answer, lang: str) -> None:
    body = files.pdf(evil, lang)
    assert body.startswith(b"%PDF-") and b"%%EOF" in body[-10:]
    assert pdf.readable("Größe „é“ ť → <b> Ж") == "Größe „é“ t ? &lt;b&gt; ?"


def test_a_control_letter_breaks_no_file() -> None:
    table = pa.table({"reason": ["a\x00b", "c\x0bd"], "when": pa.array([1, None], pa.timestamp("us", "UTC"))})
    answer = Answer("variants", "T", "d", {}, (), None, table, "select\t1", 2, 3)
    for form in ("csv", "xlsx", "parquet", "pdf", "json"):
        assert files.made(answer, form, "en")


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_chart_to_explore_tells_its_values_and_zooms_along_time(lang: str) -> None:
    rows = tuple({"day": f"2026-05-0{n}T00:00:00Z", "n": n} for n in range(1, 6))
    day, n = {"field": "day", "type": "temporal", "title": "Month"}, {"field": "n", "type": "quantitative", "title": "Cases"}
    chart = Chart({"mark": "line", "encoding": {"x": day, "y": n}}, rows)
    answer = Answer("variants", "T", "d", {}, (), chart, pa.table({}), "", 5, 1)
    spec = json.loads(files.made(answer, "vega", lang))
    assert "vega/v" in spec["$schema"] and spec["config"]["locale"]["number"]["decimal"] == (",", ".")[lang == "en"]
    assert "Vorgänge" in json.dumps(spec, ensure_ascii=False) if lang == "de" else "Cases" in json.dumps(spec)
    assert "zoom_day" in {signal["name"] for signal in spec["signals"]}
    assert "tooltip" in json.dumps(spec["marks"])


def test_there_is_no_picture_of_nothing(evil: Answer) -> None:
    with pytest.raises(QuestionError):
        files.made(evil, "vega", "en")
    with pytest.raises(QuestionError):
        files.svg(evil, "en")
    with pytest.raises(QuestionError):
        files.made(evil, "exe", "en")


def test_the_page_gives_every_form(site: Any, client_as: Callable[..., Client]) -> None:
    client, answer = client_as("analyst", lang="de"), site.workspace.ask("variants", most=5, share=True)
    got = {form: client.get(f"/insights/variants/file.{form}?most=5") for form in files.FORMS}
    assert {response.status_code for response in got.values()} == {200}
    assert pq.read_table(io.BytesIO(got["parquet"].content)).to_pylist() == answer.table.to_pylist()
    assert json.loads(got["json"].content) == answer.to_json("de")
    assert got["svg"].content.decode() == answer.to_svg("de")
    assert len(CalamineWorkbook.from_filelike(io.BytesIO(got["xlsx"].content)).get_sheet_by_index(0).to_python()) == 6
    assert got["pdf"].content.startswith(b"%PDF-")
    name = f'attachment; filename="variants-v{answer.lake_version}.csv"'
    assert got["csv"]["Content-Disposition"] == name


def test_a_file_hides_small_groups(site: Any, client_as: Callable[..., Client]) -> None:
    text = client_as("owner").get("/insights/variants/file.csv?most=100000").content.decode()
    assert len(text.splitlines()) - 1 == site.workspace.ask("variants", most=100000, share=True).table.num_rows


def test_a_question_that_does_not_fit_gives_no_file(client_as: Callable[..., Client]) -> None:
    response = client_as("owner").get("/insights/variants/file.csv?most=many")
    assert response.status_code == 400 and "Content-Disposition" not in response
