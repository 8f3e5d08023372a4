"""What happens in each ticket after the customer turned to the firm: answers, handovers, promises, the end.

Everything is drawn for all tickets of a block at once, slot by slot; ``clock`` is where each ticket stands in time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kundig.simulation import firm, slots
from kundig.simulation.agents import Agents
from kundig.simulation.asking import Tickets
from kundig.simulation.chance import pick_each, stream
from kundig.simulation.days import DAY, HOUR, Bools, Calendar, Floats, Ints
from kundig.simulation.people import People
from kundig.simulation.slots import LEGS, Slot

MINUTE = 60
MORE_HANDOVERS = (1.0, 0.28, 0.25)
"""How often a ticket that is handed over once is handed over again, and again."""
BACK_TO_EARLIER = 0.45
"""How often the second and third handover return to a team that had the ticket before."""
DETAIL_QUESTION = 0.15
"""How often an agent who has read the case asks for something new."""
WAITS = 0.35
BROKEN_IS_RECORDED = 0.5
"""How often the firm writes down that it broke a promise; else the promise just stays open."""
SWITCH_SHARE = 0.15
"""How often a customer's later message in a ticket comes over another channel than the one before."""
RATING_SHARE = 0.25
REPEAT_SHARE = 0.10


@dataclass(frozen=True)
class Played:
    """The course of each ticket; arrays over tickets (and slots or legs)."""

    times: Ints
    """Seconds, shape (tickets, slots); meaningful where ``present``."""
    present: Bools
    teams: Ints
    """Shape (tickets, LEGS); the team holding the ticket before the first, after the first handover, and so on."""
    agents: Ints
    handovers: Ints
    retold: Bools
    """Shape (tickets, LEGS - 1): after this handover the customer had to explain everything again."""
    promised: Bools
    due: Ints
    outcome: Ints
    by_bot: Bools
    unsolved: Bools
    """Closed without solving the matter, so that the customer comes back with a new ticket."""
    channels: NDArray[np.int8]
    """Shape (tickets, slots); the channel in use in each slot, as index of ``firm.CHANNELS``."""
    switched: Bools
    """Shape (tickets, slots); whether the customer came over another channel here; meaningful where ``present``."""
    satisfaction: Floats
    """What the customer thinks of it, on the 1 to 5 scale, before rounding."""

    @property
    def closed(self) -> Ints:
        return np.asarray(self.times[:, Slot.CLOSE])

    def where(self, mask: Bools | Ints) -> Played:
        return Played(**{name: values[mask] for name, values in vars(self).items()})


def play(seed: int, block: int, purpose: str, tickets: Tickets, people: People, staff: Agents, calendar: Calendar) -> Played:
    """The whole course of ``tickets``; ``purpose`` names the stream of chance."""
    switching = stream(seed, block, f"{purpose}: channels")
    game = _Game(stream(seed, block, purpose), switching, tickets, people, staff, calendar)
    game.first_contact()
    for leg in range(1, LEGS):
        game.handover(leg)
    game.promise()
    game.chase()
    game.keep_or_break()
    game.close()
    game.reopen()
    return game.result()


class _Game:
    def __init__(
        self, rng: np.random.Generator, switching: np.random.Generator,
        tickets: Tickets, people: People, staff: Agents, calendar: Calendar,
    ) -> None:  # fmt: skip
        self.switching, self.channel = switching, tickets.channel.copy()
        self.habits = np.array([p.channels for p in firm.PERSONAS])[people.persona[tickets.customer]]
        self.rng, self.tickets, self.staff, self.calendar = rng, tickets, staff, calendar
        self.n = n = len(tickets)
        self.impatience = people.impatience[tickets.customer]
        self.bad = calendar.month_of(tickets.opened) == calendar.bad_month
        self.slow = np.where(self.bad, 2.0, 1.0)
        self.clock = tickets.opened.copy()
        self.times = np.zeros((n, len(Slot)), dtype=np.int64)
        self.present = np.zeros((n, len(Slot)), dtype=bool)
        self.channels = np.zeros((n, len(Slot)), dtype=np.int8)
        self.switched = np.zeros((n, len(Slot)), dtype=bool)
        self.teams = np.zeros((n, LEGS), dtype=np.int64)
        self.agents = np.zeros((n, LEGS), dtype=np.int64)
        self.retold = np.zeros((n, LEGS - 1), dtype=bool)
        self.handovers = np.zeros(n, dtype=np.int64)

    @property
    def live(self) -> Bools:
        """Whether the customer is there at the same time as the agent."""
        return np.isin(self.channel, firm.LIVE)

    def of_reason(self, field: str) -> Floats:
        return np.array([getattr(reason, field) for reason in firm.REASONS])[self.tickets.reason]

    def chance(self, share: Floats | float) -> Bools:
        return np.asarray(self.rng.random(self.n) < share)

    def about(self, live: float, else_: float) -> Floats:
        """A random delay with mean ``live`` seconds on live channels, else ``else_``; never under a fifth of it."""
        return np.where(self.live, live, else_) * (0.2 + 0.8 * self.rng.exponential(1.0, self.n))

    def happens(self, slot: Slot, mask: Bools, time: Ints) -> None:
        """Put ``slot`` at ``time``, but not before what happened so far, where ``mask``."""
        time = self.calendar.exists(np.maximum(time, self.clock))
        self.times[:, slot] = time
        self.present[:, slot] = mask
        self.channels[:, slot] = self.channel
        self.clock = np.where(mask, time, self.clock)

    def after_work(self, slot: Slot, mask: Bools, work: Floats) -> None:
        self.happens(slot, mask, self.calendar.later(self.clock, work))

    def after(self, slot: Slot, mask: Bools, delay: Floats) -> None:
        self.happens(slot, mask, self.clock + delay.astype(np.int64))

    def customer_turns(self, slot: Slot, mask: Bools, time: Ints) -> None:
        """The customer comes again at ``time``; on phone and in shops in opening hours, up to half an hour later."""
        self.switch(slot, mask)
        only_open = np.isin(self.channel, firm.OPEN_HOURS_ONLY)
        self.happens(slot, mask, np.where(only_open, self.soon(time), time))

    def switch(self, slot: Slot, mask: Bools) -> None:
        """Now and then the customer takes another channel than so far, by habit; the firm answers over it from then on."""
        weights = self.habits + 0.01
        weights[np.arange(self.n), self.channel] = 0.0
        other = pick_each(self.switching, weights)
        self.switched[:, slot] = mask & (self.switching.random(self.n) < SWITCH_SHARE)
        self.channel = np.where(self.switched[:, slot], other, self.channel)

    def soon(self, time: Ints) -> Ints:
        """``time``, or somewhat after the next opening."""
        return self.calendar.later(time, self.rng.uniform(0, 30 * MINUTE, self.n))

    def first_contact(self) -> None:
        everyone = np.ones(self.n, dtype=bool)
        self.happens(Slot.ASK, everyone, self.tickets.opened)
        bot = np.isin(self.tickets.channel, firm.BOT_CHANNELS) & self.chance(0.92)
        self.by_bot = bot & self.chance(self.of_reason("bot"))
        self.after(Slot.BOT, bot, self.rng.uniform(3, 40, self.n))
        self.agents[:, 0] = self.staff.of_team(self.rng, self.teams[:, 0])
        letter = np.where(self.tickets.channel == firm.LETTER, 4.0, 1.0)
        self.after_work(Slot.FIRST, ~self.by_bot, self.about(4 * MINUTE, 4 * HOUR) * self.slow * letter)

    def handover(self, leg: int) -> None:
        """The ticket goes on to another team, whose agent may let the customer explain everything again."""
        eligible = ~self.by_bot if leg == 1 else self.handovers == leg - 1
        share = self.of_reason("handover") * np.where(self.bad, 1.25, 1.0) if leg == 1 else MORE_HANDOVERS[leg - 1]
        moved = eligible & self.chance(share)
        self.handovers += moved
        self.teams[:, leg] = np.where(moved, self._next_team(leg), self.teams[:, leg - 1])
        self.agents[:, leg] = np.where(moved, self.staff.of_team(self.rng, self.teams[:, leg]), self.agents[:, leg - 1])
        base = 3 + 5 * (leg - 1)
        self.after_work(Slot(base), moved, self.about(3 * MINUTE, HOUR))
        self.after_work(Slot(base + 1), moved & self.chance(WAITS), self.about(2 * MINUTE, 3 * HOUR) * self.slow)
        self._ask_again(leg, base, moved)

    def _ask_again(self, leg: int, base: int, moved: Bools) -> None:
        forgets = moved & self.chance(self.staff.forgets[self.agents[:, leg]])
        detail = moved & ~forgets & self.chance(DETAIL_QUESTION)
        self.retold[:, leg - 1] = forgets
        self.after_work(Slot(base + 2), forgets | detail, self.about(5 * MINUTE, 4 * HOUR) * self.slow)
        answered = self.clock + self.about(2 * MINUTE, 7 * HOUR).astype(np.int64)
        self.customer_turns(Slot(base + 3), forgets | detail, answered)
        self.after_work(Slot(base + 4), moved, self.about(6 * MINUTE, 5 * HOUR) * self.slow)

    def _next_team(self, leg: int) -> Ints:
        """First the team that can solve it (from there the second line), later an earlier team or any other."""
        here = self.teams[:, leg - 1]
        if leg == 1:
            solver = self.of_reason("team").astype(np.int64)
            return np.where(solver == here, firm.SECOND, solver)
        earlier = self.teams[:, leg - 2]
        other = (here + self.rng.integers(1, len(firm.TEAMS), self.n)) % len(firm.TEAMS)
        return np.where(self.chance(BACK_TO_EARLIER) & (earlier != here), earlier, other)

    def promise(self) -> None:
        self.promised = ~self.by_bot & self.chance(self.of_reason("promise"))
        self.after(Slot.PROMISE, self.promised, self.rng.uniform(1, 6, self.n) * MINUTE)
        made = self.times[:, Slot.PROMISE]
        self.due = self.calendar.due(made, self.of_reason("span").astype(np.int64))
        fate = self.rng.random(self.n)
        broken = np.where(self.bad, firm.OUTAGE_BROKEN, firm.BROKEN)
        late = broken + np.where(self.bad, firm.OUTAGE_LATE, firm.LATE)
        fates = [fate < broken, fate < late, fate > 1 - firm.WITHDRAWN]
        outcome = np.select(fates, [slots.BROKEN, slots.LATE, slots.WITHDRAWN], slots.KEPT)
        self.outcome = np.where(self.promised, outcome, slots.NO_PROMISE)
        self._resolution_time(made)

    def _resolution_time(self, made: Ints) -> None:
        """When a promise is kept, or its breach recorded; a lapse of at most two weeks."""
        early = self.calendar.later(made, 0) + ((self.due - made) * self.rng.uniform(0.15, 0.97, self.n)).astype(np.int64)
        early = np.clip(self.soon(early), made, self.due)
        lapse = np.minimum(HOUR + self.rng.exponential(18 * HOUR, self.n), 90 * HOUR)
        overdue = self.calendar.later(self.due + 1, lapse)
        self.resolved = np.where(np.isin(self.outcome, (slots.LATE, slots.BROKEN)), overdue, early)

    def chase(self) -> None:
        """A promise that is overdue brings the customer back; now and then one that is not due yet."""
        failed = np.isin(self.outcome, (slots.LATE, slots.BROKEN))
        waiting = self.promised & ~failed
        chased = (failed & self.chance(0.5 * self.impatience)) | (waiting & self.chance(0.10))
        made = self.times[:, Slot.PROMISE]
        begin = np.where(failed, self.due, made)
        part = (self.resolved - begin) * self.rng.uniform(0.3, 0.8, self.n)
        self.customer_turns(Slot.CHASE, chased, begin + part.astype(np.int64))
        self.resolved = np.where(chased & ~failed, np.clip(self.clock, self.resolved, self.due), self.resolved)

    def keep_or_break(self) -> None:
        recorded = self.promised & ((self.outcome != slots.BROKEN) | self.chance(BROKEN_IS_RECORDED))
        self.happens(Slot.OUTCOME, recorded, self.resolved)
        self.clock = np.where(self.promised, np.maximum(self.clock, self.resolved), self.clock)

    def close(self) -> None:
        solves = ~self.by_bot & (self.promised | (self.handovers > 0) | self.chance(0.2))
        self.after_work(Slot.SOLVE, solves, self.about(3 * MINUTE, 3 * HOUR))
        everyone = np.ones(self.n, dtype=bool)
        soon = self.by_bot | (self.live & self.chance(0.6))
        self.happens(Slot.CLOSE, everyone, self.clock + np.where(soon, 5 * MINUTE, DAY + self.rng.integers(0, DAY, self.n)))

    def reopen(self) -> None:
        failed = np.isin(self.outcome, (slots.LATE, slots.BROKEN))
        again = self.chance(np.asarray(0.06 + 0.06 * failed, dtype=np.float64))
        self.unsolved = ~again & self.chance(np.asarray(REPEAT_SHARE + 0.1 * self.by_bot, dtype=np.float64))
        self.customer_turns(Slot.STILL, again, self.clock + (DAY * self.rng.uniform(0.2, 4, self.n)).astype(np.int64))
        self.after(Slot.REOPEN, again, np.ones(self.n))
        self.after_work(Slot.AGAIN, again, self.about(10 * MINUTE, 5 * HOUR))
        self.after(Slot.RECLOSE, again, DAY * self.rng.uniform(1, 2, self.n))
        self._rate()

    def _rate(self) -> None:
        pain = 1.1 * (self.outcome == slots.BROKEN) + 0.5 * (self.outcome == slots.LATE) + 0.7 * self.retold.sum(axis=1)
        pain += 0.25 * self.handovers + 0.4 * self.present[:, Slot.STILL] + 0.3 * self.unsolved
        self.satisfaction = np.clip(4.4 - pain * np.sqrt(self.impatience) + self.rng.normal(0, 0.6, self.n), 1.0, 5.0)
        extreme = np.abs(self.satisfaction - 3.4) / 3
        rated = self.chance(RATING_SHARE * (0.6 + extreme))
        self.after(Slot.RATE, rated, self.rng.uniform(0.5, 40, self.n) * HOUR)

    def result(self) -> Played:
        return Played(
            self.times, self.present, self.teams, self.agents, self.handovers, self.retold,
            self.promised, self.due, self.outcome, self.by_bot, self.unsolved, self.channels, self.switched, self.satisfaction,
        )  # fmt: skip
