"""Answers for pages and programs, computed in the asker: small groups suppressed, kept while the lake's version stays."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kundig import insight as questions

if TYPE_CHECKING:
    from kundig.answer import Answer
    from kundig.workspace import Workspace

MOST_KEPT = 64
_kept: OrderedDict[tuple[str, str], Answer] = OrderedDict()
_lock = threading.Lock()


def put(
    workspace: Workspace, name: str, inputs: Mapping[str, Any] | None = None, where: Mapping[str, str] | None = None
) -> Answer:
    """The answer of the insight called ``name``; days are ISO texts. QuestionError where something does not fit."""
    key = (str(workspace.folder), json.dumps([name, inputs or {}, where or {}], sort_keys=True))
    version = workspace.lake.version
    with _lock:
        found = _kept.get(key)
        if found is not None and found.lake_version == version:
            _kept.move_to_end(key)
            return found
    answer = workspace.ask(questions.find(name)(**_typed(name, inputs or {})), workspace.where(**(where or {})), share=True)
    with _lock:
        _kept[key] = answer
        _drop(key[0], answer.lake_version)
    return answer


def _typed(name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Days come as texts through the socket."""
    types = {one.name: one.type if isinstance(one.type, str) else one.type.__name__ for one in _inputs(name)}
    return {key: dt.date.fromisoformat(value) if types[key].endswith("date") else value for key, value in inputs.items()}


def _inputs(name: str) -> tuple[dataclasses.Field[Any], ...]:
    return questions.inputs_of(questions.find(name))


def _drop(folder: str, version: int) -> None:
    """Answers of older versions may hold what was erased since."""
    for key in [key for key, answer in _kept.items() if key[0] == folder and answer.lake_version != version]:
        del _kept[key]
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)
