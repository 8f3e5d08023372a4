"""The lake: append, read for a purpose, fold, compact, export, erase, verify."""

from kundig.lake.lake import Lake
from kundig.lake.reading import Reading, Snapshot
from kundig.lake.staged import Appended, Staged
from kundig.lake.where import Where

__all__ = ["Appended", "Lake", "Reading", "Snapshot", "Staged", "Where"]
