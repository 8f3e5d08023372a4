"""What the firm claims beside what customers say: claimed but never said, said but never claimed, and nobody's own words."""

from __future__ import annotations

from typing import Any

import pytest

from kundig.insight import ask
from kundig.insights._attributes import claimed, patterns
from kundig.insights.janus import Janus
from tests.rows import RowsLake

Row = dict[str, Any]


def rated(who: str, text: str, score: float, scale: str = "0-10") -> Row:
    return {"person_id": who, "kind": "survey_answer", "score": score, "score_scale": scale, "text": text,
            "occurred_at": "2026-05-01T10:00:00"}  # fmt: skip


ROWS = [
    *(rated(f"glad {n}", "Sehr freundlich und nett!", 10) for n in range(30)),
    *(rated(f"quick {n}", "Schnell gelöst.", 5, "1-5") for n in range(15)),
    *(rated(f"sad {n}", "Das war viel zu teuer.", 2) for n in range(20)),
    *(rated(f"middling {n}", "Der Preis ist okay", 7) for n in range(9)),
    *({"person_id": f"gone {n}", "kind": "contact", "activity": "Kündigung eingegangen", "reason": "zu langsam",
       "occurred_at": "2026-05-02T10:00:00"} for n in range(12)),
    {"person_id": "looker", "kind": "visit", "activity": "Kündigung", "reason": "zu langsam", "occurred_at": "2026-05-02T10:00:00"},
    {"person_id": "buyer", "kind": "purchase", "reason": "große Auswahl", "occurred_at": "2026-05-02T10:00:00"},
]  # fmt: skip


def rows_of(answer: Any) -> dict[str, Row]:
    return {row["attribute"]: row for row in answer.table.to_pylist()}


def test_who_says_what_is_counted_by_person_and_side() -> None:
    answer = ask(RowsLake([*ROWS, rated("glad 0", "Wirklich nett", 9)]), Janus())
    rows = rows_of(answer)
    assert (answer.figures["buying_persons"], answer.figures["leaving_persons"]) == (46, 32)
    assert rows["friendliness"]["buying_n"] == 30 and rows["friendliness"]["leaving_n"] == 0
    assert (rows["price"]["leaving_n"], rows["price"]["buying_n"]) == (20, 0), "the middle of the scale is on neither side"
    assert (rows["speed"]["buying_n"], rows["speed"]["leaving_n"]) == (15, 12)
    assert rows["choice"]["buying_n"] == 1
    assert rows["friendliness"]["buying_share"] == pytest.approx(30 / 46)
    assert set(rows["friendliness"]["typical"].split(", ")) == {"freundlich", "nett"}
    assert rows["choice"]["typical"] is None, "the word of one person is not shown"


def test_claimed_but_never_said_and_said_but_never_claimed() -> None:
    answer = ask(RowsLake(ROWS), Janus(claims="schnell; nachhaltig, familiär, fast"))
    said = [str(message) for message in answer.sentences]
    assert said[0].startswith("Claimed, but as good as never said by customers who buy or praise: ")
    assert {"sustainability", "familiär"} <= set(said[0].rstrip(".").split(": ")[1].split(", "))
    assert "speed" not in said[0]
    assert said[1].startswith("Said by customers who buy or praise, but never claimed: friendliness")
    assert said[2] == "Claimed, yet named by those who leave or complain: speed."
    figures = answer.figures
    assert (figures["claimed"], figures["claimed_never_said"]) == (3, 2)
    assert figures["said_never_claimed"] == 2  # friendliness, and that the problem was solved


def test_without_claims_it_asks_for_them_and_few_are_too_few() -> None:
    answer = ask(RowsLake(ROWS[:12]), Janus())
    said = [str(message) for message in answer.sentences]
    assert any("--claims" in text for text in said)
    assert said[-1] == "Only 12 persons say something when buying or praising: too few to tell what is never said."
    assert answer.figures["claimed"] is None
    few = ask(RowsLake(ROWS[:12]), Janus(claims="price"))
    assert few.figures["claimed_never_said"] is None


def test_only_a_sample_is_read_and_that_is_said() -> None:
    answer = ask(RowsLake(ROWS), Janus(most_texts=10))
    assert "Estimated from a random sample: 20 of 78 texts were read." in map(str, answer.sentences)
    assert answer.n == 20


def test_texts_on_neither_side_tell_nothing() -> None:
    answer = ask(RowsLake([rated("a", "Der Preis ist okay", 7)]), Janus())
    assert str(answer.sentences[0]).startswith("Nobody says why")
    assert answer.n == 0 and answer.chart is None


def test_shared_it_hides_what_few_say_and_never_shows_a_text() -> None:
    rows = [*ROWS, *(rated(f"rare {n}", "So kompetent wie Frau Beispiel", 10) for n in range(4))]
    answer = ask(RowsLake(rows), Janus(), share=True)
    found = rows_of(answer)
    assert found["competence"]["buying_n"] is None and found["competence"]["buying_share"] is None
    assert answer.suppressed == 2  # competence and choice
    assert "Beispiel" not in str(answer.to_json()) and "kompetent" not in str(answer.to_json())


@pytest.mark.parametrize(
    ("text", "attribute"),
    [("The staff was so friendly", "friendliness"), ("unerreichbare Hotline", "availability"), ("ich musste alles dreimal erklären", "being known"),
     ("Abzocke!", "fairness"), ("easy to use", "ease"), ("keine versteckten Kosten", "transparency")],
)  # fmt: skip
def test_attributes_are_found_in_both_languages(text: str, attribute: str) -> None:
    assert patterns()[attribute].search(text)
    assert attribute in claimed(text)


@pytest.mark.parametrize(
    ("activity", "leaves"),
    [("kündigung eingegangen", True), ("gekündigt", True), ("cancellation received", True), ("contract terminated", True), ("churned", True),
     ("kündigungsseite geöffnet", False), ("kündigung zurückgezogen", False), ("left a message", False), ("order cancellation", False)],
)  # fmt: skip
def test_leaving_is_told_from_what_only_sounds_like_it(activity: str, leaves: bool) -> None:
    gone = [
        {"person_id": "x", "kind": "contact", "activity": activity, "reason": "zu langsam", "occurred_at": "2026-05-02T10:00:00"}
    ]
    answer = ask(RowsLake([*ROWS[:1], *gone]), Janus())
    assert answer.figures["leaving_persons"] == int(leaves)


PORTUGUESE = "Não recebi meu produto, estou muito decepcionada com o preço e não recomendo para você"


def test_texts_in_other_languages_are_left_out_and_counted() -> None:
    foreign = [rated(f"other {n}", PORTUGUESE, 10) for n in range(7)]
    answer, plain = ask(RowsLake([*ROWS, *foreign]), Janus(claims="price")), ask(RowsLake(ROWS), Janus(claims="price"))
    assert answer.figures["left_open"] == 7 and plain.figures["left_open"] == 0
    assert answer.table.equals(plain.table)
    assert str(answer.sentences[-1]).startswith("7 texts are left out")


def test_where_hardly_a_text_can_be_read_nothing_is_claimed() -> None:
    rows = [*(rated(f"other {n}", PORTUGUESE, 10) for n in range(40)), *(rated(f"short {n}", "Recomendo", 10) for n in range(40))]
    answer = ask(RowsLake([*rows, *ROWS[:5]]), Janus(claims="price, speed"))
    assert answer.figures["left_open"] == 80
    assert {value for name, value in answer.figures.items() if name != "left_open"} == {None}
    assert [str(message).partition(":")[0] for message in answer.sentences] == ["What customers say cannot be told"]
    assert answer.table.num_rows == 0 and answer.chart is None
