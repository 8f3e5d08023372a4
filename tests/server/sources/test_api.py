"""Events sent over the API: the three shapes, what does not fit, what is known already, and what cannot be stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from kundig.server.sources import envelopes, inbox
from kundig.server.sources.models import InboxBatch, MetEvent

Send = Callable[..., Any]
PLAIN = {"id": "1", "source": "shop", "occurred_at": "2026-11-20T09:30:00+01:00", "activity": "Order placed", "person_key": "K1"}
CLOUD = {
    "specversion": "1.0",
    "id": "1",
    "source": "crm",
    "type": "Called",
    "time": "2026-11-20T09:00:00Z",
    "data": {"person_key": "K1"},
}


@pytest.fixture
def send(token: Callable[[str], dict[str, str]]) -> Send:
    headers = token("integrator")

    def post(body: Any, content_type: str = "application/json", **more: str) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body)
        return Client().post("/api/events", data, content_type=content_type, headers={**headers, **more})

    return post


def stored() -> list[dict[str, Any]]:
    return [event for batch in InboxBatch.objects.order_by("id") for event in json.loads(bytes(batch.payload))]


def pointers(response: Any) -> list[str]:
    assert response["Content-Type"] == "application/problem+json"
    return [fault["pointer"] for fault in response.json()["errors"]]


def test_a_plain_event_is_stored(send: Send) -> None:
    response = send(PLAIN)
    assert (response.status_code, response.json()) == (202, {"accepted": 1, "duplicates": 0})
    assert stored() == [PLAIN]


@pytest.mark.parametrize("wrap", [lambda e: [e], lambda e: {"events": [e]}])
def test_a_list_of_plain_events(send: Send, wrap: Callable[[Any], Any]) -> None:
    assert send(wrap(PLAIN)).json() == {"accepted": 1, "duplicates": 0}


def test_unknown_fields_are_kept_as_extra(send: Send) -> None:
    send({**PLAIN, "colour": "blue", "size": {"b": 1, "a": 2}, "extra": {"activity": "x", "n": 3}, "_row": 9})
    assert stored()[0]["extra"] == {"colour": "blue", "size": '{"a":2,"b":1}', "extra.activity": "x", "n": "3", "_row_": "9"}


def test_the_source_is_the_tokens_name_where_none_is_given(send: Send) -> None:
    send({name: value for name, value in PLAIN.items() if name != "source"})
    assert stored()[0]["source"] == "test"


def test_a_cloud_event(send: Send) -> None:
    assert send(CLOUD, envelopes.CLOUD).status_code == 202
    event = {"id": "1", "source": "crm", "activity": "Called", "occurred_at": "2026-11-20T09:00:00Z", "person_key": "K1"}
    assert stored() == [event]


def test_the_data_of_a_cloud_event_go_before_its_attributes(send: Send) -> None:
    data = {
        "person_key": "K1",
        "activity": "Ticket opened",
        "occurred_at": "2026-11-19T09:00:00Z",
        "source": "x",
        "event_id": "7",
    }
    send([{**CLOUD, "data": data, "subject": "somebody", "traceparent": "00-1"}], envelopes.CLOUD_BATCH)
    event = stored()[0]
    assert (event["activity"], event["occurred_at"], event["id"], event["source"], event["person_key"]) == (
        "Ticket opened", "2026-11-19T09:00:00Z", "1", "crm", "K1",
    )  # fmt: skip
    assert event["extra"]["data.event_id"] == "7"


def test_a_cloud_event_in_binary_mode(send: Send) -> None:
    attributes = {
        "ce-specversion": "1.0",
        "ce-id": "9",
        "ce-source": "crm",
        "ce-type": "R%C3%BCckruf",
        "ce-time": "2026-11-20T09:00:00Z",
    }
    assert send({"person_key": "K1"}, "application/json", **attributes).status_code == 202
    assert stored()[0]["activity"] == "Rückruf"


def test_segment_calls(send: Send) -> None:
    calls = [
        {"type": "track", "event": "Clicked", "userId": "K1", "timestamp": "2026-11-20T09:00:00Z", "messageId": "m1",
         "properties": {"plan": "A"}, "context": {"ip": "10.0.0.1", "page": {"path": "/help"}}},
        {"type": "page", "anonymousId": "v1", "timestamp": "2026-11-20T09:00:01Z", "messageId": "m2", "properties": {"path": "/buy"}},
        {"type": "identify", "userId": "K1", "traits": {"email": "k@example.org", "firstName": "K", "lastName": "Eins"}, "messageId": "m3"},
    ]  # fmt: skip
    assert send({"batch": calls, "sentAt": "2026-11-20T09:00:02Z"}).json() == {"accepted": 3, "duplicates": 0}
    track, page, identify = stored()
    assert (track["activity"], track["touchpoint"], track["channel"], track["extra"]) == (
        "Clicked",
        "/help",
        "web",
        {"properties.plan": "A"},
    )
    assert (page["kind"], page["person_kind"], page["touchpoint"]) == ("visit", "visitor", "/buy")
    assert (identify["person_name"], identify["person_email"]) == ("K Eins", "k@example.org")
    assert "10.0.0.1" not in json.dumps(stored())


WRONG = [
    ({"occurred_at": "tomorrow"}, "occurred_at"), ({"occurred_at": None}, "occurred_at"), ({"occurred_at": "0001-01-01"}, "occurred_at"),
    ({"occurred_at": True}, "occurred_at"), ({"occurred_at": "9999-12-31T23:59:59-12:00"}, "occurred_at"),
    ({"activity": ""}, "activity"), ({"activity": "  "}, "activity"), ({"activity": ["x"]}, "activity"), ({"kind": "complaint"}, "kind"),
    ({"direction": "up"}, "direction"), ({"actor": 3}, "actor"), ({"score": "high"}, "score"), ({"score": True}, "score"),
    ({"cost": 1e300}, "cost"), ({"score": 3, "score_scale": "five"}, "score_scale"), ({"person_id": "ab"}, "person_id"),
    ({"person_kind": "Käufer"}, "person_kind"), ({"due_at": 3}, "due_at"), ({"text": "x" * 200_001}, "text"), ({"id": [1]}, "id"),
    ({f"f{n}": n for n in range(101)}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("change", "field"), WRONG)
def test_what_does_not_fit_is_named_and_nothing_is_stored(send: Send, change: dict[str, Any], field: str) -> None:
    response = send([PLAIN, {**PLAIN, "id": "2", **change}])
    assert response.status_code == 422
    assert pointers(response) == ["/1/" + field if field else "/1"]
    assert stored() == []


def test_faults_of_cloud_events_point_to_where_they_stand(send: Send) -> None:
    faults = [
        {**CLOUD, "id": ""}, {**CLOUD, "specversion": "0.3"}, {**CLOUD, "time": "soon"}, {**CLOUD, "data": {"kind": "x"}},
        {**CLOUD, "data": "text"}, {name: value for name, value in CLOUD.items() if name != "time"}, "no object",
    ]  # fmt: skip
    response = send(faults, envelopes.CLOUD_BATCH)
    assert pointers(response) == ["/0/id", "/1/specversion", "/2/time", "/3/data/kind", "/4/data", "/5/data/occurred_at", "/6"]


def test_faults_name_the_field_as_it_was_sent(send: Send) -> None:
    event = {name: value for name, value in PLAIN.items() if name != "id"}
    assert pointers(send({**event, "event_id": [1], "occurred_at": PLAIN["occurred_at"]})) == ["/event_id"]


def test_faults_of_segment_calls_and_wrapped_events(send: Send) -> None:
    assert pointers(send({"batch": [{"type": "alias", "userId": "1"}, {"event": "x", "userId": "1"}]})) == [
        "/batch/0/type",
        "/batch/1/timestamp",
    ]
    assert pointers(send({"events": {}})) == ["/events"]
    assert pointers(send({**PLAIN, "a~b/c": "x" * 200_001})) == ["/a~0b~1c"]


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 5000, b'"\\ud800"', b"{} {}"])
def test_no_json(send: Send, body: bytes) -> None:
    assert send(body).status_code == 400


def test_a_scalar_is_no_event(send: Send) -> None:
    assert pointers(send(b"3")) == [""]


def test_other_content_types(send: Send) -> None:
    assert send(b"a,b", "text/csv").status_code == 415
    assert send(b"a=b", "application/x-www-form-urlencoded").status_code == 415


def test_too_much(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kundig.server.sources.envelopes.MOST_EVENTS", 2)
    assert send([PLAIN] * 3).status_code == 413
    monkeypatch.setattr("kundig.server.sources.api.MOST_BYTES", 10)
    assert send(PLAIN).status_code == 413


def test_nobody_and_the_wrong_roles_send_nothing(site: Any, token: Callable[[str], dict[str, str]]) -> None:
    bare = Client().post("/api/events", json.dumps(PLAIN), content_type="application/json")
    assert bare.status_code == 401
    for role in ("analyst", "agent", "manager", "privacy"):
        response = Client().post("/api/events", json.dumps(PLAIN), content_type="application/json", headers=token(role))
        assert response.status_code == 403
    assert stored() == []


def test_an_event_sent_again_is_a_duplicate(send: Send) -> None:
    send([PLAIN, {**PLAIN, "id": "2"}])
    assert send([{**PLAIN, "id": "2"}, PLAIN, {**PLAIN, "id": "3"}, {**PLAIN, "id": "3"}]).json() == {
        "accepted": 1,
        "duplicates": 3,
    }
    assert [event["id"] for event in stored()] == ["1", "2", "3"]


def test_an_event_without_id_is_known_by_its_content(send: Send) -> None:
    event = {name: value for name, value in PLAIN.items() if name != "id"}
    assert send([event, {**event, "activity": "Paid"}]).json()["accepted"] == 2
    assert send(event).json() == {"accepted": 0, "duplicates": 1}


def test_the_same_id_of_another_source_is_another_event(send: Send) -> None:
    assert send([PLAIN, {**PLAIN, "source": "crm"}]).json()["accepted"] == 2


def test_the_same_id_with_other_content_is_a_conflict_and_nothing_is_stored(send: Send) -> None:
    send(PLAIN)
    response = send([{**PLAIN, "id": "2"}, {**PLAIN, "activity": "Paid"}])
    assert (response.status_code, pointers(response)) == (409, ["/1"])
    assert len(stored()) == MetEvent.objects.count() == 1
    within = send([{**PLAIN, "id": "5"}, {**PLAIN, "id": "5", "activity": "Paid"}])
    assert (within.status_code, pointers(within)) == (409, ["/1"])


def test_a_crowded_inbox_asks_to_come_back(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "MOST_WAITING", 0)
    assert send(PLAIN).status_code == 202
    response = send({**PLAIN, "id": "2"})
    assert (response.status_code, response["Retry-After"]) == (429, "5")
    assert len(stored()) == 1


@pytest.mark.parametrize(("told", "status"), [("database is locked", 503), ("database or disk is full", 507), ("gone", 503)])
def test_a_database_that_cannot_store_is_never_a_500(send: Send, monkeypatch: pytest.MonkeyPatch, told: str, status: int) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError(told)

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "today", fail)
        response = send(PLAIN)
    assert (response.status_code, response["Retry-After"]) == (status, "5")
    assert MetEvent.objects.count() == InboxBatch.objects.count() == 0
    assert send(PLAIN).status_code == 202


def test_a_database_away_when_the_token_is_looked_up(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("kundig.server.people.tokens.caller_with", fail)
    assert send(PLAIN).status_code == 503
