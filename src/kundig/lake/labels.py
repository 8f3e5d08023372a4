"""What models believe about events, beside the events and never in them: rows are only added, the newest of an event counts.

``model_version`` begins with the time it was written, so that the order of the text is the order in which they were said. An
empty value takes a label back: a newer model was not sure enough.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

from kundig import event
from kundig.errors import ModelError
from kundig.lake.append import ROWS_PER_FILE
from kundig.lake.reading import Reading
from kundig.lake.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

_NEW = """
with standing as (
  select event_id, value, probability, model_version,
    row_number() over (partition by event_id order by model_version desc) as place
  from stored_labels where name = :name and event_id in (select event_id from scored)
)
select s.event_id, :name as name, coalesce(s.value, '') as value, s.probability, :version as model_version
from scored s left join standing l on l.event_id = s.event_id and l.place = 1
where s.event_id in (select event_id from stored_events where event_id in (select event_id from scored))
  and (coalesce(s.value, '') is distinct from coalesce(l.value, '')
    or (l.event_id is not null and s.value is not null
      and (s.probability is distinct from l.probability or not contains(l.model_version, :model))))
order by s.event_id
"""
"""Labels of events that are stored (the erased are not) and that say something else than what stands."""


def label(store: Store, read: Callable[[], Reading], name: str, scored: pa.Table, model: str, now: dt.datetime) -> int:
    """Add what ``model`` (its version) believes of ``name``; returns how many labels were written.

    scored: one row per event with ``event_id``, ``value`` (null where the model abstains) and ``probability``.
    ModelError where a column is missing or an event comes twice.
    """
    _must_be_labels(scored)
    with store.writing(), read() as reading:
        reading.session.arrow("scored", scored.select(["event_id", "value", "probability"]))
        version = f"{_stamp(reading, now).isoformat(timespec='microseconds')} {model}"
        rows = reading.query(_NEW, {"name": name, "version": version, "model": f" {model}"})
        if rows.num_rows:
            _write(store, rows.select(list(event.LABELS.names)).cast(event.LABELS.arrow()))
        return rows.num_rows


def _must_be_labels(scored: pa.Table) -> None:
    import pyarrow.compute as pc

    missing = {"event_id", "value", "probability"} - set(scored.column_names)
    if missing:
        raise ModelError("Labels need the column {name}.", name=", ".join(sorted(missing)))
    if pc.count_distinct(scored["event_id"]).as_py() < scored.num_rows:
        raise ModelError("An event comes twice among the labels.", "Give one label per event.")


def _stamp(reading: Reading, now: dt.datetime) -> dt.datetime:
    """``now``, or just after the last label where the clock has not moved on since."""
    last = reading.query("select max(model_version) as last from stored_labels")["last"][0].as_py()
    if last is None:
        return now
    return max(now, dt.datetime.fromisoformat(last.split(" ")[0]) + dt.timedelta(microseconds=1))


def _write(store: Store, rows: pa.Table) -> None:
    from kundig.lake.writing import write

    work = store.new_folder("labels")
    try:
        store.commit(store.adopt("labels", write(rows, work, "labels", ROWS_PER_FILE)), [], "labels")
    finally:
        shutil.rmtree(work, ignore_errors=True)
