"""Everything once, with invented data: simulate, import, ask, report, serve."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kundig.cli import serving
from kundig.cli.accounting import account
from kundig.cli.command import argument, command, option
from kundig.cli.page import write_report
from kundig.cli.pouring import pour
from kundig.cli.screen import Screen
from kundig.cli.simulating import invent
from kundig.cli.state import State, with_state
from kundig.cli.wording import spoken, worded
from kundig.errors import WorkspaceError
from kundig.message import Message, sentence

if TYPE_CHECKING:
    from kundig.workspace import Workspace

MARK = ".kundig-demo"
CUSTOMERS = 2_000
QUESTIONS = ("data-quality", "contacts-per-case", "handovers", "promises", "contact-reasons")


@dataclass(frozen=True)
class Place:
    """Where the demo keeps what."""

    folder: Path

    @property
    def simulated(self) -> Path:
        return self.folder / "telecom"

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def page(self) -> Path:
        return self.folder / "report.html"

    def clear(self) -> None:
        """Remove an earlier demo and nothing else; WorkspaceError where the folder holds anything but a demo."""
        if (
            self.folder.exists()
            and not (self.folder / MARK).is_file()
            and (not self.folder.is_dir() or any(self.folder.iterdir()))
        ):
            raise WorkspaceError(
                "The folder {folder} holds something else than a demo.",
                "Name another folder: kundig demo FOLDER",
                folder=str(self.folder),
            )
        for part in (self.simulated, self.workspace):
            shutil.rmtree(part, ignore_errors=True)
        self.page.unlink(missing_ok=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / MARK).touch()


@command(
    "demo",
    sentence(
        "Show what kundig does, with the exports of an invented firm in FOLDER: import, ask, report, and serve it. "
        "Without a terminal the server is only started, seen to be well, and stopped. Takes a minute or two."
    ),
    "kundig demo",
    "kundig demo somewhere --lang de",
)
@argument("folder", metavar=sentence("[FOLDER]"), type=click.Path(path_type=Path), default=Path("kundig-demo"), required=False)
@option(
    "--customers",
    type=click.IntRange(min=1),
    default=CUSTOMERS,
    show_default=True,
    metavar=sentence("NUMBER"),
    help=sentence("How many customers."),
)
@with_state
def demo(state: State, folder: Path, customers: int) -> None:
    """Run the whole way, saying each step."""
    screen, place = state.screen, Place(folder)
    place.clear()
    _simulate(screen, place, customers)
    workspace = _import(screen, place)
    _ask(screen, workspace)
    screen.note(sentence("4/5  Writing the report."))
    write_report(screen, workspace, place.page, workspace.where())
    _point_onward(screen, place)
    _serve(screen, place)


def _simulate(screen: Screen, place: Place, customers: int) -> None:
    screen.note(sentence("1/5  Inventing a telecom firm, its customers and what they live through."))
    invent(screen, place.simulated, customers=customers)


def _import(screen: Screen, place: Place) -> Workspace:
    from kundig import workspace
    from kundig.simulation import firm

    screen.note(sentence("2/5  Importing the exports, as they are."))
    made = workspace.create(place.workspace, time_zone=firm.ZONE, currency="EUR", language=spoken(), firm=firm.FIRM)
    account(screen, pour(screen, made, [place.simulated / "exports"]), sums_only=True)
    return made


def _ask(screen: Screen, workspace: Workspace) -> None:
    screen.note(sentence("3/5  Asking."))
    for name in QUESTIONS:
        answer = workspace.ask(name)
        screen.title(worded(answer.title))
        for message in answer.sentences[:2]:
            screen.paragraph(message, indent="  ")


def _point_onward(screen: Screen, place: Place) -> None:
    screen.data()
    screen.say(Message("Open the report in a browser: {file}", {"file": str(place.page.resolve())}))
    screen.say(sentence("Then try:"))
    for line in ("insights", "ask journey-map --svg map.svg", "ask promises --channel phone"):
        screen.data(f"  {_program()} -w {place.workspace} {line}")


def _program() -> str:
    """What to type here: the command's path where its folder is not on the search path."""
    called = Path(sys.argv[0])
    if shutil.which("kundig") or called.name != "kundig":
        return "kundig"
    return str(called.relative_to(Path.cwd()) if called.is_relative_to(Path.cwd()) else called)


def _serve(screen: Screen, place: Place) -> None:
    """A person gets the running server; a script, which could not stop it, the proof that it runs."""
    from kundig import workspace

    screen.note(sentence("5/5  Starting the server."))
    port = serving.free_port(workspace.open(place.workspace).settings.port)
    if sys.stdin.isatty():
        serving.run(screen, workspace.open(place.workspace, flags={"host": serving.LOOPBACK, "port": port}))
        return
    address = serving.prove(place.workspace, port)
    screen.say(Message("The server answered at {address} and can store; it is stopped again.", {"address": address}))
    screen.say(sentence("To work with it:"))
    screen.data(f"  {_program()} -w {place.workspace} serve")


command = demo
