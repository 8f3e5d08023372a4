"""What would keep the workspace or its server from working?"""

from __future__ import annotations

import datetime as dt

from kundig.cli.command import command, option
from kundig.cli.failure import DAMAGED
from kundig.cli.state import State, with_state
from kundig.cli.wording import worded
from kundig.message import sentence

_MARKS = {"good": "ok  ", "warn": "!   ", "bad": "BAD "}


@command(
    "doctor",
    sentence(
        "Look for whatever would keep the workspace or its server from working. Ends with exit code 3 where something would."
    ),
    "kundig doctor",
)
@option("--json", "as_json", is_flag=True, help=sentence("For programs: JSON."))
@with_state
def doctor(state: State, as_json: bool) -> int:
    """Print each thing looked at, and the next step where it is not good."""
    from kundig.server import doctor as examination

    found = list(examination.examine(state.open(), dt.datetime.now(dt.UTC)))
    if as_json:
        state.screen.json([{"name": f.name, "grade": f.grade, "text": worded(f.text), "hint": worded(f.hint)} for f in found])
    else:
        for one in found:
            state.screen.data(_MARKS[one.grade] + worded(one.text))
            if one.hint:
                state.screen.data("    " + worded(one.hint))
    return DAMAGED if any(one.grade == "bad" for one in found) else 0


command = doctor
