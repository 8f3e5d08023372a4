"""What firms claim and customers praise or miss: attributes with the words, German and English, they are spoken of by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from kundig.message import sentence

ATTRIBUTES: Mapping[str, str] = {
    sentence("speed"): "schnell|rasch|zügig|flott|prompt|sofort|langsam|wart(?:e|en|ete|ezeit)|gewartet|dauert|ewig|verzöger|verspät|pünktlich"
    "|tempo|fast|quick|slow|speed|swift|wait|delay|late|on time",
    sentence("price"): "preis|teuer|günstig|billig|kosten|rabatt|sparen|gebühr|bezahlbar|price|pricing|expensive|cheap|cost|afford|fee|discount"
    "|value for money",
    sentence("reliability"): "zuverlässig|verlässlich|unzuverlässig|stabil|instabil|ausfall|ausfälle|störung|gestört|versprochen|zusage|zugesagt"
    "|wort gehalten|reliab|unreliab|stable|unstable|outage|promise|dependab|downtime",
    sentence("friendliness"): "freundlich|unfreundlich|nett|höflich|unhöflich|herzlich|patzig|sympathisch|friendly|unfriendly|polite|impolite|rude"
    "|kind|nice|courteous",
    sentence("competence"): "kompeten|inkompeten|fachkundig|fachlich|ahnung|sachkundig|beratung|beraten|competen|incompeten|knowledge|expert|advice"
    "|clueless|skilled",
    sentence("ease"): "einfach|unkompliziert|bequem|kompliziert|umständlich|leicht|mühelos|easy|easily|simple|convenien|complicated|hassle|effortless"
    "|intuitiv|cumbersome",
    sentence("choice"): "auswahl|vielfalt|sortiment|angebot|choice|selection|variety|assortment|range of",
    sentence("transparency"): "transparen|intransparen|verständlich|unverständlich|nachvollziehbar|versteckt|durchblick|unklar|clear|unclear|hidden"
    "|understandable|confusing",
    sentence("privacy"): "datenschutz|meine daten|privatsphäre|vertraulich|privacy|data protection|my data|personal data|confidential",
    sentence("quality"): "qualität|hochwertig|minderwertig|defekt|kaputt|mangelhaft|schlechte leistung|quality|defect|faulty|well made|poorly made",
    sentence("availability"): "erreichbar|unerreichbar|warteschleife|hotline|niemand erreicht|geht niemand|reachable|unreachable|availab|on hold"
    "|nobody answers|cannot reach",
    sentence("fairness"): "fair|unfair|kulan|ehrlich|unehrlich|gerecht|abzock|betrug|betrogen|honest|dishonest|goodwill|rip-off|ripped off|scam",
    sentence("being known"): "persönlich|individuell|kennt mich|kennen mich|(?:zwei|drei|mehr)mal erklär|(?:nochmal|noch einmal|erneut|wieder) erklär"
    "|personal service|know me|knows me|explain(?:ed)? (?:it |everything )?(?:again|twice)|repeat myself",
    sentence("solving the problem"): "gelöst|ungelöst|geholfen|hilfsbereit|hilfreich|erledigt|weitergeholfen|solved|unsolved|helpful|unhelpful|helped"
    "|fixed|resolved|unresolved",
    sentence("sustainability"): "nachhaltig|umwelt|ökologisch|klima|regional|sustainab|ecolog|environment|climate|green",
    sentence("innovation"): "innovat|modern|zeitgemäß|veraltet|altmodisch|outdated|state of the art|cutting-edge|old-fashioned",
}  # fmt: skip
"""By name the beginnings of the words; praise and blame alike, for both are said about the attribute."""


@cache
def patterns() -> Mapping[str, re.Pattern[str]]:
    """A pattern for each attribute; what it finds is the whole word."""
    return {name: _pattern(stems) for name, stems in ATTRIBUTES.items()}


def claimed(text: str) -> dict[str, re.Pattern[str]]:
    """The attributes a firm claims in ``text`` (parts by comma, semicolon or line), by name; an unknown one stands for itself."""
    found: dict[str, re.Pattern[str]] = {}
    for part in (part.strip().lower() for part in re.split(r"[,;\n]", text)):
        names = [name for name, pattern in patterns().items() if pattern.search(part)]
        for name in names or ([part] if part else []):
            found[name] = patterns().get(name) or _pattern(re.escape(part))
    return found


def _pattern(stems: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{stems})\w*", re.IGNORECASE)
