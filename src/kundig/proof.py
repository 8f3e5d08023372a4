"""A proof holds one method or model against what is known: a golden number, a rival, the published best, a planted truth.

A module on the shelf ``kundig/proofs`` has ``title`` (a sentence), ``data`` (the folders of real data it reads) and
``prove(given)``, which yields lines as they are measured. ``kundig evidence`` prints them, ``make evidence`` writes them to
``docs/evidence.md``. A line that misses its goal is shown as missed; nothing is left out.
"""

from __future__ import annotations

import importlib
import pkgutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from kundig.errors import QuestionError

if TYPE_CHECKING:
    from kundig.workspace import Workspace


@dataclass(frozen=True)
class Line:
    """One figure beside what it is held against.

    key: ``<model or measure>.<data set>.<figure>``, such as ``churn.mlc_churn.auc``; goal: such as ">= 0.915", "<= 0.042",
    "= 0.7362 +- 0.0005" or "" where there is none; beside: rivals, published and golden figures by who reached them.
    """

    key: str
    value: float | None
    goal: str = ""
    beside: Mapping[str, float | None] = field(default_factory=dict)
    note: str = ""
    """A short English remark: the protocol, or why it is worse."""

    @property
    def reached(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if not self.goal:
            return None
        if self.value is None:
            return False
        sign, number, *rest = self.goal.split()
        if sign == ">=":
            return self.value >= float(number)
        if sign == "<=":
            return self.value <= float(number)
        return abs(self.value - float(number)) <= (float(rest[1]) if rest else 0.0)


@dataclass(frozen=True)
class Given:
    """What a proof may use: the folder of real data, a seed drawn for this run, a scratch folder; ``quick`` for fewer repeats."""

    data: Path | None
    seed: int
    scratch: Path
    quick: bool = False

    def folder(self, name: str) -> Path | None:
        """The folder of one real data set; None where it is not here."""
        found = self.data / name if self.data else None
        return found if found and found.is_dir() else None


class Proof(Protocol):
    """What a module on the shelf has."""

    title: str
    data: tuple[str, ...]

    def prove(self, given: Given) -> Iterator[Line]: ...


@cache
def shelf() -> dict[str, Any]:
    """All proofs by name (dashes), in alphabetical order."""
    import kundig.proofs as folder

    names = sorted(info.name for info in pkgutil.iter_modules(folder.__path__) if not info.name.startswith("_"))
    return {name.replace("_", "-"): importlib.import_module(f"{folder.__name__}.{name}") for name in names}


def find(name: str) -> Any:
    """The proof called ``name``; QuestionError where there is none."""
    wanted = name.replace("_", "-").lower()
    if wanted not in shelf():
        raise QuestionError("There is no evidence called {name}.", "There is: {known}.", name=name, known=", ".join(shelf()))
    return shelf()[wanted]


@contextmanager
def simulated(given: Given, world: str = "effects", *, customers: int = 2_000, seed: int = 1) -> Iterator[tuple[Workspace, Path]]:
    """A workspace with a simulated firm's exports imported, and the folder of its truth."""
    from kundig import workspace
    from kundig.simulation import firm, simulate

    with tempfile.TemporaryDirectory(dir=given.scratch) as made:
        place = Path(made)
        simulate(place / "firm", customers=customers, seed=seed, world=world)
        opened = workspace.create(place / "workspace", time_zone=firm.ZONE)
        opened.import_files([place / "firm" / "exports"])
        yield opened, place / "firm" / "truth"
