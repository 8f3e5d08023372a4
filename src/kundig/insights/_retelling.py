"""How a text shows that its writer tells again what he told before: he says so, or he repeats himself. German and English."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

ENOUGH_IN_COMMON = 3
"""Words or numbers two texts must share: a case number and "claim" alone are in every question about that claim."""

CONTAINED = 0.55
"""How much of the shorter content must be in the other. This and the phrases were tuned on the first half of the labelled cases."""

_NUMBER_WEIGHT = 2.0
_SHORT_TEXT = 4000

_HISTORY = re.compile(
    r"^(?:>.*|-{2,}\s*(?:ursprüngliche nachricht|original message|weitergeleitete nachricht|forwarded message).*"
    r"|(?:am|on)\b.{5,120}(?:schrieb|wrote)\b.*:|(?:von|from):\s.*|_{10,})$",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNATURE = re.compile(
    r"^(?:--\s*|(?:mit )?(?:freundlichen?|besten?|vielen?|herzlichen?|liebe|schöne) gr(?:ü|ue)(?:ß|ss)en?\b.*"
    r"|(?:kind|best|warm)?\s*regards\b.*|(?:yours )?sincerely\b.*|mfg\b.*)$",
    re.IGNORECASE | re.MULTILINE,
)

_TOLD_DE = (
    r"(?:gesagt|erklärt|geschildert|beschrieben|mitgeteilt|erzählt|geschrieben|angegeben|genannt|durchgegeben|gemeldet|"
    r"geschickt|gesendet|dargelegt|erwähnt)"
)
_TELL_DE = r"(?:sag|erklär|schilder|beschreib|erzähl|schreib|meld|ruf|wend|wiederhol)"
_TOLD_EN = (
    r"(?:told|said|explained|mentioned|described|written|wrote|reported|stated|(?:sent|given|gave|provided)(?: it)?(?: to)? (?:you|all of))"
)
_TELL_EN = r"(?:tell|say|explain|mention|describ|writ|call|ring|contact|repeat|report)"
_SENTENCE = r"[^.!?\n]"

_SAID = tuple(
    (name, re.compile(pattern, re.IGNORECASE | re.MULTILINE))
    for name, pattern in {
        "already told": (
            rf"\bich\b{_SENTENCE}{{0,60}}\b(?:schon|bereits|mehrfach|mehrmals|wiederholt|doch|zweimal|dreimal)\b{_SENTENCE}{{0,60}}\b{_TOLD_DE}\b"
            rf"|\b(?:mehrfach|mehrmals|wiederholt)\b{_SENTENCE}{{0,20}}\bich\b{_SENTENCE}{{0,60}}\b{_TOLD_DE}\b"
            rf"|\b(?:as|like) I (?:have |had |'ve )?(?:already |just |previously )?{_TOLD_EN}\b"
            rf"|\bI(?: have| had|'ve|'d)? (?:already|previously|repeatedly) {_TOLD_EN}\b"
            rf"|\bI(?: have| had|'ve|'d)? {_TOLD_EN}\b{_SENTENCE}{{0,40}}\b(?:twice|before|already|previous|earlier|last week|yesterday)\b"
            rf"|\bwie\b{_SENTENCE}{{0,30}}\b(?:schon|bereits)\b{_SENTENCE}{{0,30}}\b{_TOLD_DE}\b"
        ),
        "once more": (
            rf"\bich\b{_SENTENCE}{{0,40}}\bzum (?:zweiten|dritten|vierten|fünften|sechsten|x-ten|xten|wiederholten|\d+\.) mal\b"
            rf"|\bzum (?:zweiten|dritten|vierten|fünften|sechsten|x-ten|xten|wiederholten|\d+\.) mal\b{_SENTENCE}{{0,20}}\b{_TELL_DE}"
            rf"|\b(?:second|third|fourth|fifth|\d+(?:nd|rd|th)) time (?:that )?I(?: am|'m| have|'ve| had)?(?: had| have)?(?: to)? {_TELL_EN}"
            r"|^\W*(?:noch ?mals?|noch einmal|once (?:more|again))\b"
        ),
        "from the start": (
            r"\b(?:wieder|noch ?mal|noch einmal|jedes mal|jedem|jeder)\b[^.!?\n]{0,40}\bvon vorne?\b"
            r"|\b(?:again|every|each|all over|have to|had to)\b[^.!?\n]{0,50}\bfrom (?:the )?(?:beginning|start|scratch)\b"
            r"|\b(?:repeat|repeating) myself\b"
            rf"|\bhave to {_TELL_EN}\w*\b{_SENTENCE}{{0,40}}\b(?:again|all over)\b"
            r"|\b(?:go|went|gone|been|going) (?:through|over) (?:all (?:of )?)?(?:this|that|it)\b[^.!?\n]{0,40}\b(?:again|already|before|with your)\b"
        ),
        "to each anew": (
            r"\b(?:jede[mr]?|immer neuen?|ständig)\b[^.!?\n]{0,40}\b(?:dasselbe|das ?gleiche|alles)\b[^.!?\n]{0,20}\b(?:erzähl|erklär|sag|schilder)"
            rf"|\b(?:every|each) (?:new )?(?:time|person|agent|one)\b{_SENTENCE}{{0,40}}\b(?:same|again|over)\b"
        ),
        "they had noted it": (
            r"\b(?:kolleg(?:e|in|en)|mitarbeiter(?:in)?)\b[^.!?\n]{0,30}\b(?:doch|schon|bereits|alles)\b[^.!?\n]{0,30}"
            r"\b(?:aufgenommen|notiert|aufgeschrieben|erfasst)\b"
            r"|\bsteht (?:das|es)\b[^.!?\n]{0,15}\b(?:nirgends|nicht)\b"
            r"|\b(?:don't|do not|didn't|did) (?:you|they|anyone|anybody)\b[^.!?\n]{0,20}\bnotes?\b"
        ),
    }.items()
)

_WORD = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W_]+(?:-[^\W_]+)*")
_STOP = frozenset(
    """
    aber alle allen alles als also am an auch auf aus bei beim bin bis bitte da damit danach dann das dass dazu dem den denn der des
    deshalb die dies diese diesem diesen dieser dieses doch du durch ein eine einem einen einer eines er erst es etwas für gegen habe
    haben hallo hat hatte hatten hätte heute hier hin ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ins ist ja jetzt kann kein keine
    keinen können könnte könnten leider liebe man mehr mein meine meinem meinen meiner mich mir mit möchte nach nicht nicht noch nun nur
    ob oder ohne schon sehr sehr geehrte geehrter damen herren guten tag morgen abend sein seit sich sie sind so soll sondern sowie
    steht über um und uns unser unsere vielen vielleicht viel vom von vor wann war waren warum was wegen weil weiter wenn wer werden wie
    wieder will wir wird wo wurde wurden zu zum zur dank danke antwort frage geht mal gerne gibt immer
    a about above after again all already also am an and any are as at be because been before being but by can could did do does doing
    don't each else for from get got great had has have having he hello her here hi him his hope how i i'd i'm i've if in into is it its
    just let like may me more my need no nobody not now of on one only or our out over please question really same say says see she
    should so some sorry still such tell than thank thanks that the their them then there these they this those to too up us very want
    was we well were what when where which while who why will with would yes you your dear sir madam ask help know re
    """.split()
)


def is_re_explanation(earlier: Sequence[str], text: str) -> tuple[bool, str]:
    """Whether ``text`` tells again what the same customer wrote in ``earlier``, and by what it shows ("" where it does not).

    Quoted history and signatures do not count. Only what the texts say is judged: that another agent or channel heard the
    earlier ones is for the caller to know.
    """
    own = own_words(text)
    said = next((name for name, pattern in _SAID if pattern.search(own)), "")
    if said:
        return True, said
    words = content(own)
    return (True, "repeats") if any(_repeats(content(own_words(e)), words) for e in earlier) else (False, "")


def own_words(text: str) -> str:
    """``text`` without the mails quoted in it and without its signature."""
    short = text[:_SHORT_TEXT]
    end = min((found.start() for pattern in (_HISTORY, _SIGNATURE) if (found := pattern.search(short)) and found.start()), default=None)
    return short[:end]


def content(text: str) -> frozenset[str]:
    """The words and numbers of ``text`` that say something, in lower case."""
    return frozenset(_WORD.findall(text.lower())) - _STOP


def _repeats(earlier: frozenset[str], words: frozenset[str]) -> bool:
    common = {word for word in words if _known(word, earlier)}
    if len(common) < ENOUGH_IN_COMMON:
        return False
    back = {word for word in earlier if _known(word, words)}
    return max(_weight(common) / _weight(words), _weight(back) / _weight(earlier)) >= CONTAINED


def _weight(words: Iterable[str]) -> float:
    """Numbers and identifiers weigh more: nobody repeats them by chance."""
    return sum(_NUMBER_WEIGHT if any(letter.isdigit() for letter in word) else 1.0 for word in words)


def _known(word: str, among: frozenset[str]) -> bool:
    """Whether ``word`` is there, perhaps with another ending or a slip of the pen; a number only as it is."""
    if word in among:
        return True
    if len(word) < 5 or word[0].isdigit():
        return False
    return any(_alike(word, other) for other in among if other[:4] == word[:4])


def _alike(word: str, other: str) -> bool:
    same = next((at for at, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))
    longer = max(len(word), len(other))
    return same >= (0.7 if longer >= 8 else 0.8) * longer
