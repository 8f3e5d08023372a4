"""Pouring in a process of its own: ``python -m kundig.server.sources.apart``, rows on its input, what was refused on its output.

An event that ends the process natively, and not by an error, can only be found this way: by halves, each in a process.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from kundig.server.sources.pouring import Refused, Row

COMMAND = (sys.executable, "-m", "kundig.server.sources.apart")
OUTAGE = 75
"""The exit status where nothing can be stored just now (EX_TEMPFAIL)."""
LONGEST_S = 900.0


class Death(Exception):  # noqa: N818 - it is the process's and not an error
    """The process ended without a word; ``how`` says by which signal or status."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class _Told(msgspec.Struct):
    place: int
    column: str
    reason: str
    values: dict[str, str]


def pour(rows: Sequence[Row]) -> list[Refused]:
    """Bring ``rows`` into the lake in a process of its own; Death where it ended it, OSError where the lake cannot be used."""
    given = msgspec.json.encode([(row.place, row.event) for row in rows])
    try:
        done = subprocess.run(COMMAND, input=given, stdout=subprocess.PIPE, timeout=LONGEST_S, check=False)  # noqa: S603 - our own
    except subprocess.TimeoutExpired:
        raise Death("timeout") from None
    if done.returncode == OUTAGE:
        raise OSError("the lake cannot be used just now")
    if done.returncode:
        raise Death(_named(done.returncode))
    at = {row.place: row for row in rows}
    return [
        Refused(at[told.place], told.column, told.reason, told.values)
        for told in msgspec.json.decode(done.stdout, type=list[_Told])
    ]


def _named(status: int) -> str:
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"status {status}"


def main() -> int:
    """The process."""
    from kundig.server import firm, serve
    from kundig.server.sources import flusher

    rows = [
        Row(place, event) for place, event in msgspec.json.decode(sys.stdin.buffer.read(), type=list[tuple[int, dict[str, Any]]])
    ]
    serve.configure(firm.folder())
    try:
        refused = flusher.Flusher(firm.own()).pour(rows)
    except Exception as error:
        if not isinstance(error, flusher.Outage) and not flusher.is_outage(error):
            raise
        return OUTAGE
    told = [_Told(e.row.place, e.column, e.reason, {name: str(value) for name, value in e.values.items()}) for e in refused]
    sys.stdout.buffer.write(msgspec.json.encode(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
