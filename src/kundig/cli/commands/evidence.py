"""What the methods and models are worth, measured here: beside golden numbers, rivals and the published best."""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kundig.cli.command import argument, command, option
from kundig.cli.state import State, with_state
from kundig.cli.wording import spoken, worded
from kundig.message import Message, Number, sentence, show

if TYPE_CHECKING:
    from kundig.proof import Given, Line

MISSED = 1
MOST_SEED = 2**32 - 1
"""The generators of random numbers take no larger one."""


@command(
    "evidence",
    sentence(
        "Measure each method beside its golden number and each model beside its rival and the published best, on real data and on "
        "simulated data whose truth is known. Without NAME all. Ends with exit code 1 where a goal is missed."
    ),
    "kundig evidence churn --data ../shared/data",
)
@argument("names", metavar=sentence("[NAME]..."), nargs=-1)
@option(
    "--data", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar=sentence("FOLDER"), envvar="KUNDIG_EVIDENCE_DATA",
    help=sentence("The folder of real data sets, one folder each; without it only what needs none is measured."),
)  # fmt: skip
@option(
    "--seed", type=click.IntRange(0, MOST_SEED), metavar=sentence("NUMBER"),
    help=sentence("The seed of chance; without it one is drawn and said."),
)  # fmt: skip
@option("--quick", is_flag=True, help=sentence("Fewer repetitions."))
@option("--json", "as_json", is_flag=True, help=sentence("For programs: JSON."))
@with_state
def evidence(state: State, names: tuple[str, ...], data: Path | None, seed: int | None, quick: bool, as_json: bool) -> int:
    """Lines as they are measured; what cannot be measured here is said."""
    from kundig import proof

    drawn = secrets.randbelow(1_000_000) if seed is None else seed
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="kundig-evidence-") as scratch:
        given = proof.Given(data, drawn, Path(scratch), quick)
        for name in names or tuple(proof.shelf()):
            lines += _measured(state, name, given, silent=as_json)
    if as_json:
        state.screen.json({"seed": drawn, "lines": [_plain(line) for line in lines]})
    missed = [line.key for line in lines if line.reached is False]
    state.screen.note(Message("Seed {seed}; {n} figures, goals missed: {missed}.", {
        "seed": str(drawn), "n": len(lines), "missed": ", ".join(missed) or worded(sentence("none")),
    }))  # fmt: skip
    return MISSED if missed else 0


def _measured(state: State, name: str, given: Given, *, silent: bool) -> list[Line]:
    from kundig import proof

    found, began = proof.find(name), time.monotonic()
    absent = [folder for folder in found.data if given.folder(folder) is None]
    if absent:
        told = {"name": name, "folders": ", ".join(absent)}
        state.screen.note(Message("{name}: some of it cannot be measured here, no data in {folders}.", told))
    lines = list(found.prove(given))
    if not silent:
        _tell(state, found.title, lines, time.monotonic() - began)
    return lines


def _tell(state: State, title: str, lines: list[Line], seconds: float) -> None:
    state.screen.title(worded(Message("{title} ({seconds} s)", {"title": Message(title), "seconds": Number(seconds, 1)})))
    headers = (sentence("Figure"), sentence("Value"), sentence("Goal"), sentence("Reached"), sentence("Beside"))
    state.screen.table([worded(text) for text in headers], list(_rows(lines)), (False, True, False, False, False))
    for line in lines:
        if line.note:
            state.screen.paragraph(f"{line.key}: {line.note}", indent="  ")
    state.screen.data()


def _rows(lines: list[Line]) -> Iterator[tuple[str, ...]]:
    for line in lines:
        beside = "; ".join(f"{name} {_number(value)}" for name, value in line.beside.items())
        yield line.key, _number(line.value), line.goal, "" if line.reached is None else show(line.reached, spoken()), beside


def _number(value: float | None) -> str:
    return show(None if value is None else Number(value, 0 if float(value).is_integer() and abs(value) >= 10 else 4), spoken())


def _plain(line: Line) -> dict[str, Any]:
    return {
        "key": line.key, "value": line.value, "goal": line.goal, "reached": line.reached, "beside": dict(line.beside),
        "note": line.note,
    }  # fmt: skip


command = evidence
