"""An answer on A4: sentences, picture, table and definition. The fonts come with the library and know Western letters."""

from __future__ import annotations

import io
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig.message import Message, say, sentence, sentences

if TYPE_CHECKING:
    from kundig.answer import Answer

MOST_ROWS, ACROSS = 300, 8
"""Rows printed, and columns side by side; further columns follow below, each part headed by the first column."""
SCALE = 2.0
_LONGEST = 160
FIRST_ROWS = sentence("The first {shown} of {n} rows; the other files have all.")


@cache
def _fonts() -> frozenset[int]:
    """Register the fonts once; the letters they have."""
    import reportlab
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    folder = Path(reportlab.__file__).parent / "fonts"
    plain = TTFont("Vera", folder / "Vera.ttf")
    pdfmetrics.registerFont(plain)
    pdfmetrics.registerFont(TTFont("VeraBd", folder / "VeraBd.ttf"))
    return frozenset(plain.face.charToGlyph)


def readable(text: str) -> str:
    """``text`` as markup, letters the fonts lack as near ones, else as a question mark."""
    import unicodedata

    known = _fonts()

    def near(letter: str) -> str:
        if ord(letter) in known or letter in "\n\t":
            return letter
        base = unicodedata.normalize("NFKD", letter)[:1]
        return base if base and ord(base) in known else "?"

    return escape("".join(near(letter) for letter in text))


@cache
def _styles() -> dict[str, Any]:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.styles import ParagraphStyle

    from kundig.answer.palette import INK, SOFT

    _fonts()
    body = ParagraphStyle("body", fontName="Vera", fontSize=9, leading=13, spaceAfter=4, textColor=HexColor(INK))
    return {
        "body": body,
        "title": ParagraphStyle("title", body, fontName="VeraBd", fontSize=15, leading=19, spaceAfter=8),
        "head": ParagraphStyle("head", body, fontName="VeraBd", fontSize=10, spaceBefore=10),
        "small": ParagraphStyle("small", body, fontSize=7.5, leading=10, textColor=HexColor(SOFT)),
        "cell": ParagraphStyle("cell", body, fontSize=7, leading=9, spaceAfter=0),
        "number": ParagraphStyle("number", body, fontSize=7, leading=9, spaceAfter=0, alignment=2),
        "top": ParagraphStyle("top", body, fontName="VeraBd", fontSize=7, leading=9, spaceAfter=0),
        "sql": ParagraphStyle("sql", body, fontName="Courier", fontSize=7, leading=9),
    }


def printed(answer: Answer, lang: str) -> bytes:
    """The PDF."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    stream = io.BytesIO()
    title = say(answer.title, lang)
    paper = SimpleDocTemplate(
        stream, pagesize=A4, leftMargin=50, rightMargin=50, topMargin=50, bottomMargin=50, title=title, author="kundig",
        lang=lang, invariant=1,
    )  # fmt: skip
    paper.build(
        [*_told(answer, lang), *_picture(answer, lang, paper.width), *_tables(answer, lang, paper.width), *_proof(answer, lang)]
    )
    return stream.getvalue()


def _line(text: str, style: str) -> Any:
    from reportlab.platypus import Paragraph

    return Paragraph(readable(text).replace("\n", "<br/>"), _styles()[style])


def _told(answer: Answer, lang: str) -> list[Any]:
    from kundig.answer.sharing import left_out

    said = [_line(message.say(lang), "body") for message in answer.sentences]
    hidden = [_line(left_out(answer).say(lang), "small")] if answer.suppressed else []
    return [_line(say(answer.title, lang), "title"), *said, *hidden]


def _picture(answer: Answer, lang: str, width: float) -> list[Any]:
    import vl_convert
    from reportlab.lib.utils import ImageReader
    from reportlab.platypus import Image, Spacer

    from kundig.answer.picture import caption

    svg = answer.to_svg(lang)
    if not svg:
        return []
    png = vl_convert.svg_to_png(svg, scale=SCALE)
    wide, high = ImageReader(io.BytesIO(png)).getSize()
    shrunk = min(width / wide, 600 / high, 0.75 / SCALE)
    return [Spacer(1, 6), Image(io.BytesIO(png), wide * shrunk, high * shrunk), _line(caption(answer, lang), "small")]


def _tables(answer: Answer, lang: str, width: float) -> list[Any]:
    from kundig.answer.plain import as_rows, numeric

    if answer.untold or not answer.table.num_columns:
        return []
    labels, rows = as_rows(answer, lang, MOST_ROWS)
    numbers = numeric(answer)
    parts = [[0, *range(at, min(at + ACROSS - 1, len(labels)))] for at in range(1, len(labels), ACROSS - 1)] or [[0]]
    heading = say(sentence("Table"), lang)
    if answer.table.num_rows > MOST_ROWS:
        heading = Message(FIRST_ROWS, {"shown": MOST_ROWS, "n": answer.table.num_rows}).say(lang)
    return [_line(heading, "head"), *(_part(labels, rows, numbers, part, width) for part in parts)]


def _part(labels: list[str], rows: list[list[str]], numbers: list[bool], part: list[int], width: float) -> Any:
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Table

    from kundig.answer.palette import RULE

    styles = ["number" if numbers[n] else "cell" for n in part]
    head = [_line(labels[n], "top") for n in part]
    body = [[_line(_short(row[n]), style) for n, style in zip(part, styles, strict=True)] for row in rows]
    lines = [("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(RULE)), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    return Table(
        [head, *body], [width / len(part)] * len(part), repeatRows=1, style=lines, spaceBefore=4, spaceAfter=8, hAlign="LEFT"
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


def _proof(answer: Answer, lang: str) -> list[Any]:
    from reportlab.platypus import Preformatted

    basis = sentences(
        "Based on {n} observation; data version {version}.", "Based on {n} observations; data version {version}.",
        answer.n, version=answer.lake_version,
    ).say(lang)  # fmt: skip
    kept = [_line(say(sentence("Definition"), lang), "head"), _line(say(answer.definition, lang), "body"), _line(basis, "small")]
    sql = "".join(letter if letter.isascii() else "?" for letter in answer.sql)
    return [*kept, _line("SQL", "head"), Preformatted(sql, _styles()["sql"], maxLineLength=105)]
