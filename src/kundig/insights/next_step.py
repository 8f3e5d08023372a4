"""What usually comes next for the cases that are running now, and which of them are likely to get stuck."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from kundig.answer import Chart, Figure
from kundig.errors import ModelError
from kundig.insight import Result, Telling, asked
from kundig.insights._running import by_activity, judged, middle, not_learned, standing, table_of, with_persons
from kundig.message import Duration, Message, Share, Word, sentence, sentences
from kundig.model import find

_MODEL = find("next-step")
END = sentence("end of the case")
LIKELY = 0.1
"""A next step less probable than this is not listed."""
_GAIN = ("accuracy_gain_share", "accuracy_gain_share_low", "accuracy_gain_share_high", "accuracy_gain_share_n")
"""Of the longer memory over the last activity alone, also where the latter is used."""
_JUDGED = (
    "accuracy_share", "accuracy_share_low", "accuracy_share_high", "accuracy_share_n", "usual_accuracy_share",
    "most_frequent_accuracy_share", "top3_accuracy_share",
    *_GAIN, "wait_error_s", "same_wait_error_s",
)  # fmt: skip
_NOTHING: Mapping[str, Figure] = dict.fromkeys(("stuck", "stuck_share", "soon_stuck", *_JUDGED))


@dataclass(frozen=True)
class NextStep:
    """What usually comes next for the running cases, and which of them are likely to get stuck."""

    cases: int = asked(
        3_000, sentence("From how many cases it learns at most; where there are more, a fixed random sample of them.")
    )
    days: int = asked(730, sentence("How many days back a case may have begun to be learned from."))

    title: ClassVar[str] = sentence("The next step")
    definition: ClassVar[str] = sentence(
        "For the running cases what comes next and when, by what followed after the same last activities before (up to six of "
        "them, fewer where that was seen too rarely). A case is running if it is not closed or, in a source without closings, if it "
        "has been silent for no longer than 95 of 100 cases take in all; at most 50,000, the last active ones. The waiting time "
        "is the median from now on and counts earlier cases that still wait. A case is stuck if it has waited longer than "
        "nine in ten cases did after the same activity and is not probably at its end; "
        "how many will be is the sum of each case's probability. Accuracy is "
        "the share of later steps (the last fifth of the time) that were named rightly by what was known before; the interval "
        "allows for steps of one case being alike."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("case_id",)
    sql: ClassVar[str] = with_persons(_MODEL.current)
    details: ClassVar[Mapping[str, str]] = dict(_MODEL.sql)
    words: ClassVar[tuple[str, ...]] = ("next_activity",)
    columns: ClassVar[Mapping[str, str]] = {
        "activity": sentence("Last activity"),
        "cases": sentence("Running cases"),
        "next_activity": sentence("Next step"),
        "share": sentence("Probability"),
        "wait_s": sentence("Median wait from now on"),
        "stuck": sentence("Stuck"),
        "soon_stuck": sentence("Likely to get stuck"),
    }

    def tell(self, result: Result) -> Telling:
        running, model = result.table, _MODEL(cases=self.cases, days=self.days, second_opinion=False)
        first, said = judged(model, result, _JUDGED)
        model, why = model.simplest(first)
        try:
            learned = model.learn(result.details, result.now)
        except ModelError as error:
            return not_learned(error, result, _NOTHING, table_of([], self.columns, ("stuck",)))
        measured, said = judged(model, result, _JUDGED) if why else (first, said)
        told, chances = model.predict(learned, running).to_pylist(), model.chances(learned, running)
        groups, hidden = by_activity(running, result.least)
        places = [_place(group, told, chances, learned.labels) for group in groups]
        figures = {**_counts(told), **measured, **{name: first[name] for name in _GAIN}}
        said = [*_stuck(figures, places), *_usual(places), *said, *why]
        table = table_of([row for place in places for row in place["next"]], self.columns, ("stuck",))
        return Telling(figures, said, running.num_rows, _chart(places), table, hidden)


def _counts(told: Sequence[Mapping[str, Any]]) -> dict[str, Figure]:
    """How many cases are running, stuck, and likely to get stuck beside those."""
    stuck = sum(_is_stuck(row) for row in told)
    soon = sum(row["stuck"] for row in told if not _is_stuck(row))
    return {
        "running": len(told),
        "stuck": stuck,
        "stuck_share": stuck / len(told) if told else None,
        "soon_stuck": round(soon, 1),
    }


def _is_stuck(row: Mapping[str, Any]) -> bool:
    return row["late_s"] is not None and row["waited_s"] > row["late_s"]


def _place(group: Mapping[str, Any], told: Sequence[Mapping[str, Any]], chances: Any, labels: Sequence[str]) -> dict[str, Any]:
    """What is told of the running cases that stand at one activity: what comes next, how long it takes, how many are stuck."""
    own = [told[row] for row in group["rows"]]
    mean = chances[group["rows"]].mean(axis=0)
    about = {
        "activity": group["activity"], "cases": group["cases"], "wait_s": middle([row["wait_s"] for row in own]),
        "stuck": sum(_is_stuck(row) for row in own),
        "soon_stuck": round(sum(row["stuck"] for row in own if not _is_stuck(row)), 1),
    }  # fmt: skip
    order = [at for at in (-mean).argsort(kind="stable") if mean[at] >= LIKELY][:3] or [int(mean.argmax())]
    paths = [row["path"] for row in own]
    usual = next(row for row in own if row["path"] == max(sorted(set(paths)), key=paths.count))
    return {**about, "usual": usual, "next": [{**about, "next_activity": labels[at], "share": float(mean[at])} for at in order]}


def _stuck(figures: Mapping[str, Any], places: Sequence[Mapping[str, Any]]) -> Iterator[Message]:
    if not figures["running"]:
        yield from standing(0)
        return
    yield sentences(
        "{n} case is running; {stuck} have waited longer for their next step than nine in ten cases do ({share}).",
        "{n} cases are running; {stuck} have waited longer for their next step than nine in ten cases do ({share}).",
        figures["running"], stuck=figures["stuck"], share=Share(figures["stuck_share"]),
    )  # fmt: skip
    worst = max(places, key=lambda place: int(place["stuck"]), default=None)
    if worst and worst["stuck"]:
        yield Message(
            'Most of them stand at "{activity}": {stuck} of {cases}. Look at these first.',
            {name: worst[name] for name in ("activity", "stuck", "cases")},
        )
    if round(figures["soon_stuck"]):
        yield sentences(
            "About {n} more is likely to get stuck if nothing is done.",
            "About {n} more are likely to get stuck if nothing is done.",
            round(figures["soon_stuck"]),
        )


def _usual(places: Sequence[Mapping[str, Any]]) -> Iterator[Message]:
    """What comes next where most running cases stand, and why that is expected."""
    if not places:
        return
    first, then = places[0], places[0]["next"][0]
    yield Message(
        'After "{activity}", where most running cases stand ({cases}), "{then}" comes next with {share}.',
        {
            "activity": first["activity"],
            "cases": first["cases"],
            "then": _named(then["next_activity"]),
            "share": Share(then["share"]),
        },
    )
    if first["wait_s"] is not None:
        yield Message("Half of them wait no longer than {time} from now on.", {"time": Duration(first["wait_s"])})
    usual = first["usual"]
    if usual["path_n"]:
        yield Message(
            'Because: of {n} times that cases went "{path}", {share} went on so ("{then}").',
            {
                "n": usual["path_n"],
                "path": usual["path"],
                "share": Share(usual["path_share"]),
                "then": _named(usual["next_activity"]),
            },
        )


def _named(activity: str) -> Any:
    """The data's own word, or ours for the end."""
    return Word(END) if activity == END else activity


def _chart(places: Sequence[Mapping[str, Any]], most: int = 12) -> Chart | None:
    drawn = [
        {"step": Message("{activity} → {then}", {"activity": row["activity"], "then": _named(row["next_activity"])}),
         "share": row["share"], "cases": row["cases"]}
        for place in places for row in place["next"]
    ]  # fmt: skip
    if not drawn:
        return None
    spec = {
        "description": sentence("What probably comes next for the running cases, where most of them stand first."),
        "mark": {"type": "bar"},
        "encoding": {
            "y": {"field": "step", "type": "nominal", "sort": None, "title": None},
            "x": {
                "field": "share", "type": "quantitative", "title": sentence("Probability"),
                "scale": {"domain": [0, 1]}, "axis": {"format": ".0%"},
            },
        },
    }  # fmt: skip
    return Chart(spec, tuple(drawn[:most]))
