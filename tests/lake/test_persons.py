"""A person is found by whatever people know of him, and remembered over all his linked identifiers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kundig.errors import QuestionError
from kundig.lake import Lake
from kundig.lake.identity import person_id
from tests.lake.staging import lake_in, put
from tests.lake.test_reading import add, decide
from tests.rows import NOW

KEY = bytes(32)
EVA, MAX, UNA = (person_id(KEY, kind, name) for kind, name in (("customer", "1"), ("loyalty", "1"), ("email", "una@a.de")))
ROWS: list[dict[str, Any]] = [
    {"occurred_at": "2026-01-02T10:00", "case_id": "1", "person_id": EVA, "activity": "second", "text": "hello"},
    {"occurred_at": "2026-01-01T10:00", "case_id": "1", "person_id": MAX, "activity": "first", "text": "other"},
    {"occurred_at": "2026-02-01T10:00", "case_id": "2", "person_id": UNA, "activity": "visit"},
]
PEOPLE: list[dict[str, Any]] = [
    {"person_id": EVA, "identifier_kind": "customer", "identifier": "1", "email": " Eva@A.de", "phone": "040/12 34 56"},
    {"person_id": MAX, "identifier_kind": "loyalty", "identifier": "1"},
]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = lake_in(tmp_path)
    put(lake, ROWS, PEOPLE)
    return lake


@pytest.mark.parametrize(
    ("identifier", "kind", "found"),
    [
        ("1", "customer", EVA), ("1", "loyalty", MAX), (MAX, "", MAX), ("eva@a.de", "", EVA), ("+4940", "phone", None),
        ("040 123456", "", EVA), ("una@a.de", "", UNA), ("UNA@a.de", "email", UNA), ("2", "", None), (EVA, "customer", None),
    ],
)  # fmt: skip
def test_who_is_meant(lake: Lake, identifier: str, kind: str, found: str | None) -> None:
    if found is None:
        with pytest.raises(QuestionError, match="Nobody"):
            lake.find(KEY, identifier, kind)
    else:
        assert lake.find(KEY, identifier, kind).id == found


def test_a_key_of_two_persons_needs_its_kind(lake: Lake) -> None:
    with pytest.raises(QuestionError, match=r"2 persons.*customer, loyalty"):
        lake.find(KEY, "1")


def test_a_mail_address_known_twice_is_told_apart_by_the_kind_of_key(lake: Lake) -> None:
    by_mail = person_id(KEY, "email", "eva@a.de")
    put(lake, [], [{"person_id": by_mail, "identifier_kind": "email", "identifier": "eva@a.de"}])
    with pytest.raises(QuestionError, match=r"2 persons.*customer, email"):
        lake.find(KEY, "eva@a.de")
    assert lake.find(KEY, "eva@a.de", "email").id == by_mail
    assert lake.find(KEY, "eva@a.de", "customer").id == EVA


def test_the_memory_has_all_events_of_linked_identifiers_in_order_with_their_texts(lake: Lake) -> None:
    assert lake.memory(KEY, "1", "customer").select(["activity", "text"]).to_pylist() == [{"activity": "second", "text": "hello"}]
    link = {"person_id": EVA, "same_as": MAX, "evidence": "same mail", "author": "test", "linked_at": NOW, "undone": False}
    add(lake, "links", [link])
    for key in (EVA, MAX, "1"):
        rows = lake.memory(KEY, key)
        assert rows["activity"].to_pylist() == ["first", "second"]
        assert rows["text"].to_pylist() == ["other", "hello"]


def test_a_restricted_person_is_not_remembered(lake: Lake) -> None:
    decide(lake, EVA, "*", "restricted")
    assert lake.memory(KEY, "1", "customer").num_rows == 0


def test_an_empty_lake_knows_nobody(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="Nobody"):
        lake_in(tmp_path).memory(KEY, "1")
