"""Every error as one tree; each says what happened and what to do next.

KundigError
 +-- ConfigError        a setting has a value that cannot be used
 +-- WorkspaceError     no workspace here, or one that cannot be opened
 +-- DataError          a file, row, column or value that cannot be read
 |    +-- MappingError  the mapping does not fit the file
 +-- LakeError          the lake is damaged, newer than this program, or busy
 |    +-- BusyError     another process is writing
 |    +-- StorageError  the disk is full or refused to write
 +-- PrivacyError       the purpose does not allow this, or an erasure is incomplete
 +-- QuestionError      an insight, option or filter that does not exist
 +-- EngineError        the engine is missing or could not answer
 +-- ModelError         a model cannot be learned from these data, or a stored one cannot be used

Errors are raised in the core with English text and values; a surface words them
through :func:`kundig.message.say` like every other sentence.
"""

from __future__ import annotations

from typing import Any


class KundigError(Exception):
    """Something a person must act on.

    ``text`` is an English sentence with ``{named}`` values, ``hint`` the next step; both are catalogue keys.
    """

    def __init__(self, text: str, hint: str = "", **values: Any) -> None:
        self.text = text
        self.hint = hint
        self.values = values
        super().__init__(_fill(text, values) + (f" {_fill(hint, values)}" if hint else ""))


class ConfigError(KundigError):
    """A setting has a value that cannot be used."""


class WorkspaceError(KundigError):
    """There is no workspace here, or it cannot be opened."""


class DataError(KundigError):
    """A file, row, column or value cannot be read."""


class MappingError(DataError):
    """The mapping does not fit the file."""


class LakeError(KundigError):
    """The lake is damaged, newer than this program, or busy."""


class BusyError(LakeError):
    """Another process is writing and did not finish in time."""


class StorageError(LakeError):
    """The disk is full or refused to write; nothing half done is visible."""


class PrivacyError(KundigError):
    """The purpose does not allow this, or an erasure is incomplete."""


class QuestionError(KundigError):
    """An insight, option or filter that does not exist or has an unusable value."""


class EngineError(KundigError):
    """The engine is missing or could not answer."""


class ModelError(KundigError):
    """A model cannot be learned from these data, or a stored one cannot be used."""


def _fill(text: str, values: dict[str, Any]) -> str:
    try:
        return text.format(**values)
    except (KeyError, IndexError, ValueError):
        return text
