"""What customers lived through and what of it they remember today: the worst moment and the end stay, the rest fades."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Chart, Figure
from kundig.answer.sharing import Rule, suppress
from kundig.errors import QuestionError
from kundig.insight import Result, Telling, asked
from kundig.insights import _felt
from kundig.insights._columns import share
from kundig.insights._felt import Felt
from kundig.insights._own_cases import OWN, OWN_CASES
from kundig.measures import mean
from kundig.measures.remembered import Memories, Refit, Weights, lift_if_neutral, memories, refit
from kundig.message import Message, Number, Share, Word, sentence, sentences

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

SEEN_BY = ("activity", "reason", "channel", "account", "month", "rule", "case")
"""How the table is cut."""

ENOUGH_RATED = 100
"""Rated journeys from which the weights are learned; below, kundig's own are used."""

ENOUGH = 30
"""Journeys below which a group is not named in a sentence."""

MOST_LISTED = 1000
DRAWN, MONTHS_DRAWN = 12, 24


@dataclass(frozen=True)
class Experience:
    """What customers lived through, and what of it they remember today."""

    by: str = asked("activity", sentence(
        "What the table shows: activity (what weighs most on memory), reason, channel, account, month, rule (how events are valued) "
        "or case (single journeys, the worst first)."
    ))  # fmt: skip
    most_cases: int = asked(
        20_000, sentence("How many cases are read at most; where there are more, a fixed random sample of them.")
    )

    title: ClassVar[str] = sentence("Lived and remembered experience")
    definition: ClassVar[str] = sentence(
        "Each event of a journey (a case) has a valence from -1, bad, to 1, good, by the first rule that fits: a rating by its "
        "place on its scale; promise broken -0.9, kept late -0.4, withdrawn -0.2, kept in time 0.6; opened again -0.6; closed after one "
        "contact 0.6, after several 0.3; another contact about the same case -0.3; handed over -0.3; an answer after more than "
        "three days -0.6, after more than a day -0.3, within an hour 0.2; put on hold -0.2; anything else 0. These numbers are "
        "defaults of kundig, not measured ones; free text is not read, and what never became an event is not seen. Lived is the plain "
        "mean of the events. Remembered today is peak times its weight, plus end times its weight, plus the mean of all events times the "
        "rest, where each event counts by what forgetting has left of it, (1 + 4.32 t) to the power of -0.131 after t minutes; "
        "the peak is the event that is strongest after forgetting, the end the last event, and duration has no part in it. The "
        "weights are 25%, 25% and 50% until 100 journeys with a rating are known; then they are learned from these ratings "
        "(ridge, ratings themselves left out of the events), and kept only if they foresee unseen ratings better than the mean alone. "
        "The lift of an activity, apart by the rule it was valued by, is by how much better a journey would be remembered had an event "
        "of it been neutral, summed over its events, per 100 journeys; a rating is a judgement, not a moment, and has none. "
        "Intervals: Student's t, 95%; shares: Wilson."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("case_id", "kind=contact | score")
    sql: ClassVar[str] = _felt.SQL
    details: ClassVar[Mapping[str, str]] = {
        "all": f"with {OWN} select count(*) as cases, sum(events) as events from cases cross join own where {OWN_CASES}",
    }
    words: ClassVar[tuple[str, ...]] = ("rule", "worst_rule")
    columns: ClassVar[Mapping[str, str]] = {
        "activity": sentence("Activity"),
        "reason": sentence("Reason"),
        "channel": sentence("Channel"),
        "account": sentence("Account"),
        "month": sentence("Month"),
        "rule": sentence("What happened"),
        "case": sentence("Case"),
        "cases": sentence("Cases"),
        "events": sentence("Events"),
        "valence": sentence("Valence"),
        "lived": sentence("Lived"),
        "peak": sentence("Peak"),
        "end": sentence("End"),
        "remembered": sentence("Remembered today"),
        "remembered_low": sentence("from"),
        "remembered_high": sentence("to"),
        "lift_there": sentence("Lift of these journeys if neutral"),
        "lift_per_100": sentence("Lift per 100 journeys"),
        "lift_per_100_low": sentence("from"),
        "lift_per_100_high": sentence("to"),
        "worst_in": sentence("Worst event in so many cases"),
        "worst_activity": sentence("What weighs most"),
        "worst_rule": sentence("because"),
        "worst_lift": sentence("Lift if that were neutral"),
    }

    def __post_init__(self) -> None:
        if self.by not in SEEN_BY:
            raise QuestionError(
                "Experience cannot be seen by {name}.", "Choose one of: {known}.", name=self.by, known=", ".join(SEEN_BY)
            )

    def tell(self, result: Result) -> Telling:
        events = _felt.felt(result.table)
        if not len(events.case):
            return Telling({}, [Message("There is no journey whose experience could be told.")], 0)
        seen = _Seen.of(events)
        table, hidden = _guarded(seen, self.by, result.least)
        cases = result.row("all").get("cases") or seen.n
        moments = table if self.by == "activity" else _guarded(seen, "activity", result.least)[0]
        figures = _figures(seen, cases, moments)
        told = [*_sentences(figures), *_worst_group(figures, table, self.by), *_on_weights(figures)]
        drawn = cases > self.most_cases or (result.row("all").get("events") or 0) > _felt.MOST_EVENTS
        told += _sample(figures, cases) if drawn else _left_out(cases - seen.n)
        if self.by == "case" and result.least:
            told.append(Message("A list of single journeys is not for passing on; it is left out here."))
        return Telling(figures, told, seen.n, _chart(table, self.by), table.drop_columns(["persons"]), hidden)


@dataclass(frozen=True)
class _Seen:
    """The events, what of each case is remembered, and what each event does to that."""

    events: Felt
    parts: Memories
    weights: Weights
    learned: Refit | None
    rated: int
    value: Numbers
    lift: Numbers
    worst: Numbers
    """Of each case the place of its event that, made neutral, would lift the memory most; -1 where none would."""

    @classmethod
    def of(cls, events: Felt) -> _Seen:
        given = (events.case, events.valence, events.minutes_ago)
        parts = memories(*given)
        learned, rated = _learned(events)
        weights = learned.weights if learned else Weights()
        lift = lift_if_neutral(*given, weights) * ~events.rated
        return cls(events, parts, weights, learned, rated, parts.value(weights), lift, _worst(events, lift))

    @property
    def n(self) -> int:
        return len(self.parts.lived)


def _learned(events: Felt) -> tuple[Refit | None, int]:
    """The weights by the last rating of each case, from what came before it; None where there are too few, or all the same."""
    import numpy as np

    places, starts = np.arange(len(events.case)), events.starts
    if not events.rated.any():
        return None, 0
    sizes = np.diff(np.append(starts, len(places)))
    last = np.repeat(np.maximum.reduceat(np.where(events.rated, places, -1), starts), sizes)
    before = (places < last) & ~events.rated
    since = np.maximum(events.minutes_ago - events.minutes_ago[last], 0.0)
    rated = np.unique(last[before])
    judged = events.valence[rated]
    if len(rated) < ENOUGH_RATED or np.ptp(judged) == 0:
        return None, len(rated)
    return refit(memories(events.case[before], events.valence[before], since[before]), judged), len(rated)


def _worst(events: Felt, lift: Numbers) -> Numbers:
    import numpy as np

    block = np.cumsum(np.append([True], events.case[1:] != events.case[:-1]))
    first = np.lexsort((np.arange(len(lift)), -lift, block))[events.starts]
    return np.where(lift[first] > 0, first, -1)


def _figures(seen: _Seen, cases: int, moments: pa.Table) -> dict[str, Figure]:
    """Headline figures; ``moments`` is the table by activity, as far as it may be shown."""
    learned = seen.learned
    top = moments.slice(0, 1).to_pylist()[0] if moments.num_rows and moments["lift_per_100"][0].as_py() > 0 else {}
    averages = {"remembered": seen.value, "lived": seen.parts.lived, "peak": seen.parts.peak, "end": seen.parts.end}
    return {
        "cases": cases,
        "cases_read": seen.n,
        "events_read": len(seen.events.case),
        **{part: value for name, values in averages.items() for part, value in _mean(name, values).items()},
        **share("bad_share", int((seen.value < -1e-9).sum()), seen.n),
        "heaviest_activity": top.get("activity"),
        "heaviest_rule": top.get("rule"),
        "heaviest_cases": top.get("cases"),
        "heaviest_worst_in": top.get("worst_in"),
        "heaviest_lift_there": top.get("lift_there"),
        **{f"heaviest_{name}": top.get(name) for name in _LIFT},
        "heaviest_lift_per_100_n": seen.n if top else None,
        "weights": (sentence("learned") if learned.better else sentence("mean")) if learned else sentence("default"),
        "weight_peak": seen.weights.peak,
        "weight_end": seen.weights.end,
        "weight_mean": seen.weights.mean,
        "rated_cases": seen.rated,
        "r2": learned.r2 if learned else None,
        "r2_mean_only": learned.r2_mean if learned else None,
    }


def _mean(name: str, values: Numbers) -> dict[str, Any]:
    return _interval(name, float(values.sum()), float((values**2).sum()), len(values))


def _guarded(seen: _Seen, by: str, least: int) -> tuple[pa.Table, int]:
    """The table, without small groups where it is passed on, and how many rows that took."""
    made = {"activity": _by_activity, "rule": _by_rule, "case": _by_case}.get(by, _by_segment)(seen, by)
    if by == "case" and least:
        return made.slice(0, 0), 0
    return suppress(made, Rule(least=least, adds_up=("cases", "events", "worst_in"))) if least else (made, 0)


def _by_activity(seen: _Seen, by: str) -> pa.Table:
    """One row an activity and what made it good or bad, the one that weighs most on memory first."""
    import numpy as np

    events, many = seen.events, len(seen.events.moment_words)
    sums, squares = _per_case(events, seen.lift, events.moment, many)
    valence = np.bincount(events.moment, weights=events.valence, minlength=many)
    worst = np.bincount(events.moment[seen.worst[seen.worst >= 0]], minlength=many)
    rows = [
        {
            by: activity, "rule": rule, **counted, "valence": float(valence[n] / counted["events"]), "worst_in": int(worst[n]),
            "lift_there": float(sums[n] / counted["cases"]),
            **_interval("lift_per_100", 100 * float(sums[n]), 1e4 * float(squares[n]), seen.n),
        }
        for n, ((activity, rule), counted) in enumerate(zip(events.moment_words, _counts(events, events.moment, many), strict=True))
    ]  # fmt: skip
    rows.sort(key=lambda row: (-row["lift_per_100"], row[by], row["rule"]))
    return _table(rows, [by, "rule", *_COUNTED, "valence", "worst_in", "lift_there", *_LIFT])


def _by_rule(seen: _Seen, by: str) -> pa.Table:
    """All rules with their numbers, and how often each was used."""
    events = seen.events
    used = dict(zip(events.rule_words, _counts(events, events.rule, len(events.rule_words)), strict=True))
    rows = [{by: word, "valence": valence, **used.get(word, dict.fromkeys(_COUNTED, 0))} for word, valence in _felt.RULES.items()]
    return _table(rows, [by, "valence", *_COUNTED])


def _by_segment(seen: _Seen, by: str) -> pa.Table:
    """One row a reason, channel, account or month with the journeys that belong to it."""
    import numpy as np

    events, parts, many = seen.events, seen.parts, len(seen.events.segment_words)
    group = events.segment % many
    cases = group[events.starts]
    sums = {
        name: np.bincount(cases, weights=values, minlength=many)
        for name, values in (("lived", parts.lived), ("peak", parts.peak), ("end", parts.end), ("remembered", seen.value))
    }
    squares = np.bincount(cases, weights=seen.value**2, minlength=many)
    heaviest = _heaviest(seen, group)
    rows = [
        {
            by: word, **counted, **{name: float(sums[name][n] / counted["cases"]) for name in ("lived", "peak", "end")},
            **_interval("remembered", float(sums["remembered"][n]), float(squares[n]), counted["cases"]),
            **_worst_of(heaviest.get(n), counted["cases"]),
        }
        for n, (word, counted) in enumerate(zip(events.segment_words, _counts(events, group, many), strict=True))
        if counted["cases"]
    ]  # fmt: skip
    rows.sort(key=lambda row: (row[by] is None, row[by] if by == "month" else -row["cases"], str(row[by])))
    return _table(rows, [by, *_COUNTED, "lived", "peak", "end", *_REMEMBERED, *_WORST])


def _heaviest(seen: _Seen, group: Numbers) -> dict[int, tuple[tuple[str, str], float]]:
    """Of each group the moments that together weigh most, and their sum; left out where none weighs."""
    import numpy as np

    words = seen.events.moment_words
    pairs, place = np.unique(group.astype(np.int64) * len(words) + seen.events.moment, return_inverse=True)
    sums = np.bincount(place, weights=seen.lift)
    best = {int(pairs[n]) // len(words): n for n in np.argsort(sums, kind="stable") if sums[n] > 0}
    return {of: (words[int(pairs[n]) % len(words)], float(sums[n])) for of, n in best.items()}


def _worst_of(found: tuple[tuple[str, str], float] | None, cases: int) -> dict[str, Any]:
    """What weighs most on a group's journeys, and its mean lift there."""
    if found is None:
        return dict.fromkeys(_WORST)
    (activity, rule), total = found
    return dict(zip(_WORST, (activity, rule, total / cases), strict=True))


def _by_case(seen: _Seen, by: str) -> pa.Table:
    """Single journeys, those remembered worst first."""
    import numpy as np

    events, parts, starts = seen.events, seen.parts, seen.events.starts
    sizes = np.diff(np.append(starts, len(events.case)))
    rows = []
    for n in np.lexsort((np.arange(seen.n), seen.value))[:MOST_LISTED]:
        worst = int(seen.worst[n])
        rows.append({
            by: events.case_words[events.case[starts[n]]], "persons": 1, "events": int(sizes[n]), "lived": float(parts.lived[n]),
            "peak": float(parts.peak[n]), "end": float(parts.end[n]), "remembered": float(seen.value[n]),
            **_worst_of((events.moment_words[events.moment[worst]], float(seen.lift[worst])) if worst >= 0 else None, 1),
        })  # fmt: skip
    return _table(rows, [by, "persons", "events", "lived", "peak", "end", "remembered", *_WORST])


_COUNTED = ("cases", "persons", "events")
_LIFT = ("lift_per_100", "lift_per_100_low", "lift_per_100_high")
_REMEMBERED = ("remembered", "remembered_low", "remembered_high")
_WHOLE = (*_COUNTED, "worst_in")
_WORST = ("worst_activity", "worst_rule", "worst_lift")
_TEXTS = (*SEEN_BY, "worst_activity", "worst_rule")


def _counts(events: Felt, group: Numbers, many: int) -> list[dict[str, int]]:
    """The cases, known persons and events of each of ``many`` groups; ``group`` is each event's."""
    import numpy as np

    known = events.person >= 0
    made = (
        _distinct(group, events.case, many), _distinct(group[known], events.person[known], many),
        np.bincount(group, minlength=many),
    )  # fmt: skip
    return [dict(zip(_COUNTED, (int(n) for n in row), strict=True)) for row in zip(*made, strict=True)]


def _distinct(group: Numbers, what: Numbers, many: int) -> Numbers:
    import numpy as np

    size = int(what.max()) + 1 if len(what) else 1
    return np.bincount(np.unique(group.astype(np.int64) * size + what) // size, minlength=many)


def _per_case(events: Felt, values: Numbers, group: Numbers, many: int) -> tuple[Numbers, Numbers]:
    """Of each group the sum of ``values``, and the sum of the squares of the sums of each case."""
    import numpy as np

    size = len(events.case_words)
    pairs, place = np.unique(group.astype(np.int64) * size + events.case, return_inverse=True)
    sums = np.bincount(place, weights=values)
    of_group, squares = pairs // size, sums**2
    return np.bincount(of_group, weights=sums, minlength=many), np.bincount(of_group, weights=squares, minlength=many)


def _interval(name: str, total: float, squares: float, n: int) -> dict[str, Any]:
    """The mean of ``n`` values with its interval, from their sum and the sum of their squares."""
    spread = math.sqrt(max(0.0, squares - total**2 / n) / (n - 1)) if n > 1 else None
    return mean.as_figures(name, total / n, spread, n)


def _table(rows: list[dict[str, Any]], names: list[str]) -> pa.Table:
    import pyarrow as pa

    kinds = {name: pa.int64() if name in _WHOLE else pa.string() if name in _TEXTS else pa.float64() for name in names}
    return pa.Table.from_pylist(rows, schema=pa.schema(list(kinds.items())))


def _sentences(figures: Mapping[str, Any]) -> Iterable[Message]:
    values = {name: Number(figures[name]) for name in ("remembered", "lived")}
    if figures["remembered_low"] is not None:
        yield Message(
            "On a scale from -1 (bad) to 1 (good) the average of {n} journeys is remembered at {remembered} today ({low} to {high}); "
            "event by event it was {lived}.",
            {**values, "n": figures["remembered_n"],
             "low": Number(figures["remembered_low"]), "high": Number(figures["remembered_high"])},
        )  # fmt: skip
    else:
        yield Message(
            "On a scale from -1 (bad) to 1 (good) the one journey there is, is remembered at {remembered} today; event by event it "
            "was {lived}.",
            values,
        )
    ends = {end: Share(figures[f"bad_share_{end}"]) for end in ("low", "high")}
    yield Message(
        "{share} of the journeys are remembered as bad, below 0 ({low} to {high}).",
        {"share": Share(figures["bad_share"]), **ends},
    )
    if figures["heaviest_activity"] is not None and (figures["heaviest_lift_per_100_low"] or 0) > 0:
        yield sentences(
            'Most weighs "{activity}" ({rule}): in {worst} of the {n} journey with it, it is the worst event. Had it been neutral, that journey '
            "would be remembered {lift} better. Begin there.",
            'Most weighs "{activity}" ({rule}): in {worst} of the {n} journeys with it, it is the worst event. Had it been neutral, these journeys '
            "would be remembered {lift} better on average. Begin there.",
            figures["heaviest_cases"], activity=figures["heaviest_activity"], rule=Word(figures["heaviest_rule"]), worst=figures["heaviest_worst_in"],
            lift=Number(figures["heaviest_lift_there"]),
        )  # fmt: skip


def _worst_group(figures: Mapping[str, Any], table: pa.Table, by: str) -> Iterable[Message]:
    """The group remembered worse than all together, beyond what chance explains."""
    if by not in ("reason", "channel", "account", "month"):
        return
    known = [row for row in table.to_pylist() if row[by] is not None and row["cases"] >= ENOUGH]
    worst = min(known, key=lambda row: row["remembered"], default=None)
    if worst is None or figures["remembered_low"] is None or worst["remembered_high"] >= figures["remembered_low"]:
        return
    name = Word(worst[by]) if by == "channel" else worst[by]
    values = {"name": name, "remembered": Number(worst["remembered"]), "n": worst["cases"]}
    if worst["worst_activity"] is None:
        yield Message("Remembered worst: {name}, {remembered} in {n} journeys.", values)
        return
    more = {"activity": worst["worst_activity"], "rule": Word(worst["worst_rule"])}
    yield Message(
        'Remembered worst: {name}, {remembered} in {n} journeys; there "{activity}" weighs most ({rule}).', {**values, **more}
    )


def _on_weights(figures: Mapping[str, Any]) -> Iterable[Message]:
    shown = {name: Share(figures[name]) for name in ("r2", "r2_mean_only") if figures[name] is not None}
    parts = {name: Share(figures[f"weight_{name}"], 0) for name in ("peak", "end", "mean")}
    if figures["weights"] == "learned":
        yield Message(
            "The weights are learned from {n} rated journeys: peak {peak}, end {end}, mean {mean}. They explain {r2} of the differences "
            "between ratings they have not seen, the mean alone {r2_mean_only}.",
            {"n": figures["rated_cases"], **parts, **shown},
        )
    elif figures["weights"] == "mean":
        yield Message(
            "In {n} rated journeys peak and end foresee unseen ratings no better than the mean of all events ({r2} of their differences "
            "explained, against {r2_mean_only}), so the simpler mean is kept.",
            {"n": figures["rated_cases"], **{name: Share(max(0.0, value.value)) for name, value in shown.items()}},
        )
    else:
        yield sentences(
            "The weights are kundig's own, peak {peak}, end {end}, mean {mean}: only {n} journey with a rating is there to learn from, "
            "and {least} with different ones are needed.",
            "The weights are kundig's own, peak {peak}, end {end}, mean {mean}: only {n} journeys with a rating are there to learn from, "
            "and {least} with different ones are needed.",
            figures["rated_cases"], least=ENOUGH_RATED, **parts,
        )  # fmt: skip


def _sample(figures: Mapping[str, Any], cases: int) -> Iterable[Message]:
    if figures["cases_read"] < cases:
        yield Message("Estimated from a fixed random sample: {n} of {all} cases.", {"n": figures["cases_read"], "all": cases})


def _left_out(cases: int) -> Iterable[Message]:
    """No sample was drawn: what was not read holds nothing felt, or lies in the future."""
    one = sentence("{n} case is left out: it has no event up to now that a customer could have felt.")
    if cases > 0:
        yield sentences(one, "{n} cases are left out: they have no event up to now that a customer could have felt.", cases)


def _chart(table: pa.Table, by: str) -> Chart | None:
    rows = table.to_pylist()
    if by == "activity":
        return _lifts([row for row in rows if row["lift_per_100"] > 0][:DRAWN])
    if by in ("rule", "case"):
        return None
    named = [row for row in rows if row[by] is not None]
    return _groups(named[-MONTHS_DRAWN:] if by == "month" else named[:DRAWN], by)


def _lifts(rows: list[dict[str, Any]]) -> Chart | None:
    """By how much the average memory would gain, by activity."""
    x = {"type": "quantitative", "title": sentence("Lift of memory if neutral, per 100 journeys")}
    spec = {
        "description": sentence("What weighs most on the memory of customers, with 95% intervals."),
        "encoding": {"y": {"field": "moment", "type": "nominal", "sort": None, "title": None}},
        "layer": [
            {"mark": {"type": "bar"}, "encoding": {"x": {"field": "lift", **x}}},
            {"mark": {"type": "rule"}, "encoding": {"x": {"field": "low", **x}, "x2": {"field": "high"}}},
        ],
    }
    drawn = [
        {
            "moment": Message("{activity}: {rule}", {"activity": row["activity"], "rule": Word(row["rule"])}),
            **{to: row[f"lift_per_100{end}"] for to, end in (("lift", ""), ("low", "_low"), ("high", "_high"))},
        }
        for row in rows
        if row["lift_per_100_low"] is not None
    ]
    return Chart(spec, tuple(drawn)) if drawn else None


def _groups(rows: list[dict[str, Any]], by: str) -> Chart | None:
    """What is remembered of each group's journeys, with its interval."""
    x = {"type": "quantitative", "title": sentence("Remembered today, from -1 (bad) to 1 (good)"), "scale": {"zero": True}}
    spec = {
        "description": sentence("What is remembered today of the journeys of each group, with 95% intervals."),
        "encoding": {"y": {"field": "name", "type": "nominal", "sort": None, "title": Experience.columns[by]}},
        "layer": [
            {"mark": {"type": "rule"}, "encoding": {"x": {"field": "low", **x}, "x2": {"field": "high"}}},
            {"mark": {"type": "point"}, "encoding": {"x": {"field": "value", **x}}},
        ],
    }
    drawn = [
        {"name": Word(row[by]) if by == "channel" else row[by],
         **{to: row[f"remembered{end}"] for to, end in (("value", ""), ("low", "_low"), ("high", "_high"))}}
        for row in rows
        if row["remembered_low"] is not None
    ]  # fmt: skip
    return Chart(spec, tuple(drawn)) if drawn else None
