"""Columns translated value by value in Python, each distinct value once: pseudonyms, kinds, channels.

An export names the same customers, agents and activities over and over; a chunk's column is reduced to its distinct
values, those are looked up or computed, and the result is spread again. What was computed is kept, up to a bound.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

REMEMBERED = 400_000


class Translation:
    """``function`` applied to whole columns; values are trimmed first, null and "" stay null."""

    def __init__(self, function: Callable[[str], str | None]) -> None:
        self._function = function
        self._known: dict[str, str | None] = {}
        self._fresh: dict[str, str] = {}

    def __call__(self, column: pa.Array[Any]) -> pa.Array[Any]:
        """A dictionary-encoded array of the translated values."""
        import pyarrow as pa

        encoded = column.dictionary_encode()
        values = pa.array([self._of(value or "") for value in encoded.dictionary.to_pylist()], pa.string())
        return pa.DictionaryArray.from_arrays(encoded.indices, values)

    def _of(self, value: str) -> str | None:
        try:
            return self._known[value]
        except KeyError:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            text = value.strip()
            found = self._known[value] = self._function(text) if text else None
            if found is not None:
                self._fresh[text] = found
            return found

    def fresh(self) -> dict[str, str]:
        """What was translated for the first time since the last call."""
        fresh, self._fresh = self._fresh, {}
        return fresh
