"""A flusher's deaths are counted by batch; errors are no deaths."""

from __future__ import annotations

from pathlib import Path

import pytest

from kundig.server.sources.attempts import FILE, Attempts


def died_on(folder: Path, *batches: int) -> None:
    with pytest.raises(KeyboardInterrupt), Attempts(folder).on(batches):
        raise KeyboardInterrupt


def test_deaths_in_a_row_are_counted(tmp_path: Path) -> None:
    died_on(tmp_path, 1, 2)
    died_on(tmp_path, 1, 2, 3)
    assert [Attempts(tmp_path).deaths(batch) for batch in (1, 2, 3, 4)] == [2, 2, 1, 0]


def test_an_error_is_no_death(tmp_path: Path) -> None:
    died_on(tmp_path, 1)
    attempts = Attempts(tmp_path)
    with pytest.raises(OSError, match="full"), attempts.on([1, 2]):
        raise OSError("full")
    assert [Attempts(tmp_path).deaths(batch) for batch in (1, 2)] == [1, 0]


def test_what_was_brought_in_is_forgotten(tmp_path: Path) -> None:
    died_on(tmp_path, 1, 2, 3)
    with Attempts(tmp_path).on([2]):
        pass
    assert [Attempts(tmp_path).deaths(batch) for batch in (1, 2, 3)] == [0, 0, 1]
    with Attempts(tmp_path).on([3]):
        pass
    assert not (tmp_path / FILE).exists()


def test_a_broken_note_counts_nothing(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{")
    assert Attempts(tmp_path).deaths(1) == 0
