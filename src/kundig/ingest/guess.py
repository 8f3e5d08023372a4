"""Which column fills which field: header words propose, values confirm or refuse, each field takes its best column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from kundig.ingest.headers import happened, hints
from kundig.ingest.profile import Column
from kundig.ingest.words import Words
from kundig.message import Message, sentence

BY_HEADER = sentence("The header says it: {word}.")
BY_VALUES = sentence("The values look like it.")
BY_GUESS = sentence("This is a guess: nothing else in the file fits better.")
SURE = 0.9
_WORTH = 0.5
_NEEDED = {"occurred_at": 0.35, "activity": 0.35}
"""Without these there is no event, so that a guess is better than nothing; anything else unsure is kept in extra."""
_SOME = 1 / 3


@dataclass(frozen=True)
class Guess:
    """A field for a column, how sure that is, and why."""

    field: str
    confidence: float
    reason: Message


def guesses(columns: Mapping[str, Column], words: Words) -> dict[str, Guess]:
    """For each column the field it fills; every field goes to one column, the surest first."""
    offers = [(guess, column) for column in columns.values() for guess in _offers(column, columns, words)]
    offers.sort(key=lambda offer: (-offer[0].confidence, list(columns).index(offer[1].name)))
    chosen: dict[str, Guess] = {}
    taken: set[str] = set()
    for guess, column in offers:
        if guess.confidence >= _NEEDED.get(guess.field, _WORTH) and column.name not in chosen and guess.field not in taken:
            chosen[column.name] = guess
            taken.add(guess.field)
    return chosen


def _offers(column: Column, columns: Mapping[str, Column], words: Words) -> Iterator[Guess]:
    """What ``column`` may be by its header, as far as its values allow, and what its values say by themselves."""
    if not column.filled:
        return
    for found in hints(column.name, words.of("headers")):
        fits = FITS.get(found.name, _any)(column)
        if fits and not (found.name == "occurred_at" and not happened(column.name, words)):
            yield Guess(found.name, found.confidence * fits, Message(BY_HEADER, {"word": found.word}))
    for field, sure in _by_values(column, columns, words):
        yield Guess(field, sure, Message(BY_VALUES if sure >= _WORTH else BY_GUESS))


def _by_values(column: Column, columns: Mapping[str, Column], words: Words) -> Iterator[tuple[str, float]]:
    if column.is_mail:
        yield "person_email", 0.8
    if column.is_date and happened(column.name, words):
        dates = sum(other.is_date for other in columns.values())
        yield "occurred_at", 0.7 if dates == 1 else 0.4
    if column.is_prose:
        yield "text", 0.5
    if _repeats(column) and not column.is_date and not column.is_number:
        yield "activity", 0.4


def _any(column: Column) -> float:
    return 0.0 if column.is_date or column.is_prose else 1.0


def _time(column: Column) -> float:
    """A date; where the header is sure, a third of the values is enough: the others are rejected with their reason."""
    if column.is_date:
        return 1.0
    return 0.95 if column.is_epoch or column.share(max(column.dates, column.american)) >= _SOME else 0.0


def _clock(column: Column) -> float:
    return 1.0 if column.length <= 8 and all(":" in value for value in column.examples) else 0.0


def _number(column: Column) -> float:
    return 1.0 if column.is_number else 0.95 if column.share(column.numbers) >= _SOME else 0.0


def _score(column: Column) -> float:
    inside = _number(column) and column.distinct <= 101 and (column.low or 0) >= -100 and (column.high or 0) <= 100
    return 1.0 if inside else 0.0


def _identifier(column: Column) -> float:
    """A key: not a date, no prose, not one value for all."""
    if column.is_date or column.is_prose or column.length > 80:
        return 0.0
    return 1.0 if column.distinct > 1 or column.filled == 1 else 0.6


def _unique(column: Column) -> float:
    return _identifier(column) if column.distinct >= 0.99 * column.filled else 0.0


def _activity(column: Column) -> float:
    if column.is_date or column.is_prose or column.is_mail or column.length > 100:
        return 0.0
    return 1.0 if _repeats(column) or column.filled < 20 else 0.3


def _few(column: Column) -> float:
    return 1.0 if not column.is_date and not column.is_prose and (_repeats(column) or column.filled < 20) else 0.0


def _prose(column: Column) -> float:
    return 0.0 if column.is_date or column.is_number or column.is_mail else 1.0 if column.length >= 12 else 0.6


def _mail(column: Column) -> float:
    return 1.0 if column.is_mail else 0.0


def _phone(column: Column) -> float:
    return 1.0 if not column.is_date and not _repeats(column) and any(c.isdigit() for c in "".join(column.examples)) else 0.0


def _name(column: Column) -> float:
    return 1.0 if not column.is_date and not column.is_number and not column.is_mail and not _repeats(column) else 0.0


def _repeats(column: Column) -> bool:
    return column.distinct <= max(60, 0.1 * column.filled) and column.distinct < 0.7 * column.filled


FITS: dict[str, Callable[[Column], float]] = {
    "occurred_at": _time, "due_at": _time, "clock": _clock, "activity": _activity, "case": _identifier, "session": _identifier,
    "event_id": _unique, "person": _identifier, "person_name": _name, "person_email": _mail, "person_phone": _phone,
    "score": _score, "duration_s": _number, "cost": _number, "text": _prose, "channel": _few, "direction": _few,
    "actor": _few, "promise_id": _identifier,
}  # fmt: skip
