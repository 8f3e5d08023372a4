"""A telecom firm that never was, and its customers, seeded, with the truth known.

It gives the demo its data, later models a ground truth, and the benchmark any size. :func:`simulate` writes into a folder:

``exports/``, one coherent set; import it whole:

- ``interactions.csv``: the help desk's log, one row per event of a ticket; UTF-8, ``;``, ``dd.mm.yyyy HH:MM:SS``, decimal
  comma, ``Bewertung`` from 1 to 5 with 5 the best. With more than 10,000 customers it is one file per month, such as
  ``interactions/interactions-2025-05.csv``, each sorted by time within blocks of 10,000 customers. As Parquet the columns are
  the same, typed, and times are UTC.
- ``customers.csv``, ``orders.csv``, ``cancellations.csv``: Windows-1252, ``;``, German dates and decimal comma. An order is one
  row with several dates, ``Zugesagte Lieferung`` among them, which is a promise.
- ``survey.csv``: UTF-8, ``,``, English headers, ISO times in UTC: a score from 0 to 10 about a ticket.
- ``app.jsonl``: Segment ``track`` and ``identify``; some sessions are anonymous.
- ``mailbox.mbox``: the shop's mails, about matters that are not in the help desk; only with texts.

``ticket_table/tickets.csv``: the same tickets as in the log, one row per ticket with a column per date, for those who only
have such an export. Do not import it together with the log: everything would count twice.

``truth/``, never imported: ``truth.json`` with every parameter, and ``customers``, ``tickets``, ``promises``, ``messages``,
``agents`` as Parquet: types, hazards, handovers, re-explanations by event number, outcomes of promises.
In the last days customers write of an update that goes wrong, which nobody wrote of before (``new_topic``).

Times without a zone are German local time. Names are drawn from lists, telephone numbers are those the Bundesnetzagentur
reserves for films, mail addresses end in the reserved example.com, .org and .net. Kolkfunk is no real company.

Three worlds: "effects" (broken promises and re-explanations make customers leave), "none" (leaving has nothing to do with
service), "other" (a threshold, an interaction and a bathtub, which no linear model has). The same arguments give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from kundig.errors import ConfigError

WORLDS = ("effects", "none", "other")
FORMATS = ("csv", "parquet")
CUSTOMERS = 2_000
START = date(2025, 5, 1)
MONTHS = 18


@dataclass(frozen=True)
class Summary:
    """What was written: rows per file, relative to the folder, and the totals of the help desk's log."""

    folder: Path
    files: dict[str, int]
    events: int
    customers: int
    tickets: int
    leavers: int


def simulate(
    folder: Path,
    *,
    customers: int | None = None,
    events: int | None = None,
    seed: int = 1,
    world: str = "effects",
    start: date = START,
    months: int = MONTHS,
    lang: str = "de",
    progress: Callable[[int], None] | None = None,
    format: Literal["csv", "parquet"] = "csv",
    texts: bool = True,
) -> Summary:
    """Write the exports of ``customers`` customers, or as many as make about ``events`` rows of the log (within some per cent).

    ``progress`` is called with the number of log rows written since the last call. Memory is bounded by a block of customers.
    Raises ConfigError for arguments that cannot be used and for a folder that is not empty.
    """
    _check_sizes(customers, events, months, seed)
    _check_words(world, format, lang)
    _check_place(folder, start)
    from kundig.simulation import run

    place = run.world(seed, world, start, months)
    n = customers or (run.customers_for(events, place) if events else CUSTOMERS)
    arguments = {
        "seed": seed, "world": world, "start": start.isoformat(), "months": months,
        "customers": n, "format": format, "texts": texts,
    }  # fmt: skip
    files, counts = run.write(run.Run(folder, place, n, format, texts, arguments), progress or (lambda rows: None))
    shown = {path.relative_to(folder).as_posix(): rows for path, rows in files.items()}
    return Summary(folder, shown, counts["events"], counts["customers"], counts["tickets"], counts["leavers"])


def _check_sizes(customers: int | None, events: int | None, months: int, seed: int) -> None:
    if customers is not None and events is not None:
        raise ConfigError("The number of customers and the number of events cannot both be given.", "Leave one of them out.")
    if min(n for n in (customers, events, months) if n is not None) < 1:
        raise ConfigError("The numbers of customers, events and months must be at least 1.")
    if seed < 0:
        raise ConfigError("The seed {seed} is negative.", "Give 0 or more.", seed=seed)


def _check_words(world: str, format: str, lang: str) -> None:
    if world not in WORLDS:
        raise ConfigError(
            "There is no world called {world}.", "Choose one of: {choices}.", world=world, choices=", ".join(WORLDS)
        )
    if format not in FORMATS:
        raise ConfigError(
            "{format} is no format of the log.", "Choose one of: {choices}.", format=format, choices=", ".join(FORMATS)
        )
    if lang != "de":
        raise ConfigError("The simulated firm writes German only, not {language}.", language=lang)


def _check_place(folder: Path, start: date) -> None:
    if start.day != 1:
        raise ConfigError("The simulation begins on the first of a month, not on {start}.", "Such as 2025-05-01.", start=start)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError("The folder {folder} is not empty.", "Name a new folder, or delete what is in it.", folder=str(folder))
