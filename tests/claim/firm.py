"""A small firm in which it is known what is true: written by hand, seeded, read through the real relations."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from typing import Any

from tests.rows import NOW, RowsLake

Row = dict[str, Any]
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Firm(RowsLake):
    """Rows with the clock and the version a claim asks of a lake."""

    def clock(self) -> dt.datetime:
        return NOW


def cases(chance: random.Random, n: int, channel: str, again: float, reason: str = "bill", start: int = 0) -> Iterable[Row]:
    """``n`` closed cases of as many persons; with probability ``again`` the customer turns to the firm twice."""
    for k in range(start, start + n):
        who, day = f"{channel} {reason} {k}", chance.uniform(0, 200)
        times = [0.0, 1.0] if chance.random() < again else [0.0]
        for after in times:
            yield event(who, day + after, "contact", channel, reason)
        yield event(who, day + 2, "closed", channel, reason)


def event(who: str, day: float, kind: str, channel: str = "phone", reason: str = "bill", **more: Any) -> Row:
    return {
        "case_id": f"case of {who}", "person_id": who, "kind": kind, "activity": kind, "channel": channel, "reason": reason,
        "occurred_at": START + dt.timedelta(days=day), **more,
    }  # fmt: skip


def leavers(chance: random.Random, n: int, broken: bool, leaving: float, start: int = 0) -> Iterable[Row]:
    """``n`` persons with one promise before the landmark, of whom the share ``leaving`` leaves after it."""
    for k in range(start, start + n):
        who = f"{'let down' if broken else 'content'} {k}"
        yield event(who, 1, "contact")
        yield event(who, 2, "promise_made", promise_id=who, due_at=START + dt.timedelta(days=5))
        yield event(who, 20 if broken else 4, "promise_kept", promise_id=who)
        yield event(who, 21, "closed")
        if chance.random() < leaving:
            yield event(who, chance.uniform(150, 290), "other", activity="Kündigung eingegangen", case_id=None)
    yield event("somebody", 300, "contact")
