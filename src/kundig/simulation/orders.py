"""What customers order, and whether it comes when it was promised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kundig.simulation import firm
from kundig.simulation.chance import pick, stream
from kundig.simulation.days import DAY, HOUR, Bools, Calendar, Ints
from kundig.simulation.people import People

ORDERS_PER_MONTH = 0.035
PROMISED_DAYS = 5
NEVER = np.iinfo(np.int64).max // 4
"""A time that lies beyond every end."""


@dataclass(frozen=True)
class Orders:
    """One array entry per order; ``customer`` indexes the block's people, times are seconds."""

    customer: Ints
    article: Ints
    channel: Ints
    ordered: Ints
    shipped: Ints
    promised: Ints
    delivered: Ints
    """NEVER where it got lost."""

    def __len__(self) -> int:
        return len(self.customer)

    @property
    def late(self) -> Bools:
        return np.asarray((self.delivered > self.promised) & (self.delivered < NEVER))

    @property
    def lost(self) -> Bools:
        return np.asarray(self.delivered == NEVER)

    def where(self, mask: Bools) -> Orders:
        return Orders(**{name: values[mask] for name, values in vars(self).items()})


def orders(seed: int, block: int, people: People, calendar: Calendar) -> Orders:
    """All orders of the block's customers, in the order of time."""
    rng = stream(seed, block, "orders")
    customer = np.repeat(np.arange(len(people)), rng.poisson(ORDERS_PER_MONTH * calendar.months, len(people)))
    ordered = calendar.exists(rng.integers(0, calendar.end // DAY, len(customer)) * DAY + _hour(rng, len(customer)))
    own = ordered > people.since[customer]
    customer, ordered = customer[own], ordered[own]
    place = np.argsort(ordered, kind="stable")
    return _sent(rng, customer[place], ordered[place], calendar)


def _hour(rng: np.random.Generator, n: int) -> Ints:
    return (6 * HOUR + rng.beta(2.5, 2.0, n) * 17.9 * HOUR).astype(np.int64)


def _sent(rng: np.random.Generator, customer: Ints, ordered: Ints, calendar: Calendar) -> Orders:
    n = len(ordered)
    worse = np.where(calendar.month_of(ordered) == calendar.bad_month, 2.5, 1.0)
    fate = rng.random(n)
    lost = fate < firm.DELIVERY_BROKEN * worse
    late = ~lost & (fate < (firm.DELIVERY_BROKEN + firm.DELIVERY_LATE) * worse)
    shipped = calendar.later(ordered, rng.exponential(7 * HOUR, n) + HOUR)
    promised = calendar.due(ordered, np.full(n, PROMISED_DAYS))
    shipped = np.minimum(shipped, promised - 4 * HOUR)
    in_time = calendar.later(shipped, 0) + ((promised - shipped) * rng.uniform(0.2, 0.95, n)).astype(np.int64)
    overdue = calendar.later(promised, 4 * HOUR + np.minimum(rng.exponential(25 * HOUR, n), 90 * HOUR))
    delivered = np.where(
        lost, NEVER, np.where(late, overdue, np.minimum(calendar.later(in_time, rng.uniform(0, HOUR, n)), promised))
    )
    channel = np.where(rng.random(n) < 0.25, firm.SHOP, firm.WEB)
    return Orders(customer, pick(rng, firm.ARTICLE_SHARES, n), channel, ordered, shipped, promised, delivered)
