"""The manager's story: from many answers to what is wrong, how sure that is, and what to do about it first.

A finding rests on the figures of one answer, by their stable names, and on nothing else. Findings are ordered by their
weight: the share of customers or cases hit, at the careful end of its interval, times how much it hurts (``HARM``).
Where the evidence is lacking, that is said instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from kundig.answer import Answer, Figure
from kundig.measures.proportion import wilson
from kundig.message import Duration, Message, Number, Share, sentence, sentences

Severity = Literal["high", "medium", "low", "good", "unknown"]

HIGH, MEDIUM = 0.10, 0.03
"""From which weight on a finding is grave or notable."""

HARM: Mapping[str, float] = {
    "promises": 1.0,
    "re-explanations": 0.8,
    "repeat-contacts": 0.7,
    "handovers": 0.6,
    "contacts-per-case": 0.5,
    "throughput-times": 0.5,
    "data-quality": 0.5,
}
"""How much one case of it hurts, against a broken promise: our setting, not a measurement."""

FULL_TIME_HOURS = 160.0
"""Hours of work a month; as many hours saved weigh as much as a grave finding."""

_FEW = 30
ORDER = sentence(
    "The order: the share of cases hit, at the careful end of its 95% interval, times a weight for how much it hurts "
    "(broken promise 1, explaining again 0.8, coming back 0.7, being handed back 0.6, the rest 0.5). "
    "These weights are a setting, not a measurement."
)


@dataclass(frozen=True)
class Finding:
    """One thing a manager should know: what, how sure, what to do; ``weight`` orders them, the heaviest first."""

    insight: str
    message: Message
    evidence: tuple[Message, ...] = ()
    action: Message | None = None
    severity: Severity = "low"
    weight: float = 0.0


@dataclass(frozen=True)
class _Seen:
    """A share that is bad for customers, with the interval it lies in."""

    share: float
    low: float
    high: float
    n: int

    def evidence(self) -> Message:
        values = {"low": Share(self.low), "high": Share(self.high), "n": self.n}
        if self.n < _FEW:
            return Message("A hint only: {n} cases are few (95% interval {low} to {high}).", values)
        half = (self.high - self.low) / 2
        if half <= 0.05:
            return Message("Well founded: {n} cases, 95% interval {low} to {high}.", values)
        if half <= 0.15:
            return Message("Fairly well founded: {n} cases, 95% interval {low} to {high}.", values)
        return Message("Uncertain: {n} cases, 95% interval {low} to {high}.", values)


class _Figures:
    """The numbers of an answer; a missing or null one is None."""

    def __init__(self, figures: Mapping[str, Figure]) -> None:
        self._figures = figures

    def number(self, name: str) -> float | None:
        value = self._figures.get(name)
        return float(value) if isinstance(value, int | float) and math.isfinite(value) else None

    def text(self, name: str) -> str:
        return str(self._figures.get(name) or "")

    def count(self, name: str) -> int:
        return int(self.number(name) or 0)

    def share(self, name: str, *bases: str, bad: bool = True) -> _Seen | None:
        """The share called ``name`` (its complement where it is a good thing) with its own or Wilson's interval."""
        value = self.number(name)
        n = next((self.count(base) for base in (f"{name}_n", *bases) if self.count(base)), 0)
        if value is None or not n:
            return None
        low, high = self.number(f"{name}_low"), self.number(f"{name}_high")
        if low is None or high is None:
            low, high = wilson(value * n, n)
        return _Seen(value, low, high, n) if bad else _Seen(1 - value, 1 - high, 1 - low, n)


def story(answers: Sequence[Answer]) -> list[Finding]:
    """What the answers say together, the heaviest finding first; what is well and what cannot be said come last."""
    found = [finding for answer in answers for finding in _findings(answer)]
    rank = {"high": 0, "medium": 0, "low": 0, "good": 1, "unknown": 2}
    return sorted(found, key=lambda finding: (rank[finding.severity], -finding.weight))


def _findings(answer: Answer) -> list[Finding]:
    rules = _RULES.get(answer.name, ())
    if not rules:
        return []
    if answer.untold:
        return [
            Finding(
                answer.name, Message("{title}: {why}", {"title": Message(answer.title), "why": _why(answer)}), severity="unknown"
            )
        ]
    found = [finding for rule in rules if (finding := rule(_Figures(answer.figures))) is not None]
    return found or [
        Finding(
            answer.name, Message("{title}: the evidence does not suffice.", {"title": Message(answer.title)}), severity="unknown"
        )
    ]


def _why(answer: Answer) -> Message:
    return answer.sentences[0] if answer.sentences else Message("Cannot be told.")


def _graded(
    insight: str, weight: float, message: Message, evidence: Sequence[Message], action: Message, n: int = _FEW
) -> Finding:
    """A finding weighed; few cases (``n``) never make a grave one."""
    weight = weight if n >= _FEW else min(weight, MEDIUM)
    severity: Severity = "high" if weight >= HIGH else "medium" if weight >= MEDIUM else "low"
    return Finding(insight, message, tuple(evidence), action, severity, weight)


def _good(insight: str, message: Message, *evidence: Message) -> Finding:
    return Finding(insight, message, tuple(evidence), severity="good")


def _overdue(figures: _Figures) -> Finding | None:
    if figures.number("overdue") is None or not figures.count("made"):
        return None
    overdue, made = figures.count("overdue"), figures.count("made")
    values = {"made": made, "open": figures.count("open")}
    counted = Message("Counted, not estimated: of {made} promises {open} are not due yet.", values)
    if not overdue:
        return _good("promises", Message("No promise is overdue."), counted)
    message = sentences(
        "{n} promise is overdue and still not fulfilled.", "{n} promises are overdue and still not fulfilled.", overdue
    )
    act = sentences(
        "Settle it today, and tell the customer yourself when it will be done.",
        "Settle these {n} first, the oldest at the top, and tell each customer yourself when it will be done.",
        overdue,
    )
    return _graded("promises", max(HARM["promises"] * overdue / made, MEDIUM), message, [counted], act)


def _broken(figures: _Figures) -> Finding | None:
    seen = figures.share("kept_share", bad=False)
    if seen is None:
        return _late(figures)
    message = Message("{share} of the promises were not kept in time.", {"share": Share(seen.share)})
    return _on_promises(figures, seen, message)


def _late(figures: _Figures) -> Finding | None:
    """Where it is not known how many promises can be judged: at most those that are no longer open."""
    share, n = figures.number("late_share"), figures.count("late_share_n") or figures.count("made") - figures.count("open")
    if share is None or n <= 0:
        return None
    message = Message("{share} of the promises that were fulfilled came late.", {"share": Share(share)})
    return _on_promises(figures, _Seen(share, *wilson(share * n, n), n), message)


def _on_promises(figures: _Figures, seen: _Seen, message: Message) -> Finding:
    if seen.high < 0.03:
        return _good("promises", message, seen.evidence())
    effect = {"n": round(seen.share * seen.n)}
    act = Message("Promise only dates that hold, and call before one breaks: {n} promises were not kept in time.", effect)
    return _graded("promises", HARM["promises"] * seen.low, message, [seen.evidence(), *_price(figures)], act, seen.n)


def _price(figures: _Figures) -> list[Message]:
    """What a late promise costs in the customers' rating."""
    late, on_time = figures.number("score_late"), figures.number("score_on_time")
    if late is None or on_time is None:
        return []
    values = {"late": Number(late), "on_time": Number(on_time)}
    return [Message("Customers rate {late} on average after a late promise, {on_time} after one kept on time.", values)]


def _again(figures: _Figures) -> Finding | None:
    seen = figures.share("first_contact_resolution", "cases", bad=False)
    if seen is None:
        return None
    message = Message(
        "In {share} of the cases the first contact did not settle it: another contact followed, or the case is still open.",
        {"share": Share(seen.share)},
    )
    if seen.high < 0.1:
        return _good("repeat-contacts", message, seen.evidence())
    effect = {"n": round(seen.share * seen.n)}
    act = Message(
        "Look at the reasons settled least often and settle them at the first contact: {n} cases were not.",
        effect,
    )
    return _graded("repeat-contacts", HARM["repeat-contacts"] * seen.low, message, [seen.evidence()], act, seen.n)


def _handed_back(figures: _Figures) -> Finding | None:
    seen = figures.share("returning_share", "cases")
    if seen is None:
        return None
    message = Message("{share} of the cases go back to someone who had already passed them on.", {"share": Share(seen.share)})
    per_case = figures.number("handovers_per_case")
    more = [Message("A case changes hands {n} times on average.", {"n": Number(per_case)})] if per_case is not None else []
    if seen.high < 0.03:
        return _good("handovers", message, seen.evidence(), *more)
    effect = {"n": round(seen.share * seen.n)}
    act = Message(
        "Give each case one owner until it is done; start with the pairs that pass most back and forth: {n} cases went this way.",
        effect,
    )
    return _graded("handovers", HARM["handovers"] * seen.low, message, [seen.evidence(), *more], act, seen.n)


def _told_again(figures: _Figures) -> Finding | None:
    seen = figures.share("share", "n", "cases")
    if seen is None:
        return None
    message = Message(
        "In {share} of the cases the customer had to explain again what was already told.", {"share": Share(seen.share)}
    )
    if seen.high < 0.03:
        return _good("re-explanations", message, seen.evidence())
    cases = round(seen.share * seen.n)
    act = sentences(
        "Hand on the history with the case, and have it read before the first question: {n} case would have gone more smoothly.",
        "Hand on the history with the case, and have it read before the first question: {n} cases would have gone more smoothly.",
        cases,
    )
    return _graded("re-explanations", HARM["re-explanations"] * seen.low, message, [seen.evidence()], act, seen.n)


def _contacts(figures: _Figures) -> Finding | None:
    seen, mean = figures.share("single_contact_share", "cases", bad=False), figures.number("mean_contacts")
    if seen is None or mean is None:
        return None
    values = {"mean": Number(mean), "share": Share(seen.share)}
    message = Message("A case takes {mean} contacts on average; {share} of the cases take more than one.", values)
    if seen.high < 0.1:
        return _good("contacts-per-case", message, seen.evidence())
    extra = {"n": max((figures.count("contacts") or 0) - seen.n, 0)}
    act = Message("Tell customers of your own accord how their case stands: {n} contacts came after the first one.", extra)
    return _graded("contacts-per-case", HARM["contacts-per-case"] * seen.low, message, [seen.evidence()], act, seen.n)


def _reasons(figures: _Figures) -> Finding | None:
    hours, saved = figures.number("savable_hours_per_month"), figures.number("savable_contacts_per_month")
    if not figures.count("focus_reasons") or (hours is None and saved is None):
        return None
    message = sentences(
        "Most of the {contacts} contacts come from a single reason.",
        "Most of the {contacts} contacts come from only {n} reasons.",
        figures.count("focus_reasons"), contacts=figures.count("contacts"),
    )  # fmt: skip
    sure = Message("The contacts are counted; what can be saved is a proposal, its assumptions stand with the table.")
    weight = HIGH * (hours or 0.0) / FULL_TIME_HOURS
    return _graded("contact-reasons", weight, message, [sure], _saving(saved, hours))


def _saving(saved: float | None, hours: float | None) -> Message:
    if hours is None:
        values = {"n": round(saved or 0)}
        return Message("Remove the causes at the top of the table first: about {n} contacts fewer a month.", values)
    values = {"n": round(saved or 0), "hours": round(hours)}
    return Message("Remove the causes at the top of the table first: about {n} contacts and {hours} hours fewer a month.", values)


def _slow(figures: _Figures) -> Finding | None:
    median, p90 = figures.number("median_s"), figures.number("p90_s")
    if median is None or p90 is None:
        return None
    message, evidence = _how_long(figures, median, p90), _lengths_counted(figures)
    if p90 < 5 * median and figures.number("open") in (None, 0):
        return _good("throughput-times", message, *evidence)
    act = _longest_wait(figures)
    return _graded("throughput-times", HARM["throughput-times"] * 0.1, message, evidence, act)


def _how_long(figures: _Figures, median: float, p90: float) -> Message:
    """Where cases are still open, the time until closing counts them; their own events alone would make them seem short."""
    closing = figures.number("km_median_s")
    if figures.number("open") is None:
        values = {"median": Duration(median), "p90": Duration(p90)}
        return Message(
            "From first to last event half of the cases last {median} or less, but one in ten longer than {p90}.", values
        )
    if closing is None:
        text = sentence("{share} of the cases are not closed: too many to tell when half of them will be.")
        return Message(text, {"share": Share(figures.number("open_share") or 0.0)})
    values = {"median": Duration(closing), "p90": Duration(p90)}
    return Message("Half of the cases are closed within {median}; one in ten lasts longer than {p90}.", values)


def _lengths_counted(figures: _Figures) -> list[Message]:
    cases, still_open = figures.count("cases"), figures.count("open")
    if not cases:
        return []
    if still_open:
        values = {"n": cases, "open": still_open}
        return [Message("Estimated from {n} cases, {open} of which are not closed and count as long as they were seen.", values)]
    return [Message("Counted, not estimated: {n} cases.", {"n": cases})]


def _longest_wait(figures: _Figures) -> Message:
    source, target, share = figures.text("worst_edge_from"), figures.text("worst_edge_to"), figures.number("worst_edge_share")
    if not source or not target or share is None:
        return Message("Follow the slowest tenth through the steps with the longest waiting and take one wait out.")
    text = sentence('Start where the waiting is: {share} of all waiting lies between "{source}" and "{target}".')
    return Message(text, {"share": Share(share), "source": source, "target": target})


def _readable(figures: _Figures) -> Finding | None:
    rejected, events = figures.count("rejected"), figures.count("events")
    if figures.number("rejected") is None or not events:
        return None
    values = {"events": events, "cases": figures.count("cases"), "persons": figures.count("persons")}
    counted = Message("The figures rest on {events} events in {cases} cases of {persons} persons.", values)
    if not rejected:
        return _good("data-quality", _all_read(figures.count("without_event")), counted)
    weight = HARM["data-quality"] * rejected / (rejected + events)
    message = sentences(
        "{n} row could not be read and is missing from all figures.",
        "{n} rows could not be read and are missing from all figures.",
        rejected,
    )
    act = Message("`kundig rejected` shows each with its reason; correct the mapping and read them in again.")
    return _graded("data-quality", weight, message, [counted], act)


def _all_read(without_event: int) -> Message:
    if not without_event:
        return Message("Every row could be read.")
    return sentences(
        "No row was rejected, but {n} row told of no event and counts nowhere.",
        "No row was rejected, but {n} rows told of no event and count nowhere.",
        without_event,
    )


_RULES: Mapping[str, tuple[Callable[[_Figures], Finding | None], ...]] = {
    "promises": (_overdue, _broken),
    "repeat-contacts": (_again,),
    "handovers": (_handed_back,),
    "re-explanations": (_told_again,),
    "contacts-per-case": (_contacts,),
    "contact-reasons": (_reasons,),
    "throughput-times": (_slow,),
    "data-quality": (_readable,),
}
