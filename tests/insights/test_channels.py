"""Channels: where cases begin, stay, close and are rated, and where customers go instead."""

from __future__ import annotations

from typing import Any

import pytest

from kundig.insight import ask
from kundig.insights.channels import Channels
from tests.rows import RowsLake


def case(
    name: str, *events: tuple[str, str, str | None], score: float | None = None, person: str | None = None
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"case_id": name, "person_id": person or name, "occurred_at": at, "kind": kind, "channel": channel}
        for at, kind, channel in events
    ]
    if score is not None:
        rows.append({"case_id": name, "person_id": person or name, "occurred_at": "2026-10-20T10:00:00", "kind": "survey_answer",
                     "score": score, "score_scale": "1-5"})  # fmt: skip
    return rows


def solved_by_phone(name: str, **more: Any) -> list[dict[str, Any]]:
    return case(name, ("2026-01-01T10:00:00", "contact", "phone"), ("2026-01-01T11:00:00", "closed", None), **more)


def mail_then_phone(name: str, **more: Any) -> list[dict[str, Any]]:
    return case(name, ("2026-01-01T10:00:00", "contact", "email"), ("2026-01-03T10:00:00", "contact", "phone"),
                ("2026-01-05T10:00:00", "closed", "phone"), **more)  # fmt: skip


def mail_waits(name: str) -> list[dict[str, Any]]:
    return case(name, ("2026-01-01T10:00:00", "contact", "email"))


def young_mail(name: str) -> list[dict[str, Any]]:
    return case(name, ("2026-10-20T08:00:00", "contact", "email"))


def flat(cases: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [row for rows in cases for row in rows]


END = [{"occurred_at": "2026-10-20T10:00:00"}]


def test_each_channel_with_its_volume_resolution_time_rating_and_switches():
    rows = [
        *solved_by_phone("a", score=5),
        *solved_by_phone("b", score=4),
        *mail_then_phone("c", score=2),
        *mail_waits("d"),
        *young_mail("e"),
    ]
    answer = ask(RowsLake([*rows, *END]), Channels())
    by = {row["channel"]: row for row in answer.table.to_pylist()}
    mail, phone = by["email"], by["phone"]
    assert (mail["events"], mail["contacts"], mail["cases"], mail["settled"], mail["resolved"]) == (3, 3, 3, 2, 0)
    assert (phone["events"], phone["contacts"], phone["cases"], phone["settled"], phone["resolved"]) == (4, 3, 2, 2, 2)
    assert (mail["switches_away"], mail["switches_to"]) == (1, 0)
    assert (phone["switches_away"], phone["switches_to"]) == (0, 1)
    assert mail["stay_share"] == pytest.approx(2 / 3)
    assert (phone["median_close_s"], mail["median_close_s"]) == (3600, 4 * 86400)
    assert (phone["score"], phone["score_n"], mail["score"]) == (4.5, 2, 2)
    assert phone["score_low"] == pytest.approx(4.5 - 12.7062 * 0.5, abs=1e-3)  # Student, one degree of freedom
    assert mail["score_low"] is None
    assert answer.figures["cases"] == answer.n == 5
    assert answer.figures["switching_share"] == pytest.approx(1 / 5)
    assert (answer.figures["switch_from"], answer.figures["switch_to"]) == ("email", "phone")
    assert answer.figures["best_channel"] is None  # too few to say


def test_without_any_closing_nothing_is_called_unresolved():
    answer = ask(RowsLake([*mail_waits("a"), *END]), Channels())
    assert answer.table["resolved_share"].to_pylist() == [None]


def test_sentences_name_what_works_and_what_people_leave():
    many = [solved_by_phone(f"p{n}", score=4 + n % 2) for n in range(40)] + [
        mail_then_phone(f"m{n}", score=1 + n % 2) for n in range(35)
    ]
    answer = ask(RowsLake([*flat(many), *mail_waits("w"), *END]), Channels())
    said = [str(message) for message in answer.sentences]
    assert said[0] == "What works: phone resolves 100.0% of its cases at once (91.2% to 100.0%)."
    assert said[1] == "Closed soonest: phone, half of the cases within 1 h. Slowest: email with 4 days."
    assert said[2] == "What people leave: 97.2% of the cases that begin by email go on over another channel (85.8% to 99.5%)."
    assert said[3] == "The most frequent switch leads from email to phone, in 35 cases."
    assert said[4] == "Most cases begin by phone: 52.6% of 76."
    assert said[5] == "Best rated: phone with 4.50 on average; worst: email with 1.49."
    assert answer.figures["best_channel"] == answer.figures["fastest_channel"] == "phone"
    assert answer.figures["most_left_share"] == pytest.approx(35 / 36)
    assert answer.chart is not None
    assert len(answer.chart.rows) == 2


def test_ratings_on_a_rarer_scale_do_not_mix():
    rows = [*solved_by_phone("a", score=5), *solved_by_phone("b", score=4), *solved_by_phone("c", score=10)]
    rows[-1]["score_scale"] = "0-10"
    assert ask(RowsLake([*rows, *END]), Channels()).table["score"].to_pylist() == [4.5]


def test_shared_a_channel_of_few_customers_is_hidden_with_the_next():
    many = [*(solved_by_phone(f"p{n}") for n in range(20)), *(mail_then_phone(f"m{n}") for n in range(8)),
            *(case(f"s{n}", ("2026-01-01T10:00:00", "contact", "shop")) for n in range(2))]  # fmt: skip
    answer = ask(RowsLake([*flat(many), *END]), Channels(), share=True)
    assert answer.table["channel"].to_pylist() == ["phone"]
    one_person = [solved_by_phone(f"p{n}", person="always the same") for n in range(20)]
    answer = ask(RowsLake([*flat([*one_person, *(mail_then_phone(f"m{n}") for n in range(8))]), *END]), Channels(), share=True)
    assert answer.table.num_rows == 0


def test_cases_without_channel():
    rows = [*case("a", ("2026-01-01T10:00:00", "contact", None)), {"channel": "web", "occurred_at": "2026-01-01T10:00:00"}]
    answer = ask(RowsLake(rows), Channels())
    assert str(answer.sentences[0]) == "No case names the channel it began in."
    assert answer.table["cases"].to_pylist() == [0]


def test_without_channels_it_cannot_be_told():
    assert ask(RowsLake([{"case_id": "a", "occurred_at": "2026-01-01T10:00:00"}]), Channels()).untold == "channel"


@pytest.mark.parametrize("scales", [("1-5", "0-10"), ("0-10", "1-5")])
def test_of_two_scales_used_as_often_the_first_by_name_counts(scales: tuple[str, str]):
    rows = [*solved_by_phone("a", score=5), *solved_by_phone("b", score=9)]
    rated = [row for row in rows if "score" in row]
    for row, scale in zip(rated, scales, strict=True):
        row["score_scale"] = scale
    expected = next(row["score"] for row in rated if row["score_scale"] == "0-10")
    assert ask(RowsLake([*rows, *END]), Channels()).table["score"].to_pylist() == [expected]
