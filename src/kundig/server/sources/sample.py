"""The child that makes the sample firm in a workspace of its own: ``python -m kundig.server.sources.sample ID LANGUAGE``.

It is built aside and put into its place whole, so that nobody ever looks at half a firm.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig.errors import KundigError
from kundig.server import children
from kundig.server.sources import pour

if TYPE_CHECKING:
    pass

MODULE = "sources.sample"
CUSTOMERS = 300
SEED = 11
log = logging.getLogger("kundig.sample")


def run(id: str, lang: str) -> bool:
    """Make the firm, if the work called ``id`` waits; True where it stands."""
    from kundig.server import firm
    from kundig.server.sources.models import Import

    if not Import.objects.filter(pk=id, state=Import.WAITING).update(state=Import.RUNNING, phase="inventing"):
        return False
    work = Import.objects.get(pk=id)
    try:
        make(firm.folder() / firm.SAMPLE, lang, pour.Notes(work))
        work.state = Import.DONE
    except KundigError as error:
        work.result, work.state = {"problem": pour.problem(error)}, Import.FAILED
    except Exception:
        log.exception("the sample firm could not be made")
        work.result, work.state = {"problem": pour.problem(KundigError(pour.UNKNOWN, pour.WHAT_NOW))}, Import.FAILED
    work.save(update_fields=["state", "result"])
    return work.state == Import.DONE


def make(place: Path, lang: str, notes: Any) -> None:
    """The firm at ``place``: invented, imported, its journeys laid down."""
    from kundig import workspace
    from kundig.server.firm import run_folder
    from kundig.simulation import firm, simulate

    aside = Path(tempfile.mkdtemp(prefix="sample-", dir=run_folder()))
    try:
        simulate(aside / "exports", customers=CUSTOMERS, seed=SEED)
        notes.phase("reading")
        made = workspace.create(aside / "ws", time_zone=firm.ZONE, currency="EUR", language=lang, firm=firm.FIRM)
        made.import_files([aside / "exports" / "exports"], progress=notes.progress)
        notes.phase("folding")
        made.lake.fold(always=True)
        shutil.rmtree(place, ignore_errors=True)
        os.rename(aside / "ws", place)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def main(arguments: list[str]) -> int:
    """Make it, unless somebody else is at it."""
    from kundig.server import firm, logs, serve

    logs.configure({})
    lock = children.hold(MODULE)
    if lock is None:
        return 0
    serve.configure(firm.folder())
    run(arguments[0], arguments[1])
    lock.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
