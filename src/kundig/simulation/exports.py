"""The smaller exports: customers, orders, survey, cancellations, and the same tickets as a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from kundig.simulation import firm, phrases
from kundig.simulation.block import Block
from kundig.simulation.chance import pick, stream
from kundig.simulation.days import DAY, HOUR, Ints
from kundig.simulation.lines import Clock, Column, Writer, codes, decimals, joined, quoted, words
from kundig.simulation.orders import NEVER
from kundig.simulation.people import People
from kundig.simulation.slots import Slot

CUSTOMERS = ("Kundennummer", "Name", "E-Mail", "Telefon", "Firma", "Tarif", "Monatspreis (EUR)", "Kunde seit", "Werbung erlaubt")
ORDERS = (
    "Bestellnummer", "Kundennummer", "Artikel", "Betrag (EUR)", "Kanal", "Bestellt am", "Versandt am", "Zugesagte Lieferung",
    "Geliefert am", "Status",
)  # fmt: skip
SURVEY = ("response_id", "submitted_at", "ticket_id", "customer_number", "score", "comment")
CANCELLATIONS = ("Kundennummer", "Kündigung eingegangen am", "Vertragsende", "Kündigungsgrund", "Kanal")
TICKETS = (
    "Ticketnummer", "Kundennummer", "Erstellt am", "Erste Antwort am", "Gelöst am", "Fällig am", "Anlass", "Kanal", "Team",
    "Bearbeiter", "Priorität", "Status", "Bewertung", "Bearbeitungszeit (Std.)",
)  # fmt: skip
PRIORITIES = ("niedrig", "normal", "hoch")
SURVEY_SHARE = 0.13
LATIN = "cp1252"


class Exports:
    """All small files of one simulation, open until :meth:`close`."""

    def __init__(self, folder: Path, table_folder: Path, clock: Clock, agents: list[str]) -> None:
        self.clock, self.agents = clock, agents
        self.customers = Writer(folder / "customers.csv", CUSTOMERS, encoding=LATIN)
        self.orders = Writer(folder / "orders.csv", ORDERS, encoding=LATIN)
        self.survey = Writer(folder / "survey.csv", SURVEY, delimiter=",")
        self.cancellations = Writer(folder / "cancellations.csv", CANCELLATIONS, encoding=LATIN)
        self.tickets = Writer(table_folder / "tickets.csv", TICKETS, encoding=LATIN)

    def write(self, block: Block) -> None:
        """Add one block to every file."""
        self._customers(block.people)
        self._orders(block)
        self._survey(block)
        self._cancellations(block)
        self._tickets(block)

    def close(self) -> dict[Path, int]:
        writers = (self.customers, self.orders, self.survey, self.cancellations, self.tickets)
        for writer in writers:
            writer.close()
        return {writer.path: writer.rows for writer in writers}

    def _customers(self, people: People) -> None:
        prices = np.array([round(price * 100) for _, price in firm.TARIFFS])
        self.customers.write([
            codes("K", 1_000_000 + people.number, 7), full_names(people), addresses(people), phones(people),
            words([f"Musterfirma {i:05d} GmbH" for i in range(int(people.business.max(initial=0)) + 1)],
                  np.maximum(people.business, 0), people.business >= 0),
            words([name for name, _ in firm.TARIFFS], people.tariff), decimals(prices[people.tariff]),
            self.clock.date(people.since), words(("nein", "ja"), people.advertising.astype(np.int64)),
        ])  # fmt: skip

    def _orders(self, block: Block) -> None:
        orders, end = block.orders, block.world.calendar.end
        sent, arrived = orders.shipped < end, orders.delivered < end
        prices = np.array([price for _, price in firm.ARTICLES])
        self.orders.write([
            codes("B", block.numbers.orders + np.arange(len(orders)), 8),
            codes("K", 1_000_000 + block.people.number[orders.customer], 7),
            words([name for name, _ in firm.ARTICLES], orders.article), decimals(prices[orders.article]),
            words(firm.CHANNELS, orders.channel), self.clock.minute(orders.ordered), self.clock.minute(orders.shipped, sent),
            self.clock.minute(orders.promised), self.clock.minute(orders.delivered, arrived),
            words(("bestellt", "versandt", "zugestellt"), sent.astype(np.int64) + arrived),
        ])  # fmt: skip

    def _survey(self, block: Block) -> None:
        """Answers to a mail some days after the ticket was closed: 0 to 10 and now and then a comment."""
        rng = stream(block.world.seed, block.index, "survey")
        closed, end = block.played.closed, block.world.calendar.end
        sent = closed + DAY + (rng.exponential(20 * HOUR, len(closed))).astype(np.int64)
        score = np.clip(np.rint(block.played.satisfaction * 2.5 - 2.5 + rng.normal(0, 1.2, len(closed))), 0, 10).astype(np.int64)
        answers = (rng.random(len(closed)) < SURVEY_SHARE) & (sent < end) & (closed < end)
        group = np.searchsorted([7, 9], score, side="right")
        comment = np.where(rng.random(len(closed)) < 0.4, group * 3 + rng.integers(0, 3, len(closed)), -1)
        at = np.flatnonzero(answers)
        at = at[np.argsort(sent[at], kind="stable")]
        texts = quoted([text for texts in phrases.COMMENTS for text in texts], ",").to_pylist()
        self.survey.write([
            codes("R", block.numbers.tickets + at, 8), self.clock.utc(block.world.calendar.exists(sent[at])),
            codes("T", block.numbers.tickets + at, 8),
            codes("K", 1_000_000 + block.people.number[block.tickets.customer[at]], 7),
            words([str(i) for i in range(11)], score[at]), words(texts, np.maximum(comment[at], 0), comment[at] >= 0),
        ])  # fmt: skip

    def _cancellations(self, block: Block) -> None:
        rng = stream(block.world.seed, block.index, "cancellations")
        at = np.flatnonzero(block.leaving.left_at < NEVER)
        at = at[np.argsort(block.leaving.left_at[at], kind="stable")]
        left = block.leaving.left_at[at]
        self.cancellations.write([
            codes("K", 1_000_000 + block.people.number[at], 7), self.clock.minute(left),
            self.clock.date(left + 30 * DAY), words(phrases.STATED_REASONS, pick(rng, (0.3, 0.2, 0.1, 0.1, 0.3), len(at))),
            words(firm.CHANNELS, block.people.channel[at]),
        ])  # fmt: skip

    def _tickets(self, block: Block) -> None:
        tickets, played, end = block.tickets, block.played, block.world.calendar.end
        answered = np.where(played.by_bot, played.times[:, Slot.BOT], played.times[:, Slot.FIRST])
        closed = played.closed
        due = block.world.calendar.due(tickets.opened, np.full(len(tickets), 5))
        hours = (closed - tickets.opened) // 360
        rated = block.seen[:, Slot.RATE]
        self.tickets.write([
            codes("T", block.numbers.tickets + np.arange(len(tickets)), 8),
            codes("K", 1_000_000 + block.people.number[tickets.customer], 7), self.clock.minute(tickets.opened),
            self.clock.minute(answered, answered < end), self.clock.minute(closed, closed < end), self.clock.minute(due),
            words([reason.name for reason in firm.REASONS], tickets.reason), words(firm.CHANNELS, tickets.channel),
            words(firm.TEAMS, played.teams[:, -1], ~played.by_bot), words(self.agents, played.agents[:, -1], ~played.by_bot),
            words(PRIORITIES, _priorities(block)), words(("offen", "geschlossen"), (closed < end).astype(np.int64)),
            words([str(i) for i in range(6)], np.clip(np.rint(played.satisfaction), 1, 5).astype(np.int64), rated),
            decimals(hours, 1, closed < end),
        ])  # fmt: skip


def _priorities(block: Block) -> Ints:
    return np.where(block.tickets.reason == firm.OUTAGE, 2, (block.dice % 4 > 0).astype(np.int64))


def full_names(people: People) -> Column:
    return joined([words(firm.FIRST_NAMES, people.first_name), words(firm.LAST_NAMES, people.last_name)], " ")


def addresses(people: People) -> Column:
    """Such as joerg.mueller.17@example.org, everyone's own; one in twenty has none on file."""
    first = words([_plain(name) for name in firm.FIRST_NAMES], people.first_name)
    last = words([_plain(name) for name in firm.LAST_NAMES], people.last_name)
    who = joined([first, last, pa.array(people.number).cast(pa.string())], ".")
    whole = joined([who, words(firm.MAIL_DOMAINS, people.mail_domain)], "@")
    return whole.take(pa.array(np.arange(len(people)), mask=people.number % 20 == 13))


def phones(people: People) -> Column:
    known = people.phone >= 0
    area = words(firm.PHONE_RANGES, np.maximum(people.phone, 0) // 1000)
    whole = joined([area, codes("", np.maximum(people.phone, 0) % 1000, 3)], " ")
    return whole.take(pa.array(np.arange(len(people)), mask=~known))


_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ó": "o"})


def _plain(name: str) -> str:
    return name.lower().translate(_LETTERS)
