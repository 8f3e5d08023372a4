"""Is everything that was stored still there, whole and unchanged?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kundig.cli.command import command, option
from kundig.cli.failure import DAMAGED
from kundig.cli.screen import Screen
from kundig.cli.state import State, with_state
from kundig.cli.wording import worded
from kundig.message import Message, sentence, sentences

if TYPE_CHECKING:
    from kundig.lake.verify import Verified


@command(
    "verify",
    sentence("Check that everything stored is there, whole and unchanged. Ends with exit code 3 where it is not."),
    "kundig verify",
)
@option("--json", "as_json", is_flag=True, help=sentence("For programs: JSON."))
@with_state
def verify(state: State, as_json: bool) -> int:
    """Print every problem found, else that all is well."""
    found = state.open().lake.verify()
    if as_json:
        state.screen.json(_plain(found))
    else:
        _tell(state.screen, found)
    return DAMAGED if found.problems else 0


def _tell(screen: Screen, found: Verified) -> None:
    looked_at = {"files": found.files, "rows": found.rows, "version": str(found.version)}
    if not found.problems:
        screen.say(Message("All is whole: {files} files with {rows} rows, data version {version}.", looked_at))
        return
    screen.warn(sentences("{n} problem was found.", "{n} problems were found.", len(found.problems)))
    for problem in found.problems:
        screen.say(problem)
    screen.note(sentence("Nothing was changed. Restore the workspace from a backup."))


def _plain(found: Verified) -> dict[str, object]:
    return {
        "whole": not found.problems, "files": found.files, "rows": found.rows, "bytes": found.size,
        "lake_version": found.version, "problems": [worded(problem) for problem in found.problems],
    }  # fmt: skip


command = verify
