"""The register of processing (GDPR Art. 30), written from what is configured and stored, so that it cannot grow old.

What only the firm knows (its address, its officer, contracts with others) is not in kundig; the register says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.db.models import Count

from kundig import event
from kundig.config import Settings
from kundig.message import say, sentence
from kundig.server.people.models import Token, User
from kundig.server.privacy import vocabulary
from kundig.server.privacy.models import Retention
from kundig.server.roles import ROLES

SUBJECTS = (
    sentence("Customers, and persons at firms that are customers"),
    sentence("Employees who handle cases (pseudonyms and teams)"),
    sentence("People with an account here"),
)
MEASURES = (
    sentence("Persons are stored under pseudonyms, keyed hashes that only the workspace's key can make again."),
    sentence("Every read names a purpose; persons and columns the purpose may not see are left out by the lake itself."),
    sentence("Groups of fewer than five persons are not shown in pages and through the API."),
    sentence("Roles with rights that count at once; passwords hashed; a second factor; limits on logins."),
    sentence("Tokens of other systems are hashed, bound to a role, and can expire."),
    sentence("An audit log whose chain of hashes shows every later change says who saw or changed whose data."),
    sentence("Erasure over all stores with a proof and a receipt; a tombstone keeps erased persons out of later imports."),
    sentence(
        "Nothing is sent elsewhere but to the webhooks and mail addresses set up here; pages load nothing from other hosts."
    ),
    sentence("Every accepted event is on the disk before it is confirmed; backups are checked before they replace anything."),
)
OPEN = (
    sentence("Name and address of the firm and of its privacy officer"),
    sentence("Contracts with processors, and transfers to third countries"),
    sentence("Where the server stands, and how its disks and backups are protected"),
)


def register(settings: Settings, facts: Mapping[str, Any], lang: str, now: dt.datetime) -> dict[str, Any]:
    """The register as plain values in ``lang``; ``facts`` is what ``privacy.sources`` told."""
    return {
        "controller": settings.firm, "made_at": now.isoformat(timespec="seconds"), "language": lang,
        "purposes": [_purpose(purpose, lang, facts["usable"]) for purpose in event.PURPOSES],
        "subjects": [say(text, lang) for text in SUBJECTS],
        "persons": facts["persons"], "events": facts["events"], "first": facts["first"], "last": facts["last"],
        "categories": categories(lang), "sources": list(facts["sources"]), "recipients": _recipients(lang),
        "retention": rules(lang), "measures": [say(text, lang) for text in MEASURES], "open": [say(text, lang) for text in OPEN],
    }  # fmt: skip


def _purpose(purpose: event.Purpose, lang: str, usable: Mapping[str, int]) -> dict[str, Any]:
    seen = vocabulary.seen_for(purpose.texts, purpose.names)
    return {
        "name": say(purpose.name, lang), "id": purpose.name, "term": vocabulary.term(vocabulary.PURPOSES[purpose.name]),
        "basis": say(purpose.basis, lang), "description": say(purpose.sentence, lang),
        "categories": [say(vocabulary.CATEGORIES[name], lang) for name in seen],
        "roles": [say(role.title, lang) for role in ROLES.values() if purpose.name in role.purposes],
        "persons": usable[purpose.name],
    }  # fmt: skip


def categories(lang: str) -> list[dict[str, Any]]:
    """Data categories with the columns that hold them."""
    found: dict[str, list[dict[str, str]]] = {name: [] for name in vocabulary.CATEGORIES}
    for table in event.TABLES:
        if not table.derived:
            for column in table.columns:
                told = {"table": table.name, "column": column.name, "sentence": say(column.sentence, lang)}
                found[column.category].append(told)
    return [{"name": say(vocabulary.CATEGORIES[name], lang), "columns": columns} for name, columns in found.items()]


def _recipients(lang: str) -> list[dict[str, Any]]:
    """Who gets data: roles in the firm, other systems by token, addresses that are told of events."""
    people = dict(User.objects.filter(is_active=True).values_list("role").annotate(n=Count("id")))
    found = [
        {"kind": say(sentence("Role"), lang), "name": say(ROLES[role].title, lang), "n": n}
        for role, n in sorted(people.items()) if role in ROLES
    ]  # fmt: skip
    for token in Token.objects.filter(revoked_at=None).order_by("name"):
        found.append({"kind": say(sentence("Other system"), lang), "name": token.name, "n": 1})
    for webhook in apps.get_model("rules", "Webhook").objects.filter(active=True):
        found.append({"kind": say(sentence("Webhook"), lang), "name": urlsplit(webhook.url).hostname or "", "n": 1})
    return found


def rules(lang: str) -> list[dict[str, Any]]:
    """How long what is kept; what no rule names is kept until somebody erases it."""
    kept: Sequence[Retention] = list(Retention.objects.filter(active=True))
    return [
        {"what": say(rule.title, lang), "purpose": rule.purpose, "days": rule.days, "source": rule.source, "kind": rule.kind}
        for rule in kept
    ]
