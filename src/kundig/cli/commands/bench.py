"""How fast is it here? Runs the measurements of a source checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

import kundig
from kundig.cli.command import command
from kundig.errors import KundigError
from kundig.message import sentence


@command(
    "bench",
    sentence("Measure kundig on this machine; needs a checkout of the source. What follows is handed on: kundig bench -- --help"),
    "kundig bench -- --events 1000000",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="...")
def bench(words: tuple[str, ...]) -> int:
    """Run ``bench/`` in a process of its own; its exit code is ours."""
    checkout = Path(kundig.__file__).parents[2]
    if not (checkout / "bench" / "__main__.py").is_file():
        raise KundigError(
            "The measurements are not part of an installed kundig.", "Run `kundig bench` in a checkout of the source."
        )
    return subprocess.run([sys.executable, "-m", "bench", *words], cwd=checkout, check=False).returncode  # noqa: S603 - our own program


command = bench
