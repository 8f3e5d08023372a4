"""A person's consent receipt: his decisions with the fields of ISO/IEC TS 27560:2023, in terms of the Data Privacy Vocabulary.

Four sections: header (which record), processing (what is done, why, with what), parties (who is responsible), events (what
was decided when). Fields the standard wants and nobody has configured are given as empty text, not invented.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from kundig import event
from kundig.config import Settings
from kundig.message import say
from kundig.server.privacy import vocabulary

PROFILE = "https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr"
SCHEMA = "ISO/IEC TS 27560:2023"


def receipt(
    person: Mapping[str, Any], settings: Settings, retention: Sequence[Mapping[str, Any]], lang: str, now: dt.datetime
) -> dict[str, Any]:
    """The receipt; ``person`` is what ``privacy.person`` told, ``retention`` the rules of the register."""
    decisions = person["decisions"]
    stood = {row["purpose"]: row for row in person["standing"]}
    return {
        "header": {
            "schema_version": SCHEMA, "profile": PROFILE, "record_id": _record_id(person), "pii_principal_id": person["person_id"],
            "issued_at": now.isoformat(timespec="seconds"), "lake_version": person["lake_version"], "language": lang,
        },
        "processing": [_processing(purpose, stood[purpose.name], decisions, retention, lang) for purpose in event.PURPOSES],
        "parties": _parties(settings),
        "events": [_event(row) for row in decisions],
    }  # fmt: skip


def _record_id(person: Mapping[str, Any]) -> str:
    """Changes with every decision."""
    told = json.dumps([person["person_id"], person["decisions"]], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _processing(
    purpose: event.Purpose, stood: Mapping[str, Any], decisions: Sequence[Mapping[str, Any]],
    retention: Sequence[Mapping[str, Any]], lang: str,
) -> dict[str, Any]:  # fmt: skip
    notices = [row["notice"] for row in decisions if row["notice"] and row["purpose"] in (purpose.name, "*")]
    return {
        "purpose": purpose.name, "purpose_id": vocabulary.term(vocabulary.PURPOSES[purpose.name]),
        "description": say(purpose.sentence, lang),
        "lawful_basis": vocabulary.term(vocabulary.BASES[purpose.basis]),
        "personal_data": vocabulary.seen_for(purpose.texts, purpose.names),
        "used": stood["used"], "why": stood["why"], "notice": notices[-1] if notices else "",
        "storage_location": "", "retention": [rule for rule in retention if rule["purpose"] == purpose.name],
        "withdrawal_method": "" if not purpose.needs_consent else "privacy officer",
    }  # fmt: skip


def _parties(settings: Settings) -> list[dict[str, str]]:
    return [
        {"role": vocabulary.term("DataController"), "name": settings.firm},
        {"role": vocabulary.term("DataSubject"), "name": ""},
    ]


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    status = vocabulary.STATUSES.get(row["status"])
    return {
        "event_type": row["status"], "event_type_id": vocabulary.term(status) if status else "",
        "purpose": row["purpose"], "event_time": row["decided_at"], "recorded_at": row["recorded_at"] or "",
        "notice": row["notice"] or "", "source": row["source"], "evidence": row["evidence"] or "", "recorded_by": row["author"] or "",
    }  # fmt: skip
