"""A matter nobody had before: in the last days an update of the routers goes wrong.

Only the words of tickets change, no event: faults and set-ups opened since then are about the update, and so is a part of
the other tickets, which the desk files under the reasons it has. What finds new topics can be tested against it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kundig.simulation import firm, phrases, slots
from kundig.simulation.asking import Tickets
from kundig.simulation.days import DAY, Bools, Calendar, Ints
from kundig.simulation.slots import Slot
from kundig.simulation.texts import DETAIL, STATUS, STILL_OPEN

LEAST_DAYS = 4
"""The update comes on the last Tuesday that leaves so many days of data after it."""
AMONG_OTHERS = 0.25
"""Share of the tickets with other reasons that are about the update."""
TUESDAY = 1


def begins(calendar: Calendar) -> int:
    """The second at which the update begins: midnight of a Tuesday."""
    day = calendar.end // DAY - LEAST_DAYS - 1
    return max(day - (calendar.dates[day].weekday() - TUESDAY) % 7, 0) * DAY


def affected(tickets: Tickets, dice: Ints, calendar: Calendar) -> Bools:
    """Which tickets are about the update; one that repeats another is about the same matter."""
    drawn = dice // 2**20 % 1000 < AMONG_OTHERS * 1000
    chosen = np.isin(tickets.reason, (firm.OUTAGE, firm.SETUP)) | drawn
    chosen &= (tickets.opened >= begins(calendar)) & (tickets.repeat_of < 0)
    again = tickets.repeat_of >= 0
    while (more := again & ~chosen & chosen[tickets.repeat_of]).any():
        chosen |= more
    return np.asarray(chosen)


def messages(block: Any) -> int:
    """How many messages of the customers of ``block`` tell of the update, first ones and those that tell it again."""
    events, about = block.events, affected(block.tickets, block.dice, block.world.calendar)
    place = np.searchsorted(slots.LATER_MESSAGES, events.slot) % len(slots.LATER_MESSAGES)
    retold = ~np.isin(block.styles[events.ticket, place], (DETAIL, STATUS, STILL_OPEN))
    told = (events.slot == Slot.ASK) | (np.isin(events.slot, slots.LATER_MESSAGES) & retold)
    return int(np.count_nonzero(told & about[events.ticket]))


def truth(calendar: Calendar, told: int) -> dict[str, Any]:
    """What ``truth.json`` says of it."""
    return {
        "began_on": calendar.dates[begins(calendar) // DAY].isoformat(), "messages": told, "story": phrases.UPDATE.told[0],
        "share_of_other_reasons": AMONG_OTHERS,
    }  # fmt: skip
