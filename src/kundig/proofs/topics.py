"""Topics without labels beside other ways to find them, reasons learned from texts beside the published best, a planted topic."""

from __future__ import annotations

import csv
import datetime as dt
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig.message import sentence
from kundig.proof import Given, Line, simulated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]
    Labelled = tuple[list[str], list[str]]

title = sentence("Topics in texts, and reasons learned from them")
data = ("banking77", "massive_de")

THRESHOLD = 0.7
COVERED = 0.8
QUICK = 2_500
"""Texts that are learned from where a quick look is enough."""


def prove(given: Given) -> Iterator[Line]:
    """Without labels and with them on banking77, with them on MASSIVE in German, and the topic the simulation plants."""
    folder = given.folder("banking77")
    if folder:
        learn, judge = _banking(folder / "train.csv", given), _banking(folder / "test.csv", given)
        yield from _unsupervised("topics.banking77", judge, given.seed)
        yield from _supervised("topics.banking77", learn, judge, given, "0.91", {
            "published (Casanueva et al. 2020, fine-tuned encoders)": 0.937, "TF-IDF + LogReg, measured before": 0.9153,
        })  # fmt: skip
    folder = given.folder("massive_de")
    if folder:
        learn, judge = _massive(folder / "train.txt", given), _massive(folder / "dev.txt", given)
        yield from _supervised(
            "topics.massive_de", learn, judge, given, "0.85", {"TF-IDF + LogReg, measured before on another part": 0.852},
            "Judged on the dev part (the test part is not in the folder).",
        )  # fmt: skip
    yield from _planted(given)


def _banking(path: Path, given: Given) -> Labelled:
    with path.open(encoding="utf-8", newline="") as stream:
        return _some([(row["text"], row["category"]) for row in csv.DictReader(stream)], given)


def _massive(path: Path, given: Given) -> Labelled:
    lines = path.read_text(encoding="utf-8").splitlines()
    return _some([(text, label) for text, _, label in (line.rpartition("\t") for line in lines) if label], given)


def _some(pairs: Sequence[tuple[str, str]], given: Given) -> Labelled:
    import numpy as np

    if given.quick and len(pairs) > QUICK:
        chosen = np.random.default_rng(given.seed).permutation(len(pairs))[:QUICK]
        pairs = [pairs[n] for n in chosen.tolist()]
    return [text for text, _ in pairs], [label for _, label in pairs]


def _unsupervised(key: str, texts: Labelled, seed: int) -> Iterator[Line]:
    """Normalised mutual information and adjusted Rand index with the true labels, for as many topics as there are labels."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    from kundig.measures.topic_model import topics

    said, truth = texts
    number = len(set(truth))
    found = topics(said, exactly=number, sample=len(said), seed=seed)
    groups = {"ours": found.labels if found else [0] * len(said), **_rivals(said, number, seed)}
    before = {"nmi": {"LSA + Ward": 0.554, "LDA": 0.468}, "ari": {"LSA + Ward": 0.189, "LDA": 0.120}}
    judges = {"nmi": normalized_mutual_info_score, "ari": adjusted_rand_score}
    for name, judge in judges.items():
        value = {who: float(judge(truth, labels)) for who, labels in groups.items()}
        earlier = {f"{who}, measured before": one for who, one in before[name].items()}
        rivals = {who: one for who, one in value.items() if who != "ours"}
        yield Line(f"{key}.{name}", value["ours"], f">= {before[name]['LSA + Ward']}", {**rivals, **earlier},
                   f"{number} topics from {len(said)} texts, no labels seen.")  # fmt: skip
    yield Line(f"{key}.agreement", found.agreement if found else None, "", {}, "Adjusted Rand index of two halves learned apart.")


def _rivals(texts: Sequence[str], number: int, seed: int) -> dict[str, Numbers]:
    """The usual ways on plain TF-IDF of words."""
    from sklearn.cluster import AgglomerativeClustering, KMeans
    from sklearn.decomposition import NMF, TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    matrix = TfidfVectorizer(stop_words="english", ngram_range=(1, 2), min_df=2, sublinear_tf=True).fit_transform(texts)
    points = normalize(TruncatedSVD(min(100, min(matrix.shape) - 1), random_state=seed).fit_transform(matrix))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that NMF has not converged after its usual number of rounds
        weights = NMF(number, init="nndsvd", max_iter=100, random_state=seed).fit_transform(matrix)
    return {
        "LSA + k-means": KMeans(number, n_init=1, random_state=seed).fit_predict(points),
        "LSA + Ward": AgglomerativeClustering(number).fit_predict(points),
        "NMF": weights.argmax(axis=1),
    }  # fmt: skip


def _supervised(
    key: str, learn: Labelled, judge: Labelled, given: Given, goal: str, beside: Mapping[str, float], note: str = ""
) -> Iterator[Line]:  # fmt: skip
    """Accuracy, the error of the probabilities, and the accuracy where it is surest."""
    import numpy as np

    from kundig.measures.calibration import error_by_chance, expected_error
    from kundig.models.reason import judged, learned

    told, chances, _ = judged(learned(*learn, seed=given.seed), judge[0])
    right = np.array([one == other for one, other in zip(told, judge[1], strict=True)])
    accuracy, rival = float(right.mean()), _plain_rival(learn, judge)
    if accuracy < float(goal) and rival < accuracy:
        note = f"{note} The plain rival on the same texts is worse, too.".strip()
    yield Line(f"{key}.accuracy", accuracy, f">= {goal}", {**beside, "TF-IDF of words + LogReg, same run": rival}, note)
    by_chance = {"by chance of this many": error_by_chance(chances, given.seed)}
    yield Line(f"{key}.calibration_error", expected_error(right, chances), "<= 0.05", by_chance, "Ten groups of equal size.")
    surest = np.argsort(-np.array(chances), kind="stable")[: round(COVERED * len(chances))]
    yield Line(
        f"{key}.accuracy_at_80", float(right[surest].mean()), "", {}, "The surest 80 % of the texts; on the others it abstains."
    )


def _plain_rival(learn: Labelled, judge: Labelled) -> float:
    """Words and pairs of words with logistic regression, measured on the same texts."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, dtype=np.float32).fit(learn[0])
    rival = LogisticRegression(C=20, tol=1e-3, max_iter=60).fit(words.transform(learn[0]), learn[1])
    return float(rival.score(words.transform(judge[0]), judge[1]))


def _planted(given: Given) -> Iterator[Line]:
    """After how many days of data the topic that the simulation plants is named as new, and when it is said to have begun."""
    with simulated(given, customers=1_000 if given.quick else 2_000, seed=given.seed % 1_000) as (workspace, place):
        planted = json.loads((place / "truth.json").read_text(encoding="utf-8"))["new_topic"]
        began = dt.date.fromisoformat(planted["began_on"])
        days, told = _days_until_found(workspace, began)
        last = workspace.ask("topics").figures
    yield Line("topics.simulation.days_until_found", days, "<= 1", {},
               f"{planted['messages']} messages in the last days of the data; none of its words was looked for.")  # fmt: skip
    wrong = abs((dt.date.fromisoformat(told) - began).days) if told else None
    yield Line("topics.simulation.days_off", wrong, "<= 1", {}, "Between the day it is said to have begun on and the true one.")
    yield Line("topics.simulation.new_topics", _number(last["new_topics"]), "", {}, "Named as new in all data; one was planted.")


def _number(value: Any) -> float | None:
    return float(value) if value is not None else None


def _days_until_found(workspace: Any, began: dt.date) -> tuple[float | None, str]:
    """The first number of whole days of data after which a topic is new, and the day it is said to have begun on."""
    for days in (1, 2, 3, 4):
        until = dt.datetime.combine(began + dt.timedelta(days=days), dt.time(), dt.UTC)
        found = _as_known_at(workspace, until)
        if found:
            return float(days), found
    return None, ""


def _as_known_at(workspace: Any, until: dt.datetime) -> str:
    """The day the surest new topic began on, as seen at an earlier time; "" where none is seen."""
    from kundig.insight import ask
    from kundig.insights.topics import Topics
    from kundig.lake import Lake

    then = Lake(workspace.folder, engine=workspace.lake.engine, clock=lambda: until)
    return str(ask(then, Topics()).figures["newest_began_on"] or "")
