"""Erase one person, for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kundig.cli.command import argument, command, option
from kundig.cli.screen import Screen
from kundig.cli.state import State, with_state
from kundig.errors import QuestionError
from kundig.message import Message, sentence, sentences

if TYPE_CHECKING:
    from kundig.lake.erase import Receipt
    from kundig.workspace import Workspace

AUTHOR = "kundig erase"
KIND = sentence("What sort of key KEY is, such as customer or email; needed where several persons are known by it.")
HELP = sentence(
    "Erase everything known about the person with KEY, prove that nothing is left, and print the receipt. This cannot be undone. "
    "Without KEY, only erasures that were interrupted are finished."
)


@command("erase", HELP, "kundig erase 10042 --dry-run", "kundig erase anna@example.com --kind email")
@argument("key", metavar=sentence("[KEY]"), required=False)
@option("--kind", metavar=sentence("WORD"), default="", help=KIND)
@option("--dry-run", is_flag=True, help=sentence("Only say what would be erased."))
@option("--json", "as_json", is_flag=True, help=sentence("For programs: the receipts as JSON."))
@with_state
def erase(state: State, key: str | None, kind: str, dry_run: bool, as_json: bool) -> None:
    """Finish what was begun, say what there is, ask, erase, and show the receipt."""
    screen, workspace = state.screen, state.open()
    receipts = [] if dry_run else _resumed(workspace)
    if receipts:
        screen.note(sentences("{n} interrupted erasure was finished.", "{n} interrupted erasures were finished.", len(receipts)))
    try:
        if key and _agreed(screen, workspace, key, kind, dry_run=dry_run):
            receipts.append(_erased(workspace, key, kind))
    except QuestionError:
        if not receipts:
            raise  # else the erasure that was just finished was that person's
    if as_json:
        screen.json([receipt.to_json() for receipt in receipts])
    elif not dry_run:
        _show(screen, receipts)


def _resumed(workspace: Workspace) -> list[Receipt]:
    """Finish what was begun, here or in the browser."""
    if _is_served(workspace):
        from kundig.server.privacy import eraser

        eraser.work()
    return workspace.lake.resume_erasures()


def _erased(workspace: Workspace, key: str, kind: str) -> Receipt:
    """Erase; where there is a server, from its tables too, since the proof would find the person there."""
    if not _is_served(workspace):
        return workspace.erase(key, kind)
    from kundig.server.privacy import erasing

    return erasing.erase_person(workspace, workspace.find(key, kind).id, AUTHOR)


def _is_served(workspace: Workspace) -> bool:
    """Whether the workspace has a server's tables; then Django is set up on them."""
    if not workspace.settings.database and not (workspace.folder / "server.sqlite3").is_file():
        return False
    from kundig.server import serve

    serve.set_up(workspace.folder)
    return True


def _agreed(screen: Screen, workspace: Workspace, key: str, kind: str, *, dry_run: bool) -> bool:
    """Whether to go on, after saying what will be gone; QuestionError where nobody is known by ``key``."""
    screen.note(_found(workspace, key, kind))
    if dry_run:
        return False
    return screen.confirm(Message("Erase {key} for good?", {"key": key}))


def _found(workspace: Workspace, key: str, kind: str) -> Message:
    events = workspace.memory(key, kind)
    cases: set[Any] = set(events["case_id"].to_pylist()) - {None}
    n, m = sentences("{n} event", "{n} events", events.num_rows), sentences("{n} case", "{n} cases", len(cases))
    return Message(
        "Stored about {key}: {events}, {cases}; identifying fields and texts go too.", {"key": key, "events": n, "cases": m}
    )


def _show(screen: Screen, receipts: list[Receipt]) -> None:
    if not receipts:
        screen.note(sentence("Nothing was erased."))
    for receipt in receipts:
        values = {"hash": receipt.person_hash, "at": receipt.erased_at, "files": receipt.files_searched}
        screen.say(Message("Erased: person {hash}, {at}. {files} files were searched; nothing is left.", values))
        rows = {table: n for table, n in receipt.rows.items() if n}
        screen.say(
            Message(
                "Rows erased: {rows}. Mentions removed from rows of others: {redacted}.",
                {"rows": _listed(rows), "redacted": receipt.redacted},
            )
        )


def _listed(rows: dict[str, int]) -> str:
    return ", ".join(f"{table} {n}" for table, n in rows.items()) or "0"


command = erase
