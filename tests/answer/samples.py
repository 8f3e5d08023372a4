"""Answers made by hand, as a telecom firm's service desk would get them; hostile ones too."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa

from kundig.answer import Answer, Chart, Edge, Graph, Node
from kundig.message import Duration, Message, Number, Share, Word, sentences

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "=cmd|'/c calc'!A1",
    '"><script>alert(1)</script>',
    "</style></svg>",
    "a\x00b\x07c\ud800",
)


def answer(name: str = "handovers", **given: Any) -> Answer:
    """An answer with everything filled in; ``given`` replaces parts."""
    parts: dict[str, Any] = {
        "name": name,
        "title": "Handovers",
        "definition": "A handover is a change of team within a case.",
        "figures": {"cases": 7554},
        "sentences": (Message("A case changes hands {n} times.", {"n": Number(1.252)}),),
        "chart": None,
        "table": pa.table({"team": ["G97", "G4"], "n": [3, 4]}),
        "sql": "select team, count(*) as n\nfrom steps\nwhere gap_us < :most\ngroup by team",
        "n": 7554,
        "lake_version": 42,
    }
    return Answer(**{**parts, **given})


ACTIVITIES = (
    "Ticket opened", "First answer", "Handover", "Waiting for customer", "Customer contacts again", "Technician visit",
    "Promise made", "Promise broken", "Solved", "Closed",
)  # fmt: skip
_STEPS: tuple[tuple[str, str, int], ...] = (
    ("start", "Ticket opened", 1800), ("Ticket opened", "First answer", 1500), ("Ticket opened", "Handover", 300),
    ("First answer", "Solved", 700), ("First answer", "Waiting for customer", 450), ("First answer", "First answer", 88),
    ("Waiting for customer", "Customer contacts again", 380), ("Customer contacts again", "First answer", 210),
    ("Customer contacts again", "Handover", 260), ("Handover", "First answer", 330), ("Handover", "Handover", 190),
    ("First answer", "Promise made", 240), ("Promise made", "Technician visit", 160), ("Technician visit", "Solved", 130),
    ("Promise made", "Promise broken", 80), ("Promise broken", "Customer contacts again", 78), ("Solved", "Closed", 830),
    ("Solved", "Customer contacts again", 120), ("Closed", "end", 820), ("Waiting for customer", "Closed", 70),
    ("Customer contacts again", "Solved", 140), ("others", "Solved", 45), ("Handover", "others", 52),
    ("others", "Handover", 11), ("Customer contacts again", "end", 30), ("Waiting for customer", "others", 20),
)  # fmt: skip


def journey() -> Answer:
    """A journey map of ten activities with start, end, others, loops and ways back."""
    into = {name: sum(n for _, target, n in _STEPS if target == name) for name in ACTIVITIES}
    nodes = [Node(name, n, sentences("{n} event", "{n} events", n)) for name, n in into.items()]
    ends = [
        Node("start", 1800, role="start"),
        Node("others", 72, sentences("{n} event", "{n} events", 72), "others"),
        Node("end", 850, role="end"),
    ]
    edges = [Edge(a, b, n, Message("{n} · {median}", {"n": n, "median": Duration(n * 371.0)})) for a, b, n in _STEPS]
    table = pa.table(
        {
            "from_activity": [a for a, _, _ in _STEPS],
            "to_activity": [b for _, b, _ in _STEPS],
            "n": [n for _, _, n in _STEPS],
            "median_s": [n * 371.0 for _, _, n in _STEPS],
        }
    )
    said = (
        Message("{n} journeys take {variants} different ways.", {"n": 1800, "variants": 412}),
        Message("After {step} customers wait longest: {median}.", {"step": "Waiting for customer", "median": Duration(141000)}),
    )
    return answer(
        "journey-map",
        title="Journey map",
        definition="Which activity follows which, within a case.",
        figures={"cases": 1800},
        sentences=said,
        chart=Graph((*ends, *nodes), tuple(edges)),
        table=table,
        n=9120,
    )


def contacts() -> Answer:
    """Bars by channel."""
    rows = (("phone", 12345, 0.61), ("email", 8210, 0.44), ("chat", 3020, 0.7), ("shop", 512, 0.82))
    spec = {"mark": "bar", "encoding": {
        "y": {"field": "channel", "type": "nominal", "sort": "-x", "title": "Channel"},
        "x": {"field": "n", "type": "quantitative", "title": "Contacts"},
    }}  # fmt: skip
    table = pa.table(
        {
            "channel": [row[0] for row in rows],
            "n": [row[1] for row in rows],
            "resolved_share": [row[2] for row in rows],
            "median_s": [4200.0, 93000.0, None, 300.0],
            "last_at": [dt.datetime(2026, 11, 21, 9, 30, tzinfo=dt.UTC)] * 4,
            "cost": [Decimal("1234.5000")] * 4,
        }
    )
    chart = Chart(spec, tuple({"channel": Word(row[0]), "n": row[1]} for row in rows))
    return answer(
        "channels",
        title="Channels",
        sentences=(Message("Most contacts come by {channel}.", {"channel": Word("phone")}),),
        chart=chart,
        table=table,
        n=24087,
        figures={"contacts": 24087},
    )


def promises() -> Answer:
    """Promises by month and state, stacked."""
    states = (("kept", 0.8), ("late", 0.12), ("overdue", 0.08))
    rows = tuple(
        {"month": dt.date(2026, month, 1), "state": state, "share": share} for month in range(1, 7) for state, share in states
    )
    spec = {"mark": "bar", "encoding": {
        "x": {"field": "month", "type": "temporal", "timeUnit": "yearmonth", "title": "Month"},
        "y": {"field": "share", "type": "quantitative", "title": "Share", "axis": {"format": ".0%"}},
        "color": {"field": "state", "type": "nominal", "title": "State"},
    }}  # fmt: skip
    figures = {
        "made": 4000,
        "kept_share": 0.9,
        "late_share": 0.0831,
        "open": 115,
        "overdue": 31,
        "score_late": 2.427,
        "score_on_time": 4.294,
    }
    table = pa.table({name: [row[name] for row in rows] for name in ("month", "state", "share")})
    said = (Message("{share} of the promises came late.", {"share": Share(0.0831)}),)
    return answer(
        "promises",
        title="Promises",
        definition="What was owed by a date, and whether it was kept.",
        figures=figures,
        sentences=said,
        chart=Chart(spec, rows),
        table=table,
        n=4000,
    )


def desk() -> list[Answer]:
    """A whole report's worth."""
    return [
        journey(),
        answer("repeat-contacts", title="Repeat contacts", figures={"first_contact_resolution": 0.62, "first_contact_resolution_low": 0.59, "first_contact_resolution_high": 0.65, "first_contact_resolution_n": 1021}),
        answer("handovers", figures={"cases": 7554, "events": 65533, "handovers_per_case": 1.252, "returning_share": 0.1665}, suppressed=3),
        answer("re-explanations", title="Re-explanations", figures={"share": 0.4, "n": 20}),
        answer("contacts-per-case", title="Contacts per case", figures={"cases": 1800, "mean_contacts": 1.9, "single_contact_share": 0.55}),
        contacts(),
        answer("contact-reasons", title="Contact reasons", figures={"focus_reasons": 4, "contacts": 24087, "savable_contacts_per_month": 380.2, "savable_hours_per_month": 95.0}),
        promises(),
        answer("data-quality", title="Data quality", figures={"events": 9120, "cases": 1800, "persons": 1402, "rejected": 12}),
        answer("consistency", title="Consistency", untold="reason", figures={}, sentences=(Message("Cannot be told: no {what}.", {"what": "reasons"}),), table=pa.table({})),
    ]  # fmt: skip


def hostile() -> Answer:
    """Names as an attacker would write them, everywhere a name can stand."""
    a, b, c, d, e = HOSTILE
    graph = Graph(
        tuple(Node(name, 1.0, Message("{x}", {"x": name})) for name in HOSTILE),
        (Edge(a, b, 1.0, Message("{x}", {"x": c})), Edge(d, d, 1.0), Edge(e, a)),
    )
    table = pa.table({"=name": [a, b, c, d], "+n": [-1, 2, 3, 4]})
    return answer(
        "variants", title=a, definition=c, sentences=(Message("{x}", {"x": a}),), chart=graph, table=table, sql=f"select '{c}'"
    )
