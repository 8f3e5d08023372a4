"""Every row is accounted for: used + rejected + duplicate + without event + withheld = read, per file and in total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from kundig.errors import DataError
from kundig.message import Message, sentence, sentences

BALANCE = sentence("The rows of {file} do not add up: {read} read, {found} accounted for.")


@dataclass(frozen=True)
class Rows:
    """What became of the rows read."""

    read: int = 0
    used: int = 0
    rejected: int = 0
    duplicate: int = 0
    without_event: int = 0
    withheld: int = 0

    def __add__(self, other: Rows) -> Rows:
        return Rows(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def check(self, file: str) -> None:
        """DataError where the sum is not right: then the import must not be believed."""
        found = self.used + self.rejected + self.duplicate + self.without_event + self.withheld
        if found != self.read:
            raise DataError(BALANCE, "Please report this as a fault of kundig.", file=file, read=self.read, found=found)


@dataclass(frozen=True)
class NewColumn:
    """A column the mapping does not know: kept in ``extra``; how often it is filled, how many values (at most), one of them."""

    file: str
    column: str
    filled: int
    distinct: int
    example: str

    @property
    def message(self) -> Message:
        return sentences(
            "New column {column} in {file}: kept in extra, filled in {n} row, for example {example}.",
            "New column {column} in {file}: kept in extra, filled in {n} rows, for example {example}.",
            self.filled, column=self.column, file=self.file, example=self.example or "-",
        )  # fmt: skip


@dataclass(frozen=True)
class FileReport:
    """One file of an import: which mapping it took, its rows, and how many of its events were new."""

    file: str
    mapping: str
    table: str
    rows: Rows = Rows()
    looked_up: int = 0
    events: int = 0
    problem: Message | None = None
    """Why nothing of the file was imported."""


@dataclass(frozen=True)
class ImportReport:
    """What an import did."""

    run: str
    files: Sequence[FileReport] = ()
    events_new: int = 0
    events_duplicate: int = 0
    events_conflict: int = 0
    events_withheld: int = 0
    new_columns: Sequence[NewColumn] = ()
    mappings: Sequence[Path] = ()
    """The mapping files used or written."""
    warnings: Sequence[Message] = ()
    rejected: Path | None = None
    """The file with the rejected rows of this import."""
    lake_version: int = 0
    seconds: float = 0.0
    decisions: int = 0
    """Consent decisions that were new."""

    @property
    def rows(self) -> Rows:
        """The rows of all files."""
        return sum((file.rows for file in self.files), Rows())

    @property
    def looked_up(self) -> int:
        """Rows read only to be looked up."""
        return sum(file.looked_up for file in self.files)

    @property
    def sentences(self) -> list[Message]:
        """The accounting in words, the sum first."""
        rows = self.rows
        told = [
            Message(
                "{read} rows read = {used} used + {rejected} rejected + {duplicate} duplicate + {without_event} without event "
                "+ {withheld} withheld.",
                {f.name: getattr(rows, f.name) for f in fields(rows)},
            ),
            Message(
                "{new} events stored, {duplicate} were there already, {conflict} refused because the same id is stored with "
                "other content, {withheld} withheld.",
                {
                    "new": self.events_new,
                    "duplicate": self.events_duplicate,
                    "conflict": self.events_conflict,
                    "withheld": self.events_withheld,
                },
            ),
        ]
        if self.looked_up:
            told.append(sentences("{n} row was only looked up.", "{n} rows were only looked up.", self.looked_up))
        if self.decisions:
            told.append(
                sentences("{n} consent decision was written down.", "{n} consent decisions were written down.", self.decisions)
            )
        if self.rejected:
            told.append(Message("The rejected rows are in {file}; `kundig rejected` lists them.", {"file": str(self.rejected)}))
        return [*told, *(column.message for column in self.new_columns), *self.warnings]
