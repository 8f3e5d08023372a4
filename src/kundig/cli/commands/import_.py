"""Bring exports in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kundig.cli.accounting import account, plain
from kundig.cli.command import argument, command, option
from kundig.cli.pouring import pour
from kundig.cli.proposal import propose
from kundig.cli.state import State, with_state
from kundig.message import sentence

HELP = sentence(
    "Import files, folders and archives: CSV, Excel, ODS, Parquet, JSON lines, XES, OCEL and mbox, also zipped. "
    "kundig proposes what each column means, saves that as a mapping and uses it the next time. "
    "Rows that do not fit are kept; `kundig rejected` lists them."
)


@command(
    "import", HELP,
    "kundig import tickets.csv --dry-run",
    "kundig import exports/",
    "kundig import olist/ --mapping olist.toml",
)  # fmt: skip
@argument("paths", metavar=sentence("PATH..."), nargs=-1, required=True, type=click.Path(path_type=Path))
@option(
    "--mapping",
    metavar=sentence("FILE"),
    type=click.Path(path_type=Path),
    help=sentence("The mapping to use, instead of a saved or proposed one."),
)
@option("--source", metavar=sentence("NAME"), default="", help=sentence("What the system is called that the files come from."))
@option(
    "--time-zone",
    metavar=sentence("ZONE"),
    default="",
    help=sentence("The time zone of times without one; without it the workspace's."),
)
@option(
    "--dry-run", is_flag=True, help=sentence("Store nothing: show the mapping, the first ten events, and what would be rejected.")
)
@option("--json", "as_json", is_flag=True, help=sentence("For programs: JSON."))
@with_state
def import_(state: State, paths: tuple[Path, ...], dry_run: bool, as_json: bool, **settings: Any) -> None:
    """Import, or show what an import would do."""
    screen, workspace = state.screen, state.open()
    if dry_run:
        propose(screen, workspace, paths, as_json=as_json, **settings)
        return
    report = pour(screen, workspace, paths, **settings)
    if as_json:
        screen.json(plain(report))
    else:
        account(screen, report)


command = import_
