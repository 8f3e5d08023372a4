"""What can be known only when all rows were read: which true duplicate an event is, and which session it belongs to.

Both work on staged files, slice by slice of a hash, so memory is bounded by a slice and not by the import.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kundig import event
from kundig.engine import Session

ROWS_PER_SLICE = 4_000_000
_ROWS_PER_FILE = 2_000_000

_AGAIN = """
select event_id from staged where hash(event_id) in (
  select h from (select hash(event_id) as h from staged) where h % {slices} = {slice} group by h having count(*) > 1)
group by event_id having count(*) > 1
"""
_NUMBERED = """
select * exclude (number)
  replace (case when number = 1 then event_id else left(sha256(concat(event_id, chr(31), number)), 32) end as event_id)
from (select *, row_number() over (partition by event_id order by position) as number from staged
      where event_id in (select event_id from again))
union all
select * from staged where event_id not in (select event_id from again)
"""
_SESSIONS = """
select * exclude (began, start) replace ('session:' || person_id || ':' || cast(epoch(start) as bigint) as case_id)
from (select *, last_value(began ignore nulls) over (
        partition by person_id order by occurred_at, position, event_id rows between unbounded preceding and current row) as start
      from (select *, case when lag(occurred_at) over person is null
                or unix_micros(occurred_at) - unix_micros(lag(occurred_at) over person) > {pause} then occurred_at end as began
            from staged where person_id is not null and hash(person_id) % {slices} = {slice}
            window person as (partition by person_id order by occurred_at, position, event_id)))
"""


def number_duplicates(session: Session, folder: Path, files: Sequence[Path], rows: int, stem: str) -> list[Path]:
    """Files in which the n-th event of the same content (n > 1) has an id of its own: the hash of the first one's id and n.

    ``files`` are the staged events of one source file whose ids come from content.
    """
    slices = max(1, -(-rows // ROWS_PER_SLICE))
    _open(session, files)
    again = [session.query(_AGAIN.format(slices=slices, slice=i)) for i in range(slices)]
    if not any(table.num_rows for table in again):
        return list(files)
    import pyarrow as pa

    session.arrow("again", pa.concat_tables(again))
    written = session.write(_NUMBERED, folder, rows_per_file=_ROWS_PER_FILE, stem=stem)
    return _replaced(files, [file.path for file in written])


def cut_sessions(session: Session, folder: Path, files: Sequence[Path], rows: int, minutes: int, stem: str) -> list[Path]:
    """Files in which each person's events are cut into sessions wherever more than ``minutes`` pass without an event.

    A session is named after its person and its first event's time, so importing the file again gives the same names. A limit:
    events imported later that lie before a stored session or bridge two of them make a session of their own; stored
    events keep theirs. Events without a person stay without a case.
    """
    slices = max(1, -(-rows // ROWS_PER_SLICE))
    _open(session, files)
    written = session.write(
        "select * from staged where person_id is null", folder, rows_per_file=_ROWS_PER_FILE, stem=f"{stem}-none"
    )
    for i in range(slices):
        sql = _SESSIONS.format(pause=minutes * 60_000_000, slices=slices, slice=i)
        written += session.write(sql, folder, rows_per_file=_ROWS_PER_FILE, stem=f"{stem}-{i}")
    return _replaced(files, [file.path for file in written])


def _open(session: Session, files: Sequence[Path]) -> None:
    import pyarrow as pa

    schema = event.EVENTS.arrow().append(pa.field("text", pa.string())).append(pa.field("row", pa.int64()))
    session.files("staged", [str(path) for path in files], schema)


def _replaced(old: Sequence[Path], new: list[Path]) -> list[Path]:
    for path in old:
        path.unlink()
    return new
