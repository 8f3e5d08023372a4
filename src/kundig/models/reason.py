"""Why a customer turned to the firm where nobody noted it: learned from the texts of contacts whose reason is known."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Figure, Telling
from kundig.errors import ModelError
from kundig.measures.calibration import expected_error
from kundig.measures.proportion import as_figures
from kundig.measures.topic_model import language_of
from kundig.message import Message, Share, sentence, sentences
from kundig.threads import one_thread

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Numbers = NDArray[Any]
    Tables = Mapping[str, pa.Table]

FEWEST_TEXTS = 100
FEWEST_OF_REASON = 10
"""A reason with fewer texts cannot be learned; it is left out."""
FOLDS = 3
FEWEST_WRONG = 10
"""With fewer wrong ones among the texts that were held out, these alone do not tell what a margin is worth."""
LATER = 0.2
"""The last share of the contacts, by time, on which a model learned from the earlier ones is judged."""
CHUNK = 10_000
"""Texts scored at once: what bounds the memory."""
REASONS = 3
"""So many words are told that speak for a reason."""

_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r"^>.*$", re.MULTILINE)
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+|www\.\S+")
_DIGIT = re.compile(r"\d")

_CONTACTS = """
contacts as (
  select e.event_id, e.occurred_at, e.position, coalesce(e.case_id, e.event_id) as matter,
    coalesce(c.reason, e.reason) as reason, substring(t.text, 1, 4000) as text
  from events e join texts t on t.event_id = e.event_id left join cases c on c.case_id = e.case_id
  where e.kind = 'contact' and coalesce(e.actor, 'customer') = 'customer' and coalesce(e.direction, 'inbound') = 'inbound'
)"""


@dataclass(frozen=True)
class Learned:
    """The reasons by number, the words and their parts as columns, a line for each reason, and what a margin is worth.

    calibration: weights of the best margin, of its lead over the second, and the constant of a logistic curve.
    """

    reasons: tuple[str, ...]
    words: Any
    parts: Any
    lines: Numbers
    constants: Numbers
    calibration: tuple[float, float, float]


@dataclass(frozen=True)
class Reason:
    """The reason of a contact that names none."""

    threshold: float = 0.7
    """Below this probability it abstains."""
    most: int = 20_000
    """So many of the newest cases with a text and a reason teach it at most."""

    title: ClassVar[str] = sentence("The reason of a contact")
    definition: ClassVar[str] = sentence(
        "For each contact with a text but no reason, the known reason it most probably has, and that probability; below the "
        "threshold it abstains. It learns from the first text of each case whose reason is known: words, pairs of words and parts "
        "of words (TF-IDF), one linear support vector machine for each reason. The probability is calibrated by a logistic curve "
        "(Platt 1999) on texts it had not learned from. Reasons with fewer than ten texts are left out. It is judged on the "
        "newest fifth of the contacts, having learned from the earlier ones only. Addresses and digits are not read."
    )
    purpose: ClassVar[str] = "service"
    needs: ClassVar[tuple[str, ...]] = ("text", "reason", "kind=contact")
    about: ClassVar[str] = "event_id"
    sql: ClassVar[Mapping[str, str]] = {
        "contacts": f"""
with {_CONTACTS},
first_told as (
  select *, row_number() over (partition by matter order by occurred_at, position, event_id) as nth
  from contacts where reason is not null and occurred_at <= cast(:now as timestamp)
),
newest as (select * from first_told where nth = 1 order by occurred_at desc, event_id limit :most)
select event_id, reason, text from newest order by occurred_at, event_id
""",
    }
    current: ClassVar[str] = f"with {_CONTACTS} select event_id, occurred_at, text from contacts where reason is null"
    columns: ClassVar[Mapping[str, str]] = {
        "event_id": sentence("Event"),
        "value": sentence("Contact reason"),
        "probability": sentence("Probability"),
        "because": sentence("Words that speak for it"),
    }

    def learn(self, tables: Tables, now: dt.datetime, seed: int = 0) -> Learned:
        """Learn from the table ``contacts`` (reason, text); ModelError where it cannot teach."""
        rows = _enough(tables["contacts"])
        with one_thread():
            return learned(_listed(rows, "text"), _listed(rows, "reason"), seed)

    def predict(self, learned: Learned, rows: pa.Table) -> pa.Table:
        """For each text its reason (``value``, null where the model abstains), how probable it is, and which words speak for it."""
        import pyarrow as pa

        kinds: dict[str, pa.DataType] = {
            "event_id": pa.string(),
            "value": pa.string(),
            "probability": pa.float64(),
            "because": pa.string(),
        }
        parts = [self._scored(learned, rows.slice(at, CHUNK)) for at in range(0, rows.num_rows, CHUNK)]
        schema = pa.schema(list(kinds.items()))
        return pa.concat_tables([part.cast(schema) for part in parts]) if parts else schema.empty_table()

    def _scored(self, learned: Learned, rows: pa.Table) -> pa.Table:
        import pyarrow as pa

        reasons, chances, words = judged(learned, _listed(rows, "text"))
        sure = [chance >= self.threshold for chance in chances]
        return pa.table({
            "event_id": rows["event_id"],
            "value": pa.array([reason if yes else None for reason, yes in zip(reasons, sure, strict=True)], pa.string()),
            "probability": pa.array(chances, pa.float64()),
            "because": pa.array([", ".join(some) if yes else None for some, yes in zip(words, sure, strict=True)], pa.string()),
        })  # fmt: skip

    def evaluate(self, tables: Tables, now: dt.datetime, seed: int = 0) -> Telling:
        """Learned from the earlier contacts, judged on the newest fifth."""
        rows = tables["contacts"]
        split = round(rows.num_rows * (1 - LATER))
        made = self.learn({"contacts": rows.slice(0, split)}, now, seed)
        later = rows.slice(split)
        figures = accuracy_of(made, _listed(later, "text"), _listed(later, "reason"), self.threshold)
        usual = max(made.reasons, key=_listed(rows.slice(0, split), "reason").count)
        figures["most_frequent_accuracy"] = _listed(later, "reason").count(usual) / later.num_rows
        return Telling(figures, list(_told(figures)), later.num_rows)


def learned(texts: Sequence[str], reasons: Sequence[str], seed: int = 0) -> Learned:
    """A line for each of ``reasons`` (at least two, each with ten texts) and the worth of its margins."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    shared = {"sublinear_tf": True, "dtype": np.float32}
    words = TfidfVectorizer(analyzer=_words, **shared).fit(texts)
    parts = TfidfVectorizer(analyzer=_parts, min_df=2, **shared).fit(texts)
    names, labels = np.unique(np.array(reasons, dtype=object).astype(str), return_inverse=True)
    matrix = _matrix(words, parts, texts)
    lines, constants = _lines(matrix, labels, len(names), seed)
    return Learned(tuple(names.tolist()), words, parts, lines, constants, _calibration(matrix, labels, len(names), seed))


def judged(learned: Learned, texts: Sequence[str]) -> tuple[list[str], list[float], list[list[str]]]:
    """The reason of each text, how probable it is, and the words that speak most for it."""
    import numpy as np
    from scipy.special import expit

    matrix = _matrix(learned.words, learned.parts, texts)
    margins = np.asarray(matrix @ learned.lines.T + learned.constants)
    best = margins.argmax(axis=1)
    high, lead, constant = learned.calibration
    chances = expit(_leads(margins) @ np.array([high, lead]) + constant)
    names = learned.words.get_feature_names_out()
    spoken = [_speaking(matrix[n], learned.lines[line], names) for n, line in enumerate(best.tolist())]
    return [learned.reasons[line] for line in best.tolist()], [float(chance) for chance in chances], spoken


def accuracy_of(learned: Learned, texts: Sequence[str], reasons: Sequence[str], threshold: float) -> dict[str, Figure]:
    """How often the reason of texts is right, how often it is told at a threshold and right then, and the calibration's error."""
    import numpy as np

    told, chances, _ = judged(learned, texts)
    right = np.array([one == other for one, other in zip(told, reasons, strict=True)])
    sure = np.array(chances) >= threshold
    return {
        **as_figures("accuracy", int(right.sum()), len(right)),
        **as_figures("told_share", int(sure.sum()), len(sure)),
        **as_figures("accuracy_if_told", int(right[sure].sum()), int(sure.sum())),
        "calibration_error": expected_error(right, chances),
        "reasons_learned": len(learned.reasons),
    }


def _listed(rows: pa.Table, name: str) -> list[str]:
    values: list[Any] = rows[name].to_pylist()
    return values


def _enough(rows: pa.Table) -> pa.Table:
    """The rows whose reason has enough texts; ModelError with the reason where they cannot teach."""
    import pyarrow as pa

    if rows.num_rows < FEWEST_TEXTS:
        raise ModelError(
            "Too few contacts have a text and a reason: {n}.",
            "It takes {least}. Import more contacts with their text and reason, or note reasons in the help desk.",
            n=rows.num_rows, least=FEWEST_TEXTS,
        )  # fmt: skip  # fmt: skip
    reasons = _listed(rows, "reason")
    known = {reason for reason in set(reasons) if reasons.count(reason) >= FEWEST_OF_REASON}
    if len(known) < 2:
        raise ModelError(
            "Fewer than two reasons have {least} texts or more, so there is nothing to tell apart.",
            "Import contacts with their reasons, or note reasons in the help desk.",
            least=FEWEST_OF_REASON,
        )
    if not language_of(_listed(rows, "text")[-1000:]):
        raise ModelError("The texts seem to be neither German nor English.", "Only these two languages can be learned.")
    return rows.filter(pa.array([reason in known for reason in reasons], pa.bool_()))


def _plain(text: str) -> list[str]:
    masked = _DIGIT.sub("0", _ADDRESS.sub(" ", _QUOTED.sub("", text)))
    return _WORD.findall(masked.lower())


def _words(text: str) -> list[str]:
    """Words and pairs of words."""
    words = _plain(text)
    return [*words, *map(" ".join, pairwise(words))]


def _parts(text: str) -> Iterator[str]:
    for word in _plain(text):
        yield from _parts_of(word)


@cache
def _parts_of(word: str) -> tuple[str, ...]:
    """All parts of two to five letters of a word with its ends."""
    padded = f" {word} "
    return tuple(padded[at : at + n] for n in (2, 3, 4, 5) for at in range(len(padded) - n + 1))


def _matrix(words: Any, parts: Any, texts: Sequence[str]) -> Any:
    from scipy.sparse import hstack

    return hstack([words.transform(texts), parts.transform(texts)], format="csr")


def _lines(matrix: Any, labels: Numbers, number: int, seed: int) -> tuple[Numbers, Numbers]:
    """One line for each reason; also where there are only two, so that margins always mean the same."""
    import numpy as np
    from sklearn.svm import LinearSVC

    svm = LinearSVC(C=1.0, random_state=seed).fit(matrix, labels)
    lines, constants = svm.coef_.astype(np.float32), svm.intercept_
    if number == 2:
        return np.vstack([-lines, lines]), np.concatenate([-constants, constants])
    return lines, constants


def _calibration(matrix: Any, labels: Numbers, number: int, seed: int) -> tuple[float, float, float]:
    """How probably the best reason is right, by its margin and its lead, on texts that were not learned from."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    margins = np.zeros((len(labels), number))
    for known, new in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(matrix, labels):
        lines, constants = _lines(matrix[known], labels[known], number, seed)
        margins[new] = matrix[new] @ lines.T + constants
    leads, right = _leads(margins), margins.argmax(axis=1) == labels
    if np.count_nonzero(~right) < FEWEST_WRONG:
        # Hardly a wrong one to learn from: the second-best reasons are wrong ones that came near.
        leads = np.vstack([leads, np.column_stack([leads[:, 0] - leads[:, 1], -leads[:, 1]])])
        right = np.concatenate([right, np.zeros(len(right), dtype=bool)])
    curve = LogisticRegression().fit(leads, right)
    return float(curve.coef_[0, 0]), float(curve.coef_[0, 1]), float(curve.intercept_[0])


def _leads(margins: Numbers) -> Numbers:
    """The best margin and its lead over the second."""
    import numpy as np

    two = np.partition(margins, -2, axis=1)[:, -2:]
    return np.column_stack([two[:, 1], two[:, 1] - two[:, 0]])


def _speaking(row: Any, line: Numbers, names: Numbers) -> list[str]:
    """The words of a text that add most to the margin."""
    known = row.indices < len(names)
    at, weight = row.indices[known], row.data[known] * line[row.indices[known]]
    best = sorted(range(len(at)), key=lambda n: (-weight[n], at[n]))[:REASONS]
    return [str(names[at[n]]) for n in best if weight[n] > 0]


def _told(figures: Mapping[str, Any]) -> Iterator[Message]:
    ends = {name: Share(figures[f"accuracy{end}"]) for name, end in (("share", ""), ("low", "_low"), ("high", "_high"))}
    yield sentences(
        "The reason of {n} later contact is told right in {share} of the cases ({low} to {high}); always naming the most frequent "
        "one would be right in {usual}.",
        "The reasons of {n} later contacts are told right in {share} of the cases ({low} to {high}); always naming the most frequent "
        "one would be right in {usual}.",
        figures["accuracy_n"], usual=Share(figures["most_frequent_accuracy"]), **ends,
    )  # fmt: skip
    if figures["accuracy_if_told"] is not None:
        yield Message(
            "At the threshold given it speaks in {told} of the contacts and is right in {share} of these.",
            {"told": Share(figures["told_share"]), "share": Share(figures["accuracy_if_told"])},
        )
    yield Message("Its probabilities are off by {error} on average.", {"error": Share(figures["calibration_error"])})
