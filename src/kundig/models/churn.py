"""Who is about to leave: learned from what customers lived through up to a moment, judged on what came after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Telling
from kundig.errors import QuestionError
from kundig.event import LEAVING_WORDS
from kundig.message import Message, sentence
from kundig.models import _churn_data, _churn_reasons, _churn_rows
from kundig.models._churn_judging import COLUMNS, judged
from kundig.models._foreseeing import Foresight, chance, foresee
from kundig.threads import one_thread

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from kundig.model import Tables

    Numbers = NDArray[Any]

COMPARABLE = ("", "channel", "account", "source")
BANDS = ((sentence("high"), 3.0), (sentence("elevated"), 1.5), (sentence("usual"), 0.0))
"""How many times the usual chance a band begins at."""
MOST_EXPLAINED = 20_000
"""So many rows, those of the highest risk, get reasons; the others are not at risk worth explaining."""


@dataclass(frozen=True)
class Driver:
    """What goes with leaving: rows and persons concerned, how many left in the window after, and the same of the others.

    ``factor`` is by how much the odds are higher, all else that the model knows being equal.
    """

    name: str
    persons: int
    rows: int
    left: int
    other_rows: int
    other_left: int
    factor: float
    action: str


@dataclass(frozen=True)
class Learned:
    """What was learned, from how many rows and leavers; ``rate`` is the usual chance of leaving in a window."""

    foresight: Foresight
    rate: float
    rows: int
    leavers: int
    drivers: tuple[Driver, ...]
    constant: tuple[str, ...]


@dataclass(frozen=True)
class Churn:
    """Who is about to leave.

    days: the length of a window where leaving is recorded; silence: the days without a sign of life that count as leaving where
    it is not; leaving: whole words of an activity that mean leaving, parted by |, empty to go by silence; compare: the column by
    which groups are compared for fairness (channel, account or source; empty for none); most_persons: how many are learned from.
    """

    days: int = 30
    silence: int = 90
    leaving: str = LEAVING_WORDS
    compare: str = "channel"
    most_persons: int = 10_000

    title: ClassVar[str] = sentence("Who is about to leave")
    definition: ClassVar[str] = sentence(
        "The chance that a customer leaves in the window after a moment, learned from what had happened to him up to that moment: "
        "contacts, repeats, handovers, explaining again, promises broken, late or overdue, reopened cases, low ratings, silence, "
        "then purchases, visits and how long he has been a customer. Moments lie one window apart, so that windows do not overlap. "
        "Logistic regression on splines is used unless boosted trees are better by more than one standard error; either is "
        "calibrated on people it had not seen. It is judged on later windows than it learned from. A score advises; it is no reason "
        "to treat anybody worse, and what goes with leaving need not be its cause."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("person_id",)
    about: ClassVar[str] = "person_id"
    sql: ClassVar[Mapping[str, str]] = {"rows": _churn_rows.PAST, "windows": _churn_rows.WINDOWS}
    current: ClassVar[str] = _churn_rows.NOW
    sample: ClassVar[str] = _churn_rows.SAMPLE
    """As ``current`` for a fixed random sample of ``:most_persons``, or for all where ``:list``."""
    columns: ClassVar[Mapping[str, str]] = {
        **COLUMNS,
        "score": sentence("Chance of leaving"),
        "band": sentence("Risk"),
        "reasons": sentence("Reasons for the chance"),
    }
    words: ClassVar[tuple[str, ...]] = ("band", "compared")

    def __post_init__(self) -> None:
        if self.compare not in COMPARABLE:
            raise QuestionError(
                "Groups cannot be compared by {name}.", "Choose one of: {known}.",
                name=self.compare, known=", ".join(COMPARABLE[1:]),
            )  # fmt: skip
        if min(self.days, self.silence, self.most_persons) < 1:
            raise QuestionError("The numbers of days and persons must be at least 1.")

    def learn(self, tables: Tables, now: dt.datetime, seed: int = 0) -> Learned:
        """Learn from ``tables["rows"]``: person_id, left_after (0 or 1), numbers, and where there are some landmark and window_end.

        ModelError where there are too few, only one outcome, nothing that varies, a column that knows the outcome, or windows
        that are not over.
        """
        data = _churn_data.read(tables["rows"], now)
        with one_thread():
            foresight = foresee(data.columns, data.x, data.y, data.people, seed)
            drivers = tuple(_drivers(data, foresight))
        return Learned(foresight, float(data.y.mean()), len(data.y), int(data.y.sum()), drivers, data.constant)

    def predict(self, learned: Learned, rows: pa.Table) -> pa.Table:
        """person_id, score (the chance of leaving in the next window), band, reasons (codes for :meth:`word`), in the order given."""
        import numpy as np
        import pyarrow as pa

        x = _churn_data.matrix(rows, learned.foresight.columns)
        with one_thread():
            score = chance(learned.foresight.log_odds(x))
            reasons = _reasons(learned.foresight, x, score)
        bands = np.array([band for band, _ in BANDS], dtype=object)
        edges = np.array([learned.rate * times for _, times in BANDS])
        return pa.table({
            "person_id": rows["person_id"],
            "score": score,
            "band": pa.array(bands[(score[:, None] < edges).sum(axis=1)], pa.string()),
            "reasons": pa.array(reasons, pa.list_(pa.string())),
        })  # fmt: skip

    def evaluate(self, tables: Tables, now: dt.datetime, seed: int = 0) -> Telling:
        """How well the later windows are foreseen from the earlier ones, with and without service data, and by groups."""
        with one_thread():
            return judged(_churn_data.read(tables["rows"], now), _churn_rows.SERVICE, self.compare, seed)

    @staticmethod
    def word(code: str) -> Message:
        """A reason's code for people."""
        return _churn_reasons.in_words(code)


def _reasons(foresight: Foresight, x: Numbers, score: Numbers) -> list[list[str]]:
    import numpy as np

    told: list[list[str]] = [[] for _ in range(len(score))]
    top = np.argsort(-score, kind="stable")[:MOST_EXPLAINED]
    effects = foresight.effects(x[top], _places(foresight.columns))
    for row, codes in zip(top, _churn_reasons.codes(foresight.columns, x[top], effects), strict=True):
        told[row] = codes
    return told


def _places(columns: tuple[str, ...]) -> list[list[int]]:
    return [[columns.index(name) for name in reason.columns] for reason in _churn_reasons.reasons_of(columns)]


def _drivers(data: _churn_data.Data, foresight: Foresight) -> list[Driver]:
    """Each thing that service does to customers, those concerned beside the others; the strongest first."""
    import numpy as np

    effects = foresight.effects(data.x, _places(data.columns))
    found = []
    for at, reason in enumerate(_churn_reasons.reasons_of(data.columns)):
        concerned = reason.number(data.columns, data.x) >= reason.threshold
        if not reason.action or not concerned.any() or concerned.all():
            continue
        more = float(np.mean(effects[concerned, at]) - np.mean(effects[~concerned, at]))
        found.append(Driver(
            reason.name, len(set(data.people[concerned])), int(concerned.sum()), int(data.y[concerned].sum()),
            int((~concerned).sum()), int(data.y[~concerned].sum()), float(np.exp(more)), reason.action,
        ))  # fmt: skip
    return sorted(found, key=lambda driver: -driver.factor)
