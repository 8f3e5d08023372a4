"""Promises a firm makes in its messages: a commitment with a date, German or English. What is found is a proposal with its sentence.

A promise is what the firm says it will do, or the customer will have, by a date. None are: conditions ("falls", "if"), questions,
demands on the customer ("bitte senden Sie uns bis Freitag"), the past, negations, offers and estimates ("könnten", "usually", "we
hope"), opening hours, and what serves the firm only (a debit, the end of a contract).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from kundig.measures._dates_in_text import Due, dates_in
from kundig.message import sentence

KINDS = {
    "call": sentence("a call"),
    "answer": sentence("an answer"),
    "sending": sentence("something sent"),
    "money": sentence("money back"),
    "visit": sentence("a visit"),
    "repair": sentence("something put right"),
    "check": sentence("a check"),
    "other": sentence("something else"),
}
"""What may be promised, in words for people."""

LONGEST = 4000
"""Letters of a text that are read."""


@dataclass(frozen=True)
class Proposed:
    """A promise found: what (one of KINDS), until when, and the sentence that says so."""

    what: str
    due: dt.datetime
    sentence: str


def promises_in(text: str, written_at: dt.datetime, zone: str = "UTC") -> list[Proposed]:
    """The promises in a message of the firm, written at ``written_at``, in order; at most one for each part of a sentence.

    ``text`` should be without quoted mails and signatures. Dates are resolved in ``zone``: see
    :func:`kundig.measures._dates_in_text.dates_in`.
    """
    found = []
    for whole in _sentences(text[:LONGEST]):
        if not whole.endswith("?"):
            for before, part in _parts(whole):
                if made := _promise(before, part, written_at, zone):
                    found.append(Proposed(made[0], made[1], whole))
    return found


def _promise(before: str, part: str, written_at: dt.datetime, zone: str) -> tuple[str, dt.datetime] | None:
    due = _due(dates_in(part, written_at, zone))
    if due is None or _is_none(before, part) or not _commits(before, part, due):
        return None
    return _what(part, due), due.at


def _due(dates: list[Due]) -> Due | None:
    """The last deadline named, else the first date: "morgen, spätestens am Freitag", "morgen wegen des Termins am Freitag"."""
    deadlines = [date for date in dates if date.deadline]
    return deadlines[-1] if deadlines else dates[0] if dates else None


_ABBREVIATED = (
    r"(?i:\b(?:z\.\s?B|d\.\s?h|u\.\s?a|bzw|ca|Nr|Std|Min|Tel|Dr|Hr|Fr|St|inkl|ggf|evtl|vgl|zzgl|e\.g|i\.e|approx"
    r"|Mrs?|Ms|No|Str))\.$"
)
_ENDS_SHORT = re.compile(_ABBREVIATED)
_ORDINAL = re.compile(r"(?<![.\d])\d{1,2}\.$")
_MONTH_NEXT = re.compile(r"\s*(?:Jan|Feb|Mär|Maer|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez|Werktag|Tag|Quartal|Stock)")
_GOES_ON_SMALL = re.compile(r" ?\n?[a-zäöü]")
_END = re.compile(r"[.!?]+(?=\s|$)|\n\s*\n|\n(?=\s*[-*•\d])|[;\n](?=\s)|(?<=,)\n|\s[–-]\s")


def _sentences(text: str) -> Iterator[str]:
    """The sentences of ``text``, each on one line; a line that ends in the middle of a sentence goes on."""
    start = 0
    for end in _END.finditer(text):
        so_far = text[start : end.end()]
        if end[0] == "." and _GOES_ON_SMALL.match(text[end.end() :]):
            continue
        if end[0] == "." and (_ENDS_SHORT.search(so_far) or (_ORDINAL.search(so_far) and _MONTH_NEXT.match(text[end.end() :]))):
            continue
        yield from _told(so_far)
        start = end.end()
    yield from _told(text[start:])


def _told(piece: str) -> Iterator[str]:
    if line := " ".join(piece.split()).strip("-–*•; "):
        yield line


_VERBS = {
    "call": r"ruf(?:e|en)|telefonier(?:e|en)",
    "answer": r"meld(?:e|en)|informier(?:e|en)|(?:be)?antwort(?:e|en)|schreib(?:e|en)|geb(?:e|en)|teil(?:e|en)|benachrichtig(?:e|en)|nenn(?:e|en)",
    "sending": r"(?:ver|über|zu)?(?:send(?:e|en)|schick(?:e|en))|maile?n?|lass(?:e|en)|reich(?:e|en)|liefer(?:e|n)"
    r"|stell(?:e|en)|leit(?:e|en)|bring(?:e|en)",
    "money": r"erstatt(?:e|en)|überweis(?:e|en)|zahl(?:e|en)|stornier(?:e|en)",
    "visit": r"komm(?:e|en)|besuch(?:e|en)",
    "repair": r"reparier(?:e|en)|beheb(?:e|en)|erledig(?:e|en)|lös(?:e|en)|schalt(?:e|en)"
    r"|aktivier(?:e|en)|entsperr(?:e|en)|tausch(?:e|en)|ersetz(?:e|en)"
    r"|korrigier(?:e|en)|änder(?:e|n)|bearbeit(?:e|en)|richt(?:e|en)|kümmer(?:e|n)|setz(?:e|en)|leg(?:e|en)|hol(?:e|en)"
    r"|mach(?:e|en)|trag(?:e|en)",
    "check": r"prüf(?:e|en)|klär(?:e|en)|schau(?:e|en)|seh(?:e|en)|untersuch(?:e|en)|recherchier(?:e|en)",
    "other": r"werd(?:e|en)|sag(?:e|en)|versprech(?:e|en)|garantier(?:e|en)|sicher(?:e|n)|sorg(?:e|en)"
    r"|veranlass(?:e|en)|organisier(?:e|en)|bestell(?:e|en)"
    r"|vereinbar(?:e|en)|nehm(?:e|en)|beauftrag(?:e|en)|erstell(?:e|en)",
}  # fmt: skip
_VERB = "|".join(_VERBS.values())
_DONE = (
    r"(?:an|aus|ein|um|frei|ab|zurück|nach|zu|fertig|weiter|gut)?(?:ge)?(?:liefert|stellt|sendet|sandt|schickt|schaltet"
    r"|räumt|schrieben|tauscht|richtet|rufen"
    r"|zahlt|holt|klärt|löst|prüft|setzt|schlossen|reicht|meldet|legt|bucht)|(?:ver|über|zuge)(?:sendet|sandt|schickt"
    r"|mittelt)|überwiesen|erstattet|erledigt"
    r"|behoben|repariert|aktiviert|bearbeitet|beantwortet|installiert|kontaktiert|informiert|entsperrt|korrigiert"
    r"|storniert|veranlasst|montiert|fertig"
    r"|benachrichtigt|bereitgestellt|freigegeben|umgestellt"
)
_THINGS = (
    r"techniker\w*|monteur\w*|kolleg\w+|mitarbeiter\w*|\w*lieferung|zustellung|paket|päckchen|ware|ersatz\w*|rückruf"
    r"|rückmeldung|antwort|gutschrift|erstattung"
    r"|rückzahlung|überweisung|bestellung|router|\w*gerät|sendung|spedition|versand|reparatur|umstellung|freischaltung"
    r"|schaltung|auszahlung|geld|betrag"
    r"|\w*bestätigung|\w*unterlagen|kurier|bote|montage|abholung|\w*team|fachabteilung|technik|buchhaltung|\w*leit(?:er"
    r"|ung)\w*|nachlieferung|austausch"
    r"|angebot|rechnung|bescheid|entscheidung|ergebnis|lösung|gutachten|gutachter\w*|frau \w+|herr \w+|karte|brief"
    r"|internet|anschluss|telefon|\w*partner|\w*betrieb"
    r"|werkstatt|lager|post|installation|einrichtung|schaden|fehler|problem|störung"
)
_MOVES = (
    r"kommt|kommen|erfolgt|erfolgen|trifft|treffen|ruft|rufen|meldet|melden|geht|gehen|bringt|bringen|liefert|liefern"
    r"|holt|holen|schickt|schicken|sendet|senden"
    r"|prüft|prüfen|klärt|klären|erledigt|erledigen|behebt|beheben|übernimmt|übernehmen|erreicht|erreichen|folgt|folgen"
    r"|steht|stehen|liegt|liegen|vereinbart"
    r"|läuft|funktioniert|repariert|tauscht|bearbeitet|verlässt|überweist|erstattet|informiert|kontaktiert"
)
_GERMAN = (
    rf"\b(?:wir|ich)\s+(?:{_VERB})\b",
    rf"\b(?:{_VERB})\s+(?:wir|ich)\b",
    r"^(?:und\s+)?(?:melde mich|rufe (?:Sie|dich)|(?:schicke|sende|gebe|überweise|erstatte) (?:Ihnen|dir)|kläre (?:das"
    r"|es)|prüfe (?:das|es)|kümmere mich)\b",
    rf"\bdass\s+(?:wir|ich)\b.*\b(?:{_VERB})\b",
    r"\bdass\s+(?:Sie|du|ihr)\b.*\b(?:erhalten|bekommen|hören|haben|erhältst|bekommst)\b",
    r"\b(?:Sie|du)\s+(?:\w+\s+){0,2}?(?:erhalten|bekommen|hören|erhältst|bekommst|hörst)\b",
    r"\b(?:erhalten|bekommen|hören)\s+Sie\b|\b(?:erhältst|bekommst|hörst)\s+du\b",
    rf"\b(?:wird|werden|wirst)\b.*\b(?:{_DONE}|[a-zäöüß]+(?:en|ern|eln))\b|\b(?:{_DONE})\s+(?:wird|werden|ist|sind)\b",
    rf"\b(?:{_THINGS})\b.*?\b(?:{_MOVES})\b|\b(?:{_MOVES})\b(?!\s+Sie\b).*?\b(?:{_THINGS})\b",
    r"\b(?:er|sie)\s+(?-i:[a-zäöü]+t)\b.*\b(?:an|bei Ihnen|zurück|sich|vorbei|aus)\b",
    r"\b(?:zusage|zugesagt|versprochen|versprechen)\b.{0,3}:",
)
_SURELY = re.compile(
    r"\b(?:ist|sind)\b.*\b(?:fertig|erledigt|behoben|bei Ihnen|bereit|freigeschaltet|wieder|abholbereit|da|online|gelöst"
    r"|auf Ihrem Konto|geschaltet|verfügbar)\b",
    re.IGNORECASE,
)
"""A state by a deadline: "Ihr Anschluss ist bis Freitag fertig"; with another date it may be the past."""
_ENGLISH = (
    r"\b(?:we|I|they|he|she|it|this|that)(?:'ll|’ll)\b|\b(?:we|I)(?: shall|'m going to| am going to|'re going to"
    r"| are going to)\b",
    r"(?<!you )\bwill (?!be\b|not\b)(?:\w+ly )?[a-z]+",
    r"\b(?:we|I) (?:promise|guarantee|undertake|commit)\b|\byou have (?:my|our) word\b|\bconsider it (?:done|sorted|fixed)\b",
    r"\b(?:is|are|am|we're|we’re|I'm|I’m|they're) (?:\w+ )?(?:sending|shipping|calling|delivering|refunding|coming"
    r"|visiting|dispatching|issuing|posting"
    r"|returning|arriving|processing|bringing|collecting|crediting)\b",
    r"\byou(?:'ll|’ll| will)(?: \w+){0,2}? (?:receive|get|have|hear|see|be (?:contacted|called|refunded|credited|notified"
    r"|informed|connected))\b",
    r"\byou can expect\b|\bexpect (?:a|our|my) (?:call|reply|answer|visit)\b",
    r"\b(?:will|is going to|are going to)(?: \w+)? be (?:\w+ )?(?:delivered|refunded|sent|fixed|shipped|resolved|credited"
    r"|repaired|restored|replaced|activated"
    r"|installed|dispatched|processed|answered|completed|corrected|unlocked|back|ready|posted|paid|transferred|collected"
    r"|done|with you|issued|reimbursed"
    r"|switched|in your account|on its way|there|returned|connected|working|up and running)\b",
    r"\b(?:parcel|package|order|card|delivery|refund|replacement|technician|engineer|courier|letter|part|device|router"
    r"|money|payment|reply|item)s? "
    r"(?:arrives?|ships?|comes?|leaves?|goes out|go out|lands?|reach(?:es)?)\b",
    r"^(?:will|shall|going to) (?:call|get back|send|let you know|follow up|reply|email|phone|ring|sort|check|be in touch)\b",
)
_COMMITS = re.compile("|".join((*_GERMAN, *_ENGLISH)), re.IGNORECASE)
_GOES_ON = re.compile(rf"^(?:und|and)?\s*(?:(?:{_VERB})\b|will\b)", re.IGNORECASE)
_WE = re.compile(r"\b(?:wir|ich|we|I)\b", re.IGNORECASE)


def _commits(before: str, part: str, due: Due) -> bool:
    if _COMMITS.search(part) or (due.deadline and _SURELY.search(part)):
        return True
    return bool(_GOES_ON.search(part) and _WE.search(before))


_SPLIT = re.compile(
    r",\s+(?=(?:und|aber|dann|danach|sodass|and|but|then|so)\s+(?:\w+\s+)?(?:wir|ich|we|I)\b)"
    rf"|,\s+(?=(?:wir|ich)\s+(?:{_VERB})\b)|,\s+(?=(?:we|I)(?:'ll|’ll|\s+will)\b)|,?\s+(?=(?:und|and)\s+(?:wir|ich|we|I"
    rf"|wenn|falls|if|bitte|please|the|your|you)\b)"
    rf"|,?\s+(?=und\s+(?:{_VERB})\b)|,?\s+(?=and\s+will\b)|,\s+(?=(?:dass|Sie haben|Sie bekommen|Sie erhalten)\b)"
    r"|:\s+(?=(?:wir|ich|we|I|you|Sie|unser|ein|die|der|das|our|the|a)\s)|\s*[;(]\s*",
    re.IGNORECASE,
)  # fmt: skip


def _parts(whole: str) -> Iterator[tuple[str, str]]:
    """The parts of a sentence that may each make a promise, with all that stands before them."""
    starts = [0, *(split.end() for split in _SPLIT.finditer(whole)), len(whole)]
    for start, end in pairwise(starts):
        yield whole[:start], whole[start:end]


_CONDITION = re.compile(
    r"\b(?:wenn|falls|sofern|sobald|soweit|vorausgesetzt|andernfalls|ansonsten|sonst|unter der Voraussetzung|für den Fall"
    r"|nach (?:Eingang|Erhalt|Zahlung|Prüfung|Freigabe)"
    r"|if|unless|once|provided|in case|subject to|depending on|otherwise|should you|upon receipt|after (?:receipt|payment"
    r"|you|we have received)|whenever|orders|payments|requests|bestellungen|zahlungen|anfragen|aufträge"
    r"|as soon as (?!possible|we can|I can))\b",
    re.IGNORECASE,
)
_EARLIER = re.compile(
    r"\b(?:wenn|falls|if) (?:nicht (?:schon )?(?:früher|eher)|möglich|not (?:sooner|earlier|before)|possible)\b", re.IGNORECASE
)
_NEGATION = re.compile(
    r"\b(?:nicht|kein\w*|nie|niemals|weder|unmöglich|not|never|cannot|unable|neither|erst (?:am|ab|in|nächste[nr]?|wieder"
    r"|zum)|only (?:on|from|after)|no longer|without)\b|n['’]t\b",
    re.IGNORECASE,
)
_NO_NEGATION = re.compile(r"\b(?:nicht später|no later|not later|nicht nur|not only|nicht länger als)\b", re.IGNORECASE)
_PAST = re.compile(
    r"\b(?:habe|haben|hat|hatte|hatten|wurde|wurden|war|waren|worden|gewesen|bin|was|were|had|has been|have been"
    r"|have already|did|said|asked|told|went"
    r"|(?:ist|sind) (?:\w+ )*(?:worden|eingegangen|angekommen|eingetroffen|versandt|verschickt))\b",
    re.IGNORECASE,
)
_SAID_BY_OTHERS = re.compile(
    r"\b(?:Sie|er|sie|Kolleg\w+|Kund\w+)\s+(?:hat|haben|hatte|hatten|wurde)\b|\b(?:haben|hatten)\s+Sie\b|\b(?:hat"
    r"|hatte)\s+(?:er|Ihr\w*|der|die)\b|\bwurde\b"
    r"|\b(?:said|told|asked|mentioned|wrote|wanted|wondered|claimed)\b",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"\b(?:voraussichtlich|vermutlich|wahrscheinlich|vielleicht|eventuell|evtl|hoffentlich|hoff(?:e|en)|versuch(?:e|en)"
    r"|bemüh(?:e|en)|in der Regel|normalerweise"
    r"|üblicherweise|gewöhnlich|erfahrungsgemäß|meist(?:ens)?|generell|könnt?en?|kann|könnte|sollte[n]?|soll(?:en)?"
    r"|würde[n]?|möchte[n]?|dürfte[n]?|wollen|will ich"
    r"|nach Möglichkeit|möglicherweise|rechnen|geplant|plan(?:e|en)|beabsichtig\w+|streben|Ziel"
    r"|probably|perhaps|maybe|might|could|can(?! expect)|would|should|hop(?:e|ing)|try|trying|aim(?:ing)?|endeavou?r"
    r"|do our best|expected|estimated?|usually|normally"
    r"|typically|generally|likely|plan(?:ning)? to|intend|attempt|as a rule|hopefully|schedule permitting)\b"
    r"|\b(?-i:may)\b(?!\s*\d)",
    re.IGNORECASE,
)
_DEMAND = re.compile(
    r"\bbitte\b(?!.*\b(?:wir|ich)\b)|\bbitten\b|\b(?:benötig|brauch|erwart|wart)(?:e|en)\b|\bfreu(?:e|en)\b|\bwünsch(?:e"
    r"|en)\b|\b(?:Sie|du) (?:müssen|sollten|haben (?:bis|noch|Zeit)|können|musst)\b"
    r"|\b(?:müssen|sollten|können) Sie\b|\bplease\b|\b(?:need|require|ask|waiting|look(?:ing)? forward|expecting"
    r"|would like) \b|\byou (?:must|need|have to|should)\b"
    r"|^(?:send|teil|schick|geb|meld|ruf|reich|zahl|überweis|bestätig|nenn|prüf|lass|beacht|stell)\w* Sie\b",
    re.IGNORECASE,
)
_HOURS = re.compile(
    r"\b(?:erreichbar|geöffnet|öffnungszeit\w*|sprechzeit\w*|geschäftszeit\w*|servicezeit\w*|geschlossen|schließen"
    r"|im Urlaub|Betriebsferien|für Sie da|telefonisch"
    r"|steh\w* .*zur Verfügung|open(?:ing)?|closed|closing|available|unavailable|office hours|out of (?:the )?office"
    r"|on (?:leave|holiday|vacation)|reach us|away)\b",
    re.IGNORECASE,
)
_FOR_THE_FIRM = re.compile(
    r"\b(?:gilt|gelten|gültig|befristet|läuft bis|läuft .*(?:aus|ab)\b|(?:vertrag|aktion|angebot|abo)\w* läuft|verfällt"
    r"|verfallen|endet|enden|fällig|abgebucht|buchen .* ab|eingezogen|ziehen .* ein|einziehen|abbuchen|berechne[nt]?"
    r"|in Rechnung|mahn\w*|gesperrt|sperren"
    r"|verlänger\w*|Frist|Kündigung\w*|valid|expires?|ends?(?! of)|due on|charge[ds]?|charging|billed|billing you"
    r"|debit(?:ed)?|deduct(?:ed)?|invoice you"
    r"|renews?|lost|expire|deadline|suspend(?:ed)?|clos(?:e|ing) (?:your|the|this)|wartungsarbeiten|maintenance|preis\w*"
    r"|prices?)\b",
    re.IGNORECASE,
)
_NONE = (_DEMAND, _HOURS, _FOR_THE_FIRM, _UNSURE, _PAST)


def _is_none(before: str, part: str) -> bool:
    """Whether the part, or what it depends on before it, shows that nothing is promised."""
    if _CONDITION.search(_EARLIER.sub("", before + part)) or _SAID_BY_OTHERS.search(before):
        return True
    if _NEGATION.search(_NO_NEGATION.sub("", part)):
        return True
    return any(sign.search(part) for sign in _NONE)


_SIGNS = {
    "call": r"\bruf\w*|\banruf\w*|\brückruf\w*|\btelefon\w*|angerufen|\bcall\w*|\bphone|\bring\b",
    "money": r"\w*erstatt\w*|gutschrift\w*|gutgeschrieben|überweis\w*|überwiesen|auszahl\w*|ausgezahlt|rückzahl\w*"
    r"|\bgeld\b|\brefund\w*|\bcredit\w*|\breimburs\w*|\bmoney\b",
    "visit": r"\btechniker\w*|\bmonteur\w*|besuch\w*|vorbei\b|vor ort|\bmontage|\btechnician|\bengineer|\bvisit\w*"
    r"|\bcome\b|\bcoming\b",
    "sending": r"\w*(?:send|sand|schick)\w*|\w*liefer\w*|\bzustell\w*|zugestellt|paket|\bversand\w*|ersatz\w*"
    r"|\bsen[dt]\w*|\bship\w*|\bdeliver\w*|\bdispatch\w*|\bpost(?:ed|ing)?\b"
    r"|\bparcel|\breplacement|\bemail\b|\bkurier|unterlagen",
    "answer": r"\bmeld\w*|rückmeldung|\binform\w*|\w*antwort\w*|\bhör\w*|bescheid"
    r"|benachrichtig\w*|\bmitteil\w*|\b(?:hear|reply|answer|respond|update|notif\w+|contact\w*)\b"
    r"|\bget back|\blet you know|\bget in touch|\bfollow up|\bteil\w*",
    "repair": r"\w*(?:repar|beheb|behob|erledig|schalt|aktivier|entsperr|tausch|korrig|bearbeit|kümmer|umstell|richt(?:e|en|et)\b)\w*"
    r"|\bfix\w*|\brepair\w*|\brestor\w*|\bresolv\w*|\bactivat\w*"
    r"|\bsort\w*|\bunlock\w*|\breplac\w*|\bcorrect\w*|\binstall\w*|\bfertig",
    "check": r"\w*prüf\w*|\bklär\w*|\buntersuch\w*|\bcheck\w*|\blook into|\binvestigat\w*|\breview\w*",
}  # fmt: skip
_WHAT = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _SIGNS.items()}


def _what(part: str, due: Due) -> str:
    """The kind whose words stand nearest to the date."""
    near = {kind: min((_apart(found, due) for found in signs.finditer(part)), default=10_000) for kind, signs in _WHAT.items()}
    kind = min(near, key=lambda name: near[name])
    return kind if near[kind] < 10_000 else "other"


def _apart(found: re.Match[str], due: Due) -> int:
    return max(due.start - found.end(), found.start() - due.end, 0)
