"""Topics in customers' texts with what is known of each: course, team, reason, hours and a sentence that betrays nobody."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kundig.insights._retelling import own_words
from kundig.measures.newcomers import Newcomer, newcomers, rate_ratio
from kundig.measures.proportion import wilson
from kundig.measures.topic_model import language_of, topics, words_of

if TYPE_CHECKING:
    from kundig.measures.topic_model import Topics as Found

Row = dict[str, Any]
FEW = 10
"""The least persons behind what is passed on, and behind each word of a typical sentence."""
ENOUGH = 5
"""Topics and new topics have at least so many texts, also for the owner."""
LEAST_TEXTS = 50
"""Texts below which a topic is an accident of a few words."""
CLEAR = 15
"""Topics that are drawn."""
LATE = 28
"""The days that are held against those before."""
MIXED = 0.5
"""A topic whose texts are less than so many times as close to its centre as those of the median topic is a heap of small matters."""
_LENGTHS = range(4, 31)
"""Words of a sentence that can stand for its topic."""

_SENTENCE = re.compile(r"[^.!?\n]+(?:\.(?=\S)[^.!?\n]+)*[.!?]?")
_MASKED = ((re.compile(r"\S+@\S+|https?://\S+|www\.\S+"), "…"), (re.compile(r"\d"), "#"))


@dataclass
class Topic:
    """One topic; ``rows`` are the places of its texts among all rows."""

    terms: tuple[str, ...]
    rows: Sequence[int]
    persons: int
    share: float
    stability: float | None
    example: str | None
    course: str = "steady"
    began_on: dt.date | None = None
    since: int = 0
    before: int = 0
    chance: float = 1.0
    last_week: int = 0
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    team: str | None = None
    team_share: float | None = None
    reason: str | None = None
    reason_share: float | None = None
    hours: float | None = None
    of: int = 0
    interval: tuple[float, float] = field(default=(0.0, 1.0))

    @property
    def name(self) -> str:
        """Its terms."""
        return ", ".join(self.terms)

    @property
    def short(self) -> str:
        """For a picture."""
        return ", ".join(self.terms[:3])

    def row(self) -> Row:
        """The table's row."""
        return {
            **vars(self), "topic": self.name, "contacts": len(self.rows), "share_low": self.interval[0],
            "share_high": self.interval[1],
        }  # fmt: skip


@dataclass(frozen=True)
class FoundTopics:
    """All topics, the largest first, and how sure they are."""

    topics: list[Topic]
    mixed: int
    """How many texts lie in heaps of many small matters or share no telling word, and are not told of."""
    agreement: float | None
    language: str


def found_in(rows: Sequence[Row], names: Sequence[str], *, most: int, days: int, least: int) -> FoundTopics | None:
    """The topics of ``rows`` (oldest first), as far as words tell them apart; None where there are too few texts.

    names: persons' names, which no sentence may hold; least: the smallest group that is passed on, 0 for the owner.
    """
    import numpy as np

    if len(rows) < LEAST_TEXTS:
        return None
    texts = [own_words(row["text"]) for row in rows]
    people = [row["person_id"] for row in rows]
    found = topics(texts, most=most, authors=people, least=max(least, ENOUGH))
    if found is None:
        return None
    day = np.array([row["occurred_at"].date().toordinal() for row in rows])
    new = [
        one for one in newcomers(found.groups, day, within=days) if _persons(rows, found.groups[one.group]) >= max(ENOUGH, least)
    ]
    examples = _Examples(texts, people, names, strict=least > 0)
    every = (*_new(found, new, day, rows, examples), *_known(found, new, day, rows, examples))
    made = [topic for topic in every if topic.terms]
    for topic in made:
        _describe(topic, rows, least)
    mixed = len(rows) - sum(len(topic.rows) for topic in made)
    return FoundTopics(sorted(made, key=lambda topic: -len(topic.rows)), mixed, found.agreement, language_of(texts[-1000:]))


def weeks_of(topics: Iterable[Topic], rows: Sequence[Row]) -> Iterator[Row]:
    """Each topic's contacts and persons by week, and the texts of the week (``of``)."""
    weeks = [_monday(row["occurred_at"].date()) for row in rows]
    of = Counter(weeks)
    for topic in topics:
        counts = Counter(weeks[n] for n in topic.rows)
        for week in sorted(counts):
            mine = [n for n in topic.rows if weeks[n] == week]
            yield {"topic": topic.name, "week": week, "contacts": counts[week], "persons": _persons(rows, mine), "of": of[week]}


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def _persons(rows: Sequence[Row], places: Iterable[int]) -> int:
    """How many persons wrote; who is unknown is one of his own."""
    return len({rows[n]["person_id"] or rows[n]["event_id"] for n in places})


def _new(found: Found, new: Sequence[Newcomer], day: Any, rows: Sequence[Row], examples: _Examples) -> Iterator[Topic]:
    for one in new:
        places = found.groups[one.group]
        topic = _topic(places, found.telling(places, 5), None, found.nearest(places), rows, examples)
        topic.course, topic.began_on, topic.chance = "new", dt.date.fromordinal(one.began), one.p
        topic.since, topic.before, topic.ratio_low = one.since, one.before, one.low
        topic.ratio, topic.ratio_high = (value if value < float("inf") else None for value in (one.ratio, one.high))
        topic.last_week = int((day[places] > day.max() - 7).sum())
        yield topic


def _known(found: Found, new: Sequence[Newcomer], day: Any, rows: Sequence[Row], examples: _Examples) -> Iterator[Topic]:
    """The topics without what is told of as new, and without heaps of what fits nowhere."""
    import numpy as np

    close = MIXED * float(np.median(found.closeness)) if len(found) else 0.0
    gone = np.zeros(len(rows), dtype=bool)
    for one in new:
        gone[found.groups[one.group]] = True
    for number in range(len(found)):
        places = np.flatnonzero((found.labels == number) & ~gone)
        if len(places) < ENOUGH or found.closeness[number] < close:
            continue
        left = len(places) == np.count_nonzero(found.labels == number)
        terms = found.terms[number] if left else found.telling(places, 5)
        topic = _topic(places, terms, found.stability[number], found.nearest(places), rows, examples)
        _course(topic, day)
        yield topic


def _topic(
    places: Any, terms: tuple[str, ...], stability: float | None, typical: Sequence[int], rows: Sequence[Row], examples: _Examples
) -> Topic:  # fmt: skip
    return Topic(
        terms, places.tolist(), _persons(rows, places), len(places) / len(rows), stability,
        examples.of(typical, terms), of=len(rows), interval=wilson(len(places), len(rows)),
    )  # fmt: skip


def _course(topic: Topic, day: Any) -> None:
    """Whether it takes more or less of the texts of the last four weeks than of those before."""
    mine = day[topic.rows]
    topic.last_week = int((mine > day.max() - 7).sum())
    late = int((day > day.max() - LATE).sum())
    if late == len(day):
        return
    since = int((mine > day.max() - LATE).sum())
    ratio, low, high = rate_ratio(since, late, len(mine) - since, len(day) - late)
    topic.ratio, topic.ratio_low, topic.ratio_high = (value if value < float("inf") else None for value in (ratio, low, high))
    topic.course = "growing" if low > 1 else "shrinking" if high < 1 else "steady"


def _describe(topic: Topic, rows: Sequence[Row], least: int) -> None:
    topic.team, topic.team_share = _most(topic, rows, "team", least)
    topic.reason, topic.reason_share = _most(topic, rows, "reason", least)
    known = [rows[n]["handling_s"] for n in topic.rows if rows[n]["handling_s"] is not None]
    topic.hours = sum(known) / 3600 if known else None


def _most(topic: Topic, rows: Sequence[Row], name: str, least: int) -> tuple[str | None, float | None]:
    """The most frequent value and its share of the contacts that have one, where enough persons stand behind it."""
    counts = Counter(rows[n][name] for n in topic.rows if rows[n][name] is not None)
    if not counts:
        return None, None
    value, n = min(counts.items(), key=lambda item: (-item[1], item[0]))
    if _persons(rows, (place for place in topic.rows if rows[place][name] == value)) < least:
        return None, None
    return value, n / sum(counts.values())


class _Examples:
    """Sentences that stand for a topic: digits and addresses masked, no names; passed on only if every word is common.

    strict: whether every word must have been used by :data:`FEW` persons.
    """

    def __init__(self, texts: Sequence[str], people: Sequence[Any], names: Sequence[str], *, strict: bool) -> None:
        self.texts, self.strict = texts, strict
        self.names = {part for name in names for part in re.findall(r"[^\W\d_]{2,}", name) if part[0].isupper()}
        self.users: dict[str, set[Any]] = {}
        for n, (text, person) in enumerate(zip(texts, people, strict=True) if strict else ()):
            for word in set(words_of(text)):
                self.users.setdefault(word, set()).add(person if person is not None else n)

    def of(self, typical: Sequence[int], terms: Sequence[str]) -> str | None:
        """The sentence with most of the topic's terms, of several the one nearest the middle of the topic; None without any."""
        wanted = {word for term in terms for word in term.lower().split()}
        fit = [said for place in typical for said in self._sentences(self.texts[place])]
        # A stable sort: of equally good ones the first, which is the most typical.
        best = sorted(fit, key=lambda said: -len(wanted & set(words_of(said))))
        return best[0] if best else None

    def _sentences(self, text: str) -> Iterator[str]:
        for found in _SENTENCE.findall(text):
            said = " ".join(found.split())
            if len(said.split()) in _LENGTHS and not self._betrays(said):
                for pattern, mask in _MASKED:
                    said = pattern.sub(mask, said)
                yield said

    def _betrays(self, said: str) -> bool:
        if self.names.intersection(re.findall(r"[^\W\d_]{2,}", said)):
            return True
        return self.strict and any(len(self.users.get(word, ())) < FEW for word in words_of(said))
