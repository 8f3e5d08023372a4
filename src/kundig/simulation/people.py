"""The customers of one block: type, habits, contract, and what the customer system knows of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kundig.simulation import firm
from kundig.simulation.chance import pick, pick_each, stream
from kundig.simulation.days import DAY, Bools, Calendar, Floats, Ints

JOINING_SHARE = 0.15
"""Customers who sign their contract within the simulated time."""
BUSINESS_SHARE = 0.08


@dataclass(frozen=True)
class People:
    """One array entry per customer of the block; indices refer to the tables in ``firm``."""

    number: Ints
    """Counts over all blocks from 0; the customer number is K1000000 plus it."""
    persona: Ints
    channel: Ints
    """Preferred channel."""
    contacts: Floats
    """Contacts per normal month, the person's own rate."""
    tariff: Ints
    since: Ints
    """Second of joining; negative before the first day."""
    first_name: Ints
    last_name: Ints
    mail_domain: Ints
    phone: Ints
    """Index over the numbers reserved for films; -1 for none."""
    business: Ints
    """Index of the customer's firm; -1 for a private person."""
    advertising: Bools

    def __len__(self) -> int:
        return len(self.number)

    @property
    def impatience(self) -> Floats:
        return np.array([persona.impatience for persona in firm.PERSONAS])[self.persona]

    @property
    def sessions(self) -> Floats:
        return np.array([persona.sessions for persona in firm.PERSONAS])[self.persona]


def people(seed: int, block: int, first: int, n: int, calendar: Calendar) -> People:
    """``n`` customers, the first of them with number ``first``."""
    rng = stream(seed, block, "people")
    number = np.arange(first, first + n, dtype=np.int64)
    persona = pick(rng, tuple(p.share for p in firm.PERSONAS), n)
    names = _names(rng, n)
    return People(
        number=number,
        persona=persona,
        channel=pick_each(rng, np.array([p.channels for p in firm.PERSONAS])[persona]),
        contacts=np.array([p.contacts for p in firm.PERSONAS])[persona] * rng.gamma(2.0, 0.5, n),
        tariff=pick(rng, firm.TARIFF_SHARES, n),
        since=_since(rng, n, calendar),
        first_name=names[0],
        last_name=names[1],
        mail_domain=rng.integers(0, len(firm.MAIL_DOMAINS), n),
        phone=_phones(number),
        business=np.where(rng.random(n) < BUSINESS_SHARE, number // 40, -1),
        advertising=rng.random(n) < 0.55,
    )


def _names(rng: np.random.Generator, n: int) -> tuple[Ints, Ints]:
    """First and last names; the second customer of a block is the namesake of the first."""
    first, last = rng.integers(0, len(firm.FIRST_NAMES), n), rng.integers(0, len(firm.LAST_NAMES), n)
    first[1:2], last[1:2] = first[:1], last[:1]
    return first, last


def _since(rng: np.random.Generator, n: int, calendar: Calendar) -> Ints:
    before = -(rng.gamma(2.0, 700.0, n) * DAY).astype(np.int64) - DAY
    within = rng.integers(0, calendar.end, n)
    return np.where(rng.random(n) < JOINING_SHARE, within, before)


def _phones(number: Ints) -> Ints:
    """Each reserved number once; customers beyond them, and every tenth, have none on file."""
    reserved = len(firm.PHONE_RANGES) * 1000
    scattered = number * 1237 % reserved
    return np.where((number < reserved) & (number % 10 != 9), scattered, -1)
