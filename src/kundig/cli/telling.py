"""An answer as text that fits a terminal: what matters first, then figures, table, and what the question means."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING, Any

from kundig.cli.filters import in_words
from kundig.cli.screen import Screen
from kundig.cli.wording import spoken, worded
from kundig.message import Message, sentence, sentences

if TYPE_CHECKING:
    import pyarrow as pa

    from kundig.answer import Answer

MOST_ROWS = 20
_ENDS = ("_low", "_high", "_n")


def tell(screen: Screen, answer: Answer) -> None:
    """Print ``answer`` for a person."""
    from kundig.answer.page import KINDS_ARE_NAMED, lacks_kinds
    from kundig.answer.sharing import left_out

    screen.title(worded(answer.title))
    if answer.where:
        screen.paragraph(Message("Only: {filter}", {"filter": in_words(dict(answer.where))}))
    for message in answer.sentences:
        screen.paragraph(message, indent="  ")
    if lacks_kinds(answer):
        screen.paragraph(KINDS_ARE_NAMED, indent="  ")
    _figures(screen, answer)
    _table(screen, answer)
    if answer.suppressed:
        screen.paragraph(left_out(answer))
    if answer.definition:
        screen.data()
        screen.paragraph(Message("What this means: {definition}", {"definition": Message(answer.definition)}))
    screen.note(sentence("More: --json all figures and the SQL, --csv the table, --svg FILE the picture."))


def bare(table: pa.Table, title: str = "", sql: str = "", version: int = 0, **more: Any) -> Answer:
    """A table alone as an answer, so that it is shown and written like every other; ``more`` are fields of Answer."""
    from kundig.answer import Answer

    return Answer(more.pop("name", ""), title, "", {}, (), None, table, sql, table.num_rows, version, **more)


def in_zone(table: pa.Table, zone: str) -> pa.Table:
    """``table`` with its instants as times in ``zone``; the very same table where it has none."""
    import pyarrow as pa

    for n, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz:
            table = table.set_column(n, field.name, table[n].cast(pa.timestamp(field.type.unit, tz=zone)))
    return table


def _figures(screen: Screen, answer: Answer) -> None:
    """The headline figures with their intervals, worded like a row of a table."""
    from kundig.answer.figures import figure_shown, figure_word

    words = {name: figure_shown(name, value, spoken()) for name, value in answer.figures.items()}
    rows = [
        (figure_word(answer, name, spoken()), words[name], _between(words, name)) for name in words if not _is_end(words, name)
    ]
    if rows:
        screen.data()
        screen.table(
            [worded(text) for text in (sentence("Figure"), sentence("Value"), sentence("Between"))], rows, (False, True, False)
        )


def _is_end(words: Container[str], name: str) -> bool:
    return any(name.endswith(end) and name.removesuffix(end) in words for end in _ENDS)


def _between(words: Mapping[str, str], name: str) -> str:
    low, high = words.get(f"{name}_low"), words.get(f"{name}_high")
    return f"{low} … {high}" if low and high else ""


def _table(screen: Screen, answer: Answer) -> None:
    from kundig.answer.plain import as_rows, numeric

    if not answer.table.num_rows:
        return
    headers, rows = as_rows(answer, spoken(), MOST_ROWS)
    screen.data()
    if hidden := screen.table(headers, rows, numeric(answer)):
        screen.say(sentences("{n} more column; --csv has all.", "{n} more columns; --csv has all.", hidden))
    if more := max(0, answer.table.num_rows - MOST_ROWS):
        screen.say(sentences("{n} more row; --csv has all.", "{n} more rows; --csv has all.", more))
