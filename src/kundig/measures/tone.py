"""The tone of messages, by what is there and can be shown: appreciation in the firm's, the load in a customer's, and the mirror.

Phrases are looked for in German and English, and what is found is told with its words, so that everybody can see why. No
polarity is computed from a list of good and bad words: on German feedback such a list does worse than saying "neutral" always.
A text in another language, or too short to tell, is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from kundig.measures._tone_words import AGAINST, APPRECIATION, COURTESY, FUNCTION_WORDS, LOAD, OTHER_LANGUAGES

LEAST_WORDS = 50
"""Words on each side below which two styles are not compared."""

CLASSES = tuple(FUNCTION_WORDS["en"])
FRIENDLY = ("greeting", "thanks")

Found = Mapping[str, tuple[str, ...]]
"""The words found, by indicator; an indicator that is not there is left out."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_CAPITALS = re.compile(r"\b[A-ZÄÖÜ]{4,}\b")
_MARKS = re.compile(r"[!?]{2,}")
_PLACES = re.compile(r"\d+")
_PARAGRAPHS = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class Mirror:
    """How alike two sides use function words, from 0 to 1: overall and by class."""

    score: float
    classes: Mapping[str, float]


def words(text: str) -> list[str]:
    """The words of ``text`` in lower case."""
    return _WORD.findall(text.lower().replace("’", "'"))


def language(text: str) -> str:
    """ "de" or "en" by the function words of ``text``; "" for another language, for a mixture, and where there are too few."""
    told = _language(text)
    return told if told in FUNCTION_WORDS else ""


def foreign(text: str) -> bool:
    """Whether ``text`` clearly is in a language other than German and English; a text too short to be told is not."""
    told = _language(text)
    return bool(told) and told not in FUNCTION_WORDS


def _language(text: str) -> str:
    given = words(text)
    hits = {name: sum(map(known.__contains__, given)) for name, known in _telling().items()}
    best, second = sorted(hits, key=lambda name: -hits[name])[:2]
    clear = hits[best] >= 1 and hits[best] >= 1.5 * hits[second] and hits[best] >= 0.1 * len(given)
    return best if clear else ""


def appreciation(text: str, lang: str) -> Found:
    """What in a message of the firm shows appreciation and what works against it; KeyError for another ``lang`` than de, en."""
    return _found(text, lang, "appreciation") | _found(text, lang, "against")


def load(text: str, lang: str) -> Found:
    """What in a customer's message shows how much he has had to bear. Two words in capitals are loud, one may be a name."""
    found = dict(_found(text, lang, "load"))
    capitals = tuple(_CAPITALS.findall(text))
    marks = tuple(_MARKS.findall(text))
    return found | ({"capitals": capitals} if len(capitals) > 1 else {}) | ({"repeated marks": marks} if marks else {})


def friendly(text: str, lang: str) -> bool:
    """Whether a message greets or thanks."""
    found = _found(text, lang, "appreciation")
    return any(name in found for name in FRIENDLY)


def mirror(one: str, other: str, lang: str) -> Mirror | None:
    """Language style matching of two sides (Ireland and Pennebaker 2010): per class ``1 - |p - q| / (p + q + .0001)``, then the mean.

    ``p`` and ``q`` are the percentages of all words that belong to the class. None below 50 words a side.
    """
    sides = words(one), words(other)
    if min(map(len, sides)) < LEAST_WORDS:
        return None
    shares = [_shares(side, lang) for side in sides]
    classes = {name: matching(shares[0][name], shares[1][name]) for name in CLASSES}
    return Mirror(sum(classes.values()) / len(classes), classes)


def matching(p: float, q: float) -> float:
    """How alike two percentages are, from 0 to 1."""
    return 1 - abs(p - q) / (p + q + 0.0001)


def indicators(side: str) -> tuple[str, ...]:
    """The names of all that is looked for: "appreciation", "against" or "load"."""
    named = tuple(_LISTS[side]["en"])
    return (*named, "capitals", "repeated marks") if side == "load" else named


_LISTS = {"appreciation": APPRECIATION, "against": AGAINST, "load": LOAD}


def _found(text: str, lang: str, side: str) -> dict[str, tuple[str, ...]]:
    low = "\n".join(" ".join(part.split()) for part in _PARAGRAPHS.split(text.lower().replace("’", "'")))
    found = {name: tuple(_shown(hit) for hit in pattern.findall(low)) for name, pattern in _patterns(side, lang).items()}
    return {name: hits for name, hits in found.items() if hits}


def _shown(hit: str) -> str:
    """What was found, numbers left out: they say nothing of the tone, but may say who is meant."""
    return _PLACES.sub("#", hit)


@cache
def _patterns(side: str, lang: str) -> Mapping[str, re.Pattern[str]]:
    return {name: re.compile(rf"(?<!\w)(?:{phrases})(?!\w)") for name, phrases in _LISTS[side][lang].items()}


@cache
def _classes(lang: str) -> Mapping[str, str]:
    return {word: name for name, listed in FUNCTION_WORDS[lang].items() for word in listed.split()}


@cache
def _telling() -> Mapping[str, frozenset[str]]:
    """By language its words that no other language listed here has."""
    listed = {lang: frozenset(_classes(lang)) | frozenset(COURTESY[lang].split()) for lang in FUNCTION_WORDS}
    listed |= {lang: frozenset(text.split()) for lang, text in OTHER_LANGUAGES.items()}
    return {
        lang: known.difference(*(others for other, others in listed.items() if other != lang)) for lang, known in listed.items()
    }


def _shares(given: list[str], lang: str) -> dict[str, float]:
    known = _classes(lang)
    counted = dict.fromkeys(CLASSES, 0)
    for word in given:
        if word in known:
            counted[known[word]] += 1
    return {name: 100 * n / len(given) for name, n in counted.items()}
