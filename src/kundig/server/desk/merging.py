"""Whether two identifiers may be one person: what they share, what speaks against it, what would hold for both. Runs in the asker."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kundig.lake.ledger import WEAK_KINDS
from kundig.lake.reading import Reading
from kundig.server.desk import finding, remembered

MOST = 10
_FAMILIES = {
    "given": "consent", "withdrawn": "consent", "restricted": "restriction", "unrestricted": "restriction",
    "objected": "objection", "unobjected": "objection",
}  # fmt: skip
_STRICT = ("withdrawn", "restricted", "objected")
_DIGITS = "ltrim(regexp_replace({x}, '[^0-9]', '', 'g'), '0')"


def proposals(reading: Reading, ids: Sequence[str], now: dt.datetime) -> list[dict[str, Any]]:
    """Others who share a mail address or phone number with the person; a suggestion, since families share both."""
    person = remembered.identity(reading, ids)
    shared = _sharing(reading, ids, *_weak(person))
    found = remembered.linked(reading, list(shared)[:MOST])
    people = finding.summaries(reading, {head: group for head, group in found.items() if head not in ids}, now)
    return [
        {**other, "shared": sorted({what for id in other["person_ids"] for what in shared.get(id, ())}),
         "same_name": _alike(person, other), "clash": clash([person, other])}
        for other in people
    ]  # fmt: skip


def _weak(person: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """His mail addresses and the digits of his phone numbers, keys included."""
    keys = {kind: [k["key"] for k in person["keys"] if k["kind"] == kind] for kind in ("email", "phone")}
    mails = {mail.strip().lower() for mail in (*person["emails"], *keys["email"])}
    phones = {"".join(c for c in phone if c.isdigit()).lstrip("0") for phone in (*person["phones"], *keys["phone"])}
    return sorted(mails), sorted(phone for phone in phones if len(phone) >= 6)


def _sharing(reading: Reading, ids: Sequence[str], mails: Sequence[str], phones: Sequence[str]) -> dict[str, set[str]]:
    """Pseudonyms of those who share them, each with what it is."""
    wanted = []
    if mails:
        either = "lower(trim(email)) in (select * from unnest(:mails))"
        key = "identifier_kind = 'email' and lower(trim(identifier)) in (select * from unnest(:mails))"
        wanted.append(f"select person_id, 'email' as what from seen where {either} or ({key})")
    if phones:
        either = f"{_DIGITS.format(x='phone')} in (select * from unnest(:phones))"
        key = f"identifier_kind = 'phone' and {_DIGITS.format(x='identifier')} in (select * from unnest(:phones))"
        wanted.append(f"select person_id, 'phone' as what from seen where {either} or ({key})")
    if not wanted:
        return {}
    sql = f"with seen as (select * from stored_people where {reading.visible}) {' union '.join(wanted)} order by person_id"
    found: dict[str, set[str]] = {}
    for row in reading.query(sql, {"mails": list(mails), "phones": list(phones)}).to_pylist():
        if row["person_id"] not in ids:
            found.setdefault(row["person_id"], set()).add(row["what"])
    return found


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    names = [{" ".join(sorted(name.casefold().replace(",", " ").split())) for name in person["names"]} for person in (one, other)]
    return bool(names[0] & names[1])


def clash(people: Sequence[Mapping[str, Any]]) -> list[str]:
    """The strong kinds of key that each has: two customer numbers speak for two persons."""
    kinds = [{key["kind"] for key in person["keys"]} - set(WEAK_KINDS) for person in people]
    return sorted(set.intersection(*kinds)) if kinds else []


def decisions(reading: Reading, groups: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """For each purpose and sort of decision what each of the two decided last, and what holds for both: the stricter one."""
    each = [_last(reading, ids) for ids in groups]
    found = []
    for purpose, family in sorted({key for last in each for key in last}):
        own = [last.get((purpose, family)) for last in each]
        found.append({"purpose": purpose, "family": family, "each": own, "together": _stricter(own)})
    return found


def _last(reading: Reading, ids: Sequence[str]) -> dict[tuple[str, str], str]:
    """The last decision by purpose and sort; of two at the same time the stricter one."""
    sql, params = remembered.each("select purpose, status, decided_at from stored_consents where person_id = {id}", ids)
    rows = reading.query(sql, params).to_pylist()
    rows.sort(key=lambda row: (row["decided_at"], row["status"] in _STRICT))
    return {(row["purpose"], _FAMILIES[row["status"]]): row["status"] for row in rows}


def _stricter(decided: Iterable[str | None]) -> str:
    given = [status for status in decided if status]
    return next((status for status in given if status in _STRICT), given[0])
