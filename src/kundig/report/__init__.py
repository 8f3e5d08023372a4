"""Many answers on one self-contained page, to pass on and to print: what today asks for, a manager's story, then the proof.

The page needs no script and asks nothing of any network; its own policy forbids both.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from kundig.answer import Answer
from kundig.answer.fitting import readable
from kundig.answer.page import KINDS_ARE_NAMED, lacks_kinds, section, style
from kundig.answer.plain import closed_word
from kundig.answer.sharing import left_out
from kundig.message import Message, date, say, sentence, show
from kundig.report.story import ORDER, Finding, Severity, story

__all__ = ["Finding", "report", "story"]

MORNING = "today"
"""The insight whose lines lead the page."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

SKIP, CONTENTS = sentence("Skip to content"), sentence("Contents")
IN_SHORT, WELL, UNSAID = (
    sentence("What is wrong, and what to do first"),
    sentence("What works"),
    sentence("What cannot be said yet"),
)
UNTOLD = sentence("Insights that cannot be told")
UNTOLD_HELP = sentence("Add these fields to the mapping and import the files again; the insights then appear by themselves.")
NOTHING = sentence("Nothing in the answers calls for action.")
HOW_SURE, TO_DO, DETAILS = sentence("How sure"), sentence("What to do"), sentence("Details: {title}")
FIRM, MADE, VERSION, FILTER = sentence("Firm"), sentence("Made on"), sentence("Data version"), sentence("Filter")
NO_FILTER, NOTES = sentence("none, all data"), sentence("Notes")
FOOT = sentence("Made with kundig. The page is complete in itself: it loads nothing and sends nothing.")
GRADES: Mapping[Severity, str] = {"high": sentence("Grave"), "medium": sentence("Notable"), "low": sentence("Minor")}

FILTERS: Mapping[str, str] = {
    "since": sentence("since"),
    "until": sentence("until"),
    "channel": sentence("channel"),
    "reason": sentence("reason"),
    "activity": sentence("activity"),
    "account": sentence("account"),
}


def report(
    title: str,
    answers: Sequence[Answer],
    *,
    lang: str,
    made_at: dt.datetime,
    firm: str = "",
    lake_version: int | None = None,
    where: Mapping[str, Any] | None = None,
    notes: Sequence[Message | str] = (),
) -> str:
    """One HTML page with all ``answers``, in ``lang``; ``made_at`` is printed as it is given.

    ``answers`` must already be fit for its readers: small groups are suppressed by the caller, the page says how many rows.
    """
    told = [answer for answer in answers if not answer.untold]
    untold = [answer for answer in answers if answer.untold]
    anchors = {id(answer): f"a{i}" for i, answer in enumerate(told, 1)}
    version = lake_version if lake_version is not None else max((answer.lake_version for answer in answers), default=0)
    body = (
        _header(say(title, lang), _facts(firm, made_at, version, where or {}, lang))
        + '<main id="content">'
        + _today(told, anchors, lang)
        + _story(answers, told, anchors, lang)
        + _notes(notes, answers, lang)
        + _contents(told, anchors, lang)
        + f'<div class="k-answers">{"".join(section(answer, lang, 2, anchors[id(answer)]) for answer in told)}</div>'
        + _untold(untold, lang)
        + f"</main><footer>{_text(say(FOOT, lang))}</footer>"
    )
    return _document(say(title, lang), body, lang)


def _document(title: str, body: str, lang: str) -> str:
    css = style() + Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    return (
        f'<!doctype html><html lang="{lang}" class="kundig"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
        f"<title>{_text(title)}</title><style>{css}</style></head>"
        f'<body class="kundig"><a class="k-skip" href="#content">{_text(say(SKIP, lang))}</a>{body}</body></html>\n'
    )


def _text(text: str) -> str:
    return escape(readable(text))


def _header(title: str, facts: Sequence[tuple[str, str]]) -> str:
    listed = "".join(f"<div><dt>{_text(name)}:</dt><dd>{_text(value)}</dd></div>" for name, value in facts)
    return f'<header><h1>{_text(title)}</h1><dl class="k-facts">{listed}</dl></header>'


def _facts(firm: str, made_at: dt.datetime, version: int, where: Mapping[str, Any], lang: str) -> list[tuple[str, str]]:
    facts = [(say(FIRM, lang), firm)] if firm else []
    facts.append((say(MADE, lang), date(made_at, lang)))
    facts.append((say(VERSION, lang), str(version)))
    facts.append((say(FILTER, lang), _filter(where, lang)))
    return facts


def _filter(where: Mapping[str, Any], lang: str) -> str:
    given = {name: value for name, value in where.items() if value not in (None, "", (), [])}
    shown = [f"{say(FILTERS.get(name, name), lang)} {_chosen(name, value, lang)}" for name, value in given.items()]
    return "; ".join(shown) or say(NO_FILTER, lang)


def _chosen(name: str, value: Any, lang: str) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_chosen(name, item, lang) for item in value)
    return closed_word(value, lang) if name == "channel" and isinstance(value, str) else show(value, lang)


def _today(told: Sequence[Answer], anchors: Mapping[int, str], lang: str) -> str:
    """The morning page's lines as they are ranked, each with a way to the answer behind it."""
    page = next((answer for answer in told if answer.name == MORNING), None)
    if page is None:
        return ""
    titles = {answer.name: (say(answer.title, lang), anchors[id(answer)]) for answer in reversed(told)}
    opens = page.table["insight"].to_pylist() if "insight" in page.table.column_names else []
    links = [_link(*titles[name], lang) if name in titles else "" for name in opens]
    links += [""] * (len(page.sentences) - len(links))
    items = "".join(f"<li>{_text(said.say(lang))}{link}</li>" for said, link in zip(page.sentences, links, strict=True))
    return _part("today", page.title, f'<ol class="k-plain">{items}</ol>', lang)


def _link(title: str, anchor: str, lang: str) -> str:
    return f' <a href="#{anchor}">{_text(Message(DETAILS, {"title": title}).say(lang))}</a>'


def _story(answers: Sequence[Answer], told: Sequence[Answer], anchors: Mapping[int, str], lang: str) -> str:
    findings = story(answers)
    titles = {answer.name: (say(answer.title, lang), anchors[id(answer)]) for answer in reversed(told)}
    wrong = [finding for finding in findings if finding.severity in GRADES]
    items = "".join(_finding(finding, titles[finding.insight], lang) for finding in wrong)
    body = f'<ol class="k-story">{items}</ol>' if wrong else f"<p>{_text(say(NOTHING, lang))}</p>"
    body += _plain(WELL, [finding for finding in findings if finding.severity == "good"], lang)
    body += _plain(UNSAID, [finding for finding in findings if finding.severity == "unknown"], lang)
    order = f'<p class="k-basis">{_text(say(ORDER, lang))}</p>' if wrong else ""
    return _part("story", IN_SHORT, body + order, lang)


def _part(key: str, heading: str, body: str, lang: str) -> str:
    return f'<section aria-labelledby="{key}"><h2 id="{key}">{_text(say(heading, lang))}</h2>{body}</section>'


def _finding(finding: Finding, source: tuple[str, str], lang: str) -> str:
    title, anchor = source
    lines = [f'<p class="k-grade">{_text(say(GRADES[finding.severity], lang))}</p><h3>{_text(finding.message.say(lang))}</h3>']
    lines.append(_line(HOW_SURE, " ".join(message.say(lang) for message in finding.evidence), lang))
    lines.append(_line(TO_DO, finding.action.say(lang) if finding.action else "", lang))
    lines.append(f"<p>{_link(title, anchor, lang).strip()}</p>")
    return f'<li class="k-{finding.severity}">{"".join(lines)}</li>'


def _line(name: str, text: str, lang: str) -> str:
    return f"<p><strong>{_text(say(name, lang))}:</strong> {_text(text)}</p>" if text else ""


def _plain(heading: str, findings: Sequence[Finding], lang: str) -> str:
    if not findings:
        return ""
    said = (" ".join(message.say(lang) for message in (finding.message, *finding.evidence)) for finding in findings)
    return f'<h3>{_text(say(heading, lang))}</h3><ul class="k-plain">{"".join(f"<li>{_text(text)}</li>" for text in said)}</ul>'


def _notes(notes: Sequence[Message | str], answers: Sequence[Answer], lang: str) -> str:
    said = [say(note, lang) for note in notes]
    said += [left_out(_summed(group)).say(lang) for group in _by_rule(answers)]
    if not said:
        return ""
    items = "".join(f"<li>{_text(text)}</li>" for text in said)
    return _part("notes", NOTES, f'<ul class="k-plain">{items}</ul>', lang)


def _by_rule(answers: Sequence[Answer]) -> Iterable[list[Answer]]:
    """The answers that left rows out, those by the same smallest group together."""
    hiding = sorted((answer for answer in answers if answer.suppressed), key=_rule)
    return (list(group) for _, group in groupby(hiding, key=_rule))


def _rule(answer: Answer) -> tuple[str, int]:
    return answer.least_of, answer.least


def _summed(answers: Sequence[Answer]) -> Answer:
    return dataclasses.replace(answers[0], suppressed=sum(answer.suppressed for answer in answers))


def _contents(told: Sequence[Answer], anchors: Mapping[int, str], lang: str) -> str:
    if not told:
        return ""
    items = "".join(f'<li><a href="#{anchors[id(answer)]}">{_text(say(answer.title, lang))}</a></li>' for answer in told)
    heading = _text(say(CONTENTS, lang))
    return f'<nav class="k-toc" aria-labelledby="contents"><h2 id="contents">{heading}</h2><ol>{items}</ol></nav>'


def _untold(untold: Sequence[Answer], lang: str) -> str:
    if not untold:
        return ""
    said = ((say(answer.title, lang), " ".join(message.say(lang) for message in answer.sentences)) for answer in untold)
    items = "".join(f"<li><strong>{_text(title)}</strong>: {_text(why)}</li>" for title, why in said)
    ways_out = [UNTOLD_HELP, *([KINDS_ARE_NAMED] if any(map(lacks_kinds, untold)) else [])]
    body = f'<ul class="k-plain">{items}</ul>{"".join(f"<p>{_text(say(text, lang))}</p>" for text in ways_out)}'
    return _part("untold", UNTOLD, body, lang)
