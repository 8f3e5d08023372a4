"""Real event logs (XES) as rows for a RowsLake, and as a frame for pm4py, the reference implementation (tests only)."""

from __future__ import annotations

import datetime as dt
import gzip
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, iterparse

Row = dict[str, Any]
FIELDS = {"concept:name": "activity", "org:resource": "agent_id", "org:group": "team", "product": "reason"}


@cache
def log(path: Path) -> list[Row]:
    """The events of all traces: case_id, person_id (one a case), activity, occurred_at, and agent, team, reason where named."""
    rows: list[Row] = []
    with gzip.open(path) as stream:
        for _, element in iterparse(stream):
            if element.tag.rpartition("}")[2] == "trace":
                rows += _events(element)
                element.clear()
    return rows


def _events(trace: Element) -> Iterable[Row]:
    case = _attributes(trace)["concept:name"]
    for event in trace:
        if event.tag.rpartition("}")[2] == "event":
            given = _attributes(event)
            named = {field: given[key] for key, field in FIELDS.items() if key in given}
            time = dt.datetime.fromisoformat(given["time:timestamp"]).astimezone(dt.UTC)
            yield {"case_id": case, "person_id": f"person of {case}", "occurred_at": time, **named}


def _attributes(element: Element) -> dict[str, str]:
    return {child.get("key", ""): child.get("value", "") for child in element if child.get("key")}


def reference() -> Any:
    """pm4py itself; importing it warns of things that are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pm4py

    return pm4py


def asked(question: Callable[[Any], Any], rows: Iterable[Mapping[str, Any]]) -> Any:
    """What pm4py answers on the rows, its warnings put aside."""
    import pandas as pd

    columns = {"case_id": "case:concept:name", "activity": "concept:name", "occurred_at": "time:timestamp"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return question(pd.DataFrame(list(rows))[list(columns)].rename(columns=columns))
