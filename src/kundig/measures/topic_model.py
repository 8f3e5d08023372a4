"""What many short texts are about, found without labels: topics with their terms, typical texts and how stable they are.

TF-IDF of words, pairs of words and parts of words (German joins its nouns) is projected by a truncated SVD (latent semantic
analysis, Deerwester et al. 1990); each text is moved to the mean of its nearest neighbours, Ward's method (1963) joins texts
into a tree, and cuts of the tree are topics. Terms by class-based TF-IDF (Grootendorst 2022). How stable a topic is tells a
refit on halves: the Jaccard index with its nearest topic there (Hennig 2007), and the adjusted Rand index of two halves.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kundig.measures._stop_words import ENGLISH, GERMAN
from kundig.threads import one_thread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

LEAST_TEXTS = 20
"""Fewer texts with words tell no topics."""
DIMENSIONS = 100
NEIGHBOURS = 10
"""How many nearest texts, itself among them, a text is moved to the mean of."""
SPLITS = 2
"""How often the texts are split into halves that are learned apart."""
FINE = 8
"""The finest groups looked at have so many texts on average."""
CANDIDATES = 25
"""Terms looked at for each topic; the best few are kept."""
COMMON = 0.05
"""A term stands in at least this share of the topic's texts,"""
LIFT = 1.5
"""and so many times as often in them as in all texts."""
MARKED = 0.2
"""A language is known by at least this share of words that every text has; French texts have half as many of German ones."""
TYPICAL = 25
"""Typical texts told of each group."""

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_TOKEN = re.compile(rf"{_WORD.pattern}|[.,;:!?\n]")
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+|www\.\S+")
_STOPPED = GERMAN | ENGLISH


@dataclass(frozen=True)
class Topics:
    """Topics numbered from 0, the largest first."""

    labels: Ints
    """The topic of each text; -1 for a text without words of its own, or of a topic of too few texts."""
    terms: tuple[tuple[str, ...], ...]
    """For each topic its terms, the most telling first."""
    typical: tuple[tuple[int, ...], ...]
    """For each topic the texts nearest its centre, the nearest first."""
    stability: tuple[float | None, ...]
    """For each topic the mean Jaccard index with its nearest topic in each refit; 1 is the same, below 0.6 is doubtful."""
    agreement: float | None
    """The mean adjusted Rand index of two refits, each on its own half of the texts."""
    closeness: tuple[float, ...]
    """For each topic the mean cosine of its texts with its centre; a mixed lot of what fits nowhere has a low one."""
    groups: tuple[Ints, ...]
    """All groups of the tree, small and large, each as the numbers of its texts: what to search for a surge."""
    telling: Callable[[Ints, int], tuple[str, ...]]
    """The terms and how many of them of any group of texts."""
    nearest: Callable[[Ints], tuple[int, ...]]
    """The most typical texts of any group."""

    def __len__(self) -> int:
        return len(self.terms)


def topics(
    texts: Sequence[str], *, most: int = 30, exactly: int | None = None, authors: Sequence[Any] | None = None, least: int = 2,
    sample: int = 2_500, newest: int = 500, stable: bool = True, seed: int = 0,
) -> Topics | None:  # fmt: skip
    """The topics of ``texts`` (the newest last); None where too few have words of their own.

    most: how many topics at most; exactly: that many, not as many as are separated best. authors: who wrote each text; a term
    is only told that ``least`` authors use, and a topic has so many texts. sample: how many texts the tree is made from, of
    these the ``newest`` texts, the others drawn with ``seed``; the rest go to the nearest group. stable: whether stability is
    looked at (that doubles the time).
    """
    with one_thread():
        return _topics(texts, most, exactly, authors, least, sample, newest, stable, seed)


def _topics(
    texts: Sequence[str], most: int, exactly: int | None, authors: Sequence[Any] | None, least: int,
    sample: int, newest: int, stable: bool, seed: int,
) -> Topics | None:  # fmt: skip
    import numpy as np

    space = _Space.of(texts, seed)
    if space is None or len(space.used) < LEAST_TEXTS:
        return None
    tree = _Tree.of(space, _chosen(len(space.used), sample, newest, seed), seed)
    number = min(exactly, tree.distinct) if exactly else tree.best_number(most)
    label, order = _ordered(tree.cut(number), least)
    refits = list(_refits(space, tree, number, seed)) if stable and len(tree.rows) >= 2 * LEAST_TEXTS else []
    labels = np.full(len(texts), -1)
    labels[space.used] = label
    speaker = _Terms(space, np.asarray(_codes(authors, len(texts))), least)
    members = [np.flatnonzero(labels == topic) for topic in range(order)]
    return Topics(
        labels, tuple(speaker.of(rows, 5) for rows in members), tuple(space.nearest(rows) for rows in members),
        tuple(_jaccard(label[tree.rows] == topic, refits) for topic in range(order)), _agreement(refits),
        tuple(space.closeness(rows) for rows in members), tuple(space.used[rows] for rows in tree.groups(label, least)), speaker.of, space.nearest,
    )  # fmt: skip


def language_of(texts: Sequence[str]) -> str:
    """The language of ``texts``, "de" or "en": at least a fifth of their words are those that every text of it has; else ""."""
    words = [word for text in texts for word in _WORD.findall(text.lower())]
    german, english = (sum(word in known for word in words) for known in (_ONLY_GERMAN, _ONLY_ENGLISH))
    if not words or max(german, english) < MARKED * len(words):
        return ""
    return "de" if german > english else "en"


_ONLY_GERMAN, _ONLY_ENGLISH = GERMAN - ENGLISH, ENGLISH - GERMAN


def words_of(text: str) -> list[str]:
    """The words of ``text`` in lower case without addresses, numbers and words every text has."""
    return [word for word in _WORD.findall(_plain(text)) if len(word) > 1 and word not in _STOPPED]


@cache
def _parts(word: str) -> tuple[str, ...]:
    """Parts of three to five letters, marked apart from words."""
    padded = f" {word} "
    # In a fixed order: the order of a set differs from run to run, and with it the last digits of every sum.
    return tuple(dict.fromkeys(f"#{padded[at : at + n]}" for n in (3, 4, 5) for at in range(len(padded) - n + 1)))


def _features(text: str) -> Iterator[str]:
    """Words, pairs of words that stand side by side in a sentence, and parts of words."""
    tokens = [token if len(token) > 1 and token not in _STOPPED else "" for token in _TOKEN.findall(_plain(text))]
    yield from filter(None, tokens)
    yield from (f"{one} {other}" for one, other in pairwise(tokens) if one and other)
    for word in filter(None, tokens):
        yield from _parts(word)


def _plain(text: str) -> str:
    return _ADDRESS.sub(" ", text).lower()


@dataclass(frozen=True)
class _Space:
    """Texts as numbers; rows are the texts that have words, ``used`` their numbers."""

    texts: Sequence[str]
    used: Ints
    matrix: Any
    names: Sequence[str]
    points: Floats

    @classmethod
    def of(cls, texts: Sequence[str], seed: int) -> _Space | None:
        import numpy as np
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectors = TfidfVectorizer(analyzer=_features, min_df=2, sublinear_tf=True, dtype=np.float32)
        try:
            matrix = vectors.fit_transform(texts)
        except ValueError:  # no word stands in two texts
            return None
        used = np.flatnonzero(np.diff(matrix.indptr))
        matrix = matrix[used]
        return cls(texts, used, matrix, vectors.get_feature_names_out(), _projected(matrix, matrix, seed))

    def closeness(self, rows: Ints) -> float:
        """The mean cosine of the texts ``rows`` with their centre."""
        import numpy as np

        # Of points of length 1, the length of their mean.
        return float(np.linalg.norm(self.points[np.searchsorted(self.used, rows)].mean(axis=0)))

    def nearest(self, rows: Ints) -> tuple[int, ...]:
        """Of the texts ``rows`` those nearest their mean."""
        import numpy as np

        places = np.searchsorted(self.used, rows)
        near = self.points[places] @ self.points[places].mean(axis=0)
        return tuple(int(row) for row in rows[np.lexsort((rows, -np.round(near, 6)))][:TYPICAL])


def _projected(learned: Any, matrix: Any, seed: int) -> Floats:
    """The rows of ``matrix`` in the space that ``learned`` spans, of length 1."""
    import numpy as np
    from sklearn.preprocessing import normalize
    from sklearn.utils.extmath import randomized_svd

    size = min(DIMENSIONS, min(learned.shape) - 1)
    if size < 2:
        return np.asarray(normalize(matrix.toarray()), dtype=np.float64)
    axes = randomized_svd(learned, size, n_iter=3, random_state=seed)[2]
    return np.asarray(normalize(matrix @ axes.T), dtype=np.float64)


def _smoothed(points: Floats) -> Floats:
    import numpy as np
    from sklearn.preprocessing import normalize

    number = min(NEIGHBOURS, len(points))
    near = (points @ points.T).astype(np.float32)
    neighbours = np.argpartition(-near, number - 1, axis=1)[:, :number]
    return np.asarray(normalize(points[neighbours].mean(axis=1)))


def _joined(points: Floats) -> Floats:
    """Ward's tree of the points, as scipy's linkage."""
    from scipy.cluster.hierarchy import linkage

    tree: Floats = linkage(_smoothed(points), "ward")
    return tree


def _cut(tree: Floats, number: int) -> Ints:
    """The group, from 0, of each point where the tree is cut into at most ``number``."""
    import numpy as np
    from scipy.cluster.hierarchy import fcluster

    return np.asarray(fcluster(tree, number, "maxclust") - 1, dtype=np.int64)


def _centres(points: Floats, groups: Ints) -> Floats:
    import numpy as np
    from sklearn.preprocessing import normalize

    sums = np.zeros((int(groups.max()) + 1, points.shape[1]))
    np.add.at(sums, groups, points)
    return np.asarray(normalize(sums))


@dataclass(frozen=True)
class _Tree:
    """Ward's tree over a sample (``rows`` of the space), and the finest group of every text."""

    rows: Ints
    points: Floats
    linkage: Floats
    fine_of_sample: Ints
    fine: Ints

    @classmethod
    def of(cls, space: _Space, rows: Ints, seed: int) -> _Tree:
        import numpy as np

        points = space.points[rows]
        linkage = _joined(points)
        of_sample = _cut(linkage, max(2, len(rows) // FINE))
        fine = np.argmax(space.points @ _centres(points, of_sample).T, axis=1)
        fine[rows] = of_sample
        return cls(rows, points, linkage, of_sample, fine)

    @cached_property
    def distinct(self) -> int:
        """How many groups the tree can be cut into."""
        return int(self.fine_of_sample.max()) + 1

    def cut(self, number: int) -> Ints:
        """The group of every text where the tree is cut into ``number``; one finest group lies in one of them whole."""
        import numpy as np

        whole = np.zeros(self.distinct, dtype=np.int64)
        whole[self.fine_of_sample] = _cut(self.linkage, number)
        return np.asarray(whole[self.fine])

    def best_number(self, most: int) -> int:
        """The number of groups, up to ``most``, that are separated best (simplified silhouette, Hruschka et al. 2004)."""
        numbers = [n for n in (3, 4, 5, 6, 8, 10, 12, 15, 18, 20, 25, 30, 40, 50) if n < most] + [most]
        numbers = [n for n in numbers if n <= self.distinct] or [self.distinct]
        return max(numbers, key=lambda n: (round(_silhouette(self.points, _cut(self.linkage, n)), 6), -n))

    def groups(self, label: Ints, least: int) -> list[Ints]:
        """The rows of every group of the tree between its finest and the topics."""
        import numpy as np

        of: dict[int, Ints] = {}
        order = np.argsort(self.fine, kind="stable")
        starts = np.searchsorted(self.fine[order], np.arange(self.distinct + 1))
        members = [order[low:high] for low, high in pairwise(starts)]
        points = {int(row): int(group) for row, group in enumerate(self.fine_of_sample)}
        for step, (one, other) in enumerate(self.linkage[:, :2].astype(int).tolist()):
            left, right = points.pop(one, -1), points.pop(other, -1)
            if left >= 0 and left == right:
                points[len(self.rows) + step] = left
                continue
            parts = [members[fine] if fine >= 0 else of[node] for fine, node in ((left, one), (right, other))]
            of[len(self.rows) + step] = np.concatenate(parts)
        whole = len(label) / 2
        return [np.sort(rows) for rows in (*members, *of.values()) if least <= len(rows) <= whole]


def _silhouette(points: Floats, groups: Ints) -> float:
    import numpy as np

    centres = _centres(points, groups)
    if len(centres) < 2:
        return -1.0
    far = 1.0 - points @ centres.T
    own = far[np.arange(len(points)), groups].copy()
    far[np.arange(len(points)), groups] = np.inf
    other = far.min(axis=1)
    return float(np.mean((other - own) / np.maximum(np.maximum(other, own), 1e-12)))


def _chosen(number: int, sample: int, newest: int, seed: int) -> Ints:
    """The newest rows and a random sample of the others, in order."""
    import numpy as np

    if number <= sample:
        return np.arange(number)
    newest = min(newest, sample)
    drawn = np.random.default_rng(seed).permutation(number - newest)[: sample - newest]
    return np.sort(np.concatenate([drawn, np.arange(number - newest, number)]))


def _ordered(labels: Ints, least: int) -> tuple[Ints, int]:
    """Groups renumbered from the largest; those of fewer than ``least`` become -1. The labels, and how many are left."""
    import numpy as np

    sizes = np.bincount(labels)
    order = np.argsort(-sizes, kind="stable")
    kept = int(np.count_nonzero(sizes >= max(least, 1)))
    rank = np.full(len(sizes), -1)
    rank[order[:kept]] = np.arange(kept)
    return rank[labels], kept


def _refits(space: _Space, tree: _Tree, number: int, seed: int) -> Iterator[tuple[Ints, Ints]]:
    """For each split the groups of all texts of the tree as learned from either half alone, projection included."""
    import numpy as np

    matrix = space.matrix[tree.rows]
    rng = np.random.default_rng([seed, 1])
    for _ in range(SPLITS):
        mixed = rng.permutation(len(tree.rows))
        halves = (np.sort(mixed[: len(mixed) // 2]), np.sort(mixed[len(mixed) // 2 :]))
        one, other = (_learned(matrix, half, number, seed) for half in halves)
        yield one, other


def _learned(matrix: Any, half: Ints, number: int, seed: int) -> Ints:
    import numpy as np

    points = _projected(matrix[half], matrix, seed)
    groups = _cut(_joined(points[half]), number)
    return np.asarray(np.argmax(points @ _centres(points[half], groups).T, axis=1))


def _jaccard(mine: NDArray[np.bool_], refits: Sequence[tuple[Ints, Ints]]) -> float | None:
    import numpy as np

    if not refits or not mine.any():
        return None
    best = []
    for labels in (half for pair in refits for half in pair):
        sizes, common = np.bincount(labels), np.bincount(labels[mine], minlength=int(labels.max()) + 1)
        best.append(float(np.max(common / (sizes + mine.sum() - common))))
    return float(np.mean(best))


def _agreement(refits: Sequence[tuple[Ints, Ints]]) -> float | None:
    from sklearn.metrics import adjusted_rand_score

    values = [float(adjusted_rand_score(one, other)) for one, other in refits]
    return sum(values) / len(values) if values else None


def _codes(authors: Sequence[Any] | None, number: int) -> Sequence[int]:
    """The authors as numbers; an unknown one is somebody of his own."""
    if authors is None:
        return range(number)
    known: dict[Any, int] = {}
    return [known.setdefault(author if author is not None else ("unknown", n), len(known)) for n, author in enumerate(authors)]


class _Terms:
    """Which words tell a group of texts from the others."""

    def __init__(self, space: _Space, authors: Ints, least: int) -> None:
        import numpy as np

        self.space, self.authors, self.least = space, authors, least
        self.columns = np.flatnonzero([not name.startswith("#") for name in space.names])
        self.counts = (space.matrix[:, self.columns] > 0).astype(np.float64).tocsr()
        self.total = np.asarray(self.counts.sum(axis=0)).ravel()
        # A pair stands in fewer texts than either word, and says more.
        self.long = np.array([1.5 if " " in str(space.names[int(column)]) else 1.0 for column in self.columns])

    @cached_property
    def spelled(self) -> dict[str, str]:
        """Each word as most texts spell it."""
        found: dict[str, Counter[str]] = {}
        for text in self.space.texts:
            for word in _WORD.findall(text):
                found.setdefault(word.lower(), Counter())[word] += 1
        return {word: max(sorted(ways), key=lambda way: ways[way]) for word, ways in found.items()}

    def of(self, rows: Ints, number: int) -> tuple[str, ...]:
        """The ``number`` most telling terms of the texts ``rows``: class-based TF-IDF, without terms that repeat one another."""
        import numpy as np

        counts = self.counts[np.searchsorted(self.space.used, rows)]
        inside = np.asarray(counts.sum(axis=0)).ravel()
        mean = self.total.sum() * len(rows) / max(self.counts.shape[0], 1)
        weight = inside * np.log1p(mean / np.maximum(self.total, 1.0)) * self.long
        best = np.argsort(-np.round(weight, 9), kind="stable")[:CANDIDATES]
        told: list[str] = []
        often = inside >= np.maximum(COMMON * len(rows), LIFT * self.total * len(rows) / self.counts.shape[0])
        for column in best[often[best]].tolist():
            term = str(self.space.names[int(self.columns[column])])
            if len(told) < number and self._used_by_enough(counts, rows, column) and not _repeats(term, told):
                told.append(term)
        return tuple(" ".join(self.spelled.get(word, word) for word in term.split()) for term in told)

    def _used_by_enough(self, counts: Any, rows: Ints, column: int) -> bool:
        import numpy as np

        having = rows[counts[:, [column]].toarray().ravel() > 0]
        return len(np.unique(self.authors[having])) >= self.least


def _repeats(term: str, told: Sequence[str]) -> bool:
    """Whether a word of ``term`` is told already, perhaps with another ending."""
    words = [word[:6] for other in told for word in other.split()]
    return any(word[:6] in words for word in term.split())
