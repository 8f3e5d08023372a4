"""Journeys made by a known chain, to see whether the models find it."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from tests.rows import NOW, RowsLake

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Firm(RowsLake):
    """Rows with a clock, so that a model can be fitted to them."""

    def clock(self) -> dt.datetime:
        return NOW


def firm(cases: int = 400, seed: int = 5, open_share: float = 0.1) -> list[dict[str, Any]]:
    """Cases that go asked > checked, then by what was asked first: "bill" to paid, "fault" to repaired, and are closed.

    The next step after "checked" depends on the step before it, so one last activity does not tell it; 1 in 10 goes astray.
    A bill takes about one day a step, a fault about four. Some cases are still open.
    """
    chance, rows = random.Random(seed), []
    for n in range(cases):
        at, sort = START + dt.timedelta(days=n / 4), chance.choice(("bill", "fault"))
        done = {"bill": "paid", "fault": "repaired"}
        last = done[sort] if chance.random() < 0.9 else done["fault" if sort == "bill" else "bill"]
        path = [f"asked {sort}", "checked", last, "closed"]
        length = chance.choice((1, 2, 3)) if n > cases * (1 - open_share) else 4
        for activity in path[:length]:
            kind = "closed" if activity == "closed" else "other"
            rows.append({"case_id": f"c{n:04d}", "person_id": f"p{n}", "activity": activity, "kind": kind, "occurred_at": at})
            at += dt.timedelta(days=(1 if sort == "bill" else 4) * chance.uniform(0.8, 1.2))
    return rows
