"""Our purposes, bases and data categories in the words of the Data Privacy Vocabulary, so that other systems understand them."""

from __future__ import annotations

from kundig.message import sentence

DPV = "https://w3id.org/dpv#"
PURPOSES = {
    "service": "CustomerCare",
    "quality": "ServiceOptimisation",
    "analysis": "ServiceUsageAnalytics",
    "marketing": "Marketing",
    "research": "ResearchAndDevelopment",
    "privacy": "LegalCompliance",
}
BASES = {
    "contract": "Contract",
    "legitimate interest": "LegitimateInterest",
    "consent": "Consent",
    "legal duty": "LegalObligation",
}
STATUSES = {"given": "ConsentGiven", "withdrawn": "ConsentWithdrawn"}
CATEGORIES = {
    "technical": sentence("Technical data"),
    "pseudonym": sentence("Pseudonyms"),
    "identity": sentence("Names, addresses and customer numbers"),
    "behaviour": sentence("What happened and when"),
    "work": sentence("Who handled it, teams and handling times"),
    "opinion": sentence("Ratings"),
    "free text": sentence("What was said or written"),
    "money": sentence("Costs"),
    "consent": sentence("Decisions about the use of data"),
}


def term(name: str) -> str:
    """The full address of a term."""
    return DPV + name


def seen_for(texts: bool, names: bool) -> list[str]:
    """The data categories a purpose may see."""
    hidden = ({"free text"} if not texts else set()) | ({"identity"} if not names else set())
    return [name for name in CATEGORIES if name not in hidden]
