"""The form of a question, made from the fields of its insight and the keys of a filter: what a URL asks, checked.

Nothing here touches the lake; whether a channel or a reason exists is told by the answer.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from kundig import insight as questions
from kundig.errors import QuestionError
from kundig.lake.where import HELP, channel_meant
from kundig.message import Message, sentence

MOST = 1_000_000
"""The largest number an input may be: days beyond it leave what a time can hold."""
LONGEST = 200
WHOLE = re.compile("-?[0-9]{1,12}")
LABELS: Mapping[str, str] = {
    "since": sentence("From day"),
    "until": sentence("Before day"),
    "channel": sentence("Channel"),
    "reason": sentence("Contact reason"),
    "activity": sentence("Activity"),
    "account": sentence("Account"),
    "activities": sentence("Activities drawn"),
    "edges": sentence("Steps drawn"),
    "days": sentence("Days"),
    "least": sentence("Fewest cases"),
    "most": sentence("At most"),
    "most_cases": sentence("Most cases read"),
    "minutes": sentence("Minutes"),
    "minutes_per_contact": sentence("Minutes per contact"),
    "valued_by_customer": sentence("Valued by customers"),
    "valued_by_firm": sentence("Valued by the firm"),
    "achievable": sentence("Achievable part"),
    "focus": sentence("Share in focus"),
    "burst": sentence("Events in a burst"),
    "late_days": sentence("Days late"),
    "list": sentence("List instead of counts"),
    "back": sentence("Days since the test"),
    "by": sentence("Seen by"),
    "cases": sentence("Most cases read"),
    "claims": sentence("Claimed by the firm"),
    "compare": sentence("Compared by"),
    "every_months": sentence("Every so many months"),
    "grace_days": sentence("Days of grace"),
    "half_life": sentence("Half-life in days"),
    "horizon_days": sentence("Days looked ahead"),
    "kind": sentence("Kind"),
    "learner": sentence("Method"),
    "leaving": sentence("Words for leaving"),
    "leaving_words": sentence("Words for leaving"),
    "level": sentence("Share answered in time"),
    "mend": sentence("List promises to keep today"),
    "most_messages": sentence("Most messages read"),
    "most_persons": sentence("Most customers read"),
    "most_texts": sentence("Most texts read"),
    "most_topics": sentence("Most topics"),
    "outcome": sentence("Outcome"),
    "patience_s": sentence("Patience in seconds"),
    "period": sentence("Days compared"),
    "regular": sentence("Largest variation of a habit"),
    "seed": sentence("Seed"),
    "silence": sentence("Days of silence"),
    "slow_hours": sentence("Slow from so many hours on"),
    "state": sentence("German state"),
    "unrecorded": sentence("Only what is not recorded"),
    "utc_offset": sentence("Hours from UTC"),
    "weights": sentence("Weights"),
    "window_days": sentence("Days looked back"),
    "within": sentence("Within days"),
    "within_s": sentence("Within seconds"),
    "zone": sentence("Time zone"),
}
"""What inputs are called on a page; one nobody named keeps its name, readable."""
KINDS = {"int": "number", "float": "decimal", "bool": "yes", "date": "day"}
DAYS = ("since", "until")


@dataclass(frozen=True)
class Field:
    """One field of the form: what was given, as it was written, and what is wrong with it."""

    name: str
    label: str
    help: str
    kind: str
    value: str = ""
    default: str = ""
    error: str | Message = ""
    filter: bool = False
    least: float = 0
    most: float = MOST


@dataclass(frozen=True)
class Asked:
    """What a URL asks: plain values for the asker, and what cannot be used, by the name it was given under."""

    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, Message] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)

    def query(self, **more: Any) -> str:
        """The URL's query for this question, with ``more``; what is empty is left out."""
        kept = {key: value for key, value in {**self.written, **more}.items() if value not in ("", None)}
        return urlencode(kept)


def read(name: str, query: Mapping[str, str], others: Iterable[str] = ()) -> Asked:
    """What ``query`` asks of the insight called ``name``; ``others`` are keys that mean something else."""
    fields = {one.name: one for one in questions.inputs_of(questions.find(name))}
    inputs: dict[str, Any] = {}
    where: dict[str, str] = {}
    wrong: dict[str, Message] = {}
    written: dict[str, str] = {}
    for given, text in query.items():
        key, text = given.replace("-", "_"), text.strip()
        if given in others:
            continue
        if key not in fields and key not in HELP:
            known = ", ".join([*fields, *HELP])
            wrong[given] = Message(
                "{insight} has no option {name}. It has: {known}.", {"insight": name, "name": given, "known": known}
            )
            continue
        if not text:
            continue
        written[key] = text
        try:
            (inputs if key in fields else where)[key] = _typed(fields[key], text) if key in fields else _filter(key, text)
        except QuestionError as error:
            wrong[key] = Message(error.text, error.values)
    return Asked(name, inputs, where, wrong, written)


def fields_of(asked: Asked, wrong: Mapping[str, Any] | None = None) -> list[Field]:
    """The form, inputs first, with what was written and what is wrong at each field."""
    errors = {**asked.wrong, **(wrong or {})}
    made = [
        Field(
            one.name, label(one.name), str(one.metadata.get("help", "")), kind_of(one),
            asked.written.get(one.name, ""), _default(one), errors.get(one.name, ""),
            False, *bounds(one),
        )
        for one in questions.inputs_of(questions.find(asked.name))
    ]  # fmt: skip
    made += [
        Field(
            key, label(key), text, "day" if key in DAYS else "channel" if key == "channel" else "word",
            asked.written.get(key, ""), "", errors.get(key, ""), True,
        )
        for key, text in HELP.items()
    ]  # fmt: skip
    return made


def label(name: str) -> str:
    """What an input is called."""
    return LABELS.get(name, name.replace("_", " ").capitalize())


def kind_of(one: dataclasses.Field[Any]) -> str:
    """number, decimal, yes, day or word."""
    name = (one.type if isinstance(one.type, str) else one.type.__name__).rpartition(".")[2]
    return KINDS.get(name, "word")


def day(text: str) -> dt.date:
    """A day, written as 2026-11-21, 21.11.2026 or 2026-11; QuestionError where it is none."""
    for pattern in ("%Y-%m-%d", "%d.%m.%Y", "%Y-%m"):
        try:
            found = dt.datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if 1900 <= found.year <= 2200:
            return found
    raise QuestionError("{value} is not a day: write 2026-11-21 or 21.11.2026.", value=text[:40])


def _filter(key: str, text: str) -> str:
    if key in DAYS:
        return day(text).isoformat()
    return channel_meant(_word(text)) if key == "channel" else _word(text)


def _typed(one: dataclasses.Field[Any], text: str) -> Any:
    match kind_of(one):
        case "number":
            return _whole(text, *bounds(one))
        case "decimal":
            return _decimal(text, *bounds(one))
        case "yes":
            return _yes(text)
        case "day":
            return day(text).isoformat()
    return _word(text)


def bounds(one: dataclasses.Field[Any]) -> tuple[float, float]:
    """From what to what a number may be: what the insight says, and no more than a page can stand."""
    least, most = questions.bounds(one) or (0, MOST)
    return least, min(most, MOST)


def _whole(text: str, least: float, most: float) -> int:
    if not (WHOLE.fullmatch(text) and least <= int(text) <= most):
        raise QuestionError("{value} is not a whole number from {least} to {most}.", value=text[:40], least=least, most=most)
    return int(text)


def _decimal(text: str, least: float, most: float) -> float:
    """A decimal point or comma will do."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise QuestionError("{value} is not a number from {least} to {most}.", value=text[:40], least=least, most=most)
    return value


def _yes(text: str) -> bool:
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off"):
        return False
    raise QuestionError("{value} is neither yes nor no.", value=text[:40])


def _word(text: str) -> str:
    if len(text) > LONGEST or not text.isprintable():
        raise QuestionError("This is longer than {most} characters or not readable.", most=LONGEST)
    return text


def _default(one: dataclasses.Field[Any]) -> str:
    value = one.default
    if value is dataclasses.MISSING or value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
