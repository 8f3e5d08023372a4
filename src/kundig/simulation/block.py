"""One block of customers, lived through from the first day to the last: everything the files are written from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from kundig.simulation import slots
from kundig.simulation.agents import Agents
from kundig.simulation.asking import Tickets, first_tickets, repeats
from kundig.simulation.chance import stream
from kundig.simulation.days import Bools, Calendar, Ints
from kundig.simulation.leaving import History, Leaving, history, leaving
from kundig.simulation.orders import Orders, orders
from kundig.simulation.people import People, people
from kundig.simulation.play import Played, play
from kundig.simulation.slots import Slot
from kundig.simulation.texts import styles

T = TypeVar("T", Tickets, Played)
OPEN = len(slots.OUTCOMES)
"""Outcome of a promise that was not decided on the last day."""
SEEN_OUTCOMES = (*slots.OUTCOMES, "open")


@dataclass(frozen=True)
class World:
    """What all blocks share."""

    seed: int
    name: str
    calendar: Calendar
    staff: Agents


@dataclass(frozen=True)
class Numbers:
    """How many of each there were in the blocks before; numbers in the files go on from there."""

    customers: int = 0
    tickets: int = 0
    events: int = 0
    orders: int = 0

    def after(self, block: Block) -> Numbers:
        return Numbers(
            self.customers + len(block.people), self.tickets + len(block.tickets),
            self.events + len(block.events), self.orders + len(block.orders),
        )  # fmt: skip


@dataclass(frozen=True)
class Events:
    """The rows of the help desk's log, sorted by time; ``ticket`` indexes the block's tickets."""

    ticket: Ints
    slot: Ints
    time: Ints

    def __len__(self) -> int:
        return len(self.time)

    def slice(self, begin: int, end: int) -> Events:
        return Events(self.ticket[begin:end], self.slot[begin:end], self.time[begin:end])


@dataclass(frozen=True)
class Block:
    """All that happened to the customers of one block before they left or time ended."""

    index: int
    world: World
    numbers: Numbers
    people: People
    orders: Orders
    tickets: Tickets
    """Sorted by time of opening; ``repeat_of`` and ``order`` index this block's tickets and orders."""
    played: Played
    past: History
    leaving: Leaving
    events: Events
    styles: Ints
    dice: Ints
    """One large random number per ticket, for texts and small choices."""

    @property
    def seen(self) -> Bools:
        """Which slots of which tickets are in the log."""
        return np.asarray(self.played.present & (self.played.times < self.world.calendar.end))

    @property
    def outcome(self) -> Ints:
        """What became of each promise by the last day, as index of SEEN_OUTCOMES."""
        end = self.world.calendar.end
        decided = self.seen[:, Slot.OUTCOME] | ((self.played.outcome == slots.BROKEN) & (self.played.due < end))
        overdue = np.where(self.played.due < end, slots.BROKEN, OPEN)
        return np.where(self.seen[:, Slot.PROMISE], np.where(decided, self.played.outcome, overdue), slots.NO_PROMISE)


def live(world: World, index: int, numbers: Numbers, n: int) -> Block:
    """``n`` customers, their orders and tickets, cut where they leave and where time ends."""
    everyone = people(world.seed, index, numbers.customers, n, world.calendar)
    bought = orders(world.seed, index, everyone, world.calendar)
    tickets, played = _all_tickets(world, index, everyone, bought)
    past = history(everyone, bought, tickets, played, world.calendar)
    left = leaving(world.seed, index, world.name, everyone, past, world.calendar)
    stays = bought.ordered < left.left_at[bought.customer]
    kept = tickets.opened < left.left_at[tickets.customer]
    tickets, played = tickets.where(kept), played.where(kept)
    tickets = _renumbered(tickets, np.cumsum(kept) - 1, np.cumsum(stays) - 1)
    return Block(
        index, world, numbers, everyone, bought.where(stays), tickets, played, past, left,
        _events(played, world.calendar.end),
        styles(world.seed, index, played.retold, played.handovers),
        stream(world.seed, index, "dice").integers(0, 2**40, len(tickets)),
    )  # fmt: skip


def _all_tickets(world: World, index: int, everyone: People, bought: Orders) -> tuple[Tickets, Played]:
    """First tickets and those that repeat them, sorted by time of opening."""
    first = first_tickets(world.seed, index, everyone, bought, world.calendar)
    played = play(world.seed, index, "play", first, everyone, world.staff, world.calendar)
    again = repeats(world.seed, index, everyone, played.closed, played.unsolved, first, world.calendar)
    played_again = play(world.seed, index, "play again", again, everyone, world.staff, world.calendar)
    tickets, course = _joined(first, again), _joined(played, played_again)
    place = np.argsort(tickets.opened, kind="stable")
    rank = np.empty(len(place), dtype=np.int64)
    rank[place] = np.arange(len(place))
    return _renumbered(tickets.where(place), rank, np.arange(len(bought))), course.where(place)


def _joined(one: T, other: T) -> T:
    return type(one)(**{name: np.concatenate([values, vars(other)[name]]) for name, values in vars(one).items()})


def _renumbered(tickets: Tickets, ticket: Ints, order: Ints) -> Tickets:
    """``tickets`` whose references to tickets and orders are looked up in ``ticket`` and ``order``."""

    def looked_up(references: Ints, table: Ints) -> Ints:
        table = np.append(table, -1)
        return table[references]

    return replace(tickets, repeat_of=looked_up(tickets.repeat_of, ticket), order=looked_up(tickets.order, order))


def _events(played: Played, end: int) -> Events:
    ticket, slot = np.nonzero(played.present & (played.times < end))
    time = played.times[ticket, slot]
    place = np.argsort(time, kind="stable")
    return Events(ticket[place], slot[place], time[place])
