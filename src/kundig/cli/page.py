"""Write the report of a workspace: every insight asked once, on one page."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kundig.cli.screen import Screen
from kundig.cli.wording import spoken, worded
from kundig.message import Message, sentence

if TYPE_CHECKING:
    from kundig.answer import Answer
    from kundig.lake import Where
    from kundig.workspace import Workspace

ON_PAGE: Mapping[str, Mapping[str, int]] = {"journey-map": {"activities": 15}}
"""Inputs that differ from the defaults on a page: so many activities fit its width with words of 11 px."""
OF_A_FIRM = sentence("Customer experience at {firm}")
OF_NOBODY = sentence("Customer experience")


def write_report(screen: Screen, workspace: Workspace, path: Path, where: Where, *, share: bool = True) -> None:
    """Ask everything and write the page to ``path``, whole or not at all; small groups are hidden where it is to be shared."""
    from kundig.insight import shelf

    draft = path.with_name(f".{path.name}.part")
    draft.touch()
    try:
        answers = list(_asked(screen, workspace, list(shelf()), where, share))
        draft.write_text(_page(workspace, answers, where), encoding="utf-8")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _asked(screen: Screen, workspace: Workspace, names: list[str], where: Where, share: bool) -> Iterable[Answer]:
    from kundig.insight import find

    with screen.progress(sentence("Asking")) as advance:
        questions = (find(name)(**ON_PAGE.get(name, {})) for name in names)
        for n, answer in enumerate(workspace.ask_each(questions, where, share=share)):
            advance(n, len(names))
            yield answer


def _page(workspace: Workspace, answers: list[Answer], where: Where) -> str:
    from kundig.report import report

    firm = workspace.settings.firm
    title = Message(OF_A_FIRM, {"firm": firm}) if firm else Message(OF_NOBODY)
    made_at = workspace.lake.clock().astimezone(ZoneInfo(workspace.settings.time_zone))
    return report(
        worded(title),
        answers,
        lang=spoken(),
        made_at=made_at,
        firm=firm,
        lake_version=workspace.lake.version,
        where=where.given(),
    )
