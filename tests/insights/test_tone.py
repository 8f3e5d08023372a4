"""Tone and appreciation: rates per message, evidence in words, never per agent, teams only where they are large enough."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from kundig import event
from kundig.errors import QuestionError
from kundig.insight import ask
from kundig.insights.tone import SIDES, Tone
from kundig.lake import Reading, Snapshot, Where
from kundig.lake.reading import open_reading
from kundig.measures import tone
from tests.rows import NOW, RowsLake, RowsSession

Row = dict[str, Any]


def message(case: str, text: str, minute: int = 0, customer: bool = False, **more: Any) -> Row:
    """One message in January 2026; of the firm's first line, unless a customer's."""
    made = {"kind": "contact", "actor": "customer", "direction": "inbound"} if customer else {
        "kind": "answer", "actor": "human", "direction": "outbound", "team": "first line"}  # fmt: skip
    return {"case_id": case, "person_id": f"person of {case}", "occurred_at": f"2026-01-01T{minute // 60:02}:{minute % 60:02}",
            "channel": "email", "text": text, **made, **more}  # fmt: skip


KIND = "Guten Tag, vielen Dank für Ihre Nachricht. Sie erhalten das Geld bis Freitag."
COLD = "Laut unseren AGB ist das leider nicht möglich."
ASKS = "Wo ist mein Paket?"
THANKS = "Hallo, wo ist mein Paket? Vielen Dank."
AGAIN = "Ich schreibe Ihnen zum dritten Mal!!"

ROWS = [
    message("a", THANKS, 0, customer=True), message("a", KIND, 1),
    message("b", ASKS, 2, customer=True), message("b", COLD, 3),
    message("c", AGAIN, 4, customer=True), message("c", KIND, 5),
    message("d", "Ik heb mijn bestelling nog niet ontvangen, kunt u mij helpen?", 6, customer=True), message("d", COLD, 7, channel="chat"),
]  # fmt: skip


def found(answer: Any) -> dict[str, Row]:
    return {row["indicator"]: row for row in answer.table.to_pylist() if row["indicator"] != "any of these"}


def test_shares_are_of_messages_with_the_words_as_evidence() -> None:
    answer = ask(RowsLake(ROWS), Tone())
    assert answer.n == 8
    figures = answer.figures
    assert (figures["firm_messages"], figures["customer_messages"], figures["left_open"]) == (4, 3, 1)
    assert figures["appreciation_share"] == 0.5
    assert figures["against_share"] == 0.5
    assert figures["load_share"] == pytest.approx(1 / 3)
    signs = found(answer)
    assert (signs["thanks"]["found"], signs["thanks"]["messages"], signs["thanks"]["phrases"]) == (2, 4, "vielen dank (2)")
    assert signs["commitment"]["phrases"] == "bis freitag (2)"
    assert signs["policy shield"]["phrases"] == "laut unseren agb (2), leider nicht möglich (2)"
    assert signs["said again"]["phrases"] == "zum dritten mal (1)"
    assert signs["repeated marks"]["found"] == 1
    assert signs["thanks"]["found_share_low"] == pytest.approx(0.15, abs=0.005)  # Wilson 2 of 4


def test_a_friendly_word_comes_back_or_not() -> None:
    figures = ask(RowsLake(ROWS), Tone()).figures
    assert (figures["friendly_back_share"], figures["friendly_back_share_n"]) == (1, 1)
    assert (figures["friendly_anyway_share"], figures["friendly_anyway_share_n"]) == (0.5, 2)


def test_the_mirror_needs_fifty_words_a_side_and_leaves_machines_out() -> None:
    long, other = "Ich habe das Paket nicht erhalten und warte sehr. " * 6, "Wir haben das Paket leider nicht und suchen es. " * 6
    rows = [row for n in range(3) for row in (message(f"m{n}", long, 0, customer=True), message(f"m{n}", other, 1))]
    assert ask(RowsLake(ROWS), Tone()).figures["mirror"] is None
    figures = ask(RowsLake([*ROWS, *rows]), Tone()).figures
    alike = tone.mirror(long, other, "de")
    assert alike is not None
    assert (figures["mirror"], figures["mirror_n"]) == (pytest.approx(alike.score), 3)
    machine = [{**row, "actor": "machine"} if row["kind"] == "answer" else row for row in rows]
    assert ask(RowsLake(machine), Tone()).figures["mirror"] is None


def test_quoted_mails_do_not_count() -> None:
    rows = [message("a", "Wir prüfen das.\n> Vielen Dank für Ihre Hilfe\n> zum dritten Mal!!")]
    assert ask(RowsLake(rows), Tone()).figures["appreciation_share"] == 0


def test_internal_notes_are_no_messages() -> None:
    assert ask(RowsLake([*ROWS, message("a", COLD, 9, direction="internal")]), Tone()).n == 8


def test_only_the_newest_are_read_and_it_says_so() -> None:
    answer = ask(RowsLake(ROWS), Tone(most_messages=2))
    assert answer.n == 2
    assert str(answer.sentences[-1]) == "Only the newest 2 messages were read."
    assert "Only the newest" not in str(ask(RowsLake(ROWS), Tone()).sentences[-1])


def test_by_channel_reason_month_and_sender() -> None:
    rows = [{**row, "reason": "move"} if row["case_id"] == "a" else row for row in ROWS]
    rows += [message("e", COLD, 9, actor="machine")]
    for by, values in (
        ("channel", {"email", "chat"}),
        ("reason", {"move", None}),
        ("month", {"2026-01"}),
        ("sender", {"human", "machine"}),
    ):
        answer = ask(RowsLake(rows), Tone(by=by))
        assert {row[by] for row in answer.table.to_pylist()} == values
        assert sum(row["messages"] for row in answer.table.to_pylist() if row["indicator"] == "thanks") == 5
        assert answer.to_svg("de").startswith("<svg")


def test_the_group_with_the_fewest_signs_is_named_where_it_is_surely_so() -> None:
    rows = [message(f"k{n}", KIND, n) for n in range(120)] + [message(f"c{n}", COLD, n, channel="chat") for n in range(120)]
    said = [str(message) for message in ask(RowsLake(rows), Tone(by="channel")).sentences]
    assert "Fewest signs of appreciation: chat, in 0.0% of 120 messages; most: email, in 100.0%." in said


class StaffedLake(RowsLake):
    """The rows, and the agents of two teams: one of five, one of four."""

    def read(self, purpose: str, where: Where | None = None) -> Reading:
        session: Any = RowsSession(self._rows)
        agents = [("first line", n) for n in range(5)] + [("second line", n) for n in range(4)]
        rows = [{"agent_id": f"{team} {n}", "identifier": f"{team} {n}", "team": team, "received_at": NOW} for team, n in agents]
        session._given["stored_agents"] = pa.Table.from_pylist(rows, schema=event.AGENTS.arrow())
        return open_reading(session, Snapshot(1, {"agents": ["rows"]}, ["rows"]), purpose, where or Where(), self._clock)


def test_teams_are_told_apart_only_from_five_agents() -> None:
    rows = [*ROWS, message("e", COLD, 9, team="second line")]
    answer = ask(StaffedLake(rows), Tone(by="team"))
    assert {row["team"] for row in answer.table.to_pylist()} == {"first line"}
    unknown = ask(RowsLake(rows), Tone(by="team"))
    assert unknown.table.num_rows == 0
    assert any("teams are not told apart" in str(said) for said in unknown.sentences)


def test_no_question_touches_an_agent() -> None:
    assert "agent_id" not in Tone.sql
    with pytest.raises(QuestionError, match="agent"):
        Tone(by="agent")


def test_shared_groups_and_phrases_have_ten_persons() -> None:
    rows = [message(f"k{n}", KIND, n) for n in range(30)] + [message(f"c{n}", COLD, n, channel="chat") for n in range(4)]
    rows += [message(f"s{n}", "Hallo, Ihre Kollegin hat sich verzählt.", n, channel="email") for n in range(3)]
    answer = ask(RowsLake(rows), Tone(by="channel"), share=True)
    assert {row["channel"] for row in answer.table.to_pylist()} == set()  # the four would follow from the total
    whole = found(ask(RowsLake(rows), Tone(), share=True))
    assert whole["greeting"]["phrases"] == "guten tag (30)"
    assert whole["policy shield"]["phrases"] is None


def test_the_words_are_those_of_the_measure() -> None:
    assert {side: set(signs) for side, signs in SIDES.items()} == {side: set(tone.indicators(side)) for side in SIDES}


def test_without_a_readable_message_of_the_firm() -> None:
    answer = ask(RowsLake([message("a", ASKS, customer=True)]), Tone())
    assert str(answer.sentences[0]) == "No message of the firm could be read."
    assert answer.figures["appreciation_share"] is None
