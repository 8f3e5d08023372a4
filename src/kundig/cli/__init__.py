"""The command line: every command in ``kundig/cli/commands``, in German and English, light until something is asked.

Conventions are those of clig.dev: data on standard output, messages on standard error, ``--json`` for programs,
errors that name the next step. Exit codes stand in :mod:`kundig.cli.failure`.
"""

from __future__ import annotations

from kundig.cli.root import root

__all__ = ["main", "root"]


def main() -> None:
    """Run the command line of this process; leaves with its exit code."""
    root.main()
