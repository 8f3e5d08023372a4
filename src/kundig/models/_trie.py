"""What followed the same last activities before: a variable-order Markov chain that falls back to shorter memory.

Contexts of 0 to ``DEPTH`` last activities are counted. The probability after a context is that of the next shorter one, moved
towards the context's own counts the more the context was seen (interpolated smoothing with a Dirichlet prior: MacKay and
Bauman Peto 1995), so a rare long memory never overrules a frequent short one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kundig.models._prefixes import DEPTH, PATH, codes, frequent

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Numbers = NDArray[Any]
    Found = tuple[Numbers, Numbers]

PRIORS = (5.0, 40.0)
"""How many observations the shorter memory weighs: little where journeys are strict, much where chance rules."""
KEPT = 3
"""A context seen less often is forgotten."""
LEAST = 20
"""A context is shown as a reason only if it was seen so often."""


@dataclass(frozen=True)
class Level:
    """All contexts of one length: their keys (parent context and activity), sorted, with counts and probabilities of what followed."""

    keys: Numbers
    counts: Numbers
    shares: Numbers
    parents: Numbers


@dataclass(frozen=True)
class Trie:
    """Contexts by length. ``activities`` numbers the data's activities from 1; 0 stands for "before the start"."""

    activities: tuple[str, ...]
    levels: tuple[Level, ...] = field(repr=False)

    def cut(self, depth: int) -> Trie:
        """The same trie with a shorter memory."""
        return Trie(self.activities, self.levels[: depth + 1])

    def find(self, rows: pa.Table) -> Found:
        """The longest known context of each row: its length and its place there."""
        import numpy as np

        length = np.zeros(rows.num_rows, dtype=np.int64)
        place = np.zeros(rows.num_rows, dtype=np.int64)
        going = np.ones(rows.num_rows, dtype=bool)
        for level, name in zip(self.levels[1:], PATH, strict=False):
            key = _key(place, codes(rows, name, self.activities), len(self.activities))
            at = np.minimum(np.searchsorted(level.keys, key), max(len(level.keys) - 1, 0))
            going &= (level.keys[at] == key) if len(level.keys) else False
            length, place = np.where(going, length + 1, length), np.where(going, at, place)
        return length, place

    def shares(self, found: Found) -> Numbers:
        """The probability of each label for each row that was found."""
        return self._gathered("shares", *found)

    def reasons(self, found: Found, label: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Behind each row's ``label``: how many last activities are compared, how often they were seen, and how often it followed."""
        import numpy as np

        length, place = found
        seen = self._gathered("counts", length, place)
        for longest in range(len(self.levels) - 1, 0, -1):
            rare = (length == longest) & (seen.sum(axis=1) < LEAST)
            place = np.where(rare, self.levels[longest].parents[np.where(rare, place, 0)], place)
            length = np.where(rare, length - 1, length)
            seen = self._gathered("counts", length, place)
        return length, seen.sum(axis=1), seen[np.arange(len(length)), label]

    def _gathered(self, what: str, length: Numbers, place: Numbers) -> Numbers:
        import numpy as np

        made = np.zeros((len(length), self.levels[0].counts.shape[1]))
        for n, level in enumerate(self.levels):
            chosen = length == n
            made[chosen] = getattr(level, what)[place[chosen]]
        return made


def grow(rows: pa.Table, label: Numbers, labels: int, depth: int = DEPTH, prior: float = PRIORS[0]) -> Trie:
    """The trie of journeys so far and the number of the ``label`` that followed each."""
    import numpy as np

    named = frequent(rows, "activity", 10_000)
    place = np.zeros(rows.num_rows, dtype=np.int64)
    root = np.bincount(label, minlength=labels).astype(float)[None, :]
    levels = [Level(np.zeros(1, np.int64), root, (root + 1) / (root.sum() + labels), np.zeros(1, np.int64))]
    for name in PATH[:depth]:
        place, level = _deeper(levels[-1], _key(place, codes(rows, name, named), len(named)), place, label, prior)
        levels.append(level)
    return Trie(named, tuple(levels))


def _deeper(above: Level, key: Numbers, parent: Numbers, label: Numbers, prior: float) -> tuple[Numbers, Level]:
    """The contexts that are one activity longer: which of them each row is in (-1: none kept), and their level."""
    import numpy as np

    keys, first, seen = np.unique(key, return_index=True, return_counts=True)
    kept = (seen >= KEPT) & (keys >= 0)
    keys, parents = keys[kept], parent[first[kept]]
    place = np.searchsorted(keys, key)
    inside = place < len(keys)
    inside[inside] = keys[place[inside]] == key[inside]
    counts = np.zeros((len(keys), above.counts.shape[1]))
    np.add.at(counts, (place[inside], label[inside]), 1.0)
    shares = (counts + prior * above.shares[parents]) / (counts.sum(axis=1, keepdims=True) + prior)
    return np.where(inside, place, -1), Level(keys, counts, shares, parents)


def _key(parent: Numbers, code: Numbers, activities: int) -> Numbers:
    """One number for a context and the activity before it; an unknown activity or context gives one that no context has."""
    import numpy as np

    return np.where((code < 0) | (parent < 0), -1, parent * (activities + 1) + np.maximum(code, 0))
