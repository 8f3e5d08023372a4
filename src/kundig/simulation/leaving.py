"""Who leaves, and when: a hazard per month that service raises, or does not, depending on the world.

Each month a customer who is still there leaves with probability 1 - exp(-exp(eta)), a grouped proportional hazard
(Prentice & Gloeckler 1978, Biometrics 34:57). ``eta`` is base + tariff + first two contract years + service, and
service looks only at what happened before the month began. Base, tariff and contract do not depend on the type of
customer or on service, so in the world "none" leaving is independent of everything the service did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kundig.simulation import firm, slots
from kundig.simulation.asking import Tickets
from kundig.simulation.chance import stream
from kundig.simulation.days import DAY, HOUR, Bools, Calendar, Floats, Ints
from kundig.simulation.orders import NEVER, Orders
from kundig.simulation.people import People
from kundig.simulation.play import Played

BASE_LOG_HAZARD = -4.9
BOUND_LOG_HAZARD = -0.8
"""Added in the first 24 months of the contract, its minimum term."""
PER_BROKEN, PER_LATE, PER_RETOLD = 0.70, 0.20, 0.30
"""World "effects": added per promise never kept, kept late, and per re-explanation, each times the impatience."""

OTHER_ONE_BROKEN, OTHER_TWO_BROKEN = -0.35, 1.6
OTHER_RETOLD_ON_PHONE = 0.9
OTHER_SILENT, OTHER_MANY, OTHER_MANY_FROM = 0.6, 0.7, 5
"""World "other", see :func:`_other`."""


@dataclass(frozen=True)
class History:
    """What each customer lived through before each month began; arrays of shape (customers, months)."""

    broken: Floats
    late: Floats
    retold: Floats
    broken_lately: Floats
    """Within the last three months."""
    tickets_lately: Floats
    """Opened within the last six months."""


def history(people: People, orders: Orders, tickets: Tickets, played: Played, calendar: Calendar) -> History:
    """Counts per customer and month, from tickets and deliveries."""

    def counts(customer: Ints, times: Ints) -> Floats:
        return _per_month(len(people), customer, times, calendar)

    def failed(outcome: int, undelivered: Bools) -> Floats:
        at = played.outcome == outcome
        return counts(tickets.customer[at], played.due[at]) + counts(orders.customer[undelivered], orders.promised[undelivered])

    broken, late = failed(slots.BROKEN, orders.lost), failed(slots.LATE, orders.late)
    leg = [(played.retold[:, i], played.times[:, slot]) for i, slot in enumerate(slots.TELLS)]
    retold = np.sum([counts(tickets.customer[at], times[at]) for at, times in leg], axis=0)
    asked = counts(tickets.customer, tickets.opened)
    return History(_before(broken), _before(late), _before(retold), _before(broken, 3), _before(asked, 6))


def _per_month(people: int, customer: Ints, times: Ints, calendar: Calendar) -> Floats:
    month = calendar.month_of(times)
    within = (month >= 0) & (month < calendar.months)
    cells = customer[within] * calendar.months + month[within]
    return np.bincount(cells, minlength=people * calendar.months).reshape(people, calendar.months).astype(np.float64)


def _before(counts: Floats, months: int | None = None) -> Floats:
    """For each month the sum over the months before it, all or the last ``months``."""
    running = np.concatenate([np.zeros((len(counts), 1)), np.cumsum(counts, axis=1)], axis=1)
    first = np.maximum(np.arange(counts.shape[1]) - months, 0) if months else np.zeros(counts.shape[1], dtype=np.int64)
    return np.asarray(running[:, :-1] - running[:, first])


@dataclass(frozen=True)
class Leaving:
    """When each customer leaves, and what the log-hazard was made of in the last month at risk."""

    left_at: Ints
    """NEVER for those who stay."""
    month: Ints
    """Index of the last month at risk; -1 for those never at risk."""
    fixed: Floats
    service: Floats
    broken: Ints
    late: Ints
    retold: Ints


def leaving(seed: int, block: int, world: str, people: People, past: History, calendar: Calendar) -> Leaving:
    """Draw the month and second at which each customer leaves in ``world``."""
    rng = stream(seed, block, "leaving")
    fixed, service = _fixed(people, calendar), WORLDS[world](people, past)
    risk = 1 - np.exp(-np.exp(np.minimum(fixed + service, 3.0)))
    at_risk = people.since[:, None] <= calendar.month_starts[:-1]
    leaves = at_risk & (rng.random(risk.shape) < risk)
    left = leaves.any(axis=1)
    month = np.where(left, leaves.argmax(axis=1), np.where(at_risk[:, -1], calendar.months - 1, -1))
    begin, end = calendar.month_starts[np.maximum(month, 0)], calendar.month_starts[np.maximum(month, 0) + 1]
    day = begin // DAY + (rng.random(len(people)) * (end - begin) / DAY).astype(np.int64)
    moment = day * DAY + 7 * HOUR + (rng.beta(2, 2, len(people)) * 15 * HOUR).astype(np.int64)
    here = np.arange(len(people)), np.maximum(month, 0)
    counts = [part[here].astype(np.int64) for part in (past.broken, past.late, past.retold)]
    return Leaving(np.where(left, moment, NEVER), month, fixed[here], service[here], *counts)


def _fixed(people: People, calendar: Calendar) -> Floats:
    tenure = calendar.month_starts[:-1] - people.since[:, None]
    bound = np.where(tenure < 730 * DAY, BOUND_LOG_HAZARD, 0.0)
    return np.asarray(BASE_LOG_HAZARD + np.array(firm.TARIFF_LOG_HAZARD)[people.tariff][:, None] + bound)


def _effects(people: People, past: History) -> Floats:
    return np.asarray(people.impatience[:, None] * (PER_BROKEN * past.broken + PER_LATE * past.late + PER_RETOLD * past.retold))


def _none(people: People, past: History) -> Floats:
    return np.zeros_like(past.broken)


def _other(people: People, past: History) -> Floats:
    """A threshold that is not monotone, an interaction, and a bathtub over contacts; no type of customer differs.

    One promise broken in the last three months binds (the firm made up for it), two drive away. Explaining again
    matters only after a broken promise and only to those who prefer the phone. Customers who were silent for the
    last six months (from the seventh month on) leave more easily, and so do those with five tickets or more.
    """
    broken = np.select([past.broken_lately >= 2, past.broken_lately == 1], [OTHER_TWO_BROKEN, OTHER_ONE_BROKEN], 0.0)
    on_phone = (people.channel == firm.PHONE)[:, None]
    told = np.where(on_phone & (past.retold > 0) & (past.broken > 0), OTHER_RETOLD_ON_PHONE, 0.0)
    silent = (past.tickets_lately == 0) & (np.arange(past.broken.shape[1]) >= 6)
    contacts = np.select([silent, past.tickets_lately >= OTHER_MANY_FROM], [OTHER_SILENT, OTHER_MANY], 0.0)
    return np.asarray(broken + told + contacts)


WORLDS: dict[str, Callable[[People, History], Floats]] = {"effects": _effects, "none": _none, "other": _other}
