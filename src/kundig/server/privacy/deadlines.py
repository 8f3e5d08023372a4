"""By when a request must be answered: one month after it came in, at most two more where that is told (GDPR Art. 12 (3))."""

from __future__ import annotations

import calendar
import datetime as dt

ANSWER, LONGER = 1, 3
"""Calendar months after receipt, without and with the extension."""


def after_months(day: dt.date, months: int) -> dt.date:
    """The same day ``months`` later, the last day of the month where it has no such day (Reg. 1182/71 Art. 3 (2) c)."""
    year, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + year, month + 1)[1]
    return dt.date(day.year + year, month + 1, min(day.day, last))


def due(received: dt.date, *, extended: bool = False) -> dt.date:
    """The last day for an answer."""
    return after_months(received, LONGER if extended else ANSWER)
