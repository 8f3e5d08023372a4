"""How far customers can rely on the firm, told by what it did with its promises, and what to mend today."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from kundig.answer import Chart, Figure
from kundig.errors import QuestionError
from kundig.insight import Result, Telling, asked
from kundig.insights import _trust_sql
from kundig.insights._trust_parts import Parts, parts_of, prior_of
from kundig.insights._trust_words import told
from kundig.measures.competing_events import aalen_johansen
from kundig.measures.reliability_evidence import CONFIDENCE, Estimate, combined
from kundig.message import Message, sentence

SEEN_BY = ("firm", sentence("channel"), sentence("reason"), sentence("account"), sentence("person"))


@dataclass(frozen=True)
class Trust:
    """How far customers can rely on the firm, told by what it did with its promises."""

    by: str = asked("firm", sentence("Whose reliability: firm, channel, reason, account or person (persons for yourself only)."))
    mend: bool = asked(False, sentence("Instead of the figures the promises to keep today, those that mend most first."))
    half_life: float = asked(180.0, sentence("After how many days a promise counts half as much."))
    period: int = asked(90, sentence("The newest so many days are compared with as many before them."))
    days: int = asked(7, sentence("Within how many days another contact about the same thing counts as a repeat."))
    weights: str = asked(
        "", sentence('Weights of promises, constancy and resolution from a survey, such as "0.6 0.1 0.3"; without them no overall figure.')
    )  # fmt: skip
    most: int = asked(200, sentence("How many rows of each kind at most, those with the most missed first."))

    title: ClassVar[str] = sentence("Evidence of reliability")
    definition: ClassVar[str] = sentence(
        "This is evidence of the firm's reliability from its own conduct, not the trust customers feel; that only they can say. "
        "Each promise counts from the day it was due: fully if it was kept in time, not at all if it was declared broken, and if "
        "it was kept late by exp(-delay / half the promised span), so a repaired failure never counts as much as a kept promise. "
        "One that is overdue counts as if it were kept this moment, and less every day. Not due, withdrawn and undated promises "
        "do not count. Older promises weigh less: half after the given number of days. The figure is the mean of a beta "
        "distribution (Jøsang and Ismail 2002) with its 90% interval; below an evidence of three fresh promises it stays empty. "
        "Months stand for themselves, without this ageing. The firm starts from a flat prior; channels, reasons, accounts and "
        "persons start from what all customers have in common (empirical Bayes). Constancy is 1 minus twice the standard "
        "deviation, beyond chance, of the share kept in time over months and channels (Paule and Mandel 1982). Resolution is the "
        "share of contacts that the same person does not repeat about the same thing within the given number of days. An "
        "overall figure is formed only with weights that a survey gave."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("promise_id", "due_at")
    sql: ClassVar[str] = _trust_sql.GROUPS
    details: ClassVar[Mapping[str, str]] = {
        "prior": _trust_sql.PRIOR,
        "cells": _trust_sql.CELLS,
        "spans": _trust_sql.SPANS,
        "mend": _trust_sql.MEND,
    }
    persons: ClassVar[str] = _trust_sql.PERSONS
    group_size: ClassVar[str] = "judged"
    adds_up: ClassVar[tuple[str, ...]] = ("judged", "kept", "late", "broken", "overdue")
    margins: ClassVar[tuple[str, ...]] = ("dimension",)
    words: ClassVar[tuple[str, ...]] = ("dimension",)
    columns: ClassVar[Mapping[str, str]] = {
        "dimension": sentence("Seen by"),
        "value": sentence("Value"),
        "judged": sentence("Promises that count"),
        "kept": sentence("Kept"),
        "late": sentence("Late"),
        "broken": sentence("Broken"),
        "overdue": sentence("Overdue"),
        "evidence": sentence("Evidence"),
        "reliability": sentence("Reliability"),
        "reliability_low": sentence("at least"),
        "reliability_high": sentence("at most"),
        "moved_points": sentence("Moves the firm's figure by (points)"),
        "change_points": sentence("Change (points)"),
        "change_points_low": sentence("at least"),
        "change_points_high": sentence("at most"),
        "constancy": sentence("Constancy"),
        "constancy_low": sentence("at least"),
        "constancy_high": sentence("at most"),
        "resolution": sentence("Resolution"),
        "resolution_low": sentence("at least"),
        "resolution_high": sentence("at most"),
        "promise": sentence("What was promised"),
        "days_past_due": sentence("Days past due"),
        "worth_today_share": sentence("Worth if kept today"),
        "worth_tomorrow_share": sentence("Worth if kept tomorrow"),
        "made_at": sentence("Promised at"),
    }

    def __post_init__(self) -> None:
        if self.by not in SEEN_BY:
            raise QuestionError(
                "Trust cannot be seen by {name}.", "Choose one of: {known}.", name=self.by, known=", ".join(SEEN_BY)
            )
        if self.half_life <= 0 or self.period < 1:
            raise QuestionError("The half-life and the period must be above 0 days.")
        self._weights()

    def _weights(self) -> list[float]:
        """The three weights, adding up to 1; none where none are given."""
        words = self.weights.replace(",", " ").replace(";", " ").split()
        try:
            weights = [float(word) for word in words]
        except ValueError:
            weights = [math.nan]
        if words and not (len(weights) == 3 and min(weights) >= 0 and 0 < sum(weights) < math.inf):
            raise QuestionError(
                "{given} is not three weights.", 'Write three numbers, such as "0.6 0.1 0.3".', given=self.weights
            )
        return [weight / sum(weights) for weight in weights]

    def tell(self, result: Result) -> Telling:
        rows = result.table.to_pylist()
        private = bool(self.by == "person" and result.least)
        parts = parts_of([row for row in rows if not (private and row["dimension"] == "person")], result, prior_of(result))
        whole = next((part for part in parts if part.dimension == "all"), None)
        figures = self._figures(whole, result)
        said = list(told(self, figures, parts))
        if private:
            said.append(Message("How single persons fared is not for passing on; it is left out here."))
        table = _table(parts)
        if self.mend and result.least:
            said.append(Message("A list of single promises is not for passing on; it is left out here."))
        elif self.mend:
            table = result.details["mend"]
        return Telling(figures, said, whole.row["judged"] if whole else 0, _chart(self.by, parts), table)

    def _figures(self, whole: Parts | None, result: Result) -> dict[str, Figure]:
        row: Mapping[str, Any] = whole.row if whole else {}
        parts = (whole.reliability, whole.constancy, whole.resolution) if whole else (None, None, None)
        return {
            **_ends("reliability", parts[0], row.get("judged") or 0),
            "evidence": whole.evidence.size if whole else None,
            **_ends("reliability_change_points", whole.change if whole else None, row.get("later") or 0),
            **_ends("constancy", parts[1], whole.cells if whole else 0),
            **_ends("resolution", parts[2], row.get("contacts") or 0),
            **_ends("overall", self._overall(parts), row.get("judged") or 0),
            **{name: row.get(name) or 0 for name in _COUNTS},
            **_by_due(result),
        }

    def _overall(self, parts: Sequence[Estimate | None]) -> Estimate | None:
        """The weighted parts, where weights are given and every part that has a weight is known."""
        weighed = [(part, weight) for part, weight in zip(parts, self._weights(), strict=False) if weight]
        if not weighed or any(part is None for part, _ in weighed):
            return None
        return combined([part for part, _ in weighed if part], [weight for _, weight in weighed])


_COUNTS = ("judged", "kept", "late", "broken", "overdue", "withdrawn", "not_due", "mendable")


def _ends(name: str, estimate: Estimate | None, n: int) -> dict[str, Figure]:
    value, low, high = (estimate.value, estimate.low, estimate.high) if estimate else (None, None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high, f"{name}_n": n}


def _by_due(result: Result) -> dict[str, Figure]:
    """The share fulfilled by the date due where those still running are counted as far as they have come (Aalen-Johansen)."""
    spans = result.details["spans"].to_pydict()
    n = sum(sum(spans[name]) for name in ("fulfilled", "given_up", "waiting"))
    if not n or None in spans["part"]:
        return _ends("kept_by_due_share", None, 0)
    curve = aalen_johansen(spans["part"], spans["fulfilled"], spans["given_up"], spans["waiting"], CONFIDENCE)
    return _ends("kept_by_due_share", Estimate(*curve.by(100.0)), n)


_COLUMNS = ("reliability", "change_points", "constancy", "resolution")
_WHOLE = ("judged", "kept", "late", "broken", "overdue")


def _table(parts: Sequence[Parts]) -> Any:
    import pyarrow as pa

    fields: list[tuple[str, pa.DataType]] = [("dimension", pa.string()), ("value", pa.string())]
    fields += [(name, pa.int64()) for name in _WHOLE]
    fields += [(name, pa.float64()) for name in ("evidence", *_numbers("reliability"), "moved_points")]
    fields += [(name, pa.float64()) for column in _COLUMNS[1:] for name in _numbers(column)]
    return pa.Table.from_pylist([_row(part) for part in parts], schema=pa.schema(fields))


def _numbers(name: str) -> tuple[str, str, str]:
    return name, f"{name}_low", f"{name}_high"


def _row(part: Parts) -> dict[str, Any]:
    estimates = (part.reliability, part.change, part.constancy, part.resolution)
    shown = {name: part.row[name] for name in ("dimension", "value", *_WHOLE)}
    shown |= {"evidence": part.evidence.size, "moved_points": part.moved}
    for name, estimate in zip(_COLUMNS, estimates, strict=True):
        shown |= _ends(name, estimate, 0)
    return shown


_DRAWN = 24


def _chart(by: str, parts: Sequence[Parts]) -> Chart | None:
    """The months, or of the groups with the most missed the least reliable first, each with its interval."""
    wanted = "month" if by == "firm" else by
    drawn = [part for part in parts if part.dimension == wanted and part.reliability and part.row["value"]]
    drawn = drawn[-_DRAWN:] if by == "firm" else sorted(drawn[:_DRAWN], key=_value)
    if not drawn:
        return None
    what = {"field": "what", "type": "ordinal", "sort": None}
    value = {"type": "quantitative", "title": sentence("Reliability"), "axis": {"format": ".0%"}, "scale": {"zero": False}}
    flat, upright = ("y", "x") if by == "firm" else ("x", "y")
    spec = {
        "description": _SHOWN[wanted],
        "encoding": {upright: {**what, "title": sentence("Month due") if by == "firm" else None}},
        "layer": [
            {"mark": {"type": "rule"}, "encoding": {flat: {"field": "low", **value}, f"{flat}2": {"field": "high"}}},
            {"mark": {"type": "point", "filled": True}, "encoding": {flat: {"field": "reliability", **value}}},
        ],
    }
    return Chart(spec, tuple(_point(part, part.reliability) for part in drawn if part.reliability))


_SHOWN = {
    "month": sentence("Evidence of reliability by the month promises were due in, with 90% intervals."),
    "channel": sentence("Evidence of reliability by channel, with 90% intervals."),
    "reason": sentence("Evidence of reliability by reason, with 90% intervals."),
    "account": sentence("Evidence of reliability by account, with 90% intervals; those with the most missed first."),
    "person": sentence("Evidence of reliability by person, with 90% intervals; those with the most missed first."),
}


def _value(part: Parts) -> float:
    return part.reliability.value if part.reliability else 1.0


def _point(part: Parts, estimate: Estimate) -> dict[str, Any]:
    return {"what": part.name, "reliability": estimate.value, "low": estimate.low, "high": estimate.high}
