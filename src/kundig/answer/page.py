"""An answer as a piece of a page, for the notebook and the report: words first, then the picture, then the proof."""

from __future__ import annotations

import math
import re
from functools import cache
from html import escape
from pathlib import Path

from kundig.answer import Answer, Graph
from kundig.answer.drawing import ON_ARROW
from kundig.answer.fitting import readable
from kundig.answer.palette import stylesheet
from kundig.answer.picture import as_svg, caption, key_of
from kundig.answer.plain import as_rows, numeric
from kundig.answer.sharing import left_out
from kundig.message import Message, say, sentence, sentences

MOST_ROWS = 50
SMALLEST_TEXT = 11.0
"""Pixels below which the words of a map are hard to read."""
_OPEN_ROWS = 12
"""A table up to this length is shown at once, a longer one on demand."""

TABLE, DEFINITION, SQL = sentence("Table"), sentence("Definition"), sentence("How it was computed (SQL)")
FIRST_ROWS = sentence("The first {shown} of {n} rows")
KINDS_ARE_NAMED = sentence(
    "Which activities are of which kind is named under [kinds] in the files of the folder mappings of the workspace. "
    "Events stored already keep their kind: correct the mapping and import into a new workspace."
)
"""The way out where an insight lacks a kind of event: activities no word list knows are stored as "other"."""
PICTURE_OF = sentence("Picture: {title}")
TABLE_OF = sentence("Table: {title}")


def as_html(answer: Answer, lang: str = "en") -> str:
    """A self-contained fragment with its own style: heading, sentences, picture, table (first 50 rows), definition, SQL."""
    return f'<div class="kundig" lang="{lang}"><style>{style()}</style>{section(answer, lang)}</div>'


@cache
def style() -> str:
    """The stylesheet of such fragments, for light and dark screens and for paper."""
    return stylesheet(".kundig") + Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def lacks_kinds(answer: Answer) -> bool:
    """Whether a kind of event is missing, or events are of no known kind: then it helps to know where kinds are named."""
    return answer.untold.startswith("kind=") or bool(answer.figures.get("of_no_kind"))


def section(answer: Answer, lang: str = "en", level: int = 2, anchor: str = "") -> str:
    """The fragment without style, its heading on ``level``, to stand within an element of class ``kundig``."""
    key = key_of(answer, lang)
    parts = [
        f'<h{level} id="{key}-h">{_text(say(answer.title, lang))}</h{level}>',
        _told(answer, lang),
        _figure(answer, lang, key),
        _table(answer, lang, key),
        _proof(answer, lang),
    ]
    named = f' id="{escape(anchor)}"' if anchor else ""
    return f'<section class="k-answer"{named} aria-labelledby="{key}-h">{"".join(parts)}</section>'


def _text(text: str) -> str:
    return escape(readable(text))


def _told(answer: Answer, lang: str) -> str:
    said = [f"<p>{_text(message.say(lang))}</p>" for message in answer.sentences]
    if not answer.untold and lacks_kinds(answer):
        said.append(f'<p class="k-basis">{_text(say(KINDS_ARE_NAMED, lang))}</p>')
    if answer.suppressed:
        said.append(f'<p class="k-basis">{_text(left_out(answer).say(lang))}</p>')
    return f'<div class="k-told">{"".join(said)}</div>'


def _figure(answer: Answer, lang: str, key: str) -> str:
    svg = as_svg(answer, lang)
    if not svg:
        return ""
    label = _text(Message(PICTURE_OF, {"title": say(answer.title, lang)}).say(lang))
    picture = f'<div class="k-scroll" tabindex="0" role="group" aria-label="{label}">{_scaling(svg, answer)}</div>'
    return f"<figure>{picture}<figcaption>{_text(caption(answer, lang))}</figcaption></figure>"


def _scaling(svg: str, answer: Answer) -> str:
    """Let a picture shrink while its words stay readable: a chart to three quarters, a map to 11 px; beyond that it scrolls."""
    least = SMALLEST_TEXT / ON_ARROW if isinstance(answer.chart, Graph) else 0.75
    width = float(match[1]) if (match := re.search(r'<svg[^>]*? width="([\d.]+)"', svg)) else 600.0
    return svg.replace("<svg ", f'<svg style="--k-wide:{width:.0f}px;--k-least:{math.ceil(least * width)}px" ', 1)


def _table(answer: Answer, lang: str, key: str) -> str:
    if answer.untold or not answer.table.num_columns:
        return ""
    headers, rows = as_rows(answer, lang, MOST_ROWS)
    flush = [' class="k-n"' if number else "" for number in numeric(answer)]
    head = "".join(f'<th scope="col"{end}>{_text(name)}</th>' for name, end in zip(headers, flush, strict=True))
    body = "".join(_row(row, flush) for row in rows)
    label = _text(Message(TABLE_OF, {"title": say(answer.title, lang)}).say(lang))
    table = (
        f"<table><caption>{_text(_how_many(answer, lang))}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
    shown = " open" if answer.table.num_rows <= _OPEN_ROWS else ""
    scroll = f'<div class="k-scroll" tabindex="0" role="group" aria-label="{label}">{table}</div>'
    return f"<details{shown}><summary>{_text(say(TABLE, lang))}</summary>{scroll}</details>"


def _row(row: list[str], flush: list[str]) -> str:
    """The first cell heads its row where it is a name."""
    cells = [f"<td{end}>{_text(cell)}</td>" for cell, end in zip(row, flush, strict=True)]
    if cells and not flush[0]:
        cells[0] = f'<th scope="row">{_text(row[0])}</th>'
    return f"<tr>{''.join(cells)}</tr>"


def _how_many(answer: Answer, lang: str) -> str:
    rows = answer.table.num_rows
    if rows > MOST_ROWS:
        return Message(FIRST_ROWS, {"shown": MOST_ROWS, "n": rows}).say(lang)
    return sentences("The only row", "All {n} rows", rows).say(lang)


def _proof(answer: Answer, lang: str) -> str:
    basis = sentences(
        "Based on {n} observation; data version {version}.", "Based on {n} observations; data version {version}.",
        answer.n, version=answer.lake_version,
    ).say(lang)  # fmt: skip
    parts = [f"<p><strong>{_text(say(DEFINITION, lang))}:</strong> {_text(say(answer.definition, lang))}</p>"]
    parts.append(f'<p class="k-basis">{_text(basis)}</p>')
    if answer.sql:
        parts.append(
            f"<details><summary>{_text(say(SQL, lang))}</summary><pre><code>{_text_lines(answer.sql)}</code></pre></details>"
        )
    return "".join(parts)


def _text_lines(text: str) -> str:
    return "\n".join(_text(line) for line in text.expandtabs(4).splitlines())
