"""Which touchpoints move loyalty later on: what to get right first, as far as observed data can tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Chart, Figure
from kundig.errors import ModelError, QuestionError
from kundig.event import LEAVING_WORDS
from kundig.insight import Result, Telling, asked
from kundig.insights import _landmarks
from kundig.insights._landmarks import Seen, outcome_of
from kundig.message import Message, Number, Share, Word, sentence, sentences

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from kundig.measures.doubly_robust import Effect

    Numbers = NDArray[Any]

OUTCOMES = ("leaving", "return", "score")
LEARNERS = ("linear", "boosted")
LEAST_PERSONS = 30
"""Customers who met a touchpoint, and who were spared it, below which nothing is said of it."""
LEAST_EXPECTED = 10
"""How many of the smaller group must be expected to leave (and to stay): below, the normal interval is too short."""
UNEVEN = 2.77
"""Standard errors by which twice must differ from two times once to be called uneven: 5 % over nine touchpoints (Bonferroni)."""
MUCH_LEFT_OUT = 0.3
MONTH = 31
FOLDS = 3


@dataclass(frozen=True)
class Touchpoint:
    """Something that can go wrong ``among`` those who met the occasion for it, judged while ``given`` others are held equal.

    What is held equal comes before it or apart from it; what follows from it is part of what it does.
    """

    name: str
    words: str
    among: tuple[str, ...]
    given: tuple[str, ...] = ()


_DUE = ("promise_kept", "promise_broken", "promise_late")
TOUCHPOINTS = (
    Touchpoint("promise_broken", sentence("promise broken"), _DUE, ("slow_answer", "handover", "told_again", "promise_late")),
    Touchpoint("promise_late", sentence("promise kept late"), _DUE, ("slow_answer", "handover", "told_again", "promise_broken")),
    Touchpoint("told_again", sentence("asked to explain again"), ("handover",),
               ("slow_answer", "handover", "promise_broken", "promise_late")),
    Touchpoint("handover", sentence("handed over"), ("matter",), ("slow_answer", "promise_broken", "promise_late")),
    Touchpoint("asked_again", sentence("had to ask again"), ("matter",),
               ("slow_answer", "handover", "told_again", "missed", "promise_broken", "promise_late")),
    Touchpoint("channel_switch", sentence("changed the channel"), ("asked_again", "told_again"),
               ("slow_answer", "handover", "told_again", "asked_again", "missed", "promise_broken", "promise_late")),
    Touchpoint("reopened", sentence("case opened again"), ("matter",),
               ("slow_answer", "handover", "told_again", "promise_broken", "promise_late")),
    Touchpoint("slow_answer", sentence("slow first answer"), ("slow_answer", "quick_answer")),
    Touchpoint("low_score", sentence("low rating"), ("low_score", "good_score"),
               ("slow_answer", "handover", "told_again", "asked_again", "promise_broken", "promise_late", "reopened")),
)  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """One touchpoint and what is estimated of it; ``effect`` is None where there is too little to tell."""

    touchpoint: Touchpoint
    persons: int = 0
    affected: int = 0
    share: float = 0.0
    """Of all rows, those that met it."""
    effect: Effect | None = None
    p: float | None = None
    """After Holm, over all touchpoints judged."""
    uneven: tuple[Effect, Effect] | None = None
    """The effects of once and of more often, where they do not go together."""

    @property
    def holds(self) -> bool:
        return self.p is not None and self.p < 0.05


@dataclass(frozen=True)
class MomentsThatMatter:
    """Which touchpoints move loyalty later on."""

    outcome: str = asked(
        "leaving", sentence("What is to be moved: leaving, return (a purchase, else a visit) or score (the next rating).")
    )
    window_days: int = asked(90, sentence("How many days before a point in time count as what a customer has just met."))
    horizon_days: int = asked(90, sentence("Within how many days after it a customer leaves or returns."))
    every_months: int = asked(
        0, sentence("Every how many months customers are looked at; 0: each month, less often where there are very many.")
    )
    leaving_words: str = asked(
        LEAVING_WORDS.replace("|", ", "),
        sentence("By which words in an activity leaving is seen, divided by commas; where none occurs, by silence."),
    )
    grace_days: int = asked(14, sentence("How many days after its date a promise not kept counts as broken."))
    slow_hours: float = asked(24.0, sentence("From how many hours on a first answer is slow."))
    most_persons: int = asked(
        12_000, sentence("How many customers are looked at, at most; where there are more, a fixed random sample of them.")
    )
    learner: str = asked("linear", sentence("How the confounders are modelled: linear (quick) or boosted (trees, slower)."))

    title: ClassVar[str] = sentence("Moments that matter")
    definition: ClassVar[str] = sentence(
        "What a touchpoint does to later loyalty, estimated from observed data, not proved by an experiment. At the start of each month "
        "(every second or third one where there are more than 4,000 or 8,000 customers) each customer still there is looked at: what "
        "he met in the window before it, and whether he leaves, or returns, within the horizon after it; for ratings, what he met in the "
        "window before the rating. Those who met a touchpoint are compared with those who had the same occasion and were spared it: "
        "a broken promise with promises kept, a retelling with handovers without one. The estimate is doubly robust (augmented inverse "
        "probability weighting with cross-fitting): it is right if either the model of who meets the touchpoint or the model of the outcome "
        "is right, provided that everything that moves both is among the confounders (tenure, earlier purchases, visits, matters and "
        "failures, open promises, channel, reason, month, and the touchpoints before it). Who was less than 5% or more than 95% likely to "
        "meet it has nobody to be compared with and is left out. Having to explain again is seen without texts: the customer is asked and "
        "turns to the firm again after a handover, so some of it is another question. A promise is broken if the firm says so or it is "
        "overdue by the days of grace. Intervals: 95%, from the influence function, by customer. A touchpoint counts as beyond chance if it "
        "is so after Holm's correction for all touchpoints judged. Ranked by how many of 1,000 customers it moves for the worse, "
        "those beyond chance first. "
        "E-value: by what factor something unknown would have to raise both the touchpoint and the outcome to explain the estimate away."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("case_id", "person_id", "kind=contact")
    sql: ClassVar[str] = _landmarks.SQL
    details: ClassVar[Mapping[str, str]] = {"people": _landmarks.PERSONS}
    group_size: ClassVar[str] = "affected"
    words: ClassVar[tuple[str, ...]] = ("touchpoint",)
    columns: ClassVar[Mapping[str, str]] = {
        "touchpoint": sentence("What customers met"),
        "customers": sentence("Customers compared"),
        "affected": sentence("Customers who met it"),
        "without": sentence("Without it (of 100, or rating)"),
        "with_it": sentence("With it (of 100, or rating)"),
        "effect": sentence("Difference (of 100, or points)"),
        "effect_low": sentence("from"),
        "effect_high": sentence("to"),
        "moved": sentence("Change per 1,000 customers"),
        "moved_low": sentence("from"),
        "moved_high": sentence("to"),
        "p_holm": sentence("p-value (after Holm)"),
        "left_out_share": sentence("Left out: nobody comparable"),
        "e_value": sentence("Robustness (E-value)"),
        "e_value_end": sentence("Robustness of the interval (E-value)"),
    }

    def __post_init__(self) -> None:
        for given, known in ((self.outcome, OUTCOMES), (self.learner, LEARNERS)):
            if given not in known:
                raise QuestionError(
                    "{given} cannot be asked for here.", "Choose one of: {known}.", given=given, known=", ".join(known)
                )
        if min(self.window_days, self.horizon_days, self.most_persons) < 1 or min(self.grace_days, self.every_months) < 0:
            raise QuestionError("Days and customers must be at least 1.", "Leave the input out to take the default.")

    def tell(self, result: Result) -> Telling:
        seen = Seen(result.table)
        outcome, how = outcome_of(seen, self.outcome)
        judged = self._judged(seen, outcome) if outcome is not None else [Judged(touchpoint) for touchpoint in TOUCHPOINTS]
        ranked = sorted(judged, key=self._rank)
        told = [*self._sentences(ranked, how, len(seen)), *self._basis(seen, how, result)]
        shown = [one for one in ranked if one.affected >= result.least]
        people = int(result.row("people").get("persons") or 0)
        persons = len(set(seen["person"].tolist())) or min(people, self.most_persons)
        figures = _figures(ranked, persons, self._scale)
        return Telling(figures, told, persons, self._chart(ranked), _table(shown, self._scale), len(ranked) - len(shown))

    def _judged(self, seen: Seen, outcome: Numbers) -> list[Judged]:
        from kundig.measures.doubly_robust import holm

        confounders = seen.confounders()
        judged = [self._estimate(touchpoint, seen, outcome, confounders) for touchpoint in TOUCHPOINTS]
        known = [one.effect.p for one in judged if one.effect]
        adjusted = iter(holm(known))
        return [replace(one, p=next(adjusted)) if one.effect else one for one in judged]

    def _estimate(self, touchpoint: Touchpoint, seen: Seen, outcome: Numbers, confounders: Numbers) -> Judged:
        import numpy as np

        had = seen.lately(*touchpoint.among) > 0
        times, y, who = seen.lately(touchpoint.name)[had], outcome[had], seen["person"][had]
        given = np.column_stack([confounders[had], *(np.minimum(seen.lately(name)[had], 3) for name in touchpoint.given)])
        judged = Judged(
            touchpoint, len(np.unique(who)), len(np.unique(who[times > 0])), float((times > 0).sum()) / max(len(seen), 1),
            self._effect(times > 0, y, given, who),
        )  # fmt: skip
        return replace(judged, uneven=self._uneven(times, y, given, who)) if judged.effect else judged

    def _effect(self, met: Numbers, y: Numbers, given: Numbers, who: Numbers) -> Effect | None:
        """The effect, or None where there are too few to tell or none who can be compared."""
        import numpy as np

        from kundig.measures.doubly_robust import effect

        fewest = min(len(np.unique(who[met])), len(np.unique(who[~met])))
        if fewest < LEAST_PERSONS or _expected(met, y) < LEAST_EXPECTED:
            return None
        try:
            found = effect(met, y, given, groups=who, folds=FOLDS, learner="boosted" if self.learner == "boosted" else "linear")
        except ModelError:
            return None
        return found if found.error and min(found.treated, found.n - found.treated) >= LEAST_PERSONS else None

    def _uneven(self, times: Numbers, y: Numbers, given: Numbers, who: Numbers) -> tuple[Effect, Effect] | None:
        """The effects of once and of more often, where more often is not what once would lead one to expect."""
        once, often = times < 2, (times == 0) | (times > 1)
        raw = [y[times == 0].mean(), *(y[part].mean() if part.any() else 0.0 for part in (times == 1, times > 1))]
        if abs((raw[2] - raw[0]) - 2 * (raw[1] - raw[0])) < abs(raw[1] - raw[0]):
            return None
        one = self._effect(times[once] > 0, y[once], given[once], who[once])
        more = self._effect(times[often] > 0, y[often], given[often], who[often]) if one else None
        if one is None or more is None:
            return None
        apart = abs(more.difference - 2 * one.difference) / (more.error**2 + 4 * one.error**2) ** 0.5
        return (one, more) if apart > UNEVEN else None

    @property
    def _scale(self) -> int:
        """Shares are told of 100 customers, ratings in points."""
        return 1 if self.outcome == "score" else 100

    def _rank(self, judged: Judged) -> tuple[int, float]:
        """Those beyond chance, then those that may be chance, then the unknown; the most customers moved for the worse first."""
        if judged.effect is None:
            return 2, 0.0
        return int(not judged.holds), -judged.effect.difference * judged.share * (1 if self.outcome == "leaving" else -1)

    def _sentences(self, ranked: Sequence[Judged], how: str, rows: int) -> Iterable[Message]:
        known, holding = [one for one in ranked if one.effect], [one for one in ranked if one.holds]
        if rows and not how:
            yield Message("Whether customers return cannot be told: the data knows neither purchases nor visits.")
        elif not known:
            yield Message("Too little to tell what moves loyalty: each touchpoint needs customers who met it, customers who were "
                          "spared it, and enough of both who leave and who stay.")  # fmt: skip
        else:
            yield _found(len(holding), len(known))
        yield from (self._moves(one) for one in holding)
        yield from (self._unevenly(one) for one in ranked if one.uneven)
        yield from _sensitivity(holding)
        yield from _overlap(known)
        if how and (few := len(ranked) - len(known)):
            yield sentences("{n} touchpoint is too rare to judge.", "{n} touchpoints are too rare to judge.", few)

    def _moves(self, judged: Judged) -> Message:
        effect = judged.effect
        assert effect is not None
        more = effect.difference > 0
        text, scale = _MOVES[self.outcome, more], self._scale * (1 if more else -1)
        low, high = sorted((scale * effect.low, scale * effect.high))
        return Message(text, {
            "touchpoint": Word(judged.touchpoint.words), "days": self.horizon_days, "n": judged.affected,
            "effect": Number(scale * effect.difference, 1), "low": Number(low, 1), "high": Number(high, 1),
        })  # fmt: skip

    def _unevenly(self, judged: Judged) -> Message:
        assert judged.uneven is not None
        once, often = judged.uneven
        ends = {
            f"{name}{end}": Number(self._scale * value, 1)
            for name, effect in (("once", once), ("often", often))
            for end, value in (("", effect.difference), ("_low", effect.low), ("_high", effect.high))
        }
        return Message(
            _UNEVEN_SCORE if self.outcome == "score" else _UNEVEN_SHARE, {"touchpoint": Word(judged.touchpoint.words), **ends}
        )

    def _basis(self, seen: Seen, how: str, result: Result) -> Iterable[Message]:
        """How the outcome was seen, in how much data, and what has to be believed."""
        if not len(seen):
            yield self._nobody(result)
            return
        if how:
            yield Message(_SEEN_BY[how], {"days": self.horizon_days})
            yield Message(
                "Looked at: {n} customers, {rows} times in all. This is an estimate from observed data: it holds if nothing unknown "
                "moves both the touchpoint and the outcome. Only a trial in which chance decides would prove it.",
                {"n": len(set(seen["person"].tolist())), "rows": len(seen)},
            )

    def _nobody(self, result: Result) -> Message:
        """Why no customer can be looked at: the data are too short for a window before a month's first day and a horizon after it."""
        first, wanted = (
            result.row("people").get("first_at"),
            self.window_days + (0 if self.outcome == "score" else self.horizon_days),
        )
        if first is None or result.now is None or (result.now - first).days >= wanted + MONTH:
            return Message("No customer met any of these touchpoints in a time that has data enough before and after it.")
        return sentences(
            "The time is too short: {wanted} days are needed before and after the first of a month, and the contacts reach over {n} "
            "day. Shorter ones can be asked for: --window-days, --horizon-days.",
            "The time is too short: {wanted} days are needed before and after the first of a month, and the contacts reach over {n} "
            "days. Shorter ones can be asked for: --window-days, --horizon-days.",
            (result.now - first).days, wanted=wanted,
        )  # fmt: skip

    def _chart(self, ranked: Sequence[Judged]) -> Chart | None:
        rows = [
            {"touchpoint": Word(one.touchpoint.words), "effect": one.effect.difference, "low": one.effect.low, "high": one.effect.high,
             "sure": Word(_SURE if one.holds else _UNSURE)}
            for one in ranked if one.effect
        ]  # fmt: skip
        if not rows:
            return None
        shown = {
            "type": "quantitative",
            "title": _AXES[self.outcome],
            **({} if self.outcome == "score" else {"axis": {"format": ".1%"}}),
        }
        place = {"field": "touchpoint", "type": "nominal", "sort": None, "title": None}
        colour = {"field": "sure", "type": "nominal", "sort": None, "title": None}
        spec = {
            "description": sentence("What each touchpoint does to the outcome, with its interval; at zero it does nothing."),
            "layer": [
                {"mark": {"type": "rule", "strokeDash": [4, 3]}, "encoding": {"x": {"datum": 0, "type": "quantitative"}}},
                {"mark": {"type": "rule", "strokeWidth": 2},
                 "encoding": {"y": place, "x": {**shown, "field": "low"}, "x2": {"field": "high"}}},
                {"mark": {"type": "point", "filled": True, "size": 90},
                 "encoding": {"y": place, "x": {**shown, "field": "effect"}, "color": colour}},
            ],
        }  # fmt: skip
        return Chart(spec, tuple(rows))


_MOVES = {
    ("leaving", True): sentence(
        '"{touchpoint}": of 100 customers who meet it, {effect} more leave within {days} days than if they were spared it '
        "({low} to {high}; {n} customers met it)."
    ),
    ("leaving", False): sentence(
        '"{touchpoint}": of 100 customers who meet it, {effect} fewer leave within {days} days than if they were spared it '
        "({low} to {high}; {n} customers met it)."
    ),
    ("return", True): sentence(
        '"{touchpoint}": of 100 customers who meet it, {effect} more return within {days} days than if they were spared it '
        "({low} to {high}; {n} customers met it)."
    ),
    ("return", False): sentence(
        '"{touchpoint}": of 100 customers who meet it, {effect} fewer return within {days} days than if they were spared it '
        "({low} to {high}; {n} customers met it)."
    ),
    ("score", True): sentence(
        '"{touchpoint}": ratings are {effect} points better after it ({low} to {high}; {n} customers met it).'
    ),
    ("score", False): sentence(
        '"{touchpoint}": ratings are {effect} points worse after it ({low} to {high}; {n} customers met it).'
    ),
}
_UNEVEN_SHARE = sentence(
    '"{touchpoint}" does not act evenly, and the average hides it. '
    "Met once, it changes the outcome for {once} of 100 customers ({once_low} to {once_high}); "
    "met twice or more: {often} ({often_low} to {often_high})."
)
_UNEVEN_SCORE = sentence(
    '"{touchpoint}" does not act evenly, and the average hides it. Met once: {once} points ({once_low} to {once_high}); '
    "met twice or more: {often} ({often_low} to {often_high})."
)
_SEEN_BY = {
    "words": sentence("Leaving is seen by the words given for it."),
    "silence": sentence("No activity says that a customer left, so silence counts: nothing from the customer for {days} days."),
    "purchases": sentence("A return is a purchase within {days} days."),
    "visits": sentence("The data knows no purchases, so a return is a visit within {days} days."),
    "ratings": sentence("Only customers who rate are seen, on the scale used most."),
}
_AXES = {
    "leaving": sentence("Change in the share of customers who leave"),
    "return": sentence("Change in the share of customers who return"),
    "score": sentence("Change of the rating, in points"),
}
_SURE, _UNSURE = sentence("beyond chance"), sentence("may be chance")


def _expected(met: Numbers, y: Numbers) -> float:
    """The rarer outcomes to be expected in the smaller group; for ratings as many as there are in it."""
    smaller = float(min(met.sum(), (~met).sum()))
    rare = min(y.mean(), 1 - y.mean()) if set(y.tolist()) <= {0.0, 1.0} else 1.0
    return smaller * float(rare)


def _found(holding: int, known: int) -> Message:
    if not holding:
        return sentences(
            "Of {n} touchpoint that can be judged none moves the outcome beyond chance.",
            "Of {n} touchpoints that can be judged none moves the outcome beyond chance.",
            known,
        )
    return sentences(
        "Estimated, not proved: {n} touchpoint moves the outcome beyond chance, of {known} that can be judged.",
        "Estimated, not proved: {n} touchpoints move the outcome beyond chance, of {known} that can be judged.",
        holding, known=known,
    )  # fmt: skip


def _sensitivity(holding: Sequence[Judged]) -> Iterable[Message]:
    for one in holding[:1]:
        if one.effect and one.effect.e_value is not None and one.effect.e_value_end is not None:
            yield Message(
                'Something unknown explains "{touchpoint}" away only if it makes both the touchpoint and the outcome {factor} times as '
                "likely; {end} times are enough to reach the near end of the interval.",
                {"touchpoint": Word(one.touchpoint.words), "factor": Number(one.effect.e_value, 1), "end": Number(one.effect.e_value_end, 1)},
            )  # fmt: skip


def _overlap(known: Sequence[Judged]) -> Iterable[Message]:
    for one in known:
        if one.effect and one.effect.outside > MUCH_LEFT_OUT:
            yield Message(
                '"{touchpoint}": {share} of those with the occasion are left out, since nobody is comparable; the estimate is about the rest.',
                {"touchpoint": Word(one.touchpoint.words), "share": Share(one.effect.outside, 0)},
            )


def _figures(ranked: Sequence[Judged], persons: int, scale: int) -> dict[str, Figure]:
    by_name = {one.touchpoint.name: one for one in ranked}
    figures: dict[str, Figure] = {
        "persons": persons,
        "touchpoints": sum(one.effect is not None for one in ranked),
        "beyond_chance": sum(one.holds for one in ranked),
        "uneven": sum(one.uneven is not None for one in ranked),
    }
    for touchpoint in TOUCHPOINTS:
        effect, name = by_name[touchpoint.name].effect, f"{touchpoint.name}_effect"
        values = (scale * effect.difference, scale * effect.low, scale * effect.high) if effect else (None, None, None)
        figures |= dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))
        figures[f"{name}_n"] = by_name[touchpoint.name].persons
    return figures


def _table(shown: Sequence[Judged], scale: int) -> pa.Table:
    import pyarrow as pa

    kinds: dict[str, pa.DataType] = {"touchpoint": pa.string(), "customers": pa.int64(), "affected": pa.int64()}
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in MomentsThatMatter.columns])
    return pa.Table.from_pylist([_row(one, scale) for one in shown], schema=schema)


def _row(judged: Judged, scale: int) -> dict[str, Any]:
    counted = {
        "touchpoint": judged.touchpoint.words,
        "customers": judged.persons,
        "affected": judged.affected,
        "p_holm": judged.p,
    }
    if not (effect := judged.effect):
        return counted
    moved = 1000 * judged.share
    return counted | {
        "without": scale * effect.without, "with_it": scale * effect.with_it, "effect": scale * effect.difference,
        "effect_low": scale * effect.low, "effect_high": scale * effect.high, "left_out_share": effect.outside,
        "moved": moved * effect.difference, "moved_low": moved * effect.low, "moved_high": moved * effect.high,
        "e_value": effect.e_value, "e_value_end": effect.e_value_end,
    }  # fmt: skip
