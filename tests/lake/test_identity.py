"""A pseudonym: the same for the same key, whatever the spelling; another for another key, kind or person."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from kundig.lake.identity import account_id, agent_id, normalised, person_id

KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("written", "same"),
    [("K-7", " k-7 "), ("Müller  Karl", "MÜLLER KARL"), ("ﬁrma", "firma"), ("Straße", "STRASSE"), ("Ａnna", "anna")],
)
def test_spelling_does_not_matter(written: str, same: str) -> None:
    assert normalised(written) == normalised(same)
    assert person_id(KEY, "customer", written) == person_id(KEY, "customer", same)


def test_it_is_hmac_sha256_of_kind_and_key() -> None:
    expected = hmac.new(KEY, b"customer\x1fk-7", hashlib.sha256).hexdigest()[:32]
    assert person_id(KEY, "customer", "K-7") == expected


def test_kind_person_and_key_all_count() -> None:
    ids = {
        person_id(KEY, "customer", "7"),
        person_id(KEY, "email", "7"),
        person_id(KEY, "customer", "8"),
        person_id(b"x", "customer", "7"),
    }
    assert len(ids) == 4
    assert agent_id(KEY, "7") == person_id(KEY, "agent", "7") != account_id(KEY, "7")
