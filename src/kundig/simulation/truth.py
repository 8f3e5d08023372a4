"""What is really the case: every parameter in ``truth.json``, and per customer, ticket, promise and message a table.

Never imported: models and insights are tested against it.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kundig.simulation import clicks, exports, firm, leaving, news, play, slots, texts
from kundig.simulation.block import SEEN_OUTCOMES, Block, World
from kundig.simulation.days import Bools, Ints
from kundig.simulation.lines import codes, words
from kundig.simulation.orders import NEVER
from kundig.simulation.slots import Slot

NOTES = {
    "effects": "The log-hazard of leaving in a month rises by per_broken, per_late and per_retold, times the customer's "
    "impatience, for each promise broken or kept late and each re-explanation in all months before.",
    "none": "Leaving depends on tariff and contract term only; it is independent of service and of the type of customer.",
    "other": " ".join(str(leaving._other.__doc__).split()),
}


class Truth:
    """The tables, written block by block, open until :meth:`close`."""

    def __init__(self, folder: Path, world: World) -> None:
        self.folder, self.world = folder, world
        self.writers: dict[str, pq.ParquetWriter] = {}
        self.news = 0
        self.shares = np.zeros(len(firm.PERSONAS), dtype=np.int64)

    def write(self, block: Block) -> None:
        """Add one block to every table."""
        for name, columns in (
            ("customers", _customers(block)), ("tickets", _tickets(block)),
            ("promises", _promises(block)), ("messages", _messages(block)),
        ):  # fmt: skip
            self._append(name, pa.table(columns))
        self.news += news.messages(block)
        self.shares += np.bincount(block.people.persona, minlength=len(firm.PERSONAS))

    def _append(self, name: str, table: pa.Table) -> None:
        if name not in self.writers:
            self.writers[name] = pq.ParquetWriter(self.folder / f"{name}.parquet", table.schema, compression="zstd")
        self.writers[name].write_table(table)

    def close(self, counts: dict[str, int], arguments: dict[str, Any]) -> dict[Path, int]:
        """Write the agents and ``truth.json``; returns the files."""
        staff = self.world.staff
        self._append("agents", pa.table({
            "agent": staff.names, "team": words(firm.TEAMS, staff.team), "forgetful": staff.forgetful, "forgets": staff.forgets,
        }))  # fmt: skip
        for writer in self.writers.values():
            writer.close()
        shown = {"arguments": arguments, "counts": counts, **parameters(self.world)}
        shown["persona_shares"] = {p.name: int(n) for p, n in zip(firm.PERSONAS, self.shares, strict=True)}
        shown["new_topic"] = news.truth(self.world.calendar, self.news)
        path = self.folder / "truth.json"
        path.write_text(json.dumps(shown, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        return {path: 1} | {
            self.folder / f"{name}.parquet": pq.read_metadata(self.folder / f"{name}.parquet").num_rows for name in self.writers
        }


def parameters(world: World) -> dict[str, Any]:
    """Everything the simulated world is made of, as JSON."""
    bad = world.calendar.bad_month
    return {
        "firm": {"name": firm.FIRM, "zone": firm.ZONE, "teams": dict(zip(firm.TEAMS, firm.TEAM_SIZES, strict=True)),
                 "channels": firm.CHANNELS},
        "world": {"name": world.name, "note": NOTES[world.name], **_hazard(world.name)},
        "personas": [asdict(persona) for persona in firm.PERSONAS],
        "reasons": [asdict(reason) | {"team": firm.TEAMS[reason.team], "action": reason.action} for reason in firm.REASONS],
        "bad_month": {
            "month": world.calendar.dates[int(world.calendar.month_starts[bad]) // 86_400].isoformat()[:7] if bad >= 0 else None,
            "volume": world.calendar.bad_volume, "broken": firm.OUTAGE_BROKEN, "late": firm.OUTAGE_LATE,
        },
        "promises": {"broken": firm.BROKEN, "late": firm.LATE, "withdrawn": firm.WITHDRAWN,
                     "breach_recorded": play.BROKEN_IS_RECORDED},
        "deliveries": {"broken": firm.DELIVERY_BROKEN, "late": firm.DELIVERY_LATE},
        "handovers": {"again": play.MORE_HANDOVERS, "back_to_earlier": play.BACK_TO_EARLIER},
        "agents_who_forget": {"share": firm.FORGETFUL_SHARE, "they": firm.FORGETFUL_AGENT_FORGETS, "others": firm.AGENT_FORGETS},
        "re_explanations": dict(zip(texts.STYLES, texts.STYLE_SHARES, strict=False)),
        "channels": {"switch_share": play.SWITCH_SHARE},
        "rating_share": play.RATING_SHARE, "survey_share": exports.SURVEY_SHARE, "repeat_share": play.REPEAT_SHARE,
        "self_service": {"tries_itself": clicks.TRIES_ITSELF, "anonymous": clicks.ANONYMOUS},
        "cost": {"cents_per_minute": firm.COST_PER_MINUTE, "cents_per_bot_answer": firm.COST_OF_BOT},
    }  # fmt: skip


def _hazard(world: str) -> dict[str, Any]:
    fixed = {
        "base_log_hazard": leaving.BASE_LOG_HAZARD, "bound_log_hazard": leaving.BOUND_LOG_HAZARD,
        "tariff_log_hazard": dict(zip((name for name, _ in firm.TARIFFS), firm.TARIFF_LOG_HAZARD, strict=True)),
    }  # fmt: skip
    effects = {
        "effects": {"per_broken": leaving.PER_BROKEN, "per_late": leaving.PER_LATE, "per_retold": leaving.PER_RETOLD},
        "none": {},
        "other": {"one_broken": leaving.OTHER_ONE_BROKEN, "two_broken": leaving.OTHER_TWO_BROKEN,
                  "retold_on_phone": leaving.OTHER_RETOLD_ON_PHONE, "silent": leaving.OTHER_SILENT,
                  "many": leaving.OTHER_MANY, "many_from": leaving.OTHER_MANY_FROM},
    }  # fmt: skip
    return {**fixed, "effects": effects[world]}


def _customers(block: Block) -> dict[str, Any]:
    people, left = block.people, block.leaving
    return {
        "customer": codes("K", 1_000_000 + people.number, 7),
        "persona": words([p.name for p in firm.PERSONAS], people.persona),
        "preferred_channel": words(firm.CHANNELS, people.channel),
        "contacts_per_month": people.contacts,
        "impatience": people.impatience,
        "left_at": _time(block, left.left_at, left.left_at < NEVER),
        "last_month_at_risk": pa.array(left.month, mask=left.month < 0),
        "log_hazard_fixed": left.fixed,
        "log_hazard_service": left.service,
        "broken_before": left.broken,
        "late_before": left.late,
        "retold_before": left.retold,
    }


def _tickets(block: Block) -> dict[str, Any]:
    tickets, played, seen = block.tickets, block.played, block.seen
    return {
        "ticket": _ticket(block, np.arange(len(tickets))),
        "customer": codes("K", 1_000_000 + block.people.number[tickets.customer], 7),
        "reason": words([reason.name for reason in firm.REASONS], tickets.reason),
        "opened_at": _time(block, tickets.opened),
        "handovers": seen[:, slots.HANDS].sum(axis=1),
        "back_to_earlier_team": _returns(played.teams, played.handovers) & seen[:, Slot.HAND_2],
        "re_explanations": (seen[:, slots.TELLS] & played.retold).sum(axis=1),
        "channel_switches": (seen & played.switched).sum(axis=1),
        "by_bot": played.by_bot,
        "promise": words(SEEN_OUTCOMES, block.outcome),
        "reopened": seen[:, Slot.STILL],
        "repeat_of": codes("T", block.numbers.tickets + tickets.repeat_of, 8, tickets.repeat_of >= 0),
        "satisfaction": played.satisfaction,
    }


def _returns(teams: Ints, handovers: Ints) -> Bools:
    """Whether a ticket came back to a team that had it before."""
    second = (handovers >= 2) & (teams[:, 2] == teams[:, 0])
    third = (handovers >= 3) & ((teams[:, 3] == teams[:, 0]) | (teams[:, 3] == teams[:, 1]))
    return np.asarray(second | third)


def _promises(block: Block) -> dict[str, Any]:
    """Promises given in tickets, then the deliveries."""
    made = np.flatnonzero(block.seen[:, Slot.PROMISE])
    tickets, orders = block.tickets, block.orders
    person = np.concatenate([tickets.customer[made], orders.customer])
    due = np.concatenate([block.played.due[made], orders.promised])
    kinds = [*dict.fromkeys(reason.promise_kind for reason in firm.REASONS), "Lieferung"]
    kind = np.array([kinds.index(reason.promise_kind) for reason in firm.REASONS])[tickets.reason[made]]
    outcome = np.concatenate([block.outcome[made], _deliveries(block)])
    number = pa.concat_arrays([
        codes("Z", block.numbers.tickets + made, 8), codes("B", block.numbers.orders + np.arange(len(orders)), 8),
    ])  # fmt: skip
    return {
        "promise": number,
        "customer": codes("K", 1_000_000 + block.people.number[person], 7),
        "kind": words(kinds, np.concatenate([kind, np.full(len(orders), len(kinds) - 1)])),
        "due_at": _time(block, due),
        "outcome": words(SEEN_OUTCOMES, outcome),
    }


def _deliveries(block: Block) -> Ints:
    """What became of each delivery by the last day, as index of SEEN_OUTCOMES."""
    orders, end = block.orders, block.world.calendar.end
    arrived = orders.delivered < end
    missed = np.where(orders.promised < end, slots.BROKEN, SEEN_OUTCOMES.index("open"))
    return np.where(arrived, np.where(orders.late, slots.LATE, slots.KEPT), missed)


def _messages(block: Block) -> dict[str, Any]:
    """Every message of a customer after the first of its ticket, and whether it is a re-explanation."""
    events = block.events
    at = np.flatnonzero(np.isin(events.slot, slots.LATER_MESSAGES))
    place = np.searchsorted(slots.LATER_MESSAGES, events.slot[at])
    style = block.styles[events.ticket[at], place]
    return {
        "event": codes("E", block.numbers.events + at, 9),
        "ticket": _ticket(block, events.ticket[at]),
        "re_explanation": style <= texts.SAYS_SO,
        "style": words(texts.STYLES, style),
    }


def _ticket(block: Block, ticket: Ints) -> Any:
    return codes("T", block.numbers.tickets + ticket, 8)


def _time(block: Block, times: Ints, where: Bools | None = None) -> Any:
    micros = block.world.calendar.utc(np.minimum(times, 2 * block.world.calendar.end)) * 1_000_000
    return pa.array(micros, mask=None if where is None else ~where).cast(pa.timestamp("us", "UTC"))
