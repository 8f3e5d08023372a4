"""What customers do in the app and on the website: Segment-shaped ``track`` and ``identify`` lines, some without a user."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from kundig.simulation.block import Block
from kundig.simulation.chance import pick, stream
from kundig.simulation.days import DAY, HOUR, Bools, Ints
from kundig.simulation.exports import addresses, full_names
from kundig.simulation.lines import Clock, Writer, codes, joined, words

NAMES = (
    "Startseite geöffnet", "Anmeldung", "Rechnung geöffnet", "Rechnung heruntergeladen", "Verbrauch angesehen",
    "Hilfe durchsucht", "Hilfe ohne Treffer", "Kontakt geöffnet", "Tarif verglichen",
    "Warenkorb geöffnet", "Bestellung abgeschickt", "Störungskarte geöffnet",
    "Kündigungsseite geöffnet", "Abmeldung",
)  # fmt: skip
PATHS = (
    "/", "/anmelden", "/rechnungen", "/rechnungen/pdf", "/verbrauch", "/hilfe", "/hilfe/suche", "/kontakt", "/tarife",
    "/warenkorb", "/bestellen", "/stoerungen", "/kuendigen", "/abmelden",
)  # fmt: skip
SESSIONS = (
    (0, 1, 2, 3, 13), (0, 1, 4, 13), (0, 8, 8, 9, 10), (0, 8), (0, 11), (0, 1, 2, 5, 6, 7), (0, 5, 6, 7), (0, 1, 12),
)  # fmt: skip
"""Each session is the beginning of one of these ways; the fifth and sixth of them end at the firm's phone number."""
SESSION_SHARES = (0.27, 0.2, 0.06, 0.2, 0.08, 0.08, 0.08, 0.03)
HELP_SESSIONS = (5, 6)
TRIES_ITSELF = 0.4
"""How often someone who uses app or web looks for help there a few minutes before the ticket."""
ANONYMOUS = 0.15
"""Sessions without signing in: they carry an anonymousId only."""
ROWS = 50_000
_LENGTHS = np.array([len(way) for way in SESSIONS])
_WAYS = np.array([[*way, *([0] * (6 - len(way)))] for way in SESSIONS])


class Clicks:
    """``app.jsonl``, sorted by time within a block."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.clock = clock
        self.writer = Writer(folder / "app.jsonl")
        self.sessions = 0

    def write(self, block: Block) -> None:
        rng = stream(block.world.seed, block.index, "clicks")
        customer, start, way = _sessions(rng, block)
        anonymous = (rng.random(len(customer)) < ANONYMOUS) & (_WAYS[way, 1] != 1)
        length = np.minimum(_LENGTHS[way], 1 + rng.geometric(0.25, len(way)))
        length = np.where(np.isin(way, HELP_SESSIONS), _LENGTHS[way], length)
        session = np.repeat(np.arange(len(way)), length)
        step = np.arange(len(session)) - np.repeat(np.cumsum(length) - length, length)
        gap = 4 + rng.exponential(35, len(session)).astype(np.int64)
        time = start[session] + _within(gap, step)
        place = np.argsort(time, kind="stable")
        session, step, time = session[place], step[place], time[place]
        place = np.flatnonzero(time < block.world.calendar.end)
        session, step, time = session[place], step[place], time[place]
        self._identify(block, customer, start, ~anonymous)
        for at in np.array_split(np.arange(len(session)), len(session) // ROWS + 1):
            here = session[at]
            self._track(block, at, here, _WAYS[way[here], step[at]], time[at], customer[here], anonymous[here])
        self.sessions += len(way)

    def _identify(self, block: Block, customer: Ints, start: Ints, known: Bools) -> None:
        """One line per customer who ever signed in: at the first session."""
        users, first = np.unique(customer[known], return_index=True)
        if not len(users):
            return
        rows = pa.array(users)
        mail = addresses(block.people).take(rows).fill_null("")
        self.writer.write([joined([
            pa.array(['{"type":"identify","userId":"'] * len(users)), codes("K", 1_000_000 + block.people.number[users], 7),
            pa.array(['","traits":{"name":"'] * len(users)), full_names(block.people).take(rows),
            pa.array(['","email":"'] * len(users)), mail, pa.array(['"},"timestamp":"'] * len(users)),
            self.clock.utc(start[known][first]), pa.array(['"}'] * len(users)),
        ])])  # fmt: skip

    def _track(self, block: Block, line: Ints, session: Ints, name: Ints, time: Ints, customer: Ints, anonymous: Bools) -> None:
        n = len(session)
        if not n:
            return
        number = 1_000_000 + block.people.number[customer]
        library = (block.people.number[customer] % 3 > 0).astype(np.int64)
        self.writer.write([joined([
            pa.array(['{"type":"track","messageId":"'] * n), codes("m", block.index * 10**8 + line, 11),
            pa.array(['","anonymousId":"'] * n), codes("a", self.sessions + session, 9),
            words(('","userId":"', '"'), anonymous.astype(np.int64)), codes("K", number, 7, ~anonymous),
            words(('"', ""), anonymous.astype(np.int64)), pa.array([',"event":"'] * n), words(NAMES, name),
            pa.array(['","timestamp":"'] * n), self.clock.utc(time), pa.array(['","context":{"page":{"path":"'] * n),
            words(PATHS, name), pa.array(['"},"library":{"name":"'] * n), words(("Kolkfunk Web", "Kolkfunk App"), library),
            pa.array(['"}}}'] * n),
        ])])  # fmt: skip


def _within(gap: Ints, step: Ints) -> Ints:
    """Seconds since the session's first click: running sums of ``gap`` that begin anew where ``step`` is 0."""
    running = np.cumsum(np.where(step == 0, 0, gap))
    begins = np.flatnonzero(step == 0)
    return np.asarray(running - np.repeat(running[begins], np.diff(np.append(begins, len(step)))))


def _sessions(rng: np.random.Generator, block: Block) -> tuple[Ints, Ints, Ints]:
    """Customer, start and way of every session: by habit, and looking for help before a ticket."""
    people, calendar = block.people, block.world.calendar
    customer = np.repeat(np.arange(len(people)), rng.poisson(people.sessions * calendar.months))
    hour = 6 + 17 * rng.beta(3, 2, len(customer))
    start = rng.integers(0, calendar.end // DAY, len(customer)) * DAY + (hour * HOUR).astype(np.int64)
    tries = (people.sessions[block.tickets.customer] > 0.1) & (rng.random(len(block.tickets)) < TRIES_ITSELF)
    asked = block.tickets.opened[tries] - rng.integers(300, 1500, int(tries.sum()))
    way = np.concatenate([pick(rng, SESSION_SHARES, len(customer)), rng.choice(HELP_SESSIONS, len(asked))])
    customer = np.concatenate([customer, block.tickets.customer[tries]])
    start = calendar.exists(np.concatenate([start, asked]))
    theirs = (start > people.since[customer]) & (start < block.leaving.left_at[customer]) & (start >= 0)
    place = np.flatnonzero(theirs)[np.argsort(start[theirs], kind="stable")]
    return customer[place], start[place], way[place]
