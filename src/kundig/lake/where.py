"""A filter selects whole cases and never re-knits their steps; it belongs to asking, not to a single insight."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from kundig.errors import QuestionError
from kundig.event import CHANNELS
from kundig.message import LANGUAGES, say, sentence

HELP = {
    "since": sentence("Only cases that began on this day or later."),
    "until": sentence("Only cases that began before this day."),
    "channel": sentence("Only cases with an event over this channel."),
    "reason": sentence("Only cases with this reason."),
    "activity": sentence("Only cases in which this was done."),
    "account": sentence("Only cases of this account."),
}


@dataclass(frozen=True)
class Where:
    """Which cases are meant; "" or None leaves a key open.

    ``since`` (inclusive) and ``until`` (exclusive) are instants the case began at. An event without a case is
    selected by its own time, channel, reason, activity and account.
    """

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    channel: str = ""
    reason: str = ""
    activity: str = ""
    account: str = ""

    @classmethod
    def of(cls, zone: str = "UTC", **keys: Any) -> Where:
        """A filter from texts or dates, days meant in ``zone``; a channel may be named as people write it ("Telefon").

        QuestionError where a key or day is unusable, or where the days leave nothing between them.
        """
        unknown = [key for key in keys if key not in HELP]
        if unknown:
            raise QuestionError("There is no filter {key}.", "Use {known}.", key=unknown[0], known=", ".join(HELP))
        values = {k: v for k, v in keys.items() if v not in (None, "")}
        for key in ("since", "until"):
            if key in values:
                values[key] = _instant(key, values[key], zone)
        if "channel" in values:
            values["channel"] = channel_meant(str(values["channel"]))
        _in_order(values)
        return cls(**values)

    def given(self) -> dict[str, Any]:
        """The keys that are set."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if getattr(self, f.name) not in (None, "")}

    def cases(self, cases: str, steps: str) -> str:
        """SELECT of the case ids meant, from relations of cases and steps; parameters carry the keys' names."""
        if list(self.given()) == ["channel"]:
            return f"select distinct case_id from {steps} where channel = :channel"
        return f"select case_id from {cases} where {' and '.join(self._case_conditions(steps))}"

    def _case_conditions(self, steps: str) -> list[str]:
        every = {
            "since": "started_at >= :since",
            "until": "started_at < :until",
            "reason": "reason = :reason",
            "account": "account_id = :account",
            "channel": f"case_id in (select case_id from {steps} where channel = :channel)",
            "activity": f"case_id in (select case_id from {steps} where from_activity = :activity)",
        }
        return [sql for key, sql in every.items() if key in self.given()]

    def event_conditions(self) -> list[str]:
        """SQL conditions on an event without a case."""
        every = {
            "since": "occurred_at >= :since",
            "until": "occurred_at < :until",
            "reason": "reason = :reason",
            "account": "account_id = :account",
            "channel": "channel = :channel",
            "activity": "activity = :activity",
        }
        return [sql for key, sql in every.items() if key in self.given()]


def channel_meant(word: str) -> str:
    """The channel of our list that ``word`` names in any of our languages; any other word is the source's own and stays."""
    known = {_bare(say(name, lang)): name for name in CHANNELS for lang in LANGUAGES}
    return known.get(_bare(word), word)


def _bare(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def _in_order(values: dict[str, Any]) -> None:
    since, until = values.get("since"), values.get("until")
    if since and until and since >= until:
        raise QuestionError(
            "No case begins on {since} or later and before {until}.",
            "Give --until a later day than --since; the day of --until itself is not included.",
            since=since.date(),
            until=until.date(),
        )


def _instant(key: str, value: Any, zone: str) -> dt.datetime:
    if isinstance(value, str):
        value = _parsed(key, value)
    if isinstance(value, dt.datetime):
        return value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))
    return dt.datetime(value.year, value.month, value.day, tzinfo=ZoneInfo(zone))


def _parsed(key: str, text: str) -> dt.datetime:
    for pattern in ("%d.%m.%Y", "%Y-%m"):
        try:
            return dt.datetime.strptime(text, pattern)  # noqa: DTZ007 - a day is given its zone later
        except ValueError:
            continue
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise QuestionError(
            "{key} is not a day: {value}", "Write it as 2026-11-21 or 21.11.2026.", key=key, value=text
        ) from error
