"""Why somebody may leave, in words: columns that tell of one thing are one reason, with its number and what could be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kundig.message import Duration, Message, Number, sentence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

_DAY = 86400.0
MOST_REASONS = 3
LEAST_EFFECT = 0.1
"""Log odds below which a thing is no reason worth a word."""


@dataclass(frozen=True)
class Reason:
    """One thing that may make customers leave.

    ``columns`` tell of it; ``counted`` are summed to its number, which ``one`` and ``many`` say and ``none`` where it is zero or
    unknown; from ``threshold`` on a customer counts as concerned. ``action`` says what could be done.
    """

    name: str
    columns: tuple[str, ...]
    counted: tuple[str, ...]
    one: str
    many: str
    none: str
    threshold: float = 1.0
    action: str = ""
    days: bool = False

    def number(self, columns: Sequence[str], x: Numbers) -> Numbers:
        """The number of each row."""
        import numpy as np

        return np.asarray(x[:, [columns.index(name) for name in self.counted]].sum(axis=1))

    def say(self, number: float | None) -> Message:
        """The reason with its number."""
        if number is None or number == 0:
            return Message(self.none)
        if self.days:
            return Message(self.one, {"time": Duration(number * _DAY)})
        return Message(self.one if round(number) == 1 else self.many, {"n": round(number)})


REASONS = (
    Reason(
        sentence("promises not kept in time"), ("broken", "overdue", "late", "failed_lately"), ("broken", "overdue", "late"),

        sentence("{n} promise not kept in time"), sentence("{n} promises not kept in time"), sentence("all promises kept in time"),
        action=sentence("Keep promises, and speak first to those whose promise is overdue: kundig ask promises --list overdue"),
    ),
    Reason(
        sentence("explaining again"), ("retold", "retold_lately"), ("retold",),
        sentence("probably had to explain again once"), sentence("probably had to explain again {n} times"),
        sentence("never had to explain again"),
        action=sentence("Hand on what the customer has already told: kundig ask re-explanations"),
    ),
    Reason(
        sentence("handovers"), ("handovers", "handovers_lately"), ("handovers",),
        sentence("handed over once"), sentence("handed over {n} times"), sentence("never handed over"),
        action=sentence("Let the first team solve what it can: kundig ask handovers"),
    ),
    Reason(
        sentence("repeated contacts"), ("repeats", "repeats_lately"), ("repeats",),
        sentence("came back once about the same thing"), sentence("came back {n} times about the same thing"),
        sentence("never came back about the same thing"),
        action=sentence("Solve at the first contact what brings customers back: kundig ask repeat-contacts"),
    ),
    Reason(
        sentence("reopened cases"), ("reopened", "reopened_lately"), ("reopened",),
        sentence("{n} case reopened"), sentence("{n} cases reopened"), sentence("no case reopened"),
        action=sentence("Ask the customer before closing a case whether it is solved: kundig ask repeat-contacts"),
    ),
    Reason(
        sentence("low ratings"), ("low_ratings", "mean_rating"), ("low_ratings",),
        sentence("{n} low rating"), sentence("{n} low ratings"), sentence("no low rating"),
        action=sentence("Call back whoever gave a low rating, within days."),
    ),
    Reason(
        sentence("asking about leaving"), ("asked_to_leave",), ("asked_to_leave",),
        sentence("asked about leaving once"), sentence("asked about leaving {n} times"), sentence("never asked about leaving"),
        action=sentence("Whoever asks about leaving should speak to somebody who may decide."),
    ),
    Reason(
        sentence("many contacts"), ("contacts", "contacts_lately"), ("contacts_lately",),
        sentence("{n} contact in the last 90 days"), sentence("{n} contacts in the last 90 days"),
        sentence("no contact in the last 90 days"), threshold=3.0,
        action=sentence("Remove the reasons customers turn to you for: kundig ask contact-reasons"),
    ),
    Reason(
        sentence("silence"), ("days_since_contact",), ("days_since_contact",),
        sentence("last contact {time} ago"), "", sentence("never turned to the firm"), threshold=180.0, days=True,
        action=sentence("Ask customers who have become silent whether all is well."),
    ),
    Reason(
        sentence("purchases"), ("purchases", "purchases_lately", "days_since_purchase"), ("purchases",),
        sentence("{n} purchase"), sentence("{n} purchases"), sentence("no purchase"),
    ),
    Reason(
        sentence("visits"), ("visits_lately", "days_since_visit"), ("visits_lately",),
        sentence("{n} visit in the last 90 days"), sentence("{n} visits in the last 90 days"),
        sentence("no visit in the last 90 days"),
    ),
    Reason(
        sentence("time as a customer"), ("days_known",), ("days_known",),
        sentence("customer for {time}"), "", sentence("new customer"), days=True,
    ),
)  # fmt: skip


def reasons_of(columns: Sequence[str]) -> list[Reason]:
    """The reasons that ``columns`` tell of; a column of another name is a reason of its own."""
    known = [_within(reason, columns) for reason in REASONS if set(reason.counted) & set(columns)]
    named = {name for reason in known for name in reason.columns}
    return [*known, *(Reason(name, (name,), (name,), "", "", "") for name in columns if name not in named)]


def _within(reason: Reason, columns: Sequence[str]) -> Reason:
    """``reason`` as far as ``columns`` tell of it: what never happened is not among them."""
    told, counted = (tuple(name for name in part if name in columns) for part in (reason.columns, reason.counted))
    return replace(reason, columns=told, counted=counted)


def codes(columns: Sequence[str], x: Numbers, effects: Numbers) -> list[list[str]]:
    """For each row the reasons that raise its risk most, as ``name=number``."""
    import numpy as np

    reasons = reasons_of(columns)
    numbers = np.column_stack([reason.number(columns, x) for reason in reasons])
    order = np.argsort(-effects, axis=1, kind="stable")[:, :MOST_REASONS]
    return [
        [_code(reasons[at], numbers[row, at]) for at in places if effects[row, at] >= LEAST_EFFECT]
        for row, places in enumerate(order)
    ]


def _code(reason: Reason, number: float) -> str:
    return reason.name + ("" if number != number else f"={number:.6g}")


def in_words(code: str) -> Message:
    """A code of :func:`codes` for people, such as "3 promises not kept in time"."""
    name, _, told = code.partition("=")
    number = float(told) if told else None
    for reason in REASONS:
        if reason.name == name:
            return reason.say(number)
    return Message("{name}: {value}", {"name": name, "value": "–" if number is None else Number(number, 1)})
