"""Where a person stands agrees with what the lake's reads let through."""

from __future__ import annotations

from typing import Any

import pytest

from kundig import event
from kundig.server.privacy import questions


@pytest.mark.parametrize(
    "decisions",
    [
        [], [("marketing", "given")], [("marketing", "given"), ("marketing", "withdrawn")], [("*", "given"), ("marketing", "withdrawn")],
        [("*", "restricted")], [("*", "restricted"), ("*", "unrestricted")], [("analysis", "objected")], [("*", "objected")],
        [("*", "given"), ("research", "objected"), ("research", "unobjected")],
    ],
)  # fmt: skip
def test_the_page_and_the_lake_agree(site: Any, people: list[Any], decisions: list[tuple[str, str]]) -> None:
    who = people[0]
    for purpose, status in decisions:
        questions.do_consent(site.workspace, who.id, purpose=purpose, status=status, source="test")
    told = {row["purpose"]: row["used"] for row in questions.person(site.workspace, who.id)["standing"]}
    for each in event.PURPOSES:
        sql = "select 1 from events where person_id = :id limit 1"
        seen = site.workspace.sql(sql, purpose=each.name, id=who.id).num_rows > 0
        assert seen == told[each.name], (each.name, decisions)
