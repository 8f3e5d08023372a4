"""Public event logs as the models read them: journeys by the models' own SQL, with each case's place in its file."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig import engine
from kundig.lake import knit

if TYPE_CHECKING:
    import pyarrow as pa

Events = Sequence[tuple[str, dt.datetime]]
"""One case: its activities and their times, in order."""
ALWAYS = 36_500
HELPDESK, INCIDENTS = "helpdesk.csv", "bpi_challenge_2013_incidents.xes.gz"


def helpdesk(folder: Path) -> list[Events]:
    """The tickets of an Italian software firm as Tax et al. (2017) used them: 3,804 cases in the order of the file."""
    cases: dict[str, list[tuple[str, dt.datetime]]] = {}
    with (folder / HELPDESK).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            at = dt.datetime.fromisoformat(row["CompleteTimestamp"]).replace(tzinfo=dt.UTC)
            cases.setdefault(row["CaseID"], []).append((row["ActivityID"], at))
    return list(cases.values())


def incidents(folder: Path) -> list[Events]:
    """The incidents of Volvo IT (BPI Challenge 2013): 7,554 cases in the order of the file, which is that of their begin."""
    cases: dict[str, list[tuple[str, dt.datetime]]] = {}
    for case, activity, at in _xes(folder / INCIDENTS):
        cases.setdefault(case, []).append((activity, at))
    return list(cases.values())


def _xes(path: Path) -> Iterator[tuple[str, str, dt.datetime]]:
    from kundig.channel import Source
    from kundig.channels import xes

    for batch in xes.rows(Source(path, path.name), lambda rejected: None):
        for row in batch.to_pylist():
            at = dt.datetime.fromisoformat(row["time:timestamp"]).astimezone(dt.UTC)
            yield row["case:concept:name"], row["concept:name"], at


def journeys(cases: Sequence[Events], sql: str) -> pa.Table:
    """What a model learns from, by its own SQL; ``case_id`` is the case's place in the file, six digits.

    The logs hold finished cases only, so the last event of each is its closing.
    """
    session = engine.find("duckdb").session([])
    try:
        session.arrow("knots", _knots(cases))
        session.define("steps", knit.STEPS, stored=True)
        session.define("cases", knit.CASES.format(steps="steps"), stored=True)
        now = session.query("select max(ended_at) as at from cases").to_pylist()[0]["at"]
        return session.query(sql, {"now": now, "days": ALWAYS, "cases": len(cases)})
    finally:
        session.close()


def _knots(cases: Sequence[Events]) -> pa.Table:
    import pyarrow as pa

    from kundig import event

    rows = [
        {
            "case_id": f"{n:06d}", "event_id": f"{n:06d}-{place:05d}", "occurred_at": at, "source_position": place,
            "activity": activity, "kind": "closed" if place == len(case) - 1 else "other", "source": "log",
        }
        for n, case in enumerate(cases) for place, (activity, at) in enumerate(case)
    ]  # fmt: skip
    kinds = {field.name: field.type for field in event.EVENTS.arrow()}
    schema = pa.schema([(name, kinds.get(name, pa.int64())) for name in knit.KNOTS])
    return pa.Table.from_pylist([{**dict.fromkeys(knit.KNOTS), **row} for row in rows], schema=schema)


def split(table: pa.Table, cases: int) -> tuple[pa.Table, pa.Table]:
    """The rows of the first two thirds of the cases in the order of the file, and of the last third (Tax et al. 2017)."""
    import numpy as np
    import pyarrow as pa

    place = np.array([int(str(case)) for case in table["case_id"].to_pylist()])
    first = place < 2 * cases // 3
    return table.filter(pa.array(first)), table.filter(pa.array(~first))


def going_on(table: pa.Table, least: int = 1) -> pa.Table:
    """The rows after which the case went on, from ``least`` events on."""
    import numpy as np
    import pyarrow as pa

    position: Any = table["position"].to_numpy()
    followed = ~np.asarray(table["next_activity"].is_null().to_numpy())
    return table.filter(pa.array((position >= least) & followed))
