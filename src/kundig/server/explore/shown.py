"""An answer as a page shows it: everything worded and sorted in the asker, so that the web thread only fills a template."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from kundig.message import Message, Share, say, sentence, show
from kundig.server.explore import asked, doors, journeys, periods

if TYPE_CHECKING:
    import pyarrow as pa

    from kundig.answer import Answer
    from kundig.workspace import Workspace

ROWS = 50
_COMMAND = "kundig ask"
"""A sentence that names a command is for the terminal; a page has links."""
_ENDS = ("_low", "_high", "_n")
NONE_FITS = sentence("No case has this. The most frequent values here: {known}.")
NONE_AT_ALL = sentence("No case has this.")


@dataclass(frozen=True)
class View:
    """How a page wants an answer shown: language, sorting ("n", "-n"), page of the table, what is beside it."""

    lang: str
    sort: str = ""
    page: int = 1
    compare: bool = False
    variant: str = ""
    cases: str = ""
    """The address of its cases, ending in ? or &; "" where the role may not see them."""


def shown(workspace: Workspace, name: str, inputs: Mapping[str, Any], where: Mapping[str, str], view: View) -> dict[str, Any]:
    """The page's content as plain values."""
    answer = _for_a_page(asked.put(workspace, name, inputs, where))
    told = {**_words(answer, view.lang), **_table(in_zone(answer, workspace.settings.time_zone), view)}
    told["figures"] = figures(answer, view)
    told["wrong"] = {} if answer.n else unknown_values(workspace, where, view.lang)
    listed = journeys.variants(workspace, where) if name == "journey-map" else []
    told["variants"] = [{**one, "share": show(Share(one["share"]), view.lang)} for one in listed]
    followed = view.variant if view.variant in {one["hash"] for one in listed} else ""  # a rare one may not be singled out
    told["svg"] = picture(workspace, answer, where, dataclasses.replace(view, variant=followed))
    if view.compare:
        told["comparison"] = periods.comparison(workspace, answer, inputs, where, view.lang)
    return told


def _words(answer: Answer, lang: str) -> dict[str, Any]:
    from kundig.answer.page import KINDS_ARE_NAMED
    from kundig.answer.picture import caption
    from kundig.answer.sharing import left_out

    return {
        "title": say(answer.title, lang), "definition": say(answer.definition, lang),
        "sentences": [message.say(lang) for message in answer.sentences],
        "caption": caption(answer, lang) if answer.chart else "",
        "sql": answer.sql, "n": answer.n, "lake_version": answer.lake_version, "untold": answer.untold,
        "way_out": say(KINDS_ARE_NAMED, lang) if answer.untold.startswith("kind=") else "",
        "left_out": left_out(answer).say(lang) if answer.suppressed else "",
    }  # fmt: skip


def figures(answer: Answer, view: View) -> list[dict[str, Any]]:
    """The headline figures with their intervals and, where the role may, the way to their cases."""
    from kundig.answer.figures import figure_shown, figure_word

    names = [name for name, value in answer.figures.items() if value is not None and not _is_end(answer.figures, name)]
    return [
        {
            "name": name, "label": figure_word(answer, name, view.lang),
            "value": figure_shown(name, answer.figures[name], view.lang), "between": between(answer, name, view.lang),
            "href": f"{view.cases}figure={name}" if _opens(answer, name, view) else "",
        }
        for name in names
    ]  # fmt: skip


def _opens(answer: Answer, name: str, view: View) -> bool:
    return bool(view.cases and answer.figures[name] and doors.figure(answer.name, name))


def between(answer: Answer, name: str, lang: str) -> str:
    """The interval of a figure; "" where it has none."""
    from kundig.answer.figures import figure_shown

    low, high = answer.figures.get(f"{name}_low"), answer.figures.get(f"{name}_high")
    if low is None or high is None:
        return ""
    values = {"low": figure_shown(f"{name}_low", low, lang), "high": figure_shown(f"{name}_high", high, lang)}
    return Message("{low} to {high}", values).say(lang)


def _is_end(figures: Mapping[str, Any], name: str) -> bool:
    return any(name.endswith(end) and name.removesuffix(end) in figures for end in _ENDS)


def in_zone(answer: Answer, zone: str) -> Answer:
    """The answer with the instants of its table as clocks in ``zone`` show them."""
    import pyarrow as pa

    table = answer.table
    for n, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz:
            table = table.set_column(n, field.name, table[n].cast(pa.timestamp(field.type.unit, tz=zone)))
    return dataclasses.replace(answer, table=table)


def sorted_by(table: pa.Table, sort: str) -> pa.Table:
    """Rows in the order of a column, "-" before its name for the largest first; empty cells come last."""
    import pyarrow.compute as pc

    name = sort.removeprefix("-")
    if name not in table.column_names:
        return table
    order: Literal["ascending", "descending"] = "descending" if sort.startswith("-") else "ascending"
    return table.take(pc.sort_indices(table, sort_keys=[(name, order)]))


def _table(answer: Answer, view: View) -> dict[str, Any]:
    from kundig.answer.plain import as_rows, numeric

    if answer.untold or not answer.table.num_columns:
        return {"columns": [], "rows": [], "total": 0, "page": 1, "pages": 1}
    pages = max(1, -(-answer.table.num_rows // ROWS))
    page = min(max(1, view.page), pages)
    part = sorted_by(answer.table, view.sort).slice((page - 1) * ROWS, ROWS)
    labels, rows = as_rows(dataclasses.replace(answer, table=part), view.lang)
    names = in_order(answer.table.column_names)
    columns = [
        {"name": name, "label": label, "number": number}
        for name, label, number in zip(names, labels, numeric(answer), strict=True)
    ]
    ways = [_way(answer, row, view) for row in part.to_pylist()]
    listed = [{"cells": _cells(row, columns), "href": href} for row, href in zip(rows, ways, strict=True)]
    return {"columns": columns, "rows": listed, "total": answer.table.num_rows, "page": page, "pages": pages}


def _cells(row: Sequence[str], columns: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"text": text, "number": column["number"]} for text, column in zip(row, columns, strict=True)]


def in_order(names: Sequence[str]) -> list[str]:
    """The order of ``as_rows``: the ends of an interval stand right after their value."""
    ends = {f"{name}{end}" for name in names for end in ("_low", "_high")} & set(names)
    return [
        part
        for name in names if name not in ends
        for part in (name, *(f"{name}{end}" for end in ("_low", "_high") if f"{name}{end}" in ends))
    ]  # fmt: skip


def _way(answer: Answer, row: Mapping[str, Any], view: View) -> str:
    from urllib.parse import urlencode

    keys = doors.keys_of(answer.name, row) if view.cases else None
    return view.cases + urlencode({f"key.{key}": value for key, value in keys.items()}) if keys else ""


def picture(workspace: Workspace, answer: Answer, where: Mapping[str, str], view: View) -> str:
    """The SVG; a journey map with links, and with the way of a variant where one is followed."""
    svg = _classed(answer.to_svg(view.lang))
    if answer.name != "journey-map":
        return svg
    followed = journeys.way(workspace, view.variant, where) if view.variant else []
    hrefs = journeys.hrefs_of(answer, view.cases) if view.cases else {}
    return journeys.linked(svg, answer, view.lang, hrefs, followed)


def _classed(svg: str) -> str:
    """Named by its width in hundreds of pixels: the stylesheet lets it shrink to three quarters, so that words stay readable."""
    width = re.search(r'<svg[^>]*? width="([\d.]+)"', svg)
    return svg.replace("<svg ", f'<svg class="wide-{math.ceil(float(width[1]) / 100)}" ', 1) if width else svg


def unknown_values(workspace: Workspace, where: Mapping[str, str], lang: str) -> dict[str, str]:
    """For each key of the filter that no event has, what is there instead."""
    found = {}
    for key in ("channel", "reason", "activity", "account"):
        if where.get(key) and not workspace.sql("select 1 as n from events limit 1", where={key: where[key]}).num_rows:
            known = _known(workspace, key, lang)
            found[key] = Message(NONE_FITS, {"known": known}).say(lang) if known else say(NONE_AT_ALL, lang)
    return found


def _known(workspace: Workspace, key: str, lang: str) -> str:
    from kundig.answer.plain import closed_word

    if key == "account":
        return ""
    sql = (
        f"select {key} as word, count(distinct coalesce(person_id, case_id)) as n from events where {key} is not null "
        "group by 1 having count(distinct coalesce(person_id, case_id)) >= 5 order by 2 desc, 1 limit 10"
    )
    words = [str(word) for word in workspace.sql(sql)["word"].to_pylist()]
    return ", ".join(closed_word(word, lang) if key == "channel" else word for word in words)


def _for_a_page(answer: Answer) -> Answer:
    """Without sentences that name a command, also in the words its picture carries."""
    kept = [one for one in answer.sentences if not any(_COMMAND in str(text) for text in (one.text, *one.values.values()))]
    return dataclasses.replace(answer, sentences=tuple(kept))
