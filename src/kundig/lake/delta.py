"""One Delta table on a local disk: created, committed with fsync, and cleaned of what was erased.

The engine writes the Parquet files; Delta only commits them, so no value and no predicate enters its log. delta-rs
does not fsync (measured with strace and a simulated power loss), so files, log entry and both folders are synced here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kundig import event
from kundig.errors import LakeError
from kundig.lake.disk import disk_errors, sync
from kundig.lake.state import File

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from deltalake.transaction import AddAction, RemoveAction

_PROPERTIES: dict[str, str | None] = {
    "delta.dataSkippingNumIndexedCols": "0",
    "delta.logRetentionDuration": "interval 0 seconds",
    "delta.deletedFileRetentionDuration": "interval 0 seconds",
    "delta.enableExpiredLogCleanup": "false",
    "delta.checkpointInterval": "50",
}
_SCHEMA_VERSION = "kundig.schema_version"


def create(folder: Path, table: event.Table) -> int:
    """Make an empty table; returns its version."""
    import deltalake

    folder.mkdir(parents=True, exist_ok=True)
    properties = {**_PROPERTIES, _SCHEMA_VERSION: str(event.SCHEMA_VERSION)}
    made = deltalake.DeltaTable.create(
        folder, table.arrow(), name=table.name, configuration=properties, raise_if_key_not_exists=False
    )
    sync([*sorted((folder / "_delta_log").glob("*.json")), folder / "_delta_log", folder])
    return int(made.version())


def opened(folder: Path) -> DeltaTable:
    """The table at its newest version; LakeError where the log cannot be read or the lake is newer than this program."""
    import deltalake

    try:
        table = deltalake.DeltaTable(folder)
    except Exception as error:  # deltalake raises several unrelated types for a damaged log
        raise LakeError(
            "The log of table {table} cannot be read: {why}", "Run `kundig verify`.", table=folder.name, why=str(error)[:200]
        ) from error
    version = int(table.metadata().configuration.get(_SCHEMA_VERSION) or 0)
    if version > event.SCHEMA_VERSION:
        raise LakeError("The lake was written by a newer kundig (schema {found}).", "Update kundig.", found=version)
    return table


def commit(folder: Path, expected: int, add: Sequence[File], remove: Sequence[File], why: Mapping[str, str]) -> int:
    """Add and remove files in one atomic step and sync it; returns the new version.

    LakeError where the table is not at version ``expected``: another program wrote to it.
    """
    from deltalake import CommitProperties

    table = opened(folder)
    if table.version() != expected:
        raise LakeError(
            "Table {table} is at version {found}, not at {expected}: another program wrote to it.",
            "Run `kundig verify`.",
            table=folder.name, found=table.version(), expected=expected,
        )  # fmt: skip
    with disk_errors():
        sync([*(folder / f.path for f in add), folder])
        table.create_write_transaction(
            [_added(f) for f in add] + [_removed(f) for f in remove],
            mode="append",
            schema=table.schema(),
            partition_by=[],
            commit_properties=CommitProperties(custom_metadata=dict(why), max_commit_retries=100),
        )
        version = expected + 1
        log = folder / "_delta_log"
        sync([log / f"{version:020d}.json", log])
    return version


def live(table: DeltaTable) -> dict[str, tuple[int, int]]:
    """Path, relative to the table, of each live file with its size and rows as the log has them."""
    import pyarrow as pa

    actions = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    return {a["path"]: (a["size_bytes"], a["num_records"] or 0) for a in actions}


def clean(folder: Path, keep: set[str]) -> None:
    """Delete every file no version needs, and the log before the newest checkpoint.

    After an erasure nothing of an older version is left, so time travel beyond it is gone as well.
    """
    table = opened(folder)
    table.create_checkpoint()
    table.cleanup_metadata()
    log = folder / "_delta_log"
    sync([*log.iterdir(), log])
    for file in folder.glob("*.parquet"):
        if file.name not in keep:
            file.unlink()
    sync([folder])


def _added(file: File) -> AddAction:
    from deltalake.transaction import AddAction

    stats = json.dumps({"numRecords": file.rows})
    return AddAction(file.path, file.size, {}, int(time.time() * 1000), True, stats)


def _removed(file: File) -> RemoveAction:
    from deltalake.transaction import RemoveAction

    return RemoveAction(file.path, True, int(time.time() * 1000), file.size, {})
