"""What a column's header says it is: exact word, part of it, or a German compound."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kundig.ingest.words import Words, plain

LONGEST_NAME = 60
_DATA = re.compile(
    r"https?://.*|[\w.+-]+@[\w-]+\.[\w.-]+|(?:\d{4}-\d\d?-\d\d?|\d\d?[./]\d\d?[./]\d{4})[T ]\d.*|[-+]?\d{5,}|[-+]?\d+[.,]\d+"
)
"""An address, a time of day on a date, a number too long for a year: nobody calls a column that, but a table across may say 2026-05."""
EXACT, PART, COMPOUND = 0.95, 0.7, 0.6
_PREFIXES = ("case ", "data ", "properties ", "context ", "traits ", "object ")


@dataclass(frozen=True)
class Hint:
    """A name of a word list, how sure it is, and the word that fitted."""

    name: str
    confidence: float
    word: str


def hints(header: str, names: Mapping[str, Sequence[str]]) -> list[Hint]:
    """What ``header`` may be, the surest first; ``names`` is a section of the word lists."""
    text = plain(header)
    bare = next((text.removeprefix(p) for p in _PREFIXES if text.startswith(p)), text)
    found = [hint for name, words in names.items() if (hint := _best(name, words, {text, bare}))]
    return sorted(found, key=lambda hint: (-hint.confidence, -len(hint.word)))


def hint(header: str, names: Mapping[str, Sequence[str]]) -> Hint | None:
    """The surest of :func:`hints`."""
    return next(iter(hints(header, names)), None)


def like_data(names: Sequence[str]) -> str:
    """The first of ``names`` that looks like data rather than the name of a column, "" where none does.

    Surveys name columns by whole questions, and nested JSON by long paths: those are names.
    """
    return next((name for name in map(str.strip, names) if _is_long(name) or _DATA.fullmatch(name)), "")


def _is_long(name: str) -> bool:
    return len(name) > LONGEST_NAME and " " in name and not name.endswith(("?", ":"))


def is_ignored(header: str, words: Words) -> bool:
    """True for dates that are no event: last change, birthday."""
    return any(_fits(word, plain(header)) for word in words.of("dates").get("ignored", ()))


def happened(header: str, words: Words) -> bool:
    """False for dates at which nothing happened: what is due, a last change, a birthday."""
    dates = {name: found for name, found in words.of("dates").items() if name != "kept_by"}
    found = hint(header, dates)
    return not is_ignored(header, words) and (found is None or found.name != "due")


def _best(name: str, words: Sequence[str], texts: set[str]) -> Hint | None:
    best = max(((_fits(word, text), len(word), -i, word) for i, word in enumerate(words) for text in texts), default=None)
    if best is None or not best[0]:
        return None
    return Hint(name, best[0] - min(0.02, -best[2] / 1000), best[3])


def _fits(word: str, text: str) -> float:
    if word == text:
        return EXACT
    if f" {word} " in f" {text} ":
        return PART + 0.2 * len(word) / len(text)
    parts = text.split()
    if len(word) >= 4 and any(part.startswith(word) or part.endswith(word) for part in parts if len(part) > len(word)):
        return COMPOUND
    return 0.0
