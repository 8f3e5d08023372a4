"""Pour files into a workspace: what ``import``, ``rejected replay`` and ``demo`` do alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig.cli.screen import Screen
from kundig.cli.wording import worded
from kundig.message import sentence, sentences

if TYPE_CHECKING:
    from kundig.ingest import ImportReport
    from kundig.workspace import Workspace

READING = sentence("Importing")


def pour(screen: Screen, workspace: Workspace, paths: Sequence[Path], **settings: Any) -> ImportReport:
    """Import ``paths`` under a progress bar; ``settings`` are those of ``Workspace.import_files``."""
    with reading(screen) as progress:
        return workspace.import_files(paths, progress=progress, **settings)


def replay_rows(workspace: Workspace, corrected: Path | None) -> ImportReport:
    """Import rejected rows again, as ``corrected`` (a file of ``kundig rejected --csv``) has them where it is given."""
    from kundig.ingest import replay

    report = replay(workspace.lake, workspace.places(), now=workspace.lake.clock(), edited=corrected)
    workspace.lake.fold()
    return report


@contextmanager
def reading(screen: Screen) -> Iterator[Callable[[str, int], None]]:
    """A progress bar that shows which file is read and how many rows of it."""
    with screen.progress(READING) as advance:
        yield lambda file, rows: advance(rows, 0, worded(sentences("{file}: {n} row", "{file}: {n} rows", rows, file=file)))
