"""What the desk's questions answer about the simulated firm."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from kundig.errors import PrivacyError, QuestionError
from kundig.server.desk import questions


def test_a_memory_holds_every_event_newest_first_with_the_texts(site: Any, known: Any) -> None:
    found = questions.memory(site.workspace, known.number, "service", limit=1000)
    stored = site.workspace.memory(known.number)
    assert [e["event_id"] for e in found["timeline"]] == stored["event_id"].to_pylist()[::-1]
    assert [e["text"] for e in found["timeline"]] == stored["text"].to_pylist()[::-1]
    assert found["events"] == found["chosen"] == stored.num_rows
    assert found["person"]["name"] == known.name
    assert found["lake_version"] == site.workspace.lake.version
    json.dumps(found)


def test_a_memory_names_no_agent(site: Any, known: Any) -> None:
    assert "agent_id" not in json.dumps(questions.memory(site.workspace, known.number, "service", limit=1000))


def test_every_identifier_leads_to_the_same_memory(site: Any, known: Any) -> None:
    for key in (known.person_id, known.number, known.phone):
        assert questions.memory(site.workspace, key, "service")["person"]["person_id"] == known.person_id


def test_parts_follow_each_other_without_gap(site: Any, known: Any) -> None:
    whole = [e["event_id"] for e in questions.memory(site.workspace, known.number, "service", limit=1000)["timeline"]]
    parts, cursor = [], ""
    while True:
        part = questions.memory(site.workspace, known.number, "service", limit=7, cursor=cursor)
        parts += [e["event_id"] for e in part["timeline"]]
        cursor = part["next"]
        if not cursor:
            break
    assert parts == whole


def test_an_unknown_cursor_is_told(site: Any, known: Any) -> None:
    with pytest.raises(QuestionError, match="timeline has changed"):
        questions.memory(site.workspace, known.number, "service", cursor="nothing")


def test_filters_choose_events(site: Any, known: Any) -> None:
    whole = questions.memory(site.workspace, known.number, "service", limit=1000)
    case = next(e["case_id"] for e in whole["timeline"] if e["kind"] == "contact")
    since = whole["timeline"][5]["occurred_at"]

    def chosen(**filters: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = questions.memory(site.workspace, known.number, "service", filters=filters, limit=1000)[
            "timeline"
        ]
        return found

    assert {e["kind"] for e in chosen(kind="contact")} == {"contact"}
    assert {e["case_id"] for e in chosen(case_id=case)} == {case}
    assert {e["channel"] for e in chosen(channel="phone")} <= {"phone"}
    assert all(e["occurred_at"] >= since for e in chosen(since=since))
    word = next(e["text"] for e in whole["timeline"] if e["text"]).split()[0]
    assert all(word.casefold() in json.dumps(e, ensure_ascii=False).casefold() for e in chosen(text=word.upper()))
    assert chosen(text="no such words anywhere") == []


def test_the_mark_changes_with_the_content_only(site: Any, known: Any, writer: tuple[str, str]) -> None:
    before = questions.memory(site.workspace, known.number, "service")
    site.workspace.record_consent(writer[0], "marketing", "given", source="test")
    after = questions.memory(site.workspace, known.number, "service")
    assert (after["mark"], after["lake_version"]) == (before["mark"], before["lake_version"] + 1)


def test_a_restricted_person_is_told_without_data(site: Any, restricted: Any) -> None:
    found = questions.memory(site.workspace, restricted.number, "service")
    assert found == {
        "person": {"person_id": restricted.person_id, "restricted": True},
        "lake_version": site.workspace.lake.version,
    }
    assert questions.memory(site.workspace, restricted.number, "privacy")["person"]["name"] == restricted.name


def test_a_case_shows_its_events_and_persons(site: Any, known: Any) -> None:
    whole = questions.memory(site.workspace, known.number, "service", limit=1000)
    case = next(e["case_id"] for e in whole["timeline"] if e["kind"] == "contact")
    found = questions.case(site.workspace, case, "service")
    assert [p["person_id"] for p in found["persons"]] == [known.person_id]
    assert [e["event_id"] for e in found["timeline"]] == [e["event_id"] for e in whole["timeline"] if e["case_id"] == case]
    with pytest.raises(QuestionError, match="no case"):
        questions.case(site.workspace, "nothing", "service")


def test_a_case_of_a_restricted_person_is_absent(site: Any, known: Any) -> None:
    whole = questions.memory(site.workspace, known.number, "service", limit=1000)
    case = next(e["case_id"] for e in whole["timeline"] if e["case_id"])
    site.workspace.record_consent(known.person_id, "*", "restricted", source="test")
    with pytest.raises(QuestionError, match="no case"):
        questions.case(site.workspace, case, "service")


def test_a_firm_shows_its_persons(site: Any) -> None:
    rows = site.workspace.sql(
        "select account_id, count(*) as n from people where account_id is not null group by 1", purpose="service"
    )
    if not rows.num_rows:
        pytest.skip("the small firm has no business customers")
    account, n = rows.to_pylist()[0].values()
    assert len(questions.account(site.workspace, account, "service")["persons"]) == n


def test_an_unknown_firm_is_told(site: Any) -> None:
    with pytest.raises(QuestionError, match="no firm"):
        questions.account(site.workspace, "0" * 32, "service")


def test_time_makes_promises_overdue(site: Any, known: Any) -> None:
    later = (dt.datetime.now(dt.UTC) + dt.timedelta(days=4000)).isoformat()
    states = {p["state"] for p in questions.memory(site.workspace, known.number, "service", now=later)["promises"]}
    assert "open" not in states


def test_linking_joins_two_memories_and_unlinking_parts_them(site: Any, writer: tuple[str, str]) -> None:
    mail, customer = writer
    alone = [questions.memory(site.workspace, id, "service")["events"] for id in writer]
    questions.do_link(site.workspace, mail, customer, "service", "same address, asked on the phone", "agent@example.org")
    both = questions.memory(site.workspace, mail, "service")
    assert (both["person"]["person_id"], both["events"]) == (customer, sum(alone))
    (link,) = questions.same(site.workspace, customer, "service")["links"]
    assert (link["evidence"], link["author"]) == ("same address, asked on the phone", "agent@example.org")
    questions.do_unlink(site.workspace, mail, customer, "a slip", "agent@example.org")
    assert [questions.memory(site.workspace, id, "service")["events"] for id in writer] == alone


def test_who_restricted_his_data_is_linked_by_nobody(site: Any, restricted: Any, writer: tuple[str, str]) -> None:
    with pytest.raises(QuestionError, match="Nobody"):
        questions.do_link(site.workspace, restricted.person_id, writer[0], "service", "it seems so", "me")


def test_two_customer_numbers_are_linked_only_by_who_is_sure(site: Any) -> None:
    one, other = site.workspace.sql(
        "select person_id from people where identifier_kind = 'customer' order by 1 limit 2", purpose="service"
    )["person_id"].to_pylist()
    assert questions.pair(site.workspace, one, other, "service")["clash"] == ["customer"]
    with pytest.raises(PrivacyError, match="probably two"):
        questions.do_link(site.workspace, one, other, "service", "it seems so", "me")
    questions.do_link(site.workspace, one, other, "service", "moved within the firm", "me", sure=True)


def test_the_stricter_decision_of_two_is_shown(site: Any, writer: tuple[str, str]) -> None:
    site.workspace.record_consent(writer[0], "marketing", "given", source="test")
    site.workspace.record_consent(writer[1], "marketing", "withdrawn", source="test")
    (decided,) = questions.pair(site.workspace, *writer, "service")["decisions"]
    assert decided == {"purpose": "marketing", "family": "consent", "each": ["given", "withdrawn"], "together": "withdrawn"}
