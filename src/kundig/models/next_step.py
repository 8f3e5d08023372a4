"""What comes next in a running case, and when: learned from how cases that went the same way went on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Figure, Telling
from kundig.errors import ModelError
from kundig.message import Duration, Message, Share, sentence, sentences
from kundig.models._prefixes import LEARNT_FROM, PATH, RUNNING, clustered, numbers, seen_from, share_figures, split_time, thinned
from kundig.models._second import Second, boost
from kundig.models._trie import PRIORS, Trie, grow
from kundig.models._waits import Wait, measure

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Numbers = NDArray[Any]
    Found = tuple[Numbers, Numbers]
    Tables = Mapping[str, pa.Table]

END = sentence("end of the case")
"""The label of a case that is over: nothing follows."""
FEWEST_STEPS, FEWEST_CASES = 100, 20
MEMORIES = (1, 2, 3, 4, 6)
JUDGED = 20_000
"""Later steps by which a model is judged at most, taken at even distances."""
LATER = 0.2
"""The last share of the journeys, by time, on which a model learned from the earlier ones is judged."""


@dataclass(frozen=True)
class Learned:
    """What was learned: the labels by number, the trie, the waits, and the second opinion with its weight (0, one half or 1)."""

    labels: tuple[str, ...]
    trie: Trie
    waits: Mapping[str | None, Wait]
    second: Second | None
    weight: float
    same_wait: bool = False
    """Whether one median wait is told for all activities."""


@dataclass(frozen=True)
class NextStep:
    """The next step of a running case and the time to it."""

    cases: int = 50_000
    """So many cases teach it at most, a fixed random sample; ten times as many events."""
    days: int = 730
    """Only cases that began in so many days before the newest event teach it."""
    second_opinion: bool = True
    """Whether gradient boosting may help where it foresees later steps better."""
    memory: int = MEMORIES[-1]
    """How many last activities are compared at most; 1 is the most frequent step after the same activity."""
    same_wait: bool = False
    """Whether one time until the next step is told after every activity."""

    title: ClassVar[str] = sentence("The next step")
    definition: ClassVar[str] = sentence(
        "For each running case the probability of each next activity, or that the case ends, and the time until then. It counts "
        "what followed after the same last activities (up to six), falling back to fewer where that was seen too rarely; "
        "gradient boosting, which also sees times, channel, team and reason, joins in where that foresees later steps better. "
        "Times until the next step count cases that still wait. A case is running if it is not closed or, in a source without "
        "closings, if it has been silent for no longer than 95 of 100 cases take in all. A case is stuck if it waits longer than "
        "nine in ten cases after the same activity. It is judged on the last fifth of the time, having learned only what was "
        "known before; the interval allows for steps of one case being alike."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("case_id",)
    about: ClassVar[str] = "case_id"
    sql: ClassVar[Mapping[str, str]] = {"journeys": LEARNT_FROM}
    current: ClassVar[str] = RUNNING
    columns: ClassVar[Mapping[str, str]] = {
        "activity": sentence("Last activity"),
        "next_activity": sentence("Next step"),
        "probability": sentence("Probability"),
        "then_activity": sentence("Second most probable step"),
        "then_probability": sentence("Its probability"),
        "waited_s": sentence("Waited so far"),
        "wait_s": sentence("Median wait from now on"),
        "late_s": sentence("Stuck after"),
        "stuck": sentence("Chance of being stuck"),
        "path": sentence("Compared by"),
        "path_n": sentence("Seen so often"),
        "path_share": sentence("Followed by the next step"),
    }
    words: ClassVar[tuple[str, ...]] = ("next_activity", "then_activity")

    def learn(self, tables: Tables, now: dt.datetime, seed: int = 0) -> Learned:
        """Learn from the table ``journeys``; ModelError with too few cases or where every step is the same."""
        rows = labelled(tables["journeys"])
        _check(rows)
        labels, label = _numbered(rows)
        chosen = self._choice(tables["journeys"], seed)
        second = boost(rows, label, len(labels), seed) if chosen.weight else None
        trie = grow(rows, label, len(labels), chosen.depth, chosen.prior)
        return Learned(labels, trie, measure(tables["journeys"]), second, chosen.weight if second else 0.0, self.same_wait)

    def chances(self, learned: Learned, rows: pa.Table, found: Found | None = None) -> Numbers:
        """The probability of each of ``learned.labels`` (columns) for each row; ``found`` if the trie has looked them up already."""
        first = learned.trie.shares(found or learned.trie.find(rows))
        if learned.second is None:
            return first
        mixed: Numbers = (1 - learned.weight) * first + learned.weight * learned.second.shares(rows)
        return mixed

    def predict(self, learned: Learned, rows: pa.Table) -> pa.Table:
        """For each running case: the two most probable steps, the time left until the next one, how probably it gets stuck, and why.

        ``wait_s`` is the median time still to wait, null where fewer than half ever went on; ``path`` are the last activities
        that were compared, ``path_n`` how often they were seen, ``path_share`` how often ``next_activity`` followed then.
        """
        import numpy as np
        import pyarrow as pa

        found = learned.trie.find(rows)
        chances = self.chances(learned, rows, found)
        order = np.argsort(-chances, axis=1, kind="stable")
        every, first = np.arange(rows.num_rows), order[:, 0]
        named = np.array([*learned.labels, None], dtype=object)
        second = order[:, 1] if len(learned.labels) > 1 else np.full(rows.num_rows, -1)
        return pa.table({
            "case_id": rows["case_id"], "activity": rows["activity"],
            "next_activity": pa.array(named[first], pa.string()), "probability": chances[every, first],
            "then_activity": pa.array(named[second], pa.string()),
            "then_probability": chances[every, second], **_waiting(learned, rows, chances), **_because(learned, rows, found, first),
        })  # fmt: skip

    def evaluate(self, tables: Tables, now: dt.datetime, seed: int = 0) -> Telling:
        """Learned from what was known at an earlier time, judged on the steps of the time after it."""
        time = split_time(tables["journeys"], 1 - LATER) if tables["journeys"].num_rows else 0.0
        learned = self.learn({"journeys": seen_from(tables["journeys"], time)}, now, seed)
        later = _after(tables["journeys"], time)
        if later.num_rows < FEWEST_STEPS:
            raise ModelError(
                "Too few later steps to judge the model: {n}.",
                "It takes {least}. Import a longer time, or wait.",
                n=later.num_rows,
                least=FEWEST_STEPS,
            )
        figures = judged(self, learned, later)
        return Telling(figures, [*_told(figures)], later.num_rows)

    def simplest(self, figures: Mapping[str, Any]) -> tuple[NextStep, list[Message]]:
        """This model without what is no better on later data than a line anybody could write, and what is said of that."""
        model, why = self, []
        if figures["accuracy_gain_share_low"] is not None and figures["accuracy_gain_share_low"] <= 0:
            model = replace(model, memory=1, second_opinion=False)
            why.append(Message(
                "Longer memory foresees later steps no better beyond chance (difference {low} to {high}), so the simplest rule is used: "
                "the most frequent step after the same activity.",
                {"low": Share(figures["accuracy_gain_share_low"]), "high": Share(figures["accuracy_gain_share_high"])},
            ))  # fmt: skip
        if figures["wait_error_s"] is not None and figures["wait_error_s"] > figures["same_wait_error_s"]:
            model = replace(model, same_wait=True)
            why.append(Message(
                "Times by activity were off by {error} on average, more than one time for all, so one time is told for all.",
                {"error": Duration(figures["wait_error_s"])},
            ))  # fmt: skip
        return model, why

    def _choice(self, journeys: pa.Table, seed: int) -> _Choice:
        """How long a memory foresees later steps best (log loss), and whether the second opinion makes it clearly better.

        Clearly: by more than a standard error; of two that are as good, the simpler is taken.
        """
        time = split_time(journeys, 1 - LATER)
        rows, later = labelled(seen_from(journeys, time)), _after(journeys, time)
        if later.num_rows < FEWEST_STEPS or rows.num_rows < FEWEST_STEPS:
            return _Choice(min(2, self.memory), PRIORS[0], 0.0)
        labels, label = _numbered(rows)
        truth = _places(later, labels)
        grown = {prior: grow(rows, label, len(labels), prior=prior) for prior in PRIORS}
        told = {
            (depth, prior): _told_by(grown[prior].cut(depth), later)
            for depth in MEMORIES
            if depth <= self.memory
            for prior in PRIORS
        }
        depth, prior = min(told, key=lambda key: float(_loss(told[key], truth).mean()))
        second = boost(rows, label, len(labels), seed) if self.second_opinion else None
        weight = _weight(told[depth, prior], second.shares(later), truth) if second else 0.0
        return _Choice(depth, prior, weight)


@dataclass(frozen=True)
class _Choice:
    """So many last activities, how much the shorter memory weighs, and the weight of the second opinion."""

    depth: int
    prior: float
    weight: float


def _told_by(trie: Trie, rows: pa.Table) -> Numbers:
    return trie.shares(trie.find(rows))


def _weight(first: Numbers, second: Numbers, truth: Numbers) -> float:
    """One half or 1 where the second opinion makes the first clearly better, else 0."""
    import numpy as np

    losses = {weight: _loss((1 - weight) * first + weight * second, truth) for weight in (0.0, 0.5, 1.0)}
    best = min((0.5, 1.0), key=lambda weight: float(losses[weight].mean()))
    gain = losses[0.0] - losses[best]
    return best if gain.mean() > gain.std() / np.sqrt(len(gain)) else 0.0


def labelled(rows: pa.Table) -> pa.Table:
    """The rows of which it is known what followed: a step, or the end of the case."""
    import pyarrow.compute as pc

    return rows.filter(pc.or_(pc.is_valid(rows["next_activity"]), rows["is_over"]))


def judged(model: NextStep, learned: Learned, later: pa.Table) -> dict[str, Figure]:
    """How well ``later`` steps (labelled rows) are foreseen, beside two simple rules; times in seconds."""
    import numpy as np

    truth = _places(later, learned.labels)
    chances = model.chances(learned, later)
    top = np.argsort(-chances, axis=1, kind="stable")[:, :3]
    root, after = learned.trie.levels[0].counts[0], learned.trie.levels[:2]
    length, place = Trie(learned.trie.activities, after).find(later)
    usual = np.where(length == 1, after[1].counts.argmax(axis=1)[np.where(length == 1, place, 0)], root.argmax())
    return {
        **share_figures("accuracy_share", top[:, 0] == truth, later["case_id"].to_pylist()),
        "top3_accuracy_share": float((top == truth[:, None]).any(axis=1).mean()),
        "usual_accuracy_share": float((usual == truth).mean()),
        **_gain(top[:, 0] == truth, usual == truth, later),
        "most_frequent_accuracy_share": float((root.argmax() == truth).mean()),
        "second_opinion_weight": learned.weight,
        **_wait_error(learned, later),
    }


def _gain(ours: Numbers, usual: Numbers, later: pa.Table) -> dict[str, Figure]:
    """By how much more of the steps are named rightly than by the most frequent step after the same activity, case by case."""
    more, half = clustered(ours.astype(float) - usual.astype(float), later["case_id"].to_pylist())
    name = "accuracy_gain_share"
    return {name: more, f"{name}_low": more - half, f"{name}_high": more + half, f"{name}_n": len(ours)}


def _wait_error(learned: Learned, later: pa.Table) -> dict[str, Figure]:
    """How far the median time to the next step is off on average, by activity and by one median for all."""
    import numpy as np

    went_on = later.filter(later["next_activity"].is_valid())
    wait, start = numbers(went_on, "wait_s"), np.zeros(went_on.num_rows)
    if not len(wait):
        return {"wait_error_s": None, "same_wait_error_s": None}
    ours, same = _by_activity(learned, went_on, start)["wait_s"], learned.waits[None].left(start)
    known = np.isfinite(ours) & np.isfinite(same)
    errors = [float(np.abs(told - wait)[known].mean()) if known.any() else None for told in (ours, same)]
    return {"wait_error_s": errors[0], "same_wait_error_s": errors[1]}


def _told(figures: Mapping[str, Any]) -> list[Message]:
    told = [
        sentences(
            "Of {n} later step {share} was foreseen (with 95% confidence {low} to {high}); always naming the most frequent "
            "step after the same activity reaches {usual}, the most frequent step of all {most}.",
            "Of {n} later steps {share} were foreseen (with 95% confidence {low} to {high}); always naming the most frequent "
            "step after the same activity reaches {usual}, the most frequent step of all {most}.",
            figures["accuracy_share_n"], share=Share(figures["accuracy_share"]), low=Share(figures["accuracy_share_low"]),
            high=Share(figures["accuracy_share_high"]), usual=Share(figures["usual_accuracy_share"]),
            most=Share(figures["most_frequent_accuracy_share"]),
        ),
        Message("The right step is among the three most probable in {share}.", {"share": Share(figures["top3_accuracy_share"])}),
    ]  # fmt: skip
    if figures["wait_error_s"] is not None:
        told.append(Message(
            "The time to the next step is off by {error} on average, by {same} if one time is told for all.",
            {"error": Duration(figures["wait_error_s"]), "same": Duration(figures["same_wait_error_s"])},
        ))  # fmt: skip
    return told


def _check(rows: pa.Table) -> None:
    """ModelError where the journeys cannot teach what comes next."""
    cases = len(rows["case_id"].unique())
    if rows.num_rows < FEWEST_STEPS or cases < FEWEST_CASES:
        raise ModelError(
            "Too few cases to learn from: {cases} cases with {steps} steps.",
            "It takes {least_cases} cases and {least} steps. Import a longer time, or wait.",
            cases=cases, steps=rows.num_rows, least_cases=FEWEST_CASES, least=FEWEST_STEPS,
        )  # fmt: skip
    if len(_names(rows).unique()) < 2:
        raise ModelError(
            "Every step leads to the same activity: there is nothing to foresee.", "Import data with more activities."
        )


def _after(journeys: pa.Table, time: float) -> pa.Table:
    import pyarrow as pa

    rows = labelled(journeys)
    return thinned(rows.filter(pa.array(numbers(rows, "occurred_at") > time)), JUDGED)


def _names(rows: pa.Table) -> Any:
    """What followed each row, as a column of text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.fill_null(rows["next_activity"], pa.scalar(END))


def _numbered(rows: pa.Table) -> tuple[tuple[str, ...], Numbers]:
    """The labels in alphabetical order, and the number of each row's."""
    labels = tuple(sorted(_names(rows).unique().to_pylist()))
    return labels, _places(rows, labels)


def _places(rows: pa.Table, labels: tuple[str, ...]) -> Numbers:
    """The number of each row's label; -1 for one that is not among ``labels``."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    index: Any = pc.index_in(_names(rows).combine_chunks(), pa.array(labels, pa.string()))
    found = pc.fill_null(index, -1)
    return np.asarray(found.to_numpy(zero_copy_only=False)).astype(np.int64)


def _loss(chances: Numbers, truth: Numbers) -> Numbers:
    import numpy as np

    told = np.where(truth >= 0, chances[np.arange(len(truth)), truth], 0.0)
    return -np.log(np.maximum(told, 1e-3))


def _waiting(learned: Learned, rows: pa.Table, chances: Numbers) -> dict[str, Any]:
    """Time waited so far and still to wait, and the probability to get stuck; a case that probably is at its end is not stuck."""
    import numpy as np
    import pyarrow as pa

    waited = numbers(rows, "wait_s")
    told = _by_activity(learned, rows, waited)
    ends = chances[:, learned.labels.index(END)] if END in learned.labels else 0.0
    told["late_s"] = np.where(ends > 0.5, np.inf, told["late_s"])
    late = {name: pa.array(told[name], mask=~_finite(told[name])) for name in ("wait_s", "late_s")}
    return {"waited_s": waited, **late, "stuck": told["stuck"] * (1 - ends)}


def _by_activity(learned: Learned, rows: pa.Table, waited: Numbers) -> dict[str, Numbers]:
    """The median time left, the time after which a case is stuck and the probability of that, by the activity of each row."""
    import numpy as np

    activity = np.array(rows["activity"].to_pylist(), dtype=object)
    made = {name: np.zeros(len(activity)) for name in ("wait_s", "late_s", "stuck")}
    for name in set(activity.tolist()):
        own, wait = activity == name, learned.waits.get(name, learned.waits[None])
        made["wait_s"][own], made["late_s"][own], made["stuck"][own] = (
            (learned.waits[None] if learned.same_wait else wait).left(waited[own]),
            wait.late_s,
            wait.stuck(waited[own]),
        )
    return made


def _finite(values: Numbers) -> Numbers:
    import numpy as np

    return np.isfinite(values)


def _because(learned: Learned, rows: pa.Table, found: Found, label: Numbers) -> dict[str, Any]:
    """The last activities that were compared, how often they were seen, and how often ``label`` followed then."""
    import numpy as np
    import pyarrow as pa

    length, seen, followed = learned.trie.reasons(found, label)
    paths = rows.select([*PATH]).to_pylist()
    told = [" > ".join(row[name] for name in reversed(PATH[:n]) if row[name]) for row, n in zip(paths, length, strict=True)]
    share = np.divide(followed, seen, out=np.zeros(len(seen)), where=seen > 0)
    return {"path": pa.array(told, pa.string()), "path_n": seen.astype(np.int64), "path_share": share}
