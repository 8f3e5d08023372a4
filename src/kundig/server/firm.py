"""Which workspace a request is about: the firm's own, or the sample firm a new user explores first."""

from __future__ import annotations

import os
import shutil
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from kundig import config
from kundig import workspace as workspaces
from kundig.workspace import Workspace

if TYPE_CHECKING:
    from django.http import HttpRequest

SAMPLE = "sample"
"""The folder of the sample firm below the workspace, and the key in a session that says it is looked at."""


def folder() -> Path:
    """The firm's workspace; WorkspaceError where there is none."""
    return workspaces.find()


def run_folder() -> Path:
    """Where locks, logs of children and sockets of the running server lie; nothing of it is worth a backup."""
    path = folder() / "run"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def has_sample() -> bool:
    """Whether the sample firm has been made."""
    return (folder() / SAMPLE / config.FILE).is_file()


def is_sample(request: HttpRequest) -> bool:
    """Whether this person looks at the sample firm."""
    session = getattr(request, "session", None)
    return bool(session and session.get(SAMPLE)) and has_sample()


def folder_of(request: HttpRequest) -> Path:
    """The workspace a request is about."""
    return folder() / SAMPLE if is_sample(request) else folder()


def workspace_of(request: HttpRequest) -> Workspace:
    """The same, opened; settings are read once a process."""
    return opened(str(folder_of(request)))


def own() -> Workspace:
    """The firm's own workspace, opened."""
    return opened(str(folder()))


@lru_cache(maxsize=4)
def opened(path: str) -> Workspace:
    """The workspace at ``path``."""
    return workspaces.open(path)


def remove_sample() -> None:
    """Delete the sample firm; the firm's own data are not touched."""
    opened.cache_clear()
    shutil.rmtree(folder() / SAMPLE, ignore_errors=True)


def settings() -> config.Settings:
    """The settings in force, read once a process; defaults where there is no workspace (tests of types, documentation)."""
    return _settings(os.environ.get("KUNDIG_WORKSPACE", ""))


@lru_cache(maxsize=4)
def _settings(place: str) -> config.Settings:
    return config.load(Path(place) if place and Path(place).is_dir() else None)
