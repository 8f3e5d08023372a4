"""From an export to events: mapping columns to fields, pouring rows, accounting for every one of them."""

from kundig.ingest.account import FileReport, ImportReport, NewColumn, Rows
from kundig.ingest.mapping import Mapping
from kundig.ingest.pour import Places, Progress, import_files
from kundig.ingest.propose import Proposal
from kundig.ingest.rejected import RejectedRow, list_rejected

__all__ = [
    "FileReport",
    "ImportReport",
    "Mapping",
    "NewColumn",
    "Places",
    "Progress",
    "Proposal",
    "RejectedRow",
    "Rows",
    "import_files",
    "list_rejected",
]
