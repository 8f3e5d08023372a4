"""Export of one person: everything the lake holds about him, for machines (JSON, CSV) and for himself (HTML).

Other people's data stay out: only his own events of a shared case, agents as pseudonyms.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

from kundig import event
from kundig.lake.persons import Person
from kundig.lake.reading import Reading
from kundig.message import Message, Word, say, sentence, show

_TABLES = {
    "people": "select * from stored_people where person_id in (select * from unnest(:ids)) order by received_at",
    "events": (
        "select e.*, t.text from stored_events e left join stored_texts t on t.event_id = e.event_id "
        "where e.person_id in (select * from unnest(:ids)) order by e.occurred_at, e.position"
    ),
    "cases": "select * from cases where person_id in (select * from unnest(:ids)) order by started_at, case_id",
    "labels": (
        "select l.* from stored_labels l join stored_events e on e.event_id = l.event_id "
        "where e.person_id in (select * from unnest(:ids)) order by l.event_id, l.name"
    ),
    "links": "select * from stored_links where person_id in (select * from unnest(:ids)) or same_as in (select * from unnest(:ids))",
    "consents": "select * from stored_consents where person_id in (select * from unnest(:ids)) order by decided_at",
}
_KNOWN = {
    "identifier": sentence("Identifier"), "name": sentence("Name"), "email": sentence("Email"), "phone": sentence("Phone"),
}  # fmt: skip
_EVENT_HEADS = (sentence("When"), sentence("What"), sentence("Channel"), sentence("Case"), sentence("Text"))
_PURPOSE_HEADS = (sentence("Purpose"), sentence("Legal basis"), sentence("Meaning"))
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\x00")


def export(reading: Reading, person: Person, folder: Path, firm: str, lang: str) -> list[Path]:
    """Write ``person.json``, one CSV per table with rows, and ``person.html`` into ``folder``; returns the paths."""
    found = {name: reading.query(sql, {"ids": list(person.ids)}).to_pylist() for name, sql in _TABLES.items()}
    folder.mkdir(parents=True, exist_ok=True)
    written = [_json(folder / "person.json", found, reading, person)]
    written += [_csv(folder / f"{name}.csv", rows) for name, rows in found.items() if rows]
    written.append(_html(folder / "person.html", found, reading, firm, lang))
    return written


def _json(path: Path, found: Mapping[str, Sequence[Mapping[str, Any]]], reading: Reading, person: Person) -> Path:
    purposes = [{"name": p.name, "basis": p.basis, "sentence": p.sentence} for p in event.PURPOSES]
    told = {"persons": person.ids, "lake_version": reading.version, "made_at": reading.clock, "purposes": purposes, **found}
    path.write_text(json.dumps(told, ensure_ascii=False, indent=2, default=_plain) + "\n", encoding="utf-8")
    return path


def _csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(rows[0])
        for row in rows:
            writer.writerow(_safe(_plain(v) if v is not None else "") for v in row.values())
    return path


def _safe(value: Any) -> Any:
    """Text a spreadsheet would take for a formula gets an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return value


_STYLE = (
    ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}"
    "table{border-collapse:collapse}th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8886}"
    ".wide{overflow-x:auto}td{overflow-wrap:anywhere}"
)


def _html(path: Path, found: Mapping[str, Sequence[Mapping[str, Any]]], reading: Reading, firm: str, lang: str) -> Path:
    title = say("What is stored about you", lang)
    who = say(Message("{n} events, as of {day}.", {"n": len(found["events"]), "day": reading.clock.date()}), lang)
    body = [f"<h1>{escape(title)}</h1>", f"<p>{escape(firm)}</p>" if firm else "", f"<p>{escape(who)}</p>"]
    body += [_known(found["people"], lang), _timeline(found["events"], lang), _purposes(lang)]
    page = (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{''.join(body)}</main></body></html>\n"
    )
    path.write_text(page, encoding="utf-8")
    return path


def _known(people: Sequence[Mapping[str, Any]], lang: str) -> str:
    rows = sorted({tuple(row[c] or "" for c in _KNOWN) for row in people})
    return f"<h2>{escape(say('Who you are to us', lang))}</h2>" + _table([say(head, lang) for head in _KNOWN.values()], rows)


def _timeline(events: Sequence[Mapping[str, Any]], lang: str) -> str:
    heads = [say(w, lang) for w in _EVENT_HEADS]
    rows = [
        (show(e["occurred_at"], lang), e["activity"], show(Word(e["channel"]), lang) if e["channel"] else "", e["case_id"] or "", e["text"] or "")
        for e in events
    ]  # fmt: skip
    return f"<h2>{escape(say('What happened', lang))}</h2>" + _table(heads, rows)


def _purposes(lang: str) -> str:
    rows = [(say(p.name, lang), say(p.basis, lang), say(p.sentence, lang)) for p in event.PURPOSES]
    return f"<h2>{escape(say('What it is used for', lang))}</h2>" + _table([say(w, lang) for w in _PURPOSE_HEADS], rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(c))}</td>" for c in row) + "</tr>" for row in rows)
    return f'<div class="wide" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
