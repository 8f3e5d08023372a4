"""How long the cases that are running now will still take, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Chart, Figure
from kundig.errors import ModelError
from kundig.insight import Result, Telling, asked
from kundig.insights._running import by_activity, judged, middle, not_learned, standing, table_of, with_persons
from kundig.message import Duration, Message, sentence, sentences
from kundig.model import find

if TYPE_CHECKING:
    import pyarrow as pa

_MODEL = find("remaining-time")
DAY = 86_400.0
_JUDGED = (
    "error_s", "error_s_low", "error_s_high", "error_s_n", "median_error_s",
    "coverage_80_share", "coverage_80_share_low", "coverage_80_share_high", "coverage_80_share_n",
)  # fmt: skip
_TOLD = ("remaining_s", "remaining_s_low", "remaining_s_high")
_NOTHING: Mapping[str, Figure] = dict.fromkeys(("remaining_median_s", "in_time", "longer_than_usual", *_JUDGED))


@dataclass(frozen=True)
class RemainingTime:
    """How long the running cases will still take, and how sure that is."""

    within: int = asked(7, sentence("Within how many days it is counted how many running cases will end."))
    cases: int = asked(
        2_000, sentence("From how many cases it learns at most; where there are more, a fixed random sample of them.")
    )
    days: int = asked(730, sentence("How many days back a case may have begun to be learned from."))

    title: ClassVar[str] = sentence("The remaining time")
    definition: ClassVar[str] = sentence(
        "For each running case the time until it is closed (in a source without closings, until its last event), learned from "
        "cases that are over by one median for all, by the median after the same activity or by gradient boosting on the last "
        "activities, times, channel, team and reason: what foresaw later cases best, the simpler one where that is not clear. "
        "A case is running if it is not closed or, in a source without closings, if it has been silent for no longer than 95 of 100 "
        "cases take in all; at most 50,000, the last active ones. The table has the middle case after each activity. The "
        "interval should hold 80 of 100 cases; how many it held among later ones is told beside it. Overlong is a case that has "
        "already taken longer than nine in ten cases that are over."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("case_id",)
    sql: ClassVar[str] = with_persons(_MODEL.current)
    details: ClassVar[Mapping[str, str]] = dict(_MODEL.sql)
    columns: ClassVar[Mapping[str, str]] = {
        "activity": sentence("Last activity"),
        "cases": sentence("Running cases"),
        "remaining_s": sentence("Remaining time"),
        "remaining_s_low": sentence("from"),
        "remaining_s_high": sentence("to"),
        "in_time": sentence("Probably over in time"),
        "longer_than_usual": sentence("Overlong"),
    }

    def tell(self, result: Result) -> Telling:
        running, model = result.table, _MODEL(cases=self.cases, days=self.days)
        try:
            learned = model.learn(result.details, result.now)
        except ModelError as error:
            return not_learned(error, result, _NOTHING, table_of([], self.columns, _COUNTS))
        figures, said = judged(model, result, _JUDGED)
        told = model.predict(learned, running).to_pylist()
        long = _long(result.details["journeys"])
        groups, hidden = by_activity(running, result.least)
        places = [self._place(group, told, long) for group in groups]
        figures = {**self._counts(told, long), **figures}
        said = [*self._told(figures, places), *said]
        return Telling(figures, said, running.num_rows, _chart(places), table_of(places, self.columns, _COUNTS), hidden)

    def _counts(self, told: Sequence[Mapping[str, Any]], long: float) -> dict[str, Figure]:
        return {
            "running": len(told), "remaining_median_s": middle([row["remaining_s"] for row in told]),
            "in_time": sum(row["remaining_s"] <= self.within * DAY for row in told),
            "longer_than_usual": sum(row["so_far_s"] > long for row in told),
        }  # fmt: skip

    def _place(self, group: Mapping[str, Any], told: Sequence[Mapping[str, Any]], long: float) -> dict[str, Any]:
        """What is told of the running cases that stand at one activity."""
        own = [told[row] for row in group["rows"]]
        times = {name: middle([row[name] for row in own]) for name in _TOLD}
        counts = self._counts(own, long)
        return {"activity": group["activity"], "cases": group["cases"], **times, **{name: counts[name] for name in _COUNTS}}

    def _told(self, figures: Mapping[str, Any], places: Sequence[Mapping[str, Any]]) -> Iterator[Message]:
        if not figures["running"]:
            yield from standing(0)
            return
        yield sentences(
            "{n} case is running; half of them will probably take {time} or less from now on.",
            "{n} cases are running; half of them will probably take {time} or less from now on.",
            figures["running"], time=Duration(figures["remaining_median_s"]),
        )  # fmt: skip
        yield sentences(
            "{cases} of them will probably be over within {n} day.", "{cases} of them will probably be over within {n} days.",
            self.within, cases=figures["in_time"],
        )  # fmt: skip
        if figures["longer_than_usual"]:
            yield sentences(
                "{n} has already taken longer than nine in ten cases that are over.",
                "{n} have already taken longer than nine in ten cases that are over.",
                figures["longer_than_usual"],
            )
        longest = max(
            (place for place in places if place["cases"] >= 5), key=lambda place: float(place["remaining_s"]), default=None
        )
        if longest and len(places) > 1:
            yield Message(
                'It will take longest after "{activity}": {time} for the middle one of {cases} cases ({low} to {high}).',
                {"activity": longest["activity"], "cases": longest["cases"],
                 **{name: Duration(longest[at]) for name, at in zip(("time", "low", "high"), _TOLD, strict=True)}},
            )  # fmt: skip


_COUNTS = ("in_time", "longer_than_usual")


def _long(journeys: pa.Table) -> float:
    """What nine in ten cases that are over took at most, in seconds."""
    import numpy as np

    took = [row["remaining_s"] for row in journeys.select(["position", "is_over", "remaining_s"]).to_pylist() if _begins(row)]
    return float(np.quantile(took, 0.9)) if took else float("inf")


def _begins(row: Mapping[str, Any]) -> bool:
    """The first event of a case that is over: what remains there is all it took."""
    return bool(row["is_over"]) and row["position"] == 1


def _chart(places: Sequence[Mapping[str, Any]], most: int = 12) -> Chart | None:
    if not places:
        return None
    activity = {"field": "activity", "type": "nominal", "sort": None, "title": sentence("Last activity")}
    days = {"type": "quantitative", "title": sentence("Days from now on")}
    spec = {
        "description": sentence(
            "How many days running cases will still take, by their last activity: the middle case and its interval."
        ),
        "layer": [
            {"mark": {"type": "bar"}, "encoding": {"y": activity, "x": {**days, "field": "days"}}},
            {"mark": {"type": "rule"}, "encoding": {"y": activity, "x": {**days, "field": "low"}, "x2": {"field": "high"}}},
        ],
    }
    names = dict(zip(("days", "low", "high"), _TOLD, strict=True))
    return Chart(
        spec, tuple({"activity": p["activity"], **{to: p[name] / DAY for to, name in names.items()}} for p in places[:most])
    )
