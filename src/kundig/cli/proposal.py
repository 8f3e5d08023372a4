"""What an import would do, before it does it: the mapping proposed, the first events, what is unused, what would be rejected."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kundig.cli.screen import Screen

if TYPE_CHECKING:
    from kundig.workspace import Workspace


def propose(
    screen: Screen,
    workspace: Workspace,
    paths: Sequence[Path],
    *,
    as_json: bool,
    mapping: Path | None,
    source: str,
    time_zone: str,
) -> None:
    """Show it."""
