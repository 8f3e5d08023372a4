"""What can happen in a ticket, in order: every ticket is a choice of these slots."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

LEGS = 4
"""A ticket is with at most four teams in a row: three handovers."""


class Slot(IntEnum):
    """The places of a ticket's events, in the order in which they can happen."""

    ASK = 0
    BOT = 1
    FIRST = 2
    HAND_1 = 3
    WAIT_1 = 4
    QUESTION_1 = 5
    TELL_1 = 6
    ANSWER_1 = 7
    HAND_2 = 8
    WAIT_2 = 9
    QUESTION_2 = 10
    TELL_2 = 11
    ANSWER_2 = 12
    HAND_3 = 13
    WAIT_3 = 14
    QUESTION_3 = 15
    TELL_3 = 16
    ANSWER_3 = 17
    PROMISE = 18
    CHASE = 19
    OUTCOME = 20
    SOLVE = 21
    CLOSE = 22
    STILL = 23
    REOPEN = 24
    AGAIN = 25
    RECLOSE = 26
    RATE = 27


HANDS = (Slot.HAND_1, Slot.HAND_2, Slot.HAND_3)
TELLS = (Slot.TELL_1, Slot.TELL_2, Slot.TELL_3)
QUESTIONS = (Slot.QUESTION_1, Slot.QUESTION_2, Slot.QUESTION_3)
ANSWERS = (Slot.ANSWER_1, Slot.ANSWER_2, Slot.ANSWER_3)
LATER_MESSAGES = (*TELLS, Slot.CHASE, Slot.STILL)
"""The slots in which the customer writes or calls again."""


@dataclass(frozen=True)
class Kind:
    """How the help desk exports a slot. ``leg``: which team holds the ticket then, -1 for the last one, -2 for none yet."""

    activity: str
    direction: int
    actor: int
    leg: int


DIRECTIONS = ("eingehend", "ausgehend", "intern")
INBOUND, OUTBOUND, INTERNAL = range(3)
ACTORS = ("Kunde", "Mitarbeiter", "System")
CUSTOMER, HUMAN, MACHINE = range(3)


def _leg(leg: int) -> tuple[Kind, ...]:
    return (
        Kind("Übergabe", INTERNAL, HUMAN, leg),
        Kind("Zurückgestellt", INTERNAL, HUMAN, leg),
        Kind("Rückfrage", OUTBOUND, HUMAN, leg),
        Kind("Kundennachricht", INBOUND, CUSTOMER, leg),
        Kind("Antwort", OUTBOUND, HUMAN, leg),
    )


KINDS = (
    Kind("Anfrage", INBOUND, CUSTOMER, -2),
    Kind("Automatische Antwort", OUTBOUND, MACHINE, -2),
    Kind("Antwort", OUTBOUND, HUMAN, 0),
    *_leg(1), *_leg(2), *_leg(3),
    Kind("Zusage gegeben", OUTBOUND, HUMAN, -1),
    Kind("Kundennachricht", INBOUND, CUSTOMER, -1),
    Kind("Zusage eingehalten", OUTBOUND, HUMAN, -1),
    Kind("Lösung mitgeteilt", OUTBOUND, HUMAN, -1),
    Kind("Geschlossen", INTERNAL, MACHINE, -1),
    Kind("Kundennachricht", INBOUND, CUSTOMER, -1),
    Kind("Wiedereröffnet", INTERNAL, MACHINE, -1),
    Kind("Antwort", OUTBOUND, HUMAN, -1),
    Kind("Geschlossen", INTERNAL, MACHINE, -1),
    Kind("Bewertung abgegeben", INBOUND, CUSTOMER, -1),
)  # fmt: skip

OUTCOMES = ("none", "kept", "late", "broken", "withdrawn")
NO_PROMISE, KEPT, LATE, BROKEN, WITHDRAWN = range(5)
OUTCOME_ACTIVITIES = ("", "Zusage eingehalten", "Zusage eingehalten", "Zusage gebrochen", "Zusage zurückgezogen")
