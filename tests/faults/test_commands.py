"""Kill -9 of the ``kundig`` command: doing the same again is all a person must do, and then nothing is lost or doubled."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from kundig import workspace
from kundig.lake import Lake
from tests.faults.batches import content
from tests.faults.desk import command, customer, export, holding, kundig, stored, told, untidy
from tests.faults.killing import CLOCK, Ended, needs_strace, toll

pytestmark = needs_strace

MANY = 40
ROWS, BAD = 3000, 6
HIM = customer(13)


@dataclass(frozen=True)
class Command:
    """A command on a copy of the workspace ``template``."""

    template: Path
    words: tuple[str | Path, ...]

    def begin(self, folder: Path) -> None:
        shutil.copytree(self.template, folder)

    def command(self, folder: Path) -> list[str]:
        return command(folder, *self.words)


@dataclass(frozen=True)
class Importing(Command):
    def wrong(self, folder: Path, ended: Ended) -> list[str]:
        expected, found = told(0, ROWS), stored(folder)
        wrong = [] if found in ([], expected) else [f"{len(found)} events after the kill"]
        wrong += ["acknowledged and not there"] if ended.said and found != expected else []
        wrong += _import_again(folder, self.words, len(found))
        found = stored(folder)
        wrong += [] if found == expected else [f"{len(found)} events at the end"]
        return wrong + untidy(folder, BAD)


def _import_again(folder: Path, words: tuple[str | Path, ...], there: int) -> list[str]:
    again = kundig(folder, *words)
    if again.code:
        return [f"the second import fails: {again.err}"]
    rows = json.loads(again.out)["rows"]
    right = {
        "read": ROWS, "used": ROWS - BAD - there, "rejected": BAD, "duplicate": there, "without_event": 0, "withheld": 0,
    }  # fmt: skip
    return [] if rows == right else [f"{rows}, not {right}"]


@dataclass(frozen=True)
class Compacting(Command):
    before: list[dict[str, object]]

    def wrong(self, folder: Path, ended: Ended) -> list[str]:
        wrong = [] if content(Lake(folder)) == self.before else ["other rows after the kill"]
        again = kundig(folder, "compact")
        wrong += [f"the second compaction fails: {again.err}"] if again.code else []
        wrong += [] if content(Lake(folder)) == self.before else ["other rows at the end"]
        wrong += [] if len(Lake(folder).store.files("events")) == 1 else ["not compacted"]
        return wrong + untidy(folder, BAD)


@dataclass(frozen=True)
class Erasing(Command):
    source: Path
    pseudonym: str

    def wrong(self, folder: Path, ended: Ended) -> list[str]:
        others, everybody = told(0, ROWS, but=HIM), told(0, ROWS)
        wrong = [] if stored(folder) in (others, everybody) else ["half of his events are gone"]
        erased_before = not Lake(folder).store.state.open_sagas() and stored(folder) == others
        again = kundig(folder, *(["erase"] if erased_before else self.words))
        finished = "interrupted erasure was finished" in again.err and "Nobody is known" in again.err
        wrong += [f"the second erasure fails: {again.err}"] if again.code and not finished else []
        wrong += [] if stored(folder) == others else ["not exactly his events are gone"]
        with Lake(folder).store.writing():
            pass  # the next writer, whatever it wants
        wrong += [f"{path.name} names him" for path in holding(folder, HIM)]
        left = [path.name for path in holding(folder, self.pseudonym)]
        wrong += [f"{name} holds his pseudonym" for name in left if name != "state.sqlite3"]
        kundig(folder, "import", self.source, "--source", "desk")
        wrong += [] if stored(folder) == others else ["an old file brings him back"]
        return wrong + untidy(folder, BAD)


def importing(folder: Path) -> Importing:
    workspace.create(folder / "template")
    return Importing(folder / "template", ("import", export(folder / "desk.csv", 0, ROWS), "--source", "desk", "--json"))


def compacting(folder: Path) -> Compacting:
    template = folder / "template"
    made = workspace.create(template)
    for n in range(3):
        made.import_files([export(folder / f"desk{n}.csv", n * 1000, n * 1000 + 1000)], source="desk")
    return Compacting(template, ("compact",), content(Lake(template)))


def erasing(folder: Path) -> Erasing:
    source = export(folder / "desk.csv", 0, ROWS)
    made = workspace.create(folder / "template")
    made.import_files([source], source="desk")
    (pseudonym,) = made.lake.find(made.key, HIM).ids
    return Erasing(folder / "template", ("erase", HIM), source, pseudonym)


def test_import(tmp_path: Path) -> None:
    toll(importing(tmp_path), tmp_path, 1, "import").check(1)


def test_import_at_a_moment(tmp_path: Path) -> None:
    toll(importing(tmp_path), tmp_path, 1, "import moment", [CLOCK]).check(1)


def test_compaction(tmp_path: Path) -> None:
    toll(compacting(tmp_path), tmp_path, 1, "compact").check(1)


def test_erasure(tmp_path: Path) -> None:
    toll(erasing(tmp_path), tmp_path, 1, "erase").check(1)


@pytest.mark.long
def test_import_long(tmp_path: Path) -> None:
    toll(importing(tmp_path), tmp_path, MANY, "import long").check(MANY)


@pytest.mark.long
def test_import_at_many_moments(tmp_path: Path) -> None:
    toll(importing(tmp_path), tmp_path, MANY // 2, "import moments", [CLOCK]).check(MANY // 2)


@pytest.mark.long
def test_compaction_long(tmp_path: Path) -> None:
    toll(compacting(tmp_path), tmp_path, MANY // 2, "compact long").check(MANY // 2)


@pytest.mark.long
def test_erasure_long(tmp_path: Path) -> None:
    toll(erasing(tmp_path), tmp_path, MANY, "erase long").check(MANY)
