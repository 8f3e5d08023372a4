"""One thread for small models: several would wait for each other longer than they work, above all where others compute too.

Measured on two busy cores: 70 s of processor time in two threads, 5 s in one, for the same trees.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

FEW = 1_000
"""So many rows are told sooner than the threads are counted."""


def one_thread(rows: int = FEW) -> AbstractContextManager[Any]:
    """Within it scikit-learn's compiled loops over so many ``rows`` use one thread."""
    if rows < FEW:
        return nullcontext()
    import sklearn.ensemble  # noqa: F401 - its loops must be loaded before they can be held to one thread
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(limits=1)
    return limits
