"""An answer as a file to take away: CSV, Excel, Parquet, PDF, SVG, JSON, made in the asker.

Text a spreadsheet would run as a formula gets a leading apostrophe, in headers too.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kundig.errors import QuestionError
from kundig.message import say, sentence

if TYPE_CHECKING:
    from kundig.answer import Answer

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")
INSIGHT, IN_WORDS, TABLE = sentence("Insight"), sentence("In words"), sentence("Table")
DEFINITION, OBSERVATIONS = sentence("Definition"), sentence("Observations")
VERSION, LEFT_OUT = sentence("Data version"), sentence("Left out")
MOST_ROWS, MOST_TEXT = 1_048_575, 32_767
"""What a sheet of Excel holds: rows below the header, letters in a cell."""


@dataclass(frozen=True)
class Form:
    """A form of file: what it is called, its media type, and how it is made of an answer in a language."""

    title: str
    media: str
    make: Callable[[Answer, str], bytes]


def harmless(text: str) -> str:
    """Text that no spreadsheet runs."""
    return f"'{text}" if text.startswith(FORMULA) else text


def csv(answer: Answer, lang: str) -> bytes:
    """UTF-8 with a mark at the start, without which Excel reads umlauts wrongly."""
    from kundig.answer.plain import as_csv

    stream = io.StringIO(newline="")
    as_csv(answer, lang, stream)
    return stream.getvalue().encode("utf-8-sig")


def parquet(answer: Answer, lang: str) -> bytes:
    """The table with its types and stable names."""
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    pq.write_table(answer.table, stream)
    return stream.getvalue()


def svg(answer: Answer, lang: str) -> bytes:
    """The picture; QuestionError where there is none."""
    picture = answer.to_svg(lang)
    if not picture:
        raise QuestionError("This answer has no picture.")
    return picture.encode()


def vega(answer: Answer, lang: str) -> bytes:
    """The chart as Vega, which the page draws where somebody wants to look closer; QuestionError where there is none."""
    from kundig.answer.picture import as_vega

    spec = as_vega(answer, lang)
    if spec is None:
        raise QuestionError("This answer has no picture.")
    return json.dumps(spec, ensure_ascii=False).encode()


def as_json(answer: Answer, lang: str) -> bytes:
    """The whole answer."""
    return json.dumps(answer.to_json(lang), ensure_ascii=False, indent=1).encode()


def xlsx(answer: Answer, lang: str) -> bytes:
    """One sheet with the table under its names for people, one that says what it means and how it was computed."""
    import xlsxwriter

    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"title": say(answer.title, lang)})
        _table_sheet(book, answer, lang)
        _about_sheet(book, answer, lang)
    return stream.getvalue()


def _table_sheet(book: Any, answer: Answer, lang: str) -> None:
    from kundig.answer.plain import headers, plain

    sheet = book.add_worksheet(say(TABLE, lang))
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    # in the order of the table: the headers for people stand in the order of ``as_rows``, so they are looked up by name
    names = answer.table.column_names
    labels = dict(zip(_ordered(answer), headers(answer, lang), strict=True))
    for n, name in enumerate(names):
        sheet.write_string(0, n, harmless(labels.get(name, name)), bold)
    sheet.freeze_panes(1, 0)
    if names:
        sheet.set_column(0, len(names) - 1, 16)
    for at, row in enumerate(answer.table.slice(0, MOST_ROWS).to_pylist(), 1):
        for n, name in enumerate(names):
            _write(sheet, at, n, plain(row[name]))


def _ordered(answer: Answer) -> list[str]:
    from kundig.server.explore.shown import in_order

    return in_order(answer.table.column_names)


def _write(sheet: Any, row: int, column: int, value: Any) -> None:
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(row, column, value)
        case int() | float() if abs(value) < 1e15:
            sheet.write_number(row, column, value)
        case list() | dict():
            sheet.write_string(row, column, harmless(json.dumps(value, ensure_ascii=False))[:MOST_TEXT])
        case _:
            sheet.write_string(row, column, harmless(_writable(str(value)))[:MOST_TEXT])


def _writable(text: str) -> str:
    """Without control characters, which no sheet can hold."""
    return "".join(letter for letter in text if letter.isprintable() or letter in "\t\n\r")


def _about_sheet(book: Any, answer: Answer, lang: str) -> None:
    sheet = book.add_worksheet(say(DEFINITION, lang))
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100, wrapped)
    for row, (name, text) in enumerate(about(answer, lang)):
        sheet.write_string(row, 0, harmless(name))
        sheet.write_string(row, 1, harmless(_writable(text))[:MOST_TEXT])


def about(answer: Answer, lang: str) -> list[tuple[str, str]]:
    """What an answer says and rests on, as pairs of name and text."""
    from kundig.message import show

    told = [(say(INSIGHT, lang), say(answer.title, lang))]
    told += [(say(IN_WORDS, lang) if n == 0 else "", message.say(lang)) for n, message in enumerate(answer.sentences)]
    told += [(name.replace("_", " "), show(value, lang)) for name, value in {**answer.inputs, **answer.where}.items()]
    told.append((say(DEFINITION, lang), say(answer.definition, lang)))
    told.append((say(OBSERVATIONS, lang), show(answer.n, lang)))
    told.append((say(VERSION, lang), str(answer.lake_version)))
    if answer.suppressed:
        from kundig.answer.sharing import left_out

        told.append((say(LEFT_OUT, lang), left_out(answer).say(lang)))
    return [*told, ("SQL", answer.sql)]


def pdf(answer: Answer, lang: str) -> bytes:
    """Sentences, picture, table and definition on A4."""
    from kundig.server.explore.pdf import printed

    return printed(answer, lang)


FORMS: Mapping[str, Form] = {
    "csv": Form("CSV", "text/csv; charset=utf-8", csv),
    "xlsx": Form("Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx),
    "parquet": Form("Parquet", "application/vnd.apache.parquet", parquet),
    "pdf": Form("PDF", "application/pdf", pdf),
    "svg": Form("SVG", "image/svg+xml", svg),
    "json": Form("JSON", "application/json", as_json),
    "vega": Form("Vega", "application/json", vega),
}
TAKEN_AWAY = ("csv", "xlsx", "parquet", "pdf", "svg", "json")
"""The forms a page offers as files."""


def made(answer: Answer, form: str, lang: str) -> bytes:
    """``answer`` as a file of ``form``; QuestionError where there is no such form."""
    if form not in FORMS:
        raise QuestionError("There is no form {name}.", "Use one of: {known}.", name=form, known=", ".join(FORMS))
    return FORMS[form].make(answer, lang)


def file_name(name: str, form: str, version: int) -> str:
    """The insight, the data's version, and the form: what a folder of such files is sorted by."""
    return f"{name}-v{version}.{form}"
