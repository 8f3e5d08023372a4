"""Pour files into a workspace: what ``import``, ``rejected replay`` and ``demo`` do alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kundig.cli.screen import Screen
from kundig.cli.wording import worded
from kundig.message import Message, sentence

if TYPE_CHECKING:
    from kundig.ingest import ImportReport, Places
    from kundig.workspace import Workspace

READING = sentence("Importing")


def pour(
    screen: Screen,
    workspace: Workspace,
    paths: Sequence[Path],
    *,
    mapping: Path | None = None,
    source: str = "",
    time_zone: str = "",
) -> ImportReport:
    """Import ``paths`` under a progress bar, and lay the journeys down where enough is new."""
    from kundig.ingest import import_files

    with reading(screen) as progress:
        report = import_files(
            workspace.lake,
            paths,
            places(workspace, time_zone),
            mapping=mapping,
            source=source,
            now=workspace.lake.clock(),
            progress=progress,
        )
    workspace.lake.fold()
    return report


def places(workspace: Workspace, time_zone: str = "") -> Places:
    """Where an import finds the workspace's mappings, key and limits; ``time_zone`` is for times without one."""
    from kundig.ingest import Places

    s = workspace.settings
    return Places(workspace.mappings, workspace.rejected, workspace.key, time_zone or s.time_zone, s.memory, s.threads)


@contextmanager
def reading(screen: Screen) -> Iterator[Callable[[str, int], None]]:
    """A progress bar that shows which file is read and how many rows of it."""
    with screen.progress(READING) as advance:
        yield lambda file, rows: advance(rows, 0, worded(Message("{file}: {rows} rows", {"file": file, "rows": rows})))


def replay_rows(screen: Screen, workspace: Workspace, corrected: Path | None) -> ImportReport:
    """Import rejected rows again, as ``corrected`` (a file of ``kundig rejected --csv``) has them where it is given."""
    raise NotImplementedError
