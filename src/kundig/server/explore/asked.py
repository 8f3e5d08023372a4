"""Answers for pages and programs, computed in the asker: small groups suppressed, kept while the lake's version stays."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
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
    key = _key(workspace, name, inputs or {}, where or {})
    found = _found(key, workspace.lake.version)
    if found is None:
        question = questions.find(name)(**_typed(name, inputs or {}))
        found = workspace.ask(question, workspace.where(**(where or {})), share=True)
        _keep(key, found)
    return found


def put_all(workspace: Workspace, names: Sequence[str], where: Mapping[str, str] | None = None) -> list[Answer]:
    """The answers of several insights with their defaults; those not known yet share a reading."""
    keys = {name: _key(workspace, name, {}, where or {}) for name in names}
    found = {name: _found(key, workspace.lake.version) for name, key in keys.items()}
    missing = [name for name, answer in found.items() if answer is None]
    for answer in workspace.ask_each(missing, workspace.where(**(where or {})), share=True):
        _keep(keys[answer.name], answer)
        found[answer.name] = answer
    return [one for name in names if (one := found[name]) is not None]


def _key(workspace: Workspace, name: str, inputs: Mapping[str, Any], where: Mapping[str, str]) -> tuple[str, str]:
    return str(workspace.folder), json.dumps([name, inputs, where], sort_keys=True)


def _found(key: tuple[str, str], version: int) -> Answer | None:
    with _lock:
        found = _kept.get(key)
        if found is None or found.lake_version != version:
            return None
        _kept.move_to_end(key)
        return found


def _keep(key: tuple[str, str], answer: Answer) -> None:
    with _lock:
        _kept[key] = answer
        _drop(key[0], answer.lake_version)


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
