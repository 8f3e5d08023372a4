"""The child that pours a file, or mended rows, into a lake: ``python -m kundig.server.sources.pour ID``.

One at a time; the next one waits its turn. It notes how far it is, and at the end what became of every row; a kill leaves
the lake as it was, or with the whole file in it, which is then known again.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from kundig.errors import KundigError
from kundig.message import LANGUAGES, Message, say, sentence
from kundig.server import children

if TYPE_CHECKING:
    from kundig.ingest import ImportReport
    from kundig.server.sources.models import Import
    from kundig.workspace import Workspace

MODULE = "sources.pour"
NOTED_S = 0.5
"""Between two notes of how far it is."""
TURN_S = 0.5
UNKNOWN = sentence("The import failed inside kundig; nothing of it was stored.")
WHAT_NOW = sentence("Try again. If it fails again, the log run/sources.pour.log in the workspace says where.")
TOLD_ELSEWHERE = ("The mapping for {file} was proposed and saved as {mapping}.", "{file} was read with the mapping {mapping}.")
"""Warnings that name paths of the server, of no use on a page."""
log = logging.getLogger("kundig.pour")


class Notes:
    """How far an import is, written down now and then for the page that shows it."""

    def __init__(self, work: Import) -> None:
        self._work = work
        self._files: dict[str, int] = {}
        self._last = 0.0

    def progress(self, file: str, rows: int) -> None:
        """Rows read of a file so far."""
        self._files[file] = rows
        if time.monotonic() - self._last >= NOTED_S:
            self.phase("reading")

    def phase(self, name: str) -> None:
        """What is being done."""
        self._last = time.monotonic()
        type(self._work).objects.filter(pk=self._work.pk).update(phase=name, rows=sum(self._files.values()))


def run(id: str) -> bool:
    """Do the work called ``id``, if it waits; True where it was done and ended well."""
    from kundig.server.sources.models import Import

    if not Import.objects.filter(pk=id, state=Import.WAITING).update(state=Import.RUNNING, phase="reading"):
        return False
    work = Import.objects.get(pk=id)
    notes = Notes(work)
    try:
        work.result = told(_report(work, notes))
        work.state = Import.DONE
    except KundigError as error:
        log.warning("an import was refused", extra={"problem": type(error).__name__})
        work.result, work.state = {"problem": problem(error)}, Import.FAILED
    except Exception:
        log.exception("an import failed")
        work.result, work.state = {"problem": problem(KundigError(UNKNOWN, WHAT_NOW))}, Import.FAILED
    work.phase = ""
    _ended(work)
    _tidy(work)
    return work.state == Import.DONE


def _ended(work: Import) -> None:
    """Keep how it ended, and tell the systems that asked to be told, both or neither."""
    from django.db import transaction

    from kundig.server.rules import outbox

    with transaction.atomic():
        work.save(update_fields=["state", "result", "phase"])
        if work.state == work.DONE and not work.sample:
            outbox.tell(
                "import.finished", {"import": str(work.pk), "kind": work.kind, **{k: work.result[k] for k in ("rows", "events")}}
            )


def _report(work: Import, notes: Notes) -> ImportReport:
    from kundig.server.sources.imports import looking, reading, uploads

    workspace = _workspace(work)
    if work.kind == "replay":
        report = _replayed(workspace, uploads.path_of(work) if work.name else None)
    else:
        choices = looking.choices_of(work.choices)
        work.expected = reading.expected(uploads.path_of(work))
        work.save(update_fields=["expected"])
        report = reading.poured(workspace, uploads.path_of(work), choices, _last_step(work, notes))
    notes.phase("folding")
    workspace.lake.fold()
    return report


def _last_step(work: Import, notes: Notes) -> Callable[[str, int], None]:
    """Notes the rows, and that they are being stored once about all are read."""

    def progress(file: str, rows: int) -> None:
        notes.progress(file, rows)
        if work.expected and rows >= work.expected * 0.98:
            notes.phase("storing")

    return progress


def _workspace(work: Import) -> Workspace:
    from kundig.server import firm

    return firm.opened(str(firm.folder() / firm.SAMPLE)) if work.sample else firm.own()


def _replayed(workspace: Workspace, mended: Path | None) -> ImportReport:
    from kundig.ingest import replay
    from kundig.server.sources.imports import mending

    edited = mended.with_name(f"{mended.name}.read") if mended else None
    if mended and edited:
        mending.normalised(mended, edited)
    return replay(workspace.lake, workspace.places(), now=workspace.lake.clock(), edited=edited)


def _tidy(work: Import) -> None:
    """A file that was poured is deleted at once; one that was refused stays for two days, to be mapped otherwise."""
    from kundig.server.sources.imports import uploads

    if work.state == work.DONE or work.kind == "replay":
        uploads.forget_file(work)


def told(report: ImportReport) -> dict[str, Any]:
    """What a page shows of a report: counts, names of files and of new columns, and no value of anybody."""
    files = [
        {"file": one.file, "rows": asdict(one.rows), "looked_up": one.looked_up, "events": one.events,
         "problem": in_all(one.problem) if one.problem else None} for one in report.files
    ]  # fmt: skip
    events = {name: getattr(report, f"events_{name}") for name in ("new", "duplicate", "conflict", "withheld")}
    return {
        "rows": asdict(report.rows), "looked_up": report.looked_up, "files": files, "events": events,
        "new_columns": [{"file": one.file, "column": one.column, "n": one.filled} for one in report.new_columns],
        "warnings": [in_all(one) for one in report.warnings if one.text not in TOLD_ELSEWHERE],
        "decisions": report.decisions, "lake_version": report.lake_version, "seconds": round(report.seconds, 1),
    }  # fmt: skip


def problem(error: KundigError) -> dict[str, dict[str, str]]:
    """What went wrong and the next step, in every language."""
    values = {name: _bare(value) for name, value in error.values.items()}
    hint = Message(error.hint, values)
    return {"title": in_all(Message(error.text, values)), "hint": in_all(hint) if error.hint else {}}


def _bare(value: Any) -> Any:
    """A file by its name: nobody at a browser knows the folders of the server."""
    return Path(value).name.removesuffix(".read") if isinstance(value, str) and "/uploads/" in value else value


def in_all(message: Message | str) -> dict[str, str]:
    """A text in every language: who looks at it later may speak another one."""
    return {lang: say(message, lang) for lang in LANGUAGES}


def main(arguments: list[str]) -> int:
    """Wait for the turn, then do it."""
    from kundig.server import firm, logs, serve

    logs.configure({})
    lock = _turn()
    serve.configure(firm.folder())
    run(arguments[0])
    lock.close()
    return 0


def _turn() -> IO[str]:
    while (lock := children.hold(MODULE)) is None:
        time.sleep(TURN_S)
    return lock


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
