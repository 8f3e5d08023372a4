"""What people decide and which identifiers are one person counts at the next read, and can be shown and taken back."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kundig.errors import PrivacyError, QuestionError
from kundig.lake import Lake
from kundig.lake.identity import person_id
from kundig.lake.ledger import decisions
from tests.lake.staging import lake_in, put, rows_of
from tests.rows import NOW, at

KEY = b"k" * 32
ANNA, BEN, CEM = (person_id(KEY, "customer", name) for name in ("anna", "ben", "cem"))
MAIL = person_id(KEY, "email", "anna@example.org")
WHY: dict[str, Any] = {"evidence": "same mail address in both systems", "author": "eva"}
EVERYBODY = {"anna": ANNA, "ben": BEN, "cem": CEM}

ROWS: list[dict[str, Any]] = [
    {"occurred_at": "2026-01-01T10:00", "case_id": "1", "person_id": ANNA, "activity": "call"},
    {"occurred_at": "2026-01-02T10:00", "case_id": "1", "person_id": MAIL, "activity": "mail"},
    {"occurred_at": "2026-01-03T10:00", "case_id": "2", "person_id": BEN, "activity": "visit"},
]
PEOPLE = [
    *({"person_id": i, "identifier": name} for name, i in EVERYBODY.items()),
    {"person_id": MAIL, "identifier": "anna@example.org", "identifier_kind": "email", "email": "anna@example.org"},
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = lake_in(tmp_path_factory.mktemp("made"))
    put(lake, ROWS, PEOPLE)
    return lake.workspace


@pytest.fixture
def lake(made: Path, tmp_path: Path) -> Lake:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return Lake(tmp_path, clock=lambda: NOW)


def seen(lake: Lake, purpose: str = "marketing") -> list[str]:
    return [r["activity"] for r in rows_of(lake, "select activity from events order by occurred_at", purpose)]


def test_a_consent_counts_at_the_next_read_and_so_does_its_withdrawal(lake: Lake) -> None:
    before = lake.version
    assert seen(lake) == []
    assert lake.record_consent(ANNA, "marketing", "given", source="web form", author="eva", notice="2026-01") == before + 1
    assert seen(lake) == ["call"]
    lake.record_consent([ANNA], "marketing", "withdrawn", source="mail")
    assert seen(lake) == []
    lake.record_consent(ANNA, "marketing", "given", source="web form")
    assert seen(lake) == ["call"]
    assert [r["status"] for r in lake.consents_of(ANNA)] == ["given", "withdrawn", "given"]
    assert lake.consents_of(ANNA)[0] == {
        "person_id": ANNA, "purpose": "marketing", "status": "given", "decided_at": NOW, "source": "web form",
        "notice": "2026-01", "evidence": None, "author": "eva", "recorded_at": NOW,
    }  # fmt: skip
    assert not lake.verify().problems


def test_of_two_decisions_at_the_same_time_the_stricter_holds(lake: Lake) -> None:
    day = at("2026-02-01T00:00")
    lake.record_consent(ANNA, "marketing", "withdrawn", source="letter", at=day)
    lake.record_consent(ANNA, "marketing", "given", source="list", at=day)
    assert seen(lake) == []


@pytest.mark.parametrize(
    ("status", "purpose", "shut"),
    [("restricted", "*", ["service", "analysis"]), ("objected", "analysis", ["analysis"]), ("objected", "*", ["analysis"])],
)
def test_restriction_and_objection_keep_a_person_out_until_taken_back(
    lake: Lake, status: str, purpose: str, shut: list[str]
) -> None:
    lake.record_consent(BEN, purpose, status, source="letter")
    assert [p for p in ("service", "analysis", "privacy") if "visit" not in seen(lake, p)] == shut
    lake.record_consent(BEN, purpose, f"un{status}", source="letter")
    assert all("visit" in seen(lake, p) for p in ("service", "analysis"))


@pytest.mark.parametrize(
    ("purpose", "status", "when", "text"),
    [
        ("curiosity", "given", None, "no purpose curiosity"),
        ("marketing", "maybe", None, "no decision maybe"),
        ("marketing", "given", NOW + dt.timedelta(days=1), "lies in the future"),
    ],
)
def test_what_is_no_decision_is_refused(lake: Lake, purpose: str, status: str, when: dt.datetime | None, text: str) -> None:
    before = lake.version
    with pytest.raises(PrivacyError, match=text):
        lake.record_consent(ANNA, purpose, status, source="x", at=when)
    with pytest.raises(QuestionError, match="Nobody"):
        lake.record_consent("f" * 32, "marketing", "given", source="x")
    assert lake.version == before


def test_a_link_joins_and_can_be_undone_and_made_again(lake: Lake) -> None:
    before = lake.version
    lake.link(MAIL, ANNA, **WHY)
    assert lake.link(ANNA, MAIL, **WHY) == lake.version == before + 1
    assert lake.find(KEY, "anna").ids == (ANNA, MAIL)
    lake.unlink(ANNA, MAIL, evidence="another Anna", author="tom")
    assert lake.find(KEY, "anna").ids == (ANNA,)
    assert lake.link(MAIL, ANNA, **WHY) == before + 3
    assert lake.find(KEY, "anna").ids == (ANNA, MAIL)
    rows = lake.links_of(ANNA)
    assert [(r["undone"], r["author"], r["live"]) for r in rows] == [
        (False, "eva", False),
        (True, "tom", False),
        (False, "eva", True),
    ]
    assert not lake.verify().problems


def test_a_consent_of_a_person_is_one_of_all_his_identifiers(lake: Lake) -> None:
    lake.link(MAIL, ANNA, **WHY)
    lake.record_consent(lake.find(KEY, "anna"), "marketing", "given", source="web form")
    assert seen(lake) == ["call", "mail"]
    assert len(lake.consents_of(MAIL)) == 2


def test_linking_lets_the_stricter_decision_win(lake: Lake) -> None:
    lake.record_consent(ANNA, "marketing", "given", source="web form")
    lake.record_consent(MAIL, "marketing", "withdrawn", source="mail")
    assert seen(lake) == ["call"]
    lake.link(MAIL, ANNA, **WHY)
    assert seen(lake) == []
    lake.unlink(MAIL, ANNA, **WHY)
    assert seen(lake) == ["call"]


def test_silence_of_one_identifier_is_not_consent(lake: Lake) -> None:
    lake.link(MAIL, ANNA, **WHY)
    lake.record_consent(ANNA, "marketing", "given", source="web form")
    assert seen(lake) == ["call"]


def test_two_strong_identifiers_are_linked_only_by_who_is_sure(lake: Lake) -> None:
    with pytest.raises(PrivacyError, match="kind customer"):
        lake.link(ANNA, BEN, **WHY)
    lake.link(MAIL, ANNA, **WHY)
    with pytest.raises(PrivacyError, match="kind customer"):
        lake.link(MAIL, BEN, **WHY)
    lake.link(MAIL, BEN, **WHY, sure=True)
    assert set(lake.find(KEY, "anna").ids) == {ANNA, MAIL, BEN}


def test_links_that_make_no_sense_are_refused(lake: Lake) -> None:
    for one, other, why, text in (
        (ANNA, ANNA, WHY, "with himself"),
        (ANNA, MAIL, {"evidence": " ", "author": "eva"}, "evidence and an author"),
        (ANNA, MAIL, {"evidence": "mail", "author": ""}, "evidence and an author"),
    ):
        with pytest.raises(PrivacyError, match=text):
            lake.link(one, other, **why)
    with pytest.raises(QuestionError, match="Nobody"):
        lake.link(ANNA, "f" * 32, **WHY)
    with pytest.raises(QuestionError, match="not linked"):
        lake.unlink(ANNA, MAIL, **WHY)


def test_an_erasure_takes_decisions_and_links_and_the_erased_stay_out(lake: Lake) -> None:
    lake.link(MAIL, ANNA, **WHY)
    lake.record_consent([ANNA, BEN], "marketing", "given", source="web form")
    receipt = lake.erase(KEY, "anna")
    assert (receipt.rows["links"], receipt.rows["consents"]) == (1, 1)
    assert lake.consents_of(ANNA) == lake.links_of(ANNA) == []
    assert len(lake.consents_of(BEN)) == 1
    with pytest.raises(PrivacyError, match="was erased"):
        lake.record_consent(ANNA, "marketing", "given", source="x")
    with pytest.raises(PrivacyError, match="was erased"):
        lake.link(BEN, ANNA, **WHY)
    assert lake.ledger.record_decisions(decisions([decision(ANNA, "given")])) == 0
    assert not lake.verify().problems


def test_compaction_merges_the_ledgers(lake: Lake) -> None:
    for status in ("given", "withdrawn", "given"):
        lake.record_consent(ANNA, "marketing", status, source="web form")
    lake.link(MAIL, ANNA, **WHY)
    lake.unlink(MAIL, ANNA, **WHY)
    before = (lake.consents_of(ANNA), lake.links_of(ANNA))
    lake.compact()
    assert [len(lake.store.files(t)) for t in ("consents", "links")] == [1, 1]
    assert (lake.consents_of(ANNA), lake.links_of(ANNA)) == before
    assert not lake.verify().problems


def decision(person: str, status: str, day: str = "") -> dict[str, Any]:
    when = at(day) if day else None
    return {"person_id": person, "purpose": "marketing", "status": status, "decided_at": when, "source": "list.csv"}


def test_an_imported_decision_is_recorded_once_and_again_when_it_changes(lake: Lake) -> None:
    ledger = lake.ledger
    assert ledger.record_decisions(decisions([decision(ANNA, "given"), decision(ANNA, "given"), decision(BEN, "withdrawn")])) == 2
    before = lake.version
    assert ledger.record_decisions(decisions([decision(ANNA, "given"), decision(BEN, "withdrawn")])) == 0
    assert ledger.record_decisions(decisions()) == ledger.record_decisions(decisions([decision("f" * 32, "given")])) == 0
    assert lake.version == before
    assert ledger.record_decisions(decisions([decision(ANNA, "withdrawn"), decision(BEN, "withdrawn")])) == 1
    assert seen(lake) == []
    with pytest.raises(PrivacyError):
        ledger.record_decisions(decisions([decision(ANNA, "maybe")]))


def test_dated_decisions_are_known_by_their_date(lake: Lake) -> None:
    rows = decisions([decision(ANNA, "given", "2026-01-01T00:00"), decision(ANNA, "withdrawn", "2026-02-01T00:00")])
    assert [lake.ledger.record_decisions(rows) for _ in range(2)] == [2, 0]
    assert lake.ledger.record_decisions(decisions([decision(ANNA, "given", "2026-03-01T00:00")])) == 1
    assert lake.ledger.record_decisions(decisions([decision(BEN, "given", "2099-01-01T00:00")])) == 1
    assert lake.consents_of(BEN)[0]["decided_at"] == NOW
    assert seen(lake) == ["call", "visit"]


NAMES = [f"{n:032x}" for n in range(5)]
HISTORY = st.lists(st.tuples(st.booleans(), st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=8)


def groups_of(pairs: list[tuple[str, str]]) -> set[frozenset[str]]:
    """Connected components by the textbook union-find."""
    parent = {name: name for name in NAMES}

    def root(name: str) -> str:
        return name if parent[name] == name else root(parent[name])

    for one, other in pairs:
        parent[root(one)] = root(other)
    return {frozenset(n for n in NAMES if root(n) == r) for r in {root(n) for n in NAMES}}


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = lake_in(tmp_path_factory.mktemp("strangers"))
    put(lake, [], [{"person_id": name, "identifier": name, "identifier_kind": "email"} for name in NAMES])
    return lake.workspace


@settings(max_examples=6)
@given(HISTORY)
def test_after_any_history_persons_are_the_components_of_the_live_links(
    strangers: Path, history: list[tuple[bool, str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(strangers, folder, dirs_exist_ok=True)
        lake = Lake(Path(folder), clock=lambda: NOW)
        live: list[tuple[str, str]] = []
        for joins, one, other in history:
            known = [pair for pair in live if set(pair) == {one, other}]
            if joins and one != other:
                lake.link(one, other, **WHY)
                live += [] if known else [(one, other)]
            elif not joins and known:
                lake.unlink(one, other, **WHY)
                live.remove(known[0])
        found = rows_of(lake, "select person_id, same_as from same_person")
        read_as = {name: name for name in NAMES} | {r["person_id"]: r["same_as"] for r in found}
        assert {frozenset(n for n in NAMES if read_as[n] == head) for head in read_as.values()} == groups_of(live)
        assert all(read_as[head] == head for head in read_as.values())
