"""A list read in one go and its events read one by one are the same, whatever was sent."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kundig.server.sources import envelopes
from kundig.server.sources.live import FIELDS, Wrong, key_of, known_by

PLAIN = {"id": "1", "source": "shop", "occurred_at": "2026-11-20T09:30:00+01:00", "activity": "Paid"}
CLOUD = {"specversion": "1.0", "id": "1", "source": "shop", "type": "Paid", "time": "2026-11-20T09:30:00Z"}
TIMES = st.sampled_from(
    ["2026-11-20T09:30:00Z", "2026-11-20 09:30", "2026-11-20", "0001-01-01T00:00:00Z", "soon", "", 1_763_600_000, None]
)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5),
    st.sampled_from(["contact", "inbound", "customer", "1-5", "  ", "3.2"]), TIMES, st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
)  # fmt: skip
NAMES = st.one_of(
    st.sampled_from(
        [*FIELDS, "extra", "by_day", "only_traits", "_row", "person_id", "case", "event_id", "userId", "specversion", "data"]
    ),
    st.text(max_size=4),
)
CHANGES = st.dictionaries(NAMES, VALUES, max_size=4)
ATTRIBUTES = st.dictionaries(
    st.sampled_from([*CLOUD, "subject", "data_base64", "traceparent"]), st.one_of(VALUES, TIMES), max_size=2
)


def outcome(body: Any, kind: str) -> Any:
    """What becomes of a body: the events as they are stored, or where something is wrong."""
    try:
        found, pointers = envelopes.read(json.dumps(body).encode(), kind, {}, "token")
    except Wrong as wrong:
        return {pointer.removeprefix("/0"): reason.text for pointer, reason in wrong.found}
    assert len(found) == len(pointers) == 1
    return key_of(found[0])


@given(CHANGES)
@settings(max_examples=400, deadline=None)
def test_plain_events(changes: dict[str, Any]) -> None:
    event = {**PLAIN, **changes}
    assert outcome([event], "application/json") == outcome(event, "application/json")


@given(ATTRIBUTES, CHANGES)
@settings(max_examples=400, deadline=None)
def test_cloud_events(attributes: dict[str, Any], data: dict[str, Any]) -> None:
    event = {**CLOUD, "data": data, **attributes}
    assert outcome([event], envelopes.CLOUD_BATCH) == outcome(event, envelopes.CLOUD)


def test_many_simple_events_need_no_second_look(monkeypatch: Any) -> None:
    monkeypatch.setattr(envelopes, "_all", None)
    plain = [{**PLAIN, "due_at": "2026-11-21T00:00:00Z", "score": 3}, {**PLAIN, "basket": 3, "colour": "blue"}]
    assert len(envelopes.read(json.dumps(plain).encode(), "application/json", {}, "")[0]) == 2
    cloud = [{**CLOUD, "data": {"person_key": "K1", "kind": "contact"}}, {**CLOUD, "subject": "K2"}]
    assert len(envelopes.read(json.dumps(cloud).encode(), envelopes.CLOUD_BATCH, {}, "")[0]) == 2


def test_neighbours_lie_side_by_side() -> None:
    """Ids counted up, and ids that begin with a time or a batch, share their first bytes; nobody shares all of them."""
    counted = [known_by("shop", f"order-10{n:02}") for n in range(100)]
    batched = [known_by("shop", f"0199e7c4-{n:x}") for n in range(500)]
    assert len({key[:4] for key in counted}) == 1
    assert len({key[:2] for key in batched}) == 1
    assert len({*counted, *batched, known_by("crm", "order-1001")}) == 601
