"""The filter every question takes: ``--since``, ``--until``, ``--channel`` and so on, and which workspace day they mean."""

from __future__ import annotations

from typing import Any

import click

from kundig.cli.command import Option
from kundig.message import sentence

_METAVARS = {"since": sentence("DAY"), "until": sentence("DAY")}
_WORD = sentence("WORD")


def filters() -> list[click.Parameter]:
    """One option for each key of :class:`kundig.lake.Where`."""
    from kundig.lake.where import HELP

    return [Option([f"--{key}"], metavar=_METAVARS.get(key, _WORD), default="", help=text) for key, text in HELP.items()]


def given(settings: dict[str, Any]) -> dict[str, str]:
    """The filter in a command's ``settings``, as the user wrote it; ``Workspace.where`` reads the days."""
    from kundig.lake.where import HELP

    return {key: settings[key] for key in HELP if settings.get(key)}
