"""What ``explore`` asks of the core, run in the asker: everything comes back as plain values, worded in one language."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kundig.server.explore import asked
from kundig.server.explore import cases as listed

if TYPE_CHECKING:
    from kundig.workspace import Workspace


def answer(workspace: Workspace, name: str, inputs: Mapping[str, Any], where: Mapping[str, str], lang: str) -> dict[str, Any]:
    """The same JSON as ``kundig ask NAME --json --share``."""
    return asked.put(workspace, name, inputs, where).to_json(lang)


def page(
    workspace: Workspace, name: str, inputs: Mapping[str, Any], where: Mapping[str, str], view: Mapping[str, Any]
) -> dict[str, Any]:
    """What the page of an insight shows; ``view`` are the fields of :class:`kundig.server.explore.shown.View`."""
    from kundig.server.explore import shown

    return shown.shown(workspace, name, inputs, where, shown.View(**view))


def file(
    workspace: Workspace, name: str, inputs: Mapping[str, Any], where: Mapping[str, str], form: str, lang: str
) -> dict[str, str]:
    """A file to take away: its name, and its bytes as base64."""
    from kundig.server.explore import files

    told = asked.put(workspace, name, inputs, where)
    body = base64.b64encode(files.made(told, form, lang)).decode("ascii")
    return {"name": files.file_name(name, form, told.lake_version), "body": body}


def cases(
    workspace: Workspace, name: str, inputs: Mapping[str, Any], where: Mapping[str, str], keys: Mapping[str, str],
    figure: str, lang: str, skip: int, with_persons: bool,
) -> dict[str, Any]:  # fmt: skip
    """The cases behind a row or figure."""
    wanted = listed.Behind(name, inputs, keys, figure)
    return listed.behind(workspace, wanted, where, lang, skip=skip, with_persons=with_persons)


def state(workspace: Workspace, lang: str) -> dict[str, Any]:
    """How much data there is and how fresh it is."""
    from kundig.server.explore import news

    return news.state(workspace, lang)


def today(workspace: Workspace, purposes: Sequence[str], lang: str) -> dict[str, Any]:
    """What a manager should know this morning."""
    from kundig.server.explore import news

    return news.today(workspace, purposes, lang)


def story(workspace: Workspace, purposes: Sequence[str], lang: str) -> dict[str, Any]:
    """What is wrong and what to do."""
    from kundig.server.explore import news

    return news.story(workspace, purposes, lang)


def changes(workspace: Workspace, purposes: Sequence[str], lang: str) -> dict[str, Any]:
    """What changed against the period before."""
    from kundig.server.explore import news

    return news.changes(workspace, purposes, lang)
