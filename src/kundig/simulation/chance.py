"""Seeded chance: one independent stream per block of customers and purpose, so leaving out the texts changes no event."""

from __future__ import annotations

from zlib import crc32

import numpy as np

from kundig.simulation.days import Floats, Ints


def stream(seed: int, block: int, purpose: str) -> np.random.Generator:
    """The random numbers of one purpose in one block; the same arguments give the same numbers."""
    return np.random.default_rng([seed, block, crc32(purpose.encode())])


def pick(rng: np.random.Generator, weights: tuple[float, ...], n: int) -> Ints:
    """``n`` indices drawn with ``weights``."""
    edges = np.cumsum(weights) / np.sum(weights)
    return np.searchsorted(edges[:-1], rng.random(n), side="right").astype(np.int64)


def pick_each(rng: np.random.Generator, weights: Floats) -> Ints:
    """One index per row of ``weights`` (rows, choices), drawn with the row's weights."""
    edges = np.cumsum(weights, axis=1)
    draws = rng.random(len(weights)) * edges[:, -1]
    place = (draws[:, None] >= edges).sum(axis=1)
    return np.asarray(np.minimum(place, weights.shape[1] - 1), dtype=np.int64)
