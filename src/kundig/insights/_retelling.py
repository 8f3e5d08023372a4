"""How a text shows that its writer tells again what he told before: he says so, or he repeats himself. German and English."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

ENOUGH_IN_COMMON = 3
"""Words or numbers two texts must share: a case number and "claim" alone are in every question about that claim."""

CONTAINED = 0.55
"""How much of one text's content must be in the other. Set, like the phrases, on the first half of the labelled cases."""

NUMBER_WEIGHT = 2.0
"""Numbers and identifiers count double: nobody repeats them by chance."""

LONGEST = 4000
"""Letters of a text that are read."""

_QUOTED = re.compile(r"^>.*$", re.MULTILINE)
_HISTORY = re.compile(
    r"^(?:-{2,}\s*(?:ursprüngliche nachricht|original message|weitergeleitete nachricht|forwarded message).*"
    r"|(?:am|on)\b.{5,120}(?:schrieb|wrote)\b.*:|(?:von|from):\s.*|_{10,})$",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNATURE = re.compile(
    r"^(?:--\s*|(?:mit )?(?:freundlichen?|besten?|vielen?|herzlichen?|liebe|schöne) gr(?:ü|ue)(?:ß|ss)en?\b.*"
    r"|(?:kind|best|warm)?\s*regards\b.*|(?:yours )?sincerely\b.*|mfg\b.*)$",
    re.IGNORECASE | re.MULTILINE,
)

_PARTS = {
    " … ": r"\b[^.!?\n]{0,60}\b",
    "<told>": r"(?:gesagt|erklärt|geschildert|beschrieben|mitgeteilt|erzählt|geschrieben|angegeben|genannt|durchgegeben|gemeldet"
    r"|geschickt|gesendet|dargelegt|erwähnt)\b",
    "<tell>": r"(?:sag|erklär|schilder|beschreib|erzähl|schreib|meld|ruf|wend|wiederhol)",
    "<Told>": r"(?:told|said|explained|mentioned|described|written|wrote|reported|stated"
    r"|(?:sent|given|gave|provided)(?: it)?(?: to)? (?:you|all of))\b",
    "<Tell>": r"(?:tell|say|explain|mention|describ|writ|call|ring|contact|repeat|report)",
    "<noted>": r"(?:aufgenommen|notiert|aufgeschrieben|erfasst)",
    "<nth>": r"zum (?:zweiten|dritten|vierten|fünften|sechsten|x-?ten|wiederholten|\d+\.) mal",
    "<Nth>": r"(?:second|third|fourth|fifth|\d+(?:nd|rd|th)) time",
    "<often>": r"(?:mehrfach|mehrmals|wiederholt|zweimal|dreimal)",
    "<have>": r"(?: am|'m| have| had|'ve|'d)?",
}
"""What the phrases below abbreviate; " … " is anything within the sentence."""

_PHRASES = {
    "already told": (
        r"\bich … (?:schon|bereits|doch|<often>) … <told>",
        r"\b<often> … ich … <told>",
        r"\bwie … (?:schon|bereits) … <told>",
        r"\b(?:as|like) I<have> (?:already |just |previously )?<Told>",
        r"\bI<have> (?:already|previously|repeatedly) <Told>",
        r"\bI<have> <Told> … (?:twice|before|already|previous|earlier|last week|yesterday)\b",
    ),
    "once more": (
        r"\bich … <nth>\b",
        r"\b<nth> … <tell>",
        r"\b<Nth> (?:that )?I<have>(?: had| have)?(?: to)? <Tell>",
        r"^\W*(?:noch ?mals?|noch einmal|once (?:more|again))\b",
    ),
    "from the start": (
        r"\b(?:wieder|noch ?mal|noch einmal|jedes mal|jedem|jeder) … von vorne?\b",
        r"\b(?:again|every|each|all over|have to|had to) … from (?:the )?(?:beginning|start|scratch)\b",
        r"\brepeat(?:ing)? myself\b",
        r"\bhave to <Tell>\w* … (?:again|all over)\b",
        r"\b(?:go|went|gone|been|going) (?:through|over) (?:all (?:of )?)?(?:this|that|it) … (?:again|already|before|with)\b",
    ),
    "to each anew": (
        r"\b(?:jede[mr]?|immer neuen?|ständig) … (?:dasselbe|das ?gleiche|alles) … (?:erzähl|erklär|sag|schilder)",
        r"\b(?:every|each) (?:new )?(?:time|person|agent|one) … (?:same|again|over)\b",
    ),
    "they had noted it": (
        r"\b(?:kolleg(?:e|in|en)|mitarbeiter(?:in)?) … (?:doch|schon|bereits|alles) … <noted>\b",
        r"\bsteht (?:das|es) … (?:nirgends|nicht)\b",
        r"\b(?:don't|do not|didn't|did) (?:you|they|anyone|anybody) … notes?\b",
    ),
}


def _compiled(phrases: Sequence[str]) -> re.Pattern[str]:
    joined = "|".join(phrases)
    for short, long in _PARTS.items():
        joined = joined.replace(short, long)
    return re.compile(joined, re.IGNORECASE | re.MULTILINE)


_SAID = tuple((name, _compiled(phrases)) for name, phrases in _PHRASES.items())

_WORD = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W_]+(?:-[^\W_]+)*")
_EMPTY_DE = """
aber alle allen alles als also am an auch auf aus bei beim bin bis bitte da damit danach dann das dass dazu dem den denn der des
deshalb die dies diese diesem diesen dieser dieses doch du durch ein eine einem einen einer eines er erst es etwas für gegen
habe haben hallo hat hatte hatten hätte heute hier hin ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ins ist ja jetzt kann
kein keine keinen können könnte könnten leider liebe man mehr mein meine meinem meinen meiner mich mir mit möchte nach nicht
noch nun nur ob oder ohne schon sehr geehrte geehrter damen herren guten tag morgen abend sein seit sich sie sind so soll
sondern sowie steht über um und uns unser unsere vielen vielleicht viel vom von vor wann war waren warum was wegen weil weiter
wenn wer werden wie wieder will wir wird wo wurde wurden zu zum zur dank danke antwort frage geht mal gerne gibt immer
"""
_EMPTY_EN = """
a about above after again all already also am an and any are as at be because been before being but by can could did do does
doing don each else for from get got great had has have having he hello her here hi him his hope how i d m ve if in into is it
its just let like may me more my need no nobody not now of on one only or our out over please question really same say says
see she should so some sorry still such tell than thank thanks that the their them then there these they this those to too up
us very want was we well were what when where which while who why will with would yes you your dear sir madam ask help know re
"""
_EMPTY = frozenset(_EMPTY_DE.split()) | frozenset(_EMPTY_EN.split())
"""Words every message has, greetings included."""


def is_re_explanation(earlier: Sequence[str], text: str) -> tuple[bool, str]:
    """Whether ``text`` tells again what the same customer wrote in ``earlier``, and by what it shows ("" where it does not).

    Quoted history and signatures do not count. Only what the texts say is judged: that another agent or channel heard the
    earlier ones is for the caller to know.
    """
    own = own_words(text)
    said = next((name for name, pattern in _SAID if pattern.search(own)), "")
    if said:
        return True, said
    return (True, "repeats") if any(_repeats(content(other), content(text)) for other in earlier) else (False, "")


def own_words(text: str) -> str:
    """``text`` without the mails quoted in it and without its signature."""
    short = _QUOTED.sub("", text[:LONGEST])
    ends = (found.start() for pattern in (_HISTORY, _SIGNATURE) if (found := pattern.search(short)) and found.start())
    return short[: min(ends, default=None)]


@lru_cache(maxsize=256)
def content(text: str) -> frozenset[str]:
    """The own words and numbers of ``text`` that say something, in lower case. Kept, as a case compares each text often."""
    return frozenset(_WORD.findall(own_words(text).lower())) - _EMPTY


def _repeats(earlier: frozenset[str], words: frozenset[str]) -> bool:
    common = {word for word in words if _known(word, earlier)}
    if len(common) < ENOUGH_IN_COMMON:
        return False
    back = {word for word in earlier if _known(word, words)}
    return max(_weight(common) / _weight(words), _weight(back) / _weight(earlier)) >= CONTAINED


def _weight(words: Iterable[str]) -> float:
    return sum(NUMBER_WEIGHT if any(letter.isdigit() for letter in word) else 1.0 for word in words)


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
