"""Which batches the flusher was bringing in when it died: noted in a file that only a death leaves behind.

A death of the process leaves what was written in place, so the note needs no sync; a power cut may lose it, and counts for less.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "flusher.trying"


class Attempts:
    """How often the flusher died on each batch."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._died = self._read()

    def deaths(self, batch: int) -> int:
        """How often in a row a flusher died while it brought ``batch`` in."""
        return self._died.get(str(batch), 0)

    @contextmanager
    def on(self, batches: Iterable[int]) -> Iterator[None]:
        """While these are brought in. Whatever ends it but death is no death: an error is told in its own way."""
        tried = {str(batch): self.deaths(batch) + 1 for batch in batches}
        self._write({**self._died, **tried})
        try:
            yield
        except Exception:
            self._write(self._died)
            raise
        done = max(map(int, tried))  # the oldest are tried first
        self._died = {batch: count for batch, count in self._died.items() if int(batch) > done}
        self._write(self._died)

    def _read(self) -> dict[str, int]:
        try:
            found = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return {str(batch): int(count) for batch, count in found.items()}

    def _write(self, counts: dict[str, int]) -> None:
        if not counts:
            self._path.unlink(missing_ok=True)
            return
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(counts))
        draft.replace(self._path)
