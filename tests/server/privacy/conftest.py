"""A person of the sample firm, and another one who shares nothing with him but the firm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Somebody:
    """A person as the lake knows him."""

    id: str
    key: str
    name: str
    email: str


@pytest.fixture
def people(site: Any) -> list[Somebody]:
    """Two persons with a mail address, a unique name and texts."""
    rows = site.workspace.sql(
        "select p.person_id, p.identifier, p.name, p.email from people p join texts t on t.person_id = p.person_id "
        "where p.email is not null and p.name is not null and p.identifier_kind = 'customer' "
        "group by 1, 2, 3, 4 order by count(*) desc, 1 limit 2",
        purpose="privacy",
    ).to_pylist()
    return [Somebody(r["person_id"], r["identifier"], r["name"], r["email"]) for r in rows]
