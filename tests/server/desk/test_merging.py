"""Who may be the same person is proposed by what they share, and never decided."""

from __future__ import annotations

from typing import Any

from kundig.server.desk import merging, questions


def test_a_shared_mail_address_is_a_proposal(site: Any, writer: tuple[str, str]) -> None:
    for one, other in (writer, writer[::-1]):
        found = questions.same(site.workspace, one, "service")
        proposed = {p["person_id"]: p for p in found["proposals"]}
        assert "email" in proposed[other]["shared"]
        assert proposed[other]["clash"] == []
        assert found["links"] == []


def test_nothing_is_linked_by_a_proposal(site: Any, writer: tuple[str, str]) -> None:
    version = site.workspace.lake.version
    questions.same(site.workspace, writer[0], "service")
    assert site.workspace.lake.version == version


def test_linked_persons_are_proposed_no_more(site: Any, writer: tuple[str, str]) -> None:
    questions.do_link(site.workspace, *writer, "service", "asked on the phone", "me")
    found = questions.same(site.workspace, writer[1], "service")
    assert writer[0] not in {p["person_id"] for p in found["proposals"]}


def test_who_restricted_his_data_is_proposed_to_nobody(site: Any, writer: tuple[str, str]) -> None:
    site.workspace.record_consent(writer[1], "*", "restricted", source="test")
    assert questions.same(site.workspace, writer[0], "service")["proposals"] == []


def test_a_strong_key_of_the_same_kind_speaks_for_two_persons() -> None:
    customer, mail = {"keys": [{"kind": "customer", "key": "1"}]}, {"keys": [{"kind": "email", "key": "a@example.org"}]}
    assert merging.clash([customer, customer]) == ["customer"]
    assert merging.clash([customer, mail]) == merging.clash([mail, mail]) == []
