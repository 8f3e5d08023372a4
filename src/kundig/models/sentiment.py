"""Whether a customer's text is an unhappy one: learned from the firm's own ratings, and off until that is better than guessing.

Lists of good and bad words do worse than saying "neutral" always (German feedback on a railway, GermEval 2017), so there is none.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Figure, Telling
from kundig.errors import ModelError
from kundig.measures.proportion import as_figures, wilson
from kundig.measures.remembered import on_scale
from kundig.message import Message, Number, Share, sentence

if TYPE_CHECKING:
    import pyarrow as pa

    Tables = Mapping[str, pa.Table]

SENTIMENTS = (sentence("negative"), sentence("neutral"), sentence("positive"))
FEWEST = 100
FEWEST_NEGATIVE = 20
BOX = 0.5
"""A rating in the lowest quarter of its scale (a valence of -0.5 or less) is negative, in the highest quarter positive."""
FOLDS = 5
LATER = 0.3
"""The last share of the texts, by time, on which a model learned from the earlier ones is judged."""
LONGEST = 1000
"""Letters of a text that are read: more of it did not help on real feedback."""
CHUNK = 10_000
BECAUSE = 3

_ADDRESS = re.compile(r"\S+@\S+|https?://\S+|www\.\S+")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Learned:
    """Words and parts of words as columns, and the classifier over them."""

    words: Any
    parts: Any
    classifier: Any


@dataclass(frozen=True)
class Sentiment:
    """Whether a text is negative, neutral or positive."""

    most: int = 5_000
    """So many of the newest rated texts teach it at most."""

    title: ClassVar[str] = sentence("Sentiment of a text")
    definition: ClassVar[str] = sentence(
        "For each text of a customer without a rating, whether it is negative, neutral or positive, and how probable that is. It "
        "learns from the firm's own texts that came with a rating: in the lowest quarter of the scale negative, in the highest "
        "quarter positive, between them neutral; words, pairs of words and parts of words (TF-IDF), and a logistic regression in "
        "which the rare classes weigh as much as the frequent ones. It is off until, on texts it has not learned from (five folds), it is "
        "surely better than always saying the most frequent class. It is judged on the newest 30% of the texts, having learned from "
        "the earlier ones. Positive is rarely right and is marked as not reliable. It describes texts, not what a person feels."
    )
    purpose: ClassVar[str] = "service"
    needs: ClassVar[tuple[str, ...]] = ("text", "score")
    about: ClassVar[str] = "event_id"
    sql: ClassVar[Mapping[str, str]] = {
        "rated": f"""
with newest as (
  select event_id, occurred_at, score, score_scale from events
  where score is not null and score_scale is not null and occurred_at <= :now and event_id in (select event_id from texts)
  order by occurred_at desc, event_id
  limit :most
)
select newest.event_id, score, score_scale, substring(texts.text, 1, {LONGEST}) as text
from newest join texts on texts.event_id = newest.event_id
order by occurred_at, newest.event_id
""",
    }
    current: ClassVar[str] = f"""
select events.event_id, substring(texts.text, 1, {LONGEST}) as text
from events join texts on texts.event_id = events.event_id
where kind in ('contact', 'survey_answer') and score is null and coalesce(actor, 'customer') = 'customer'
"""
    columns: ClassVar[Mapping[str, str]] = {
        "event_id": sentence("Event"),
        "value": sentence("Sentiment"),
        "probability": sentence("Probability"),
        "reliable": sentence("Reliable"),
        "because": sentence("Words that speak for it"),
    }
    words: ClassVar[tuple[str, ...]] = ("value",)

    def learn(self, tables: Tables, now: dt.datetime, seed: int = 0) -> Learned:
        """Learn from the table ``rated`` (text, score, score_scale); ModelError where it cannot teach or is no better than guessing."""
        texts, labels = labelled(tables["rated"])
        _enough(labels)
        _better(labels, cross_validated(texts, labels, seed))
        return learned(texts, labels, seed)

    def predict(self, learned: Learned, rows: pa.Table) -> pa.Table:
        """For each text its sentiment (``value``), how probable it is, whether that can be relied on, and the words that speak for it."""
        import pyarrow as pa

        kinds: dict[str, pa.DataType] = {
            "event_id": pa.string(), "value": pa.string(), "probability": pa.float64(), "reliable": pa.bool_(), "because": pa.string(),
        }  # fmt: skip
        schema = pa.schema(list(kinds.items()))
        parts = [_scored(learned, rows.slice(at, CHUNK)).cast(schema) for at in range(0, rows.num_rows, CHUNK)]
        return pa.concat_tables(parts) if parts else schema.empty_table()

    def evaluate(self, tables: Tables, now: dt.datetime, seed: int = 0) -> Telling:
        """Learned from the earlier texts, judged on the newest 30 %."""
        rows = tables["rated"]
        split = round(rows.num_rows * (1 - LATER))
        made = self.learn({"rated": rows.slice(0, split)}, now, seed)
        texts, labels = labelled(rows.slice(split))
        figures = quality(labels, told(made, texts))
        usual = Counter(labelled(rows.slice(0, split))[1]).most_common(1)[0][0]
        figures["most_frequent_accuracy"] = labels.count(usual) / len(labels) if labels else None
        return Telling(figures, list(_sentences(figures)), len(labels))


def labelled(rows: pa.Table) -> tuple[list[str], list[str]]:
    """The texts whose rating is on its scale, and the sentiment that rating stands for."""
    given = zip(*(rows[name].to_pylist() for name in ("text", "score", "score_scale")), strict=True)
    known = [(text, valence) for text, score, scale in given if (valence := on_scale(score, scale)) is not None]
    return [text for text, _ in known], [_sentiment(valence) for _, valence in known]


def learned(texts: Sequence[str], labels: Sequence[str], seed: int = 0) -> Learned:
    """Learn from texts and their sentiments; ModelError where the texts have nothing in common."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    shared = {"preprocessor": plain, "sublinear_tf": True}
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, **shared)
    parts = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, **shared)
    try:
        matrix = hstack([words.fit_transform(texts), parts.fit_transform(texts)], format="csr")
    except ValueError as error:
        raise ModelError("The rated texts have no words in common.", "It takes more of them.") from error
    classifier = LogisticRegression(class_weight="balanced", max_iter=1000, random_state=seed)
    return Learned(words, parts, classifier.fit(matrix, labels))


def told(learned: Learned, texts: Sequence[str]) -> list[str]:
    """The most probable sentiment of each text."""
    return [str(name) for name in learned.classifier.predict(_matrix(learned.words, learned.parts, texts))] if texts else []


def cross_validated(texts: Sequence[str], labels: Sequence[str], seed: int = 0, folds: int = FOLDS) -> list[str]:
    """The sentiment of each text by a model that has not seen it."""
    from sklearn.model_selection import StratifiedKFold

    found = [""] * len(texts)
    for train, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(texts, labels):
        made = learned([texts[n] for n in train], [labels[n] for n in train], seed)
        for n, name in zip(test, told(made, [texts[n] for n in test]), strict=True):
            found[n] = name
    return found


def quality(labels: Sequence[str], found: Sequence[str]) -> dict[str, Figure]:
    """Accuracy (which is micro-F1 here) with its interval, and F1 of the negative and the positive texts, null where there are none."""
    right = sum(one == other for one, other in zip(labels, found, strict=True))
    return {
        **as_figures("accuracy", right, len(labels)),
        "negative_f1": _f1(labels, found, "negative"),
        "negative_n": list(labels).count("negative"),
        "positive_f1": _f1(labels, found, "positive"),
        "positive_n": list(labels).count("positive"),
    }


def plain(text: str) -> str:
    """The beginning of a text in lower case, without addresses, every digit a 0."""
    return _DIGIT.sub("0", _ADDRESS.sub(" ", text[:LONGEST])).lower()


def _sentiment(valence: float) -> str:
    return "negative" if valence <= -BOX else "positive" if valence >= BOX else "neutral"


def _f1(labels: Sequence[str], found: Sequence[str], name: str) -> float | None:
    both = sum(one == other == name for one, other in zip(labels, found, strict=True))
    all_of_both = list(labels).count(name) + list(found).count(name)
    return 2 * both / all_of_both if name in labels else None


def _enough(labels: Sequence[str]) -> None:
    counts = Counter(labels)
    if len(labels) < FEWEST:
        raise ModelError(
            "Too few texts came with a rating: {n}.", "It takes {least}. Import more of them.", n=len(labels), least=FEWEST
        )
    if counts["negative"] < FEWEST_NEGATIVE or len(labels) - counts["negative"] < FEWEST_NEGATIVE:
        raise ModelError(
            "The rated texts are nearly all of one kind: {negative} of {n} have a rating in the lowest quarter of the scale.",
            "It takes {least} of these and {least} others. Import more rated texts, or wait for them.",
            negative=counts["negative"], n=len(labels), least=FEWEST_NEGATIVE,
        )  # fmt: skip


def _better(labels: Sequence[str], found: Sequence[str]) -> None:
    right, usual = sum(one == other for one, other in zip(labels, found, strict=True)), Counter(labels).most_common(1)[0]
    if wilson(right, len(labels))[0] <= usual[1] / len(labels):
        raise ModelError(
            "On texts it has not seen, the sentiment is right in {right} of {n}; always saying {usual} would be in {guessed}.",
            "That is not surely better than guessing, so it stays off. More rated texts may help.",
            right=right, n=len(labels), usual=usual[0], guessed=usual[1],
        )  # fmt: skip


def _matrix(words: Any, parts: Any, texts: Sequence[Any]) -> Any:
    from scipy.sparse import hstack

    return hstack([words.transform(texts), parts.transform(texts)], format="csr")


def _scored(learned: Learned, rows: pa.Table) -> pa.Table:
    import numpy as np
    import pyarrow as pa

    matrix = _matrix(learned.words, learned.parts, rows["text"].to_pylist())
    chances = learned.classifier.predict_proba(matrix)
    best = chances.argmax(axis=1)
    names = [str(learned.classifier.classes_[n]) for n in best]
    return pa.table({
        "event_id": rows["event_id"],
        "value": pa.array(names, pa.string()),
        "probability": pa.array(chances[np.arange(len(best)), best]),
        "reliable": pa.array([name != "positive" for name in names], pa.bool_()),
        "because": pa.array([_because(learned, matrix[n], int(line)) for n, line in enumerate(best)], pa.string()),
    })  # fmt: skip


def _because(learned: Learned, row: Any, line: int) -> str:
    """The words of a text that speak most for its sentiment."""
    weights = learned.classifier.coef_
    # for two classes there is one line, which speaks for the second
    toward = weights[line] if len(weights) > 1 else weights[0] * (1 if line else -1)
    names = learned.words.get_feature_names_out()
    worth = [
        (value * toward[column], names[column])
        for column, value in zip(row.indices, row.data, strict=True)
        if column < len(names)
    ]
    return ", ".join(name for value, name in sorted(worth, key=lambda pair: (-pair[0], pair[1]))[:BECAUSE] if value > 0)


def _sentences(figures: Mapping[str, Any]) -> Iterable[Message]:
    if not figures["accuracy_n"]:
        yield Message("There is no later text to judge it by.")
        return
    yield Message(
        "It is right on {share} of {n} later texts ({low} to {high}); always saying the most frequent sentiment would be on {usual}.",
        {"share": Share(figures["accuracy"]), "n": figures["accuracy_n"], "low": Share(figures["accuracy_low"]),
         "high": Share(figures["accuracy_high"]), "usual": Share(figures["most_frequent_accuracy"])},
    )  # fmt: skip
    if figures["negative_f1"] is not None:
        yield Message("F1 of negative texts: {f1}.", {"f1": Number(figures["negative_f1"])})
    yield Message("A text said to be positive is not reliable: take it for one that is not negative.")
