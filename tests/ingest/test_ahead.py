"""Reading ahead changes nothing but the time it takes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial

import pytest

from kundig.ingest.ahead import Behind, ahead


def test_the_same_items_in_order() -> None:
    assert list(ahead(range(50))) == list(range(50))
    assert list(ahead([])) == []


def test_an_error_comes_where_its_item_would() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("row 2")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="row 2"):
        next(found)


def test_stopping_early_ends_the_reader() -> None:
    before = threading.active_count()
    found = ahead(iter(range(10**9)))
    assert next(found) == 0
    found.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


def test_work_left_behind_is_done_in_order() -> None:
    done: list[int] = []
    behind = Behind()
    for number in range(20):
        behind(partial(done.append, number))
    behind.wait()
    assert done == list(range(20))


def test_an_error_left_behind_is_raised_once() -> None:
    def fail() -> None:
        raise OSError("disk")

    behind = Behind()
    behind(fail)
    with pytest.raises(OSError, match="disk"):
        behind(lambda: None)
    behind(fail)
    with pytest.raises(OSError, match="disk"):
        behind.wait()
    behind.wait()
