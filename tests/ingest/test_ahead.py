"""Reading ahead changes nothing but the time it takes."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from kundig.ingest.ahead import ahead


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
