"""When and why customers turn to the firm: the first contact of every ticket."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kundig.simulation import firm
from kundig.simulation.chance import pick_each, stream
from kundig.simulation.days import DAY, HOUR, Bools, Calendar, Floats, Ints
from kundig.simulation.orders import Orders
from kundig.simulation.people import People

OWN_CHANNEL = 0.7
"""How often a customer takes the preferred channel; else one that customers of this type take."""
CHASES_DELIVERY = 0.6
"""How often a late or lost delivery brings a ticket."""
_LIVE = np.isin(np.arange(len(firm.CHANNELS)), firm.OPEN_HOURS_ONLY)


@dataclass(frozen=True)
class Tickets:
    """One array entry per ticket; ``customer`` and ``order`` index the block's people and orders (-1: none)."""

    customer: Ints
    opened: Ints
    reason: Ints
    channel: Ints
    order: Ints
    repeat_of: Ints
    """Index of the ticket that was closed without solving the matter; -1 for a new matter."""

    def __len__(self) -> int:
        return len(self.customer)

    def where(self, mask: Bools | Ints) -> Tickets:
        return Tickets(**{name: values[mask] for name, values in vars(self).items()})


def first_tickets(seed: int, block: int, people: People, orders: Orders, calendar: Calendar) -> Tickets:
    """All new matters of the block's customers, unsorted, as if nobody ever left."""
    rng = stream(seed, block, "asking")
    counts = rng.poisson(people.contacts[:, None] * calendar.month_volume)
    customer = np.repeat(np.arange(len(people)), counts.sum(axis=1))
    month = np.repeat(np.tile(np.arange(calendar.months), len(people)), counts.ravel())
    reason = pick_each(rng, _reason_weights(month == calendar.bad_month, calendar.bad_volume))
    chased, chased_day = _about_orders(rng, orders, calendar)
    order = np.concatenate([np.full(len(customer), -1), chased])
    customer = np.concatenate([customer, orders.customer[chased]])
    reason = np.concatenate([reason, np.full(len(chased), firm.DELIVERY)])
    channel = channels(rng, people, customer)
    day = np.concatenate([_days(rng, month, calendar), chased_day])
    opened = moments(rng, people.persona[customer], channel, day, calendar)
    tickets = Tickets(customer, opened, reason, channel, order, np.full(len(customer), -1))
    return tickets.where((opened > people.since[customer]) & (opened < calendar.end))


def repeats(seed: int, block: int, people: People, closed: Ints, mask: Bools, tickets: Tickets, calendar: Calendar) -> Tickets:
    """New tickets on the matters of ``tickets[mask]``, one to six days after they were ``closed``."""
    rng = stream(seed, block, "repeats")
    before = np.flatnonzero(mask)
    customer = tickets.customer[before]
    channel = channels(rng, people, customer)
    day = np.minimum(closed[before] // DAY + 1 + rng.integers(0, 6, len(before)), len(calendar.dates) - 10)
    opened = moments(rng, people.persona[customer], channel, day, calendar)
    again = Tickets(customer, opened, tickets.reason[before], channel, tickets.order[before], before)
    return again.where(opened < calendar.end)


def channels(rng: np.random.Generator, people: People, customer: Ints) -> Ints:
    """The channel each of ``customer`` takes this time."""
    habit = pick_each(rng, np.array([p.channels for p in firm.PERSONAS])[people.persona[customer]])
    return np.where(rng.random(len(customer)) < OWN_CHANNEL, people.channel[customer], habit)


def moments(rng: np.random.Generator, persona: Ints, channel: Ints, day: Ints, calendar: Calendar) -> Ints:
    """A second of ``day`` by the habits of ``persona``; on phone and in shops within opening hours of the next open day."""
    habits = np.array([p.hours for p in firm.PERSONAS])[persona]
    part = rng.beta(habits[:, 0], habits[:, 1])
    live = _LIVE[channel]
    day = np.where(live, calendar.next_open[day], day)
    hours = calendar.hours[day]
    opening = np.where(live, hours[:, 0], 6 * HOUR)
    closing = np.where(live, hours[:, 1] - HOUR // 4, 24 * HOUR - 1)
    return np.asarray(calendar.exists(day * DAY + opening + (part * (closing - opening)).astype(np.int64)))


def _reason_weights(bad: Bools, volume: float) -> Floats:
    """Per ticket the weights of all reasons; what a bad month brings on top is about the outage."""
    normal = np.array([reason.share for reason in firm.REASONS])
    outage = normal / normal.sum() / volume
    outage[firm.OUTAGE] += 1 - 1 / volume
    return np.asarray(np.where(bad[:, None], outage, normal / normal.sum()))


def _days(rng: np.random.Generator, month: Ints, calendar: Calendar) -> Ints:
    """A day of each ``month``, drawn by volume."""
    running = np.concatenate([[0.0], np.cumsum(calendar.volume)])
    edges = running[calendar.month_starts // DAY]
    draws = edges[month] + rng.random(len(month)) * (edges[month + 1] - edges[month])
    day = np.searchsorted(running, draws, side="right") - 1
    return np.asarray(np.clip(day, 0, len(calendar.volume) - 1), dtype=np.int64)


def _about_orders(rng: np.random.Generator, orders: Orders, calendar: Calendar) -> tuple[Ints, Ints]:
    """Which orders are asked about, and on which day."""
    bad = np.flatnonzero((orders.late | orders.lost) & (rng.random(len(orders)) < CHASES_DELIVERY))
    day = orders.promised[bad] // DAY + 1 + rng.integers(0, 3, len(bad))
    within = day < len(calendar.volume)
    return bad[within], day[within]
