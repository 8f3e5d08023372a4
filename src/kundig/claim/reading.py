"""Reads a simple sentence, German or English, as a claim; what is not understood for certain is refused with the form shown."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from kundig.claim.form import FORM, OTHERS, Claim, Group
from kundig.claim.measured import MEASURES
from kundig.errors import QuestionError
from kundig.event import CHANNELS
from kundig.message import LANGUAGES, say

_MORE = "more|mehr|higher|höhere?"
_FEWER = "fewer|less|weniger"
_OFTEN = r"(?:(?P<more>more often|öfter|häufiger)|(?P<fewer>less often|seltener))"
_AMOUNT = rf"(?:(?P<more>{_MORE})|(?P<fewer>{_FEWER})|(?P<equal>as many|just as many|gleich viele|genauso viele))"
_NEED = r"(?:need|have|take|cause|get|brauchen|benötigen|haben|verursachen)"
PHRASES: tuple[tuple[str, str], ...] = (
    ("contacts", rf"{_NEED} {_AMOUNT} (?:contacts|kontakte|anläufe)"),
    ("handovers", rf"{_NEED} {_AMOUNT} (?:handovers|übergaben|weiterleitungen)"),
    ("handovers", rf"(?:are handed over|are passed on|werden) {_OFTEN}(?: weitergereicht| weitergeleitet| übergeben)?"),
    ("first-contact-resolution", rf"are (?:solved|resolved) at (?:the )?first contact {_OFTEN}"),
    ("first-contact-resolution", rf"werden {_OFTEN} beim ersten kontakt gelöst"),
    ("time-to-close", r"(?:are|get) (?:solved|resolved|closed|done) (?:(?P<fewer>faster|quicker|sooner)|(?P<more>slower|later))"),
    ("time-to-close", r"werden (?:(?P<fewer>schneller|früher)|(?P<more>langsamer|später)) (?:gelöst|erledigt|geschlossen)"),
    ("repeat-rate", rf"(?:come back|return|call again|kommen|melden sich) {_OFTEN}(?: wieder| erneut)?"),
    ("promises-kept", rf"get (?:their )?promises kept {_OFTEN}"),
    ("promises-kept", rf"bekommen zusagen {_OFTEN} eingehalten"),
    ("score", r"(?:rate|give|score) (?:us )?(?:(?P<more>higher|better)|(?P<fewer>lower|worse))(?: scores| ratings)?"),
    ("score", r"are (?:(?P<more>more|happier) ?(?:satisfied)?|(?P<fewer>less) satisfied)"),
    ("score", r"(?:bewerten|urteilen)(?: uns)? (?:(?P<more>besser)|(?P<fewer>schlechter))"),
    ("score", r"sind (?:(?P<more>zufriedener)|(?P<fewer>unzufriedener|weniger zufrieden))"),
    ("leaving", rf"(?:leave|cancel|quit|kündigen|gehen) {_OFTEN}"),
    (
        "purchases",
        r"(?:buy|order|kaufen|bestellen) (?:(?P<more>more(?: often)?|mehr|öfter|häufiger)|(?P<fewer>less(?: often)?|weniger|seltener))",
    ),
)
"""What is measured and which way, by how it is said between the two groups."""

_VALUES = re.compile(
    r"^(?:(?:our|the|all|die|unsere|alle) )?(?:(?:customers|people|persons|those|users|cases|kunden|personen|nutzer|fälle|vorgänge)\s*)?"
    r"(?:(?:of|on|over|by|via|with|from|in|who use|using|about|der|des|mit|über|per|von|aus|in) )?(?:(?:the|our|der|dem|die|das|den|einer?|a) )?"
    r"(?P<word>.+?)[\s-]*(?:customers|users|cases|people|kunden|nutzer|fälle|vorgänge)?$"
)
_OTHER = re.compile(
    r"^(?:(?:all|alle|die|the) )?(?:others?|anderen?|übrigen|rest)(?: (?:customers|cases|people|kunden|fälle|vorgänge))?$"
)
_PROMISE = re.compile(r"(?P<broken>broken|missed|gebrochen|nicht gehalten)|(?P<kept>kept|gehalten|eingehalten)")


def stated(
    sentence: str, *, author: str = "", on: dt.date | None = None, known: Mapping[str, Iterable[str]] | None = None, **form: Any
) -> Claim:
    """The claim that ``sentence`` makes, or the one ``form`` spells out: measure, group, than ("channel=app"), direction, matters.

    What ``form`` leaves out is read from the sentence. ``known`` are the values of the data by key (reason, team, account,
    activity), so that their names can be used; channels need none. QuestionError, showing the form, where something stays open.
    """
    given = {name: value for name, value in form.items() if value not in (None, "")}
    spelled: dict[str, Any] = {name: Group.of(given[name]) for name in ("group", "than") if name in given}
    read = {} if {"measure", "group", "direction"} <= given.keys() else _read(sentence, known or {}, given)
    whole: dict[str, Any] = {"than": None, **read, **given, **spelled}
    lacking = next((name for name in ("measure", "group", "direction") if name not in whole), "")
    if lacking:
        raise QuestionError("It is not clear what the claim measures, or about whom: {sentence}", FORM, sentence=sentence)
    measure = str(whole["measure"])
    matters = float(whole.get("matters", MEASURES[measure].matters if measure in MEASURES else 1))
    return Claim(sentence.strip(), measure, whole["group"], whole["than"], str(whole["direction"]), matters, author, on)


def _read(sentence: str, known: Mapping[str, Iterable[str]], given: Mapping[str, Any]) -> dict[str, Any]:
    """What the sentence says; what ``given`` names need not be readable."""
    text = re.sub(r"\s+", " ", sentence.strip().rstrip(".!").replace("„", '"').replace("“", '"').replace("”", '"'))
    for measure, phrase in PHRASES:
        found = re.search(rf"^(?P<subject>.+?) {phrase}(?: (?:than|as|als|wie) (?P<object>.+))?$", text, re.IGNORECASE)
        if found:
            direction = next(name for name in ("more", "fewer", "equal") if found.groupdict().get(name))
            groups = {} if "group" in given else _groups(found["subject"], found["object"] or "", known)
            return {"measure": measure, "direction": direction, **groups}
    return {}


def _groups(subject: str, other: str, known: Mapping[str, Iterable[str]]) -> dict[str, Group | None]:
    one = _group(subject, known)
    if not other or _OTHER.match(other.lower()):
        return {"group": one, "than": None}
    return {"group": one, "than": _group(other, known)}


def _group(text: str, known: Mapping[str, Iterable[str]]) -> Group:
    word = _bare(text)
    channels = {say(name, lang).lower(): name for name in CHANNELS for lang in LANGUAGES}
    if word in channels:
        return Group("channel", channels[word])
    promised = _PROMISE.search(word)
    if promised and re.search("promise|zusage|versprechen", word):
        return Group("promise", "broken" if promised["broken"] else "kept")
    fits = [Group(key, value) for key, values in known.items() for value in values if value.lower() == word]
    if len(fits) != 1:
        raise QuestionError("It is not clear who is meant by {words}.", FORM, words=f'"{text}"')
    return fits[0]


def _bare(text: str) -> str:
    quoted = re.search(r'"(.+)"', text)
    if quoted:
        return quoted[1].lower()
    found = _VALUES.match(text.lower())
    return found["word"] if found else text.lower()


__all__ = ["OTHERS", "PHRASES", "stated"]
