"""What is said about trust, the most important first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kundig.insights._trust_parts import Parts, kinds_apart, of
from kundig.measures.reliability_evidence import ENOUGH, shifted_by
from kundig.message import Message, Number, Share, sentence, sentences

LEAST_MOVED = 0.1
"""Points below which nothing is said to have moved the figure."""


def told(asked: Any, figures: Mapping[str, Any], parts: Sequence[Parts]) -> Iterable[Message]:
    """The sentences; ``asked`` is the question with its inputs."""
    if figures["reliability"] is None:
        yield Message(
            "Not enough evidence: {n} promises count, and by their age they weigh as much as {evidence} fresh ones; {least} are needed.",
            {"n": figures["judged"], "evidence": Number(figures["evidence"] or 0.0, 1), "least": round(ENOUGH)},
        )
        return
    yield Message(
        "Evidence of reliability: {value} (with 90% confidence {low} to {high}), from {n} promises; the newer ones weigh more.",
        {**_interval(figures, "reliability"), "n": figures["judged"]},
    )
    yield from _change(asked, figures, parts)
    yield from _pulled_down(parts)
    yield from _groups(asked.by, parts)
    yield from _components(asked, figures)
    yield from _to_mend(figures)


def _interval(figures: Mapping[str, Any], name: str) -> dict[str, Share]:
    return {"value": Share(figures[name]), "low": Share(figures[f"{name}_low"]), "high": Share(figures[f"{name}_high"])}


def _change(asked: Any, figures: Mapping[str, Any], parts: Sequence[Parts]) -> Iterable[Message]:
    name = "reliability_change_points"
    by, low, high = (figures[name + end] for end in ("", "_low", "_high"))
    if by is None:
        return
    if low <= 0 <= high:
        yield Message(
            "In the newest {days} days it is as in the {days} days before, as far as chance allows to tell.",
            {"days": asked.period},
        )
        return
    texts = {
        True: sentence(
            "In the newest {days} days it is {points} points higher than in the {days} days before ({low} to {high})."
        ),
        False: sentence(
            "In the newest {days} days it is {points} points lower than in the {days} days before ({low} to {high})."
        ),
    }
    ends = sorted((abs(low), abs(high)))
    values = {"points": Number(abs(by), 1), "low": Number(ends[0], 1), "high": Number(ends[1], 1), "days": asked.period}
    yield Message(texts[by > 0], values)
    yield from _behind(by, parts)


def _behind(by: float, parts: Sequence[Parts]) -> Iterable[Message]:
    """The kind of promise that did most to the change, where there are several."""
    shifts = shifted_by(*kinds_apart(parts))
    if len(shifts) < 2:
        return
    kind = max(shifts, key=lambda name: shifts[name] * by)
    text = sentence('What moved it most: "{promise}", with {points} of these points.')
    yield Message(text, {"promise": kind, "points": Number(100 * abs(shifts[kind]), 1)})


def _pulled_down(parts: Sequence[Parts]) -> Iterable[Message]:
    """The kind and the month that pull the figure down most; of what makes up most of it, that would say nothing."""
    texts = {
        "promise": sentence('Without the promises "{name}" the figure would be {points} points higher.'),
        "month": sentence("Without the promises due in {name} the figure would be {points} points higher."),
    }
    for dimension, text in texts.items():
        moved = [part for part in of(parts, dimension) if (part.moved or 0.0) <= -LEAST_MOVED and part.part_of_firm <= 0.5]
        for part in sorted(moved, key=lambda part: part.moved or 0.0)[:1]:
            yield Message(text, {"name": part.name, "points": Number(-(part.moved or 0.0), 1)})


def _groups(by: str, parts: Sequence[Parts]) -> Iterable[Message]:
    """The least and the most reliable group, where their intervals are clear of each other."""
    known = sorted((part for part in of(parts, by) if part.reliability), key=lambda part: part.reliability.value)  # type: ignore[union-attr]
    if len(known) < 2:
        return
    worst, best = known[0], known[-1]
    if worst.reliability and best.reliability and worst.reliability.high < best.reliability.low:
        yield Message(
            "Least reliable: {worst} with {low}; most reliable: {best} with {high}.",
            {
                "worst": worst.name,
                "low": Share(worst.reliability.value),
                "best": best.name,
                "high": Share(best.reliability.value),
            },
        )
    elif by != "person":
        yield Message("Between these groups there is no difference beyond chance.")


def _components(asked: Any, figures: Mapping[str, Any]) -> Iterable[Message]:
    if figures["constancy"] is not None:
        yield Message(
            "Constancy: {value} ({low} to {high}). Beyond chance, months and channels differ by {points} points up or down "
            "in the share kept in time.",
            {**_interval(figures, "constancy"), "points": Number(50 * (1 - figures["constancy"]), 1)},
        )
    if figures["resolution"] is not None:
        yield sentences(
            "Resolution: after {value} of the contacts ({low} to {high}) nobody comes back about the same thing within {n} day.",
            "Resolution: after {value} of the contacts ({low} to {high}) nobody comes back about the same thing within {n} days.",
            asked.days, **_interval(figures, "resolution"),
        )  # fmt: skip
    if figures["overall"] is not None:
        yield Message("With the weights given, the parts make {value} overall ({low} to {high}).", _interval(figures, "overall"))
    elif not asked.weights:
        yield Message("The parts are told apart: how much each weighs for your customers only a survey can say.")


def _to_mend(figures: Mapping[str, Any]) -> Iterable[Message]:
    late = (figures["overdue"] or 0) - (figures["mendable"] or 0)
    if figures["mendable"]:
        yield sentences(
            "{n} promise that is overdue or due within a day can still be made good; to work on it: {command}",
            "{n} promises that are overdue or due within a day can still be made good, those first that mend most: {command}",
            figures["mendable"], command="kundig ask trust --mend",
        )  # fmt: skip
    if late > 0:
        yield sentences(
            "For {n} overdue promise it is too late to mend the figure, but the customer is still waiting: {command}",
            "For {n} overdue promises it is too late to mend the figure, but the customers are still waiting: {command}",
            late, command="kundig ask promises --list overdue",
        )  # fmt: skip
