"""What the pages of ``sources`` ask of the core, run in the asker: everything comes back as plain values, in one language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig.message import say

if TYPE_CHECKING:
    from kundig.workspace import Workspace

COUNTS = ("read", "used", "rejected", "duplicate", "without_event", "withheld", "events")
FIRST = ("data-quality", "contacts-per-case", "promises", "repeat-contacts", "handovers", "contact-reasons", "throughput-times",
         "channels")  # fmt: skip
"""Insights asked for the first answers, as long as three of them can tell."""
ANSWERS = 3
MOST_RUNS = 30
MOST_REJECTED = 50


def runs(workspace: Workspace, stamp: str) -> dict[str, Any]:
    """What has come in, the newest import first: its files with their rows; and how many rows are rejected still.

    ``stamp`` changes where the accounting does.
    """
    from kundig.ingest import list_rejected

    by_run: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in workspace.lake.store.state.runs():
        by_run[line["run"]].append(line)
    listed = [_run(lines) for lines in by_run.values()]
    sums = {name: sum(run[name] for run in listed) for name in COUNTS}
    newest = sorted(listed, key=lambda run: str(run["at"]), reverse=True)
    return {"runs": newest[:MOST_RUNS], "total": len(listed), **sums, "rejected": len(list_rejected(workspace.rejected))}


def _run(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    files = sorted(lines, key=lambda line: -int(line["read"]))
    return {
        "at": max(line["finished_at"] for line in lines), "files": [line["file"] for line in files], "lines": files,
        **{name: sum(line[name] for line in lines) for name in COUNTS},
    }  # fmt: skip


def preview(
    workspace: Workspace, id: str, name: str, choices: Mapping[str, Mapping[str, Any]], lang: str, stamp: str
) -> dict[str, Any]:
    """What an uploaded file would become; ``stamp`` changes where saved mappings do."""
    from kundig.server.sources.imports import looking

    path = workspace.folder / "uploads" / id / name
    return looking.look(workspace, path, looking.choices_of(choices), lang)


def rejected(workspace: Workspace, lang: str, stamp: str) -> dict[str, Any]:
    """The first rejected rows, and how many there are for which reason; ``stamp`` changes where they do."""
    from kundig.ingest import list_rejected
    from kundig.server.sources.imports.looking import all_rejected

    rows = list_rejected(workspace.rejected)
    reasons: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        reasons[row.file, say(row.message, lang)] += 1
    most = sorted(reasons.items(), key=lambda each: -each[1])[:10]
    return {
        "rows": all_rejected(rows, lang, MOST_REJECTED), "total": len(rows),
        "reasons": [{"file": file, "reason": reason, "n": n} for (file, reason), n in most],
    }  # fmt: skip


def do_rejected_csv(workspace: Workspace, path: str, lang: str) -> int:
    """Write the rejected rows to ``path`` as a CSV that a spreadsheet program of ``lang`` opens; how many there are."""
    from kundig.ingest import list_rejected
    from kundig.server.sources.imports import mending

    return mending.write(list_rejected(workspace.rejected), Path(path), lang)


def first_answers(workspace: Workspace, purposes: Sequence[str], lang: str) -> list[dict[str, str]]:
    """The first sentence of the first insights that can tell anything, small groups suppressed."""
    from kundig import insight as questions

    told: list[dict[str, str]] = []
    for name in FIRST:
        question = questions.find(name)
        if len(told) == ANSWERS:
            break
        if question.purpose in purposes:
            answer = workspace.ask(question(), share=True)
            if answer.sentences and not answer.untold and answer.n:
                told.append({"name": name, "title": say(answer.title, lang), "sentence": answer.sentences[0].say(lang)})
    return told
