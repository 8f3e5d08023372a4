"""Which columns of a file nobody has seen say what persons agreed to: by their header, and by answers or dates in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from kundig.ingest.guess import BY_HEADER, Guess
from kundig.ingest.headers import COMPOUND, hint
from kundig.ingest.mapping import Consent, Table
from kundig.ingest.profile import Column
from kundig.ingest.words import Words, plain
from kundig.message import Message, sentence

BY_HEADER_REFUSED = sentence("The header says it: {word}. A yes there is a no.")
NOTHING = "nothing"
_ONCE = 1.05
"""Rows per person up to which a table is a list of persons; what a person agreed to stands in such a list."""
_MOST_ANSWERS = 8


def answer(value: str, words: Words) -> str:
    """yes, no or nothing, as the word lists have it; "" where the value is no such word."""
    text = plain(value)
    return next((name for name, known in words.of("answers").items() if text in known), "") if text else ""


def proposed(columns: Mapping[str, Column], words: Words) -> dict[str, tuple[Consent, Guess]]:
    """For columns that say what persons agreed to: what they mean, and why; one column of answers for each purpose."""
    found: dict[str, tuple[Consent, Guess]] = {}
    for refused in (False, True):
        for column, purpose, guess in _offers(columns, words, refused=refused):
            if not column.is_date and not _is_taken(found, purpose):
                found[column.name] = _meaning(column.name, purpose, refused=refused), guess
    for refused in (False, True):
        for column, purpose, guess in _offers(columns, words, refused=refused):
            if column.is_date:
                _add_date(found, column.name, purpose, guess, refused=refused)
    return found


def of_table(table: Table, columns: Mapping[str, Column], found: Mapping[str, tuple[Consent, Guess]]) -> Table:
    """The table with the consents found, where it is a list of persons; else as it is."""
    if not table.person or columns[table.person.column].rows_per_value >= _ONCE:
        return table
    return replace(table, consents=tuple(dict.fromkeys(consent for consent, _ in found.values())))


def _meaning(column: str, purpose: str, *, refused: bool) -> Consent:
    return Consent(column, purpose, yes="withdrawn", no=NOTHING) if refused else Consent(column, purpose)


def _is_taken(found: Mapping[str, tuple[Consent, Guess]], purpose: str) -> bool:
    return any(consent.purpose == purpose for consent, _ in found.values())


def _offers(columns: Mapping[str, Column], words: Words, *, refused: bool) -> Iterator[tuple[Column, str, Guess]]:
    """Columns whose header speaks of agreeing (or refusing) and whose values are answers or dates, the surest first."""
    told = []
    for column in columns.values():
        agreed, not_agreed = hint(column.name, words.of("consents")), hint(column.name, words.of("refusals"))
        is_refusal = not_agreed is not None and (agreed is None or not_agreed.confidence >= agreed.confidence)
        best = not_agreed if is_refusal else agreed
        if best and is_refusal == refused and best.name != "none" and best.confidence > COMPOUND and _answers(column, words):
            reason = Message(BY_HEADER_REFUSED if refused else BY_HEADER, {"word": best.word})
            told.append((column, best.name, Guess(f"consent.{best.name}", best.confidence, reason)))
    yield from sorted(told, key=lambda each: -each[2].confidence)


def _answers(column: Column, words: Words) -> bool:
    if not column.filled:
        return False
    return column.is_date or (column.distinct <= _MOST_ANSWERS and all(answer(value, words) for value in column.examples))


def _add_date(found: dict[str, tuple[Consent, Guess]], column: str, purpose: str, guess: Guess, *, refused: bool) -> None:
    """A date belongs to the answers of its purpose; where there are none, it is the answer itself."""
    name = next((name for name, (consent, _) in found.items() if consent.purpose == purpose), "")
    if not name:
        found[column] = _meaning(column, purpose, refused=refused), guess
        return
    consent, why = found[name]
    at = "no_at" if refused and consent.yes == "given" else "at"
    if getattr(consent, at) or (not refused and consent.yes != "given"):
        return
    dated = replace(consent, **{at: column})
    for key, (one, reason) in list(found.items()):
        if one == consent:
            found[key] = dated, reason
    found[name], found[column] = (dated, why), (dated, guess)
