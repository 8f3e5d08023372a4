"""From an export to events: mapping columns to fields, pouring rows, accounting for every one of them."""

from kundig.ingest.account import FileReport, ImportReport, NewColumn, Rows
from kundig.ingest.mapping import Mapping
from kundig.ingest.pour import Places, Progress, import_files
from kundig.ingest.preview import FilePreview, Preview, preview
from kundig.ingest.propose import Proposal
from kundig.ingest.rejected import RejectedRow, list_rejected, write_csv
from kundig.ingest.replay import replay

__all__ = [
    "import_files", "preview", "replay", "list_rejected", "write_csv", "Places", "Progress", "ImportReport", "FileReport", "Rows",
    "NewColumn", "Preview", "FilePreview", "Proposal", "Mapping", "RejectedRow",
]  # fmt: skip
