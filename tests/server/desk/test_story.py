"""What a person's events tell: which cases are open, what is owed, what was explained and tried."""

from __future__ import annotations

import datetime as dt
from typing import Any

from kundig.server.desk import story

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
_EMPTY = dict.fromkeys(
    (
        "event_id",
        "case_id",
        "channel",
        "direction",
        "actor",
        "team",
        "reason",
        "score",
        "score_scale",
        "promise_id",
        "due_at",
        "text",
    )
)


def event(days_ago: float, kind: str, **values: Any) -> dict[str, Any]:
    """One event so many days before now."""
    who = {"contact": ("inbound", "customer"), "answer": ("outbound", "human")}.get(kind, ("internal", "human"))
    return {
        **_EMPTY, "case_id": "t:1", "kind": kind, "activity": kind, "direction": who[0], "actor": who[1],
        "occurred_at": NOW - dt.timedelta(days=days_ago), **values,
    }  # fmt: skip


def told(*events: dict[str, Any]) -> dict[str, Any]:
    """The glance at these events."""
    return story.glance(events, story.cases_of(events, NOW), story.promises_of(events, NOW), NOW)


def states(*events: dict[str, Any]) -> list[str]:
    return [case["state"] for case in story.cases_of(events, NOW)]


def test_a_case_is_open_until_it_is_closed() -> None:
    assert states(event(3, "contact"), event(2, "answer")) == ["open"]
    assert states(event(3, "contact"), event(2, "answer"), event(1, "closed")) == ["closed"]


def test_a_case_is_open_again_when_it_was_reopened_or_the_customer_came_back() -> None:
    assert states(event(3, "contact"), event(2, "closed"), event(1, "reopened")) == ["open"]
    assert states(event(3, "contact"), event(2, "closed"), event(1, "contact")) == ["open"]


def test_a_rating_after_the_end_opens_nothing() -> None:
    assert states(event(3, "contact"), event(2, "closed"), event(1, "survey_answer", direction="inbound", actor="customer")) == [
        "closed"
    ]


def test_a_case_nobody_ever_closed_is_dormant_after_a_quarter_of_a_year() -> None:
    assert states(event(200, "contact")) == ["dormant"]
    assert told(event(200, "contact"))["dormant_cases"] == 1


def test_page_visits_and_purchases_are_no_cases_to_serve() -> None:
    assert states(event(1, "visit"), event(1, "purchase")) == []


def test_whose_turn_it_is() -> None:
    assert [c["turn"] for c in story.cases_of([event(2, "answer"), event(1, "contact")], NOW)] == ["firm"]
    assert [c["turn"] for c in story.cases_of([event(2, "contact"), event(1, "answer")], NOW)] == ["customer"]
    assert [c["turn"] for c in story.cases_of([event(3, "contact"), event(2, "answer"), event(1, "handover")], NOW)] == ["firm"]


def promise(*events: dict[str, Any]) -> str:
    (found,) = story.promises_of(events, NOW)
    return str(found["state"])


def test_what_became_of_a_promise() -> None:
    due, past = NOW + dt.timedelta(days=1), NOW - dt.timedelta(days=1)
    made = event(5, "promise_made", promise_id="p", due_at=due)
    late = event(5, "promise_made", promise_id="p", due_at=past)
    assert promise(made) == "open"
    assert promise(late) == "overdue"
    assert promise(late, event(2, "promise_kept", promise_id="p")) == "kept"
    assert promise(late, event(0.5, "promise_kept", promise_id="p")) == "late"
    assert promise(made, event(1, "promise_broken", promise_id="p")) == "broken"
    assert promise(made, event(1, "promise_withdrawn", promise_id="p")) == "withdrawn"
    assert promise(event(5, "promise_made", promise_id="p"), event(1, "promise_kept", promise_id="p")) == "undated"


def test_the_first_date_of_a_promise_counts_and_its_words_are_told() -> None:
    first, second = NOW - dt.timedelta(days=1), NOW + dt.timedelta(days=9)
    (found,) = story.promises_of(
        [
            event(5, "promise_made", promise_id="p", due_at=first, text="by Friday"),
            event(4, "promise_made", promise_id="p", due_at=second),
        ],
        NOW,
    )
    assert (found["state"], found["due_at"], found["text"]) == ("overdue", first, "by Friday")


def test_promises_without_a_number_are_told_apart() -> None:
    assert len(story.promises_of([event(5, "promise_made"), event(4, "promise_made")], NOW)) == 2


def test_overdue_comes_before_open_before_kept() -> None:
    due = {"o": NOW + dt.timedelta(days=1), "d": NOW - dt.timedelta(days=1), "k": NOW}
    events = [event(5, "promise_made", promise_id=id, due_at=at) for id, at in due.items()] + [
        event(1, "promise_kept", promise_id="k")
    ]
    assert [p["state"] for p in story.promises_of(events, NOW)] == ["overdue", "open", "kept"]
    seen = told(*events)
    assert (seen["overdue"], seen["next_due"], len(seen["owed"])) == (1, due["o"], 2)


def test_what_he_explained_names_the_team_that_heard_it() -> None:
    seen = told(
        event(9, "contact", case_id="t:0", text="old"), event(8, "closed", case_id="t:0"),
        event(3, "contact", text="It is broken."), event(2, "answer", team="Technik"), event(1, "contact", text="Still broken."),
    )  # fmt: skip
    assert [(t["text"], t["to_team"], t["to"]) for t in seen["told"]] == [
        ("Still broken.", None, None),
        ("It is broken.", "Technik", "human"),
    ]
    assert seen["latest_contact"]["text"] == "Still broken."


def test_what_was_tried_in_open_cases_newest_first() -> None:
    seen = told(event(3, "contact"), event(2, "answer", text="Restart it."), event(1, "handover", team="Technik"))
    assert [row["kind"] for row in seen["tried"]] == ["handover", "answer"]


def test_a_long_story_is_cut_and_says_so() -> None:
    seen = told(*[event(30 - n, "contact") for n in range(20)])
    assert (len(seen["told"]), seen["told_in_all"]) == (story.MOST_TOLD, 20)


def test_moods_lie_where_the_score_lies_on_its_scale() -> None:
    scales = {(1, "1-5"): "unhappy", (3, "1-5"): "neutral", (5, "1-5"): "happy", (10, "0-10"): "happy", (0, "-5-5"): "neutral"}
    for (score, scale), mood in scales.items():
        assert story.mood_of({"score": float(score), "score_scale": scale}) == mood
    assert story.mood_of({"score": 3.0, "score_scale": None}) is None
    assert story.mood_of({"score": None, "score_scale": "1-5"}) is None
    assert story.mood_of({"score": 3.0, "score_scale": "5-5"}) is None


def test_moods_are_the_newest_ratings() -> None:
    seen = told(*[event(9 - n, "survey_answer", score=float(n), score_scale="0-10") for n in range(8)])
    assert [m["score"] for m in seen["moods"]] == [7, 6, 5, 4, 3]


def test_nobody_has_no_story() -> None:
    seen = told()
    assert (seen["latest_contact"], seen["told"], seen["owed"], seen["next_due"], seen["moods"]) == (None, [], [], None, [])
