"""The form of a claim: whom it is about, against whom, what is measured, which way, and from what size on it matters."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kundig.claim.measured import MEASURES, Measure
from kundig.errors import QuestionError
from kundig.measures.difference import Difference
from kundig.message import Message, Word, sentence

KEYS: Mapping[str, str] = {
    "channel": sentence("channel"),
    "reason": sentence("reason"),
    "account": sentence("account"),
    "team": sentence("team"),
    "activity": sentence("activity"),
    "promise": sentence("promise"),
}
"""What a group can be told by."""
PROMISES = ("broken", "kept")
DIRECTIONS = ("more", "fewer", "equal")
MOST_MATTERS = 1_000_000
"""The largest difference that can be said to matter: beyond it no measure of ours goes."""
OTHERS = sentence("all others")
FORM = sentence(
    'Such as: kundig claim "..." --measure contacts --group channel=app --than channel=phone --direction fewer --matters 0.1'
)


@dataclass(frozen=True)
class Group:
    """Cases or persons that have something in common."""

    key: str
    value: str

    @classmethod
    def of(cls, text: str) -> Group:
        """From "channel=app"; QuestionError where it is not of that form."""
        from kundig.lake.where import channel_meant

        key, _, value = (part.strip() for part in text.partition("="))
        if key not in KEYS or not value:
            raise QuestionError(
                "{given} is no group.", "Write KEY=VALUE, the key one of: {known}.", given=text, known=", ".join(KEYS)
            )
        if key == "promise" and value not in PROMISES:
            raise QuestionError("A promise is {known}, not {value}.", value=value, known=" / ".join(PROMISES))
        return cls(key, channel_meant(value) if key == "channel" else value)

    def in_words(self) -> Message:
        """The group for people."""
        return Message("{key} {value}", {"key": Word(KEYS[self.key]), "value": self._value()})

    def _value(self) -> Word | str:
        return Word(self.value) if self.key in ("channel", "promise") else f'"{self.value}"'


@dataclass(frozen=True)
class Claim:
    """What somebody in the firm believes about customers, so that data can speak for or against it.

    ``than`` is None for all others; ``matters`` is in units of the measure (a share from 0 to 1, days, contacts ...).
    """

    sentence: str
    measure: str
    group: Group
    than: Group | None
    direction: str
    matters: float
    author: str = ""
    stated_on: dt.date | None = None

    def __post_init__(self) -> None:
        _one_of(self.measure, MEASURES, sentence("There is no measure {value}."))
        _one_of(self.direction, DIRECTIONS, sentence("There is no direction {value}."))
        if not 0 < self.matters <= MOST_MATTERS:
            raise QuestionError(
                "The smallest difference that matters must be above 0 and at most {most}, not {value}.",
                "Write it in units of the measure, such as --matters 0.1; a share of 5% is 0.05.",
                most=MOST_MATTERS, value=f"{self.matters:g}",
            )  # fmt: skip
        if self.than == self.group:
            raise QuestionError("A group cannot be compared with itself.", FORM)

    @property
    def name(self) -> str:
        """What its file is called: two claims of the same form are one, whatever words they were put in."""
        than = f"than {self.than.key} {self.than.value}" if self.than else "than others"
        plain = f"{self.group.key} {self.group.value} {self.direction} {self.measure} {than} {self.matters:g}"
        ascii_only = unicodedata.normalize("NFKD", plain.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
        short = re.sub(r"(?:[^a-z0-9.]|(?<!\d)\.|\.(?!\d))+", "-", ascii_only).strip("-")[:100]
        # What letters and length cannot tell apart, a few digits do.
        exact = short == plain.lower().replace(" ", "-")
        return short if exact else f"{short}-{hashlib.sha256(plain.encode()).hexdigest()[:6]}"

    @property
    def measured(self) -> Measure:
        """The measure it is about."""
        return MEASURES[self.measure]


def _one_of(value: str, known: Any, text: str) -> None:
    if value not in known:
        raise QuestionError(text, "Use one of: {known}.", value=value, known=", ".join(known))


@dataclass(frozen=True)
class Alternative:
    """The same comparison within equal ``within`` (reason, month ...): ``outcome`` says what is left of the difference.

    outcome: "holds", "shrinks" (less than half), "vanishes" (less than half, and its interval includes 0), "unsure" (half or
    more, but its interval includes 0), "turns" (to the other side for sure); where there was no clear difference "alike"
    (nor is there now) or "appears"; "" where it cannot be compared. ``covered`` is the share of the smaller group that has a
    counterpart.
    """

    within: str
    difference: Difference | None
    covered: float
    outcome: str


@dataclass(frozen=True)
class Verdict:
    """What the data say at one version: "supported", "contradicted" or "unknown", and ``why``.

    why: "few" (a group below 30), "missing" (a field is absent, named in ``lacks``), "zero" (the interval holds both no difference
    and one that matters), "small" (a difference, but perhaps too small to matter), "turns", "vanishes" or "unsure" (within
    equal strata), "other way", "different" or "no difference" (what contradicts), "" where supported.
    """

    outcome: str
    why: str
    lake_version: int
    tested_at: dt.datetime
    n_group: int = 0
    n_than: int = 0
    mean_group: float | None = None
    mean_than: float | None = None
    difference: Difference | None = None
    alternatives: tuple[Alternative, ...] = field(default_factory=tuple)
    lacks: str = ""
