"""Says a verdict in sentences: what was found, how sure, why, and what else could explain it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from kundig.claim.form import OTHERS, Alternative, Claim, Verdict
from kundig.claim.judging import WITHIN
from kundig.claim.keeping import Kept
from kundig.claim.measured import LANDMARK_DAYS
from kundig.insight import need_in_words
from kundig.measures.difference import Difference
from kundig.message import Message, Number, Share, Word, sentence, show

OUTCOMES: Mapping[str, str] = {
    "supported": sentence("supported"),
    "contradicted": sentence("contradicted"),
    "unknown": sentence("not decided"),
}
_WHY: Mapping[str, str] = {
    "few": sentence("Too few to tell: {n_group} against {n_than}; each group needs {few}."),
    "missing": sentence("Cannot be told: no {lacks}."),
    "zero": sentence("The data allow both, no difference and one that matters; more of them will tell."),
    "small": sentence("There is a difference, but it may be too small to matter (from {matters} on it would)."),
    "turns": sentence("The difference turns round among like and like, so it comes from how the groups are made up."),
    "vanishes": sentence("Among like and like hardly any difference is left, so something else may explain it."),
    "unsure": sentence("Among like and like the difference is no longer sure."),
    "other way": sentence("The data show the opposite."),
    "different": sentence("The data show a difference that matters (from {matters} on)."),
    "no difference": sentence("A difference that matters (from {matters} on) can be ruled out."),
}
_LEFT: Mapping[str, str] = {
    "holds": sentence("With the same {within} it holds: {value} ({low} to {high})."),
    "shrinks": sentence("With the same {within} it shrinks to {value} ({low} to {high})."),
    "vanishes": sentence("With the same {within} hardly anything is left: {value} ({low} to {high})."),
    "unsure": sentence("With the same {within} it is no longer sure: {value} ({low} to {high})."),
    "turns": sentence("With the same {within} it turns round: {value} ({low} to {high})."),
    "alike": sentence("With the same {within} there is no clear difference either."),
    "appears": sentence("With the same {within} a difference appears: {value} ({low} to {high})."),
    "": sentence("With the same {within} the groups cannot be compared: too few have a counterpart."),
}
_FOUND = sentence(
    "{measure}: {group} {mean_group} ({n_group}), {than} {mean_than} ({n_than}); difference {value} (with 95% confidence {low} to {high})."
)


def told(claim: Claim, verdict: Verdict) -> list[Message]:
    """The verdict for people, the most important first."""
    return list(_told(claim, verdict))


def shown(claim: Claim, verdict: Verdict, lang: str) -> tuple[str, str]:
    """The difference and its interval as cells of a table in ``lang``, "–" where nothing could be compared."""
    if verdict.difference is None:
        return "–", ""
    ends = _ends(claim, verdict.difference)
    value, low, high = (show(ends[name], lang) for name in ("value", "low", "high"))
    return value, f"{low} … {high}"


def plain(whole: Kept, lang: str) -> dict[str, Any]:
    """A claim with all its verdicts as values JSON knows; ``sentences`` tell the last one in ``lang``."""
    claim, last = dataclasses.asdict(whole.claim), whole.last
    claim["stated_on"] = whole.claim.stated_on.isoformat() if whole.claim.stated_on else None
    verdicts = [dataclasses.asdict(one) | {"tested_at": one.tested_at.isoformat()} for one in whole.verdicts]
    said = [message.say(lang) for message in told(whole.claim, last)] if last else []
    return {"name": whole.claim.name, **claim, "verdicts": verdicts, "sentences": said}


def _told(claim: Claim, verdict: Verdict) -> Iterable[Message]:
    yield Message('"{claim}": {outcome}.', {"claim": claim.sentence, "outcome": Message(OUTCOMES[verdict.outcome])})
    if verdict.difference:
        yield Message(_FOUND, _values(claim, verdict) | _ends(claim, verdict.difference))
    if verdict.why:
        yield Message(_WHY[verdict.why], {
            "n_group": verdict.n_group, "n_than": verdict.n_than, "few": 30, "matters": _size(claim, claim.matters),
            "lacks": Message(need_in_words(verdict.lacks)) if verdict.lacks else "",
        })  # fmt: skip
    yield from (_other(claim, one) for one in verdict.alternatives)
    if claim.measured.persons and verdict.difference:
        text = "Groups are told apart by what happened up to {days} days before the newest event; counted is what came after."
        yield Message(text, {"days": LANDMARK_DAYS})
    if verdict.difference:
        yield Message("This is a connection, not yet a proof of cause.")


def _other(claim: Claim, one: Alternative) -> Message:
    ends = _ends(claim, one.difference) if one.difference else {}
    return Message(_LEFT[one.outcome], {"within": Message(WITHIN[one.within]), **ends})


def _values(claim: Claim, verdict: Verdict) -> dict[str, Any]:
    return {
        "measure": Message(claim.measured.title),
        "group": claim.group.in_words(),
        "than": claim.than.in_words() if claim.than else Word(OTHERS),
        "mean_group": _mean(claim, verdict.mean_group or 0.0),
        "mean_than": _mean(claim, verdict.mean_than or 0.0),
        "n_group": verdict.n_group,
        "n_than": verdict.n_than,
    }


def _ends(claim: Claim, difference: Difference) -> dict[str, Any]:
    return {"value": _size(claim, difference.value), "low": _bare(claim, difference.low), "high": _bare(claim, difference.high)}


def _mean(claim: Claim, value: float) -> Share | Number:
    return Share(value) if claim.measured.share else Number(value)


def _size(claim: Claim, value: float) -> Message | Number:
    """A difference of shares is told in percentage points."""
    return Message("{n} percentage points", {"n": _bare(claim, value)}) if claim.measured.share else _bare(claim, value)


def _bare(claim: Claim, value: float) -> Number:
    digits = 1 if claim.measured.share else 2
    return Number(round(100 * value if claim.measured.share else value, digits) + 0.0, digits)


__all__ = ["OUTCOMES", "plain", "shown", "told"]
