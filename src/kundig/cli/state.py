"""What the common options say, for one run of the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kundig.cli.screen import Screen
from kundig.cli.wording import spoken

if TYPE_CHECKING:
    from kundig.workspace import Workspace


@dataclass
class State:
    """Set option by option while click parses; read by the commands."""

    workspace: Path | None = None
    lang: str = ""
    yes: bool = False
    no_input: bool = False
    quiet: bool = False
    plain: bool = False
    traceback: bool = False

    @property
    def screen(self) -> Screen:
        """Where to say things, and how much of it."""
        return Screen(quiet=self.quiet, plain=self.plain, yes=self.yes, no_input=self.no_input)

    def open(self, **settings: Any) -> Workspace:
        """The workspace meant; ``settings`` win over its file. WorkspaceError where there is none."""
        from kundig import workspace

        return workspace.open(self.workspace, flags={"language": spoken(), **settings})


def with_state(function: Callable[..., Any]) -> Callable[..., Any]:
    """Hand the state to a command as its first argument."""
    return click.make_pass_decorator(State, ensure=True)(function)
