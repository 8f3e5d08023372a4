"""People of the simulated firm, as the desk needs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Known:
    """A customer with a name, a mail address, a phone number and cases."""

    person_id: str
    number: str
    name: str
    email: str
    phone: str


@pytest.fixture
def known(site: Any) -> Known:
    """The customer with the most cases whom somebody can find by everything."""
    sql = (
        "select p.person_id, p.identifier as number, p.name, p.email, p.phone from people p "
        "join (select person_id, count(distinct case_id) as cases from events where kind = 'contact' group by person_id) c "
        "on c.person_id = p.person_id where p.identifier_kind = 'customer' and p.email is not null and p.phone is not null "
        "order by c.cases desc, p.person_id limit 1"
    )
    (row,) = site.workspace.sql(sql, purpose="service").to_pylist()
    return Known(**row)


@pytest.fixture
def writer(site: Any) -> tuple[str, str]:
    """Somebody known by his mail address alone, and the customer with the same address."""
    sql = (
        "select w.person_id as mail, p.person_id as customer from people w join people p "
        "on p.identifier_kind = 'customer' and lower(p.email) = lower(w.identifier) where w.identifier_kind = 'email' order by 1 limit 1"
    )
    (row,) = site.workspace.sql(sql, purpose="service").to_pylist()
    return row["mail"], row["customer"]


@pytest.fixture
def restricted(site: Any, known: Known) -> Known:
    """The same customer, after he had the use of his data restricted."""
    site.workspace.record_consent(known.person_id, "*", "restricted", source="test")
    return known
