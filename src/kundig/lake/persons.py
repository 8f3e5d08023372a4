"""Finding one person by what people know him by: a customer number, a mail address, a phone number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kundig.errors import QuestionError
from kundig.lake.identity import normalised, person_id
from kundig.lake.reading import Reading

FEWEST_DIGITS = 6
"""A phone number with fewer digits is not searched for."""


@dataclass(frozen=True)
class Person:
    """One person with all his pseudonyms (several where identifiers are linked) and identifying rows."""

    ids: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]

    @property
    def id(self) -> str:
        return self.ids[0]


def find_person(reading: Reading, key: bytes, identifier: str, kind: str = "") -> Person:
    """The person known by ``identifier`` (of ``kind``, where given), or by his pseudonym.

    QuestionError where nobody or several persons are found; a full name alone finds nobody, since names are shared.
    """
    found = _canonical(reading, _candidates(reading, key, identifier, kind))
    if not found:
        raise QuestionError(
            "Nobody is known by {key}.",
            "Give a customer number, mail address or phone number as the source writes it.",
            key=identifier,
        )
    if len(found) > 1:
        kinds = sorted({row["identifier_kind"] for ids in found for row in _rows(reading, ids)})
        raise QuestionError(
            "{n} persons are known by {key}.", "Name the kind of key, one of: {kinds}.",
            n=len(found), key=identifier, kinds=", ".join(kinds),
        )  # fmt: skip
    ids = found[0]
    return Person(ids, tuple(_rows(reading, ids)))


def _candidates(reading: Reading, key: bytes, identifier: str, kind: str) -> set[str]:
    kinds = [kind] if kind else _kinds(reading)
    hashed = [person_id(key, k, identifier) for k in kinds] + ([identifier] if not kind else [])
    found = set(
        _column(reading, "select person_id from stored_people where person_id in (select * from unnest(:ids))", ids=hashed)
    )
    found |= set(
        _column(reading, "select distinct person_id from seen_events where person_id in (select * from unnest(:ids))", ids=hashed)
    )
    if kind in ("", "email") and "@" in identifier:
        found |= set(
            _column(reading, "select person_id from stored_people where lower(trim(email)) = :key", key=normalised(identifier))
        )
    return found or _by_phone(reading, identifier, kind)


def _by_phone(reading: Reading, identifier: str, kind: str) -> set[str]:
    """Who has this phone number, however it is written; asked last, since a customer number can look like one."""
    digits = re.sub(r"\D", "", identifier)
    if kind not in ("", "phone") or len(digits) < FEWEST_DIGITS or re.search(r"[^\d\s()+/.-]", identifier):
        return set()
    sql = "select person_id from stored_people where regexp_replace(phone, '[^0-9]', '', 'g') = :digits"
    return set(_column(reading, sql, digits=digits))


def _kinds(reading: Reading) -> list[str]:
    return sorted({"customer", "email", "phone", *_column(reading, "select distinct identifier_kind from stored_people")})


def _canonical(reading: Reading, persons: set[str]) -> list[tuple[str, ...]]:
    """Groups of linked identifiers, the person they are read as first."""
    links = {r["person_id"]: r["same_as"] for r in reading.query("select person_id, same_as from same_person").to_pylist()}
    heads = sorted({links.get(p, p) for p in persons})
    return [(head, *sorted(p for p, same in links.items() if same == head)) for head in heads]


def _rows(reading: Reading, ids: Sequence[str]) -> list[dict[str, Any]]:
    sql = "select * from stored_people where person_id in (select * from unnest(:ids)) order by received_at"
    return reading.query(sql, {"ids": list(ids)}).to_pylist()


def _column(reading: Reading, sql: str, **params: Any) -> list[Any]:
    return reading.query(sql, params).column(0).to_pylist()
