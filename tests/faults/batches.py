"""Small batches for a lake, and what of them is to be seen in it."""

from __future__ import annotations

from kundig.lake import Lake
from tests.lake.staging import rows_of

HIM = "h" * 32
HIS_TEXT = "HIM-HIMSELF"


def batch(number: int, size: int = 50) -> list[dict[str, object]]:
    """Rows of one batch: ids name the batch, cases run through all batches, every tenth row is of person "his"."""
    return [
        {
            "event_id": f"{number:016x}{n:016x}", "content_hash": n, "occurred_at": f"2026-01-{1 + number % 28:02d}T10:00",
            "case_id": f"k{n % 7}", "person_id": HIM if n % 10 == 0 else f"{n % 9:032d}", "position": n,
            "text": f"batch {number}, told by {HIS_TEXT if n % 10 == 0 else 'somebody'}, row {n} in all its length",
        }
        for n in range(size)
    ]  # fmt: skip


def ids_of(number: int) -> list[str]:
    """The event ids of a batch."""
    return [str(row["event_id"]) for row in batch(number)]


def ids(lake: Lake) -> list[str]:
    """All readable event ids."""
    return [r["event_id"] for r in rows_of(lake, "select event_id from events order by event_id")]


def content(lake: Lake) -> list[dict[str, object]]:
    """Every event, step and case as rows."""
    sql = (
        "select * from events order by event_id",
        "select * from steps order by case_id, position",
        "select * from cases order by case_id",
    )
    return [row for part in sql for row in rows_of(lake, part)]


def settle(lake: Lake) -> list[str]:
    """Let the next writer put things right; what is still wrong afterwards."""
    with lake.store.writing():
        pass
    return [str(p) for p in lake.verify().problems]
