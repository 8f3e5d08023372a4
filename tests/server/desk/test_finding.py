"""Persons are found by whatever is known of them, slips forgiven, and only those the purpose may see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.lake.staging import put

import kundig
from kundig.errors import QuestionError
from kundig.lake.identity import account_id, person_id
from kundig.server.desk import finding, questions
from kundig.workspace import Workspace

NAMES = {
    "K-1001": ("Jürgen Müller", "j.mueller@example.org", "+49 69 90009 800"),
    "K-1002": ("Anna Groß", "anna.gross@example.org", "089 99998 685"),
    "K-1003": ("Peter Brandt", "brandt@example.net", None),
    "K-1004": ("Zoë Schuster", None, "040 66969 406"),
}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Four people, two of one firm; one more whom only events name."""
    return made(tmp_path_factory.mktemp("finding"))


def made(folder: Path) -> Workspace:
    """A workspace with these people."""
    workspace = kundig.create(folder / "ws")

    def own(number: str) -> str:
        return person_id(workspace.key, "customer", number)

    people = [
        {"person_id": own(number), "identifier": number, "name": name, "email": mail, "phone": phone,
         "account_id": account_id(workspace.key, "Ahlers GmbH") if number in ("K-1001", "K-1002") else None}
        for number, (name, mail, phone) in NAMES.items()
    ]  # fmt: skip
    events = [
        {
            "occurred_at": "2026-01-05T10:00",
            "case_id": f"order:A{n}",
            "person_id": own(number),
            "activity": "Order",
            "kind": "contact",
        }
        for n, number in enumerate([*NAMES, "K-1005"])
    ]
    put(workspace.lake, events, people)
    return workspace


def names(firm: Workspace, words: str, purpose: str = "service") -> list[str]:
    """Who is found, the best first."""
    return [person["name"] or person["person_id"] for person in questions.search(firm, words, purpose)["persons"]]


@pytest.mark.parametrize(
    "words",
    ["Jürgen Müller", "Müller", "mueller", "MULLER", "Müler", "jurgen muller", "Müller Jürgen", "Mül", "j.mueller@example.org",
     "J.Mueller@Example.org", "j.muelelr@example.org", "069 90009800", "0049 69 90009-800", "90009800", "K-1001", "k-1001", " K-1001 "],
)  # fmt: skip
def test_a_person_is_found_by_anything_known_of_him(firm: Workspace, words: str) -> None:
    assert names(firm, words)[:1] == ["Jürgen Müller"]


@pytest.mark.parametrize(("words", "name"), [("Gross", "Anna Groß"), ("Zoe", "Zoë Schuster"), ("Petr Brant", "Peter Brandt")])
def test_umlauts_and_accents_do_no_harm(firm: Workspace, words: str, name: str) -> None:
    assert names(firm, words) == [name]


def test_one_right_word_of_two_is_not_enough(firm: Workspace) -> None:
    assert names(firm, "Peter Schuster") == []


def test_who_is_known_exactly_stands_alone(firm: Workspace) -> None:
    assert names(firm, "K-1001") == ["Jürgen Müller"]
    assert len(names(firm, "K-100")) == 4


def test_who_is_known_from_events_alone_is_found_by_his_number(firm: Workspace) -> None:
    (found,) = questions.search(firm, "K-1005", "service")["persons"]
    assert (found["name"], found["events"]) == (None, 1)


def test_a_pseudonym_finds_its_person(firm: Workspace) -> None:
    assert names(firm, person_id(firm.key, "customer", "K-1003")) == ["Peter Brandt"]


@pytest.mark.parametrize(
    "words", ["", "   ", "x", "%", "'; drop table people; --", "nobody at all", "\x00", "9" * 500, "ö" * 500]
)
def test_nonsense_finds_nobody_and_breaks_nothing(firm: Workspace, words: str) -> None:
    assert names(firm, words) == []


def test_a_case_is_found_with_and_without_its_kind(firm: Workspace) -> None:
    for words in ("order:A0", "A0", "a0"):
        assert questions.search(firm, words, "service")["cases"] == [{"case_id": "order:A0"}]


def test_a_firm_is_found_by_its_key(firm: Workspace) -> None:
    (account,) = questions.search(firm, "ahlers gmbh", "service")["accounts"]
    assert account == {"account_id": account_id(firm.key, "Ahlers GmbH"), "persons": 2}
    found = questions.account(firm, account["account_id"], "service")
    assert sorted(person["name"] for person in found["persons"]) == ["Anna Groß", "Jürgen Müller"]


def test_results_tell_people_apart(firm: Workspace) -> None:
    (person,) = questions.search(firm, "Groß", "service")["persons"]
    assert person["keys"] == [{"kind": "customer", "key": "K-1002"}]
    assert person["last_contact_at"] == "2026-01-05T10:00:00+00:00"
    assert (person["events"], person["open_cases"], person["owed"]) == (1, 0, 0)


def test_at_most_twenty_are_shown(site: Any) -> None:
    found = questions.search(site.workspace, "K1000", "service")
    assert (len(found["persons"]), found["more"]) == (finding.MOST, True)


def test_who_restricted_his_data_is_found_for_privacy_only(site: Any, restricted: Any) -> None:
    for words in (restricted.number, restricted.email, restricted.phone):
        found = questions.search(site.workspace, words, "service")
        assert restricted.person_id not in {person["person_id"] for person in found["persons"]}
        assert not [key for key in (restricted.number, restricted.email, restricted.phone) if key in str(found["persons"])]
        assert restricted.person_id in {p["person_id"] for p in questions.search(site.workspace, words, "privacy")["persons"]}


def test_an_erased_person_is_nobody(tmp_path: Path) -> None:
    workspace = made(tmp_path)
    workspace.erase("K-1001")
    for words in ("K-1001", "Müller", "j.mueller@example.org", "069 90009800"):
        assert "Jürgen Müller" not in names(workspace, words), words
    assert questions.search(workspace, "A0", "service")["cases"] == []
    for key in ("K-1001", person_id(workspace.key, "customer", "K-1001")):
        with pytest.raises(QuestionError, match="Nobody"):
            questions.memory(workspace, key, "service")
