"""An invented event log of any size for measuring: bounded memory, the same for the same seed.

Cases have a log-normal number of events (median 6), activities follow a first-order chain over 40 names with a Zipf
tail, a customer has a few cases and a favourite channel. Rows come in time order, as a system would export them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

ACTIVITIES = [
    "Anfrage", "Antwort", "Rückfrage", "Übergabe", "Wartet auf Kunde", "Geschlossen", "Wiedereröffnet", "Termin vereinbart",
    *(f"Schritt {n:02d}" for n in range(1, 33)),
]  # fmt: skip
CHANNELS = ["Telefon", "E-Mail", "Chat", "Web", "App", "Filiale", "Brief", "Social Media"]
REASONS = ["Rechnung", "Störung", "Lieferung", "Vertrag", "Umzug", "Kündigung", "Technik", "Sonstiges"]
TEAMS = [f"Team {n}" for n in range(1, 13)]
CHUNK = 1_000_000
_START = np.datetime64("2024-01-01T00:00:00", "us").astype(np.int64)
_SPAN = 730 * 86_400 * 1_000_000


def generate(events: int, folder: Path, *, csv: bool, seed: int = 7) -> Path:
    """Write ``events`` rows to ``folder/events.parquet`` or ``.csv``; returns the file. What is there already is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ("events.csv" if csv else "events.parquet")
    if path.exists():
        return path
    temporary = path.with_suffix(".part")
    writer: pc.CSVWriter | pq.ParquetWriter | None = None
    for table in tables(events, seed):
        writer = writer or (
            pc.CSVWriter(temporary, table.schema) if csv else pq.ParquetWriter(temporary, table.schema, compression="zstd")
        )
        writer.write_table(table)
    if writer:
        writer.close()
    temporary.rename(path)
    return path


def tables(events: int, seed: int = 7) -> Iterator[pa.Table]:
    """The log in chunks of at most a million rows, in time order."""
    rng = np.random.default_rng(seed)
    customers = max(100, events // 30)
    favourite = rng.integers(0, len(CHANNELS), customers)
    chunks = -(-events // CHUNK)
    first_case = first_event = 0
    for number in range(chunks):
        rows = min(CHUNK, events - first_event)
        low, high = _START + _SPAN * number // chunks, _START + _SPAN * (number + 1) // chunks
        lengths = _lengths(rng, rows)
        yield _table(rng, lengths, favourite, first_case, first_event, int(low), int(high))
        first_case += len(lengths)
        first_event += rows


def _lengths(rng: np.random.Generator, rows: int) -> np.ndarray:
    drawn = np.clip(np.rint(rng.lognormal(np.log(6.0), 1.0, rows // 4 + 100)), 1, 200).astype(np.int64)
    cut = int(np.searchsorted(np.cumsum(drawn), rows))
    lengths = drawn[: cut + 1]
    lengths[-1] -= int(lengths.sum()) - rows
    return lengths


def _chain(rng: np.random.Generator, lengths: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Activity codes: 45 % the usual successor, 8 % the same again, else drawn from a Zipf distribution."""
    n = len(ACTIVITIES)
    weights = 1.0 / np.arange(1, n + 1) ** 1.2
    cumulated = np.cumsum(weights / weights.sum())
    codes = np.empty(int(lengths.sum()), np.int64)
    current = np.minimum(np.searchsorted(cumulated, rng.random(len(lengths)) ** 1.6), n - 1)
    alive = np.arange(len(lengths))
    for step in range(int(lengths.max())):
        alive = alive[lengths[alive] > step]
        if step:
            draw, before = rng.random(len(alive)), current[alive]
            other = np.minimum(np.searchsorted(cumulated, rng.random(len(alive))), n - 1)
            current[alive] = np.where(draw < 0.45, (before * 7 + 3) % n, np.where(draw < 0.53, before, other))
        codes[starts[alive] + step] = current[alive]
    return codes


def _table(
    rng: np.random.Generator, lengths: np.ndarray, favourite: np.ndarray, first_case: int, first_event: int, low: int, high: int
) -> pa.Table:
    n, cases = int(lengths.sum()), len(lengths)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    case = np.repeat(np.arange(cases), lengths)
    customer = (len(favourite) * rng.random(cases) ** 1.8).astype(np.int64)[case]
    channel = np.where(rng.random(n) < 0.7, favourite[customer], rng.integers(0, len(CHANNELS), n))
    gap = np.where(rng.random(n) < 0.6, rng.lognormal(np.log(180.0), 1.0, n), rng.lognormal(np.log(40_000.0), 1.2, n)) * 1e6
    gap[starts] = 0
    passed = np.cumsum(gap.astype(np.int64))
    time = np.repeat(rng.integers(low, high, cases), lengths) + passed - np.repeat(passed[starts], lengths)
    activity = _chain(rng, lengths, starts)
    reason = rng.integers(0, len(REASONS), cases)[case]
    team = np.where(rng.random(n) < 0.75, (reason + case) % len(TEAMS), rng.integers(0, len(TEAMS), n))
    agent = team * 20 + rng.integers(0, 20, n)
    order = np.argsort(time, kind="stable")
    return pa.table({
        "Ereignis-Nr": _numbered("E", first_event + np.arange(n), 9),
        "Zeitpunkt": pa.array(time[order], pa.timestamp("us", tz="UTC")),
        "Vorgang": _numbered("T", first_case + case[order], 8),
        "Kundennummer": _numbered("K", customer[order], 8),
        "Aktivität": _named(ACTIVITIES, activity[order]),
        "Kanal": _named(CHANNELS, channel[order]),
        "Team": _named(TEAMS, team[order]),
        "Bearbeiter": _numbered("MA-", agent[order], 3),
        "Anlass": _named(REASONS, reason[order]),
    })  # fmt: skip


def _numbered(prefix: str, numbers: np.ndarray, width: int) -> pa.Array:
    import pyarrow.compute as compute

    digits = compute.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return compute.binary_join_element_wise(pa.scalar(prefix), digits, "")


def _named(names: list[str], codes: np.ndarray) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(names)).cast(pa.string())
