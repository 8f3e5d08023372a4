"""A second opinion on the next step: gradient boosting, which also sees times, counts, channel, team and reason.

scikit-learn grows the trees; what is kept of them are plain arrays, walked for all trees at once: asking scikit-learn about
one case costs it a call per tree (measured: 12 ms, the walk 1 ms).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kundig.models._prefixes import features, known_values
from kundig.threads import one_thread

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

MOST_ROWS = 20_000
"""So many journeys teach it at most, drawn by the seed: more cost time and bring little."""
MOST_LABELS = 20
FEWEST = 10
"""A step that followed less often is left to the first opinion: a class of a handful lets boosting collapse."""
TREES = 800
"""All trees together: they bound the time to learn and to ask."""
AT_ONCE = 2_000
"""Rows that walk the trees together: they bound the memory."""


@dataclass(frozen=True)
class Second:
    """The boosted trees as arrays (tree, node); a leaf leads to itself. ``classes`` are the labels they tell apart."""

    known: Mapping[str, tuple[str, ...]]
    labels: int
    classes: Numbers = field(repr=False)
    start: Numbers = field(repr=False)
    feature: Numbers = field(repr=False)
    threshold: Numbers = field(repr=False)
    after: Numbers = field(repr=False)
    """The node after each, (not above the threshold, above)."""
    value: Numbers = field(repr=False)

    def shares(self, rows: pa.Table) -> Numbers:
        """The probability of each label for each row; 0 for labels too rare to be learned."""
        import numpy as np

        made = np.zeros((rows.num_rows, self.labels))
        seen = features(rows, dict(self.known))
        for first in range(0, len(seen), AT_ONCE):
            made[first : first + AT_ONCE, self.classes] = _softmax(self._scores(seen[first : first + AT_ONCE]))
        return made

    def _scores(self, seen: Numbers) -> Numbers:
        import numpy as np

        tree, row = np.arange(len(self.feature))[None, :], np.arange(len(seen))[:, None]
        node = np.zeros((len(seen), len(self.feature)), dtype=np.int64)
        while True:
            above = seen[row, self.feature[tree, node]] > self.threshold[tree, node]
            going = self.after[tree, node, above.astype(np.int64)]
            if (going == node).all():
                break
            node = going
        summed: Numbers = self.start + self.value[tree, node].reshape(len(seen), -1, len(self.start)).sum(axis=1)
        return summed


def boost(rows: pa.Table, label: Numbers, labels: int, seed: int) -> Second | None:
    """Learn from journeys so far and the number of the ``label`` that followed; None with fewer than two frequent labels."""
    import numpy as np

    counted = Counter(label.tolist()).most_common(MOST_LABELS)
    wanted = np.isin(label, [name for name, n in counted if n >= FEWEST])
    if len(set(label[wanted].tolist())) < 2:
        return None
    places = np.flatnonzero(wanted)
    if len(places) > MOST_ROWS:
        places = np.sort(np.random.default_rng(seed).choice(places, MOST_ROWS, replace=False))
    chosen, label = rows.take(places), label[places]
    known = known_values(chosen)
    return _kept(_trees(features(chosen, known), label, seed), known, labels)


def _trees(seen: Numbers, label: Numbers, seed: int) -> Any:
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier

    rounds = int(np.clip(TREES // len(set(label.tolist())), 20, 100))
    trees = HistGradientBoostingClassifier(
        max_iter=rounds, learning_rate=5 / rounds, max_leaf_nodes=8, max_features=0.5, l2_regularization=5.0,
        early_stopping=False, random_state=seed,
    )  # fmt: skip
    with one_thread():
        return trees.fit(seen, label)


def _kept(trees: Any, known: Mapping[str, tuple[str, ...]], labels: int) -> Second:
    """scikit-learn's trees as arrays; a test holds their probabilities against its own."""
    import numpy as np

    grown = [tree.nodes for grown in trees._predictors for tree in grown]
    size = max(len(nodes) for nodes in grown)
    own = np.broadcast_to(np.arange(size), (len(grown), size))
    made = {name: np.zeros((len(grown), size)) for name in ("feature_idx", "num_threshold", "value")}
    after = np.stack([own, own], axis=2).copy()
    for n, nodes in enumerate(grown):
        for name, column in made.items():
            column[n, : len(nodes)] = nodes[name]
        inner = np.flatnonzero(nodes["is_leaf"] == 0)
        after[n, inner, 0], after[n, inner, 1] = nodes["left"][inner], nodes["right"][inner]
    start = np.ravel(trees._baseline_prediction)
    return Second(
        known, labels, trees.classes_, start, made["feature_idx"].astype(np.int64), made["num_threshold"], after, made["value"]
    )


def _softmax(scores: Numbers) -> Numbers:
    """Probabilities from scores; two classes have one score, that of the second."""
    import numpy as np

    both = np.column_stack([np.zeros(len(scores)), scores]) if scores.shape[1] == 1 else scores
    raised = np.exp(both - both.max(axis=1, keepdims=True))
    shares: Numbers = raised / raised.sum(axis=1, keepdims=True)
    return shares
