"""The help desk's log, ``interactions``: one row per event of a ticket, as CSV or Parquet, whole or month by month."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kundig.simulation import firm, news, slots
from kundig.simulation.block import Block, Events
from kundig.simulation.days import Bools, Calendar, Floats, Ints
from kundig.simulation.lines import Clock, Column, Writer, codes, decimals, quoted, words
from kundig.simulation.slots import Slot
from kundig.simulation.texts import Wording

HEADER = (
    "Ereignis-Nr", "Zeitpunkt", "Vorgang", "Kundennummer", "Aktivität", "Kanal", "Richtung", "Akteur", "Team", "Bearbeiter",
    "Anlass", "Zusage-Nr", "Fällig am", "Dauer (min)", "Kosten (EUR)", "Bewertung", "Text",
)  # fmt: skip
REPEATING = ["Aktivität", "Kanal", "Richtung", "Akteur", "Team", "Bearbeiter", "Anlass"]
"""Columns of few different words; to look for a dictionary in the others takes time and finds none."""
ROWS = 50_000
"""Rows formatted at once: what bounds the memory."""
_ACTIVITIES = (*(kind.activity for kind in slots.KINDS), *slots.OUTCOME_ACTIVITIES[1:])
_DIRECTION = np.array([kind.direction for kind in slots.KINDS])
_ACTOR = np.array([kind.actor for kind in slots.KINDS])
_LEG = np.array([kind.leg for kind in slots.KINDS])


class Rows:
    """A slice of a block's events with everything a row says; indices are into the tables of ``firm`` and ``slots``."""

    def __init__(self, block: Block, events: Events, first: int) -> None:
        self.block, self.events = block, events
        ticket, slot = events.ticket, events.slot
        played, tickets = block.played, block.tickets
        self.number = block.numbers.events + first + np.arange(len(events), dtype=np.int64)
        self.ticket = block.numbers.tickets + ticket
        self.customer = block.people.number[tickets.customer[ticket]]
        self.activity = np.where(slot == Slot.OUTCOME, len(slots.KINDS) + played.outcome[ticket] - 1, slot)
        self.direction, self.actor = _DIRECTION[slot], _ACTOR[slot]
        self.channel, self.has_channel = played.channels[ticket, slot].astype(np.int64), self.direction != slots.INTERNAL
        leg = np.where(_LEG[slot] == -2, 0, np.where(_LEG[slot] == -1, slots.LEGS - 1, _LEG[slot]))
        bot_only = played.by_bot[ticket] & (slot < Slot.AGAIN)
        self.team, self.has_team = played.teams[ticket, leg], (_LEG[slot] != -2) & ~bot_only
        self.agent = played.agents[ticket, leg]
        self.has_agent = self.has_team & (self.actor == slots.HUMAN) & ~np.isin(slot, slots.HANDS)
        self.reason = tickets.reason[ticket]
        self.promise = np.isin(slot, (Slot.PROMISE, Slot.OUTCOME))
        self.due, self.has_due = played.due[ticket], slot == Slot.PROMISE
        self.rated = slot == Slot.RATE
        self.rating = np.clip(np.rint(played.satisfaction[ticket]), 1, 5).astype(np.int64)
        self._work(slot)

    def _work(self, slot: Ints) -> None:
        """Minutes of human work in tenths, and its cost in cents; every row's own by its ticket's dice."""
        works = self.has_agent & (self.direction == slots.OUTBOUND)
        dice = self.block.dice[self.events.ticket] // (slot + 3)
        spread = 0.4 + (dice % 1000) / 800.0
        minutes = np.array([reason.minutes for reason in firm.REASONS])[self.reason]
        self.tenths, self.works = np.maximum(1, np.rint(minutes * spread * 10)).astype(np.int64), works
        machine = slot == Slot.BOT
        self.cents = np.where(machine, firm.COST_OF_BOT, self.tenths * firm.COST_PER_MINUTE // 10)
        self.costs = works | machine

    def texts(self, wording: Wording) -> list[str]:
        dice = self.block.dice[self.events.ticket] // (self.events.slot + 19)
        triples = zip(self.events.ticket.tolist(), self.events.slot.tolist(), dice.tolist(), strict=True)
        return [wording.line(ticket, slot, die) for ticket, slot, die in triples]


def wording(block: Block) -> Wording:
    """What the words of ``block`` depend on."""
    tickets, played = block.tickets, block.played
    return Wording(
        block.world.calendar.start, tickets.reason, tickets.opened, played.due, played.outcome, played.teams,
        block.styles, tickets.repeat_of >= 0, news.affected(tickets, block.dice, block.world.calendar), block.dice,
    )  # fmt: skip


class CsvLog:
    """``interactions.csv``, or one file per month in ``interactions/``."""

    def __init__(self, folder: Path, clock: Clock, agents: list[str], *, by_month: bool, texts: bool) -> None:
        header = HEADER if texts else HEADER[:-1]
        self.clock, self.agents, self.texts = clock, agents, texts
        self.writers = [Writer(path, header) for path in paths(folder, clock.calendar, ".csv", by_month=by_month)]

    def write(self, month: int, rows: Rows) -> None:
        text = [quoted(rows.texts(wording(rows.block)), ";")] if self.texts else []
        self.writers[min(month, len(self.writers) - 1)].write([*self._columns(rows), *text])

    def _columns(self, rows: Rows) -> list[Column]:
        return [
            codes("E", rows.number, 9), self.clock.second(rows.events.time), codes("T", rows.ticket, 8),
            codes("K", 1_000_000 + rows.customer, 7), words(_ACTIVITIES, rows.activity),
            words(firm.CHANNELS, rows.channel, rows.has_channel), words(slots.DIRECTIONS, rows.direction),
            words(slots.ACTORS, rows.actor), words(firm.TEAMS, rows.team, rows.has_team),
            words(self.agents, rows.agent, rows.has_agent), words([r.name for r in firm.REASONS], rows.reason),
            codes("Z", rows.ticket, 8, rows.promise), self.clock.minute(rows.due, rows.has_due),
            decimals(rows.tenths, 1, rows.works), decimals(rows.cents, 2, rows.costs),
            words([str(i) for i in range(6)], rows.rating, rows.rated),
        ]  # fmt: skip

    def close(self) -> dict[Path, int]:
        for writer in self.writers:
            writer.close()
        return {writer.path: writer.rows for writer in self.writers}


class ParquetLog:
    """The same as Parquet, with typed columns and times in UTC."""

    def __init__(self, folder: Path, clock: Clock, agents: list[str], *, by_month: bool, texts: bool) -> None:
        self.calendar, self.agents, self.texts = clock.calendar, agents, texts
        self.paths = paths(folder, clock.calendar, ".parquet", by_month=by_month)
        self.rows = [0] * len(self.paths)
        self.writers: list[pq.ParquetWriter | None] = [None] * len(self.paths)

    def write(self, month: int, rows: Rows) -> None:
        place = min(month, len(self.paths) - 1)
        columns = self._columns(rows)
        if self.texts:
            columns["Text"] = pa.array([text or None for text in rows.texts(wording(rows.block))], pa.string())
        table = pa.table(columns)
        writer = self.writers[place] or self._open(self.paths[place], table.schema)
        self.writers[place] = writer
        writer.write_table(table)
        self.rows[place] += len(table)

    def _open(self, path: Path, schema: pa.Schema) -> pq.ParquetWriter:
        options: dict[str, Any] = {"compression": "zstd", "use_dictionary": REPEATING}
        return pq.ParquetWriter(path, schema, **options)

    def _columns(self, rows: Rows) -> dict[str, Column]:
        values = [
            codes("E", rows.number, 9), self._utc(rows.events.time), codes("T", rows.ticket, 8),
            codes("K", 1_000_000 + rows.customer, 7), words(_ACTIVITIES, rows.activity),
            words(firm.CHANNELS, rows.channel, rows.has_channel), words(slots.DIRECTIONS, rows.direction),
            words(slots.ACTORS, rows.actor), words(firm.TEAMS, rows.team, rows.has_team),
            words(self.agents, rows.agent, rows.has_agent), words([r.name for r in firm.REASONS], rows.reason),
            codes("Z", rows.ticket, 8, rows.promise), self._utc(rows.due, rows.has_due),
            _numbers(rows.tenths / 10, rows.works), _numbers(rows.cents / 100, rows.costs),
            pa.array(rows.rating.astype(np.int8), mask=~rows.rated),
        ]  # fmt: skip
        return dict(zip(HEADER, values, strict=False))

    def _utc(self, times: Ints, where: Bools | None = None) -> Column:
        micros = self.calendar.utc(times) * 1_000_000
        return pa.array(micros, mask=None if where is None else ~where).cast(pa.timestamp("us", "UTC"))

    def close(self) -> dict[Path, int]:
        for writer in self.writers:
            if writer:
                writer.close()
        return {path: n for path, n in zip(self.paths, self.rows, strict=True) if n}


LOGS: dict[str, Any] = {"csv": CsvLog, "parquet": ParquetLog}


def paths(folder: Path, calendar: Calendar, suffix: str, *, by_month: bool) -> list[Path]:
    """One file, or one per month so that no file is larger than a month."""
    if not by_month:
        return [folder / f"interactions{suffix}"]
    (folder / "interactions").mkdir(exist_ok=True)
    months = [date for date in calendar.dates[: calendar.end // 86_400] if date.day == 1]
    return [folder / "interactions" / f"interactions-{month:%Y-%m}{suffix}" for month in months]


def write_events(log: CsvLog | ParquetLog, block: Block, progress: Callable[[int], None]) -> None:
    """Write the block's events month by month, at most ROWS at once."""
    edges = np.searchsorted(block.events.time, block.world.calendar.month_starts)
    for month, (begin, end) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
        for first in range(begin, end, ROWS):
            part = block.events.slice(first, min(first + ROWS, end))
            log.write(month, Rows(block, part, first))
            progress(len(part))


def _numbers(values: Floats, where: Bools) -> Column:
    return pa.array(values, mask=~where)
