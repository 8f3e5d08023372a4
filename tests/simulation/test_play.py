"""The course of tickets obeys the order of things."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np

from kundig.simulation import firm, play, slots
from kundig.simulation.block import SEEN_OUTCOMES, Block, Numbers, live
from kundig.simulation.run import world
from kundig.simulation.slots import Slot


@cache
def block() -> Block:
    return live(world(5, "effects", date(2025, 5, 1), 12), 0, Numbers(), 3_000)


def test_events_of_a_ticket_come_in_order() -> None:
    played = block().played
    latest = np.maximum.accumulate(np.where(played.present, played.times, 0), axis=1)
    assert (played.times[played.present] == latest[played.present]).all()


def test_promises_are_kept_in_time_or_late_as_labelled() -> None:
    played = block().played
    at = played.times[:, Slot.OUTCOME]
    assert (at[played.outcome == slots.KEPT] <= played.due[played.outcome == slots.KEPT]).all()
    assert (at[played.outcome == slots.LATE] > played.due[played.outcome == slots.LATE]).all()
    recorded = (played.outcome == slots.BROKEN) & played.present[:, Slot.OUTCOME]
    assert 0 < recorded.sum() < (played.outcome == slots.BROKEN).sum()
    assert (at[recorded] > played.due[recorded]).all()


def test_every_handover_changes_the_team() -> None:
    played = block().played
    for leg, slot in enumerate(slots.HANDS, start=1):
        moved = played.present[:, slot]
        assert moved.any()
        assert ((played.teams[:, leg] != played.teams[:, leg - 1]) == moved).all()


def test_people_answer_in_opening_hours_and_phones_ring_then() -> None:
    it = block()
    calls = it.tickets.channel == firm.PHONE
    opened = it.tickets.opened[calls]
    hours = it.world.calendar.hours[opened // 86_400]
    assert ((opened % 86_400 >= hours[:, 0]) & (opened % 86_400 <= hours[:, 1])).all()
    assert (hours[:, 1] > 0).all()


def test_later_messages_come_over_another_channel_as_often_as_said() -> None:
    it = block()
    played, messages = it.played, np.array(slots.LATER_MESSAGES)
    present, switched = played.present[:, messages], played.switched[:, messages]
    assert abs(switched[present].mean() - play.SWITCH_SHARE) < 0.015
    assert (played.channels[:, Slot.ASK] == it.tickets.channel).all()
    ticket, place = np.nonzero(present)
    slot = messages[place]
    before = played.channels[ticket, slot - 1]  # a slot that did not happen keeps the channel in use
    assert ((played.channels[ticket, slot] != before) == played.switched[ticket, slot]).all()
    calls = np.isin(played.channels[ticket, slot], firm.OPEN_HOURS_ONLY)
    time = played.times[ticket, slot][calls]
    hours = it.world.calendar.hours[time // 86_400]
    assert ((time % 86_400 >= hours[:, 0]) & (time % 86_400 <= hours[:, 1] + 1800)).mean() > 0.99


def test_forgetful_agents_make_customers_explain_again() -> None:
    it = block()
    forgetful = it.world.staff.forgetful[it.played.agents[:, 1]]
    handed = it.played.handovers >= 1
    shares = [it.played.retold[handed & (forgetful == which), 0].mean() for which in (True, False)]
    assert abs(shares[0] - firm.FORGETFUL_AGENT_FORGETS) < 0.05
    assert abs(shares[1] - firm.AGENT_FORGETS) < 0.03


def test_nothing_happens_after_leaving_but_what_was_begun() -> None:
    it = block()
    assert (it.tickets.opened < it.leaving.left_at[it.tickets.customer]).all()
    assert (it.orders.ordered < it.leaving.left_at[it.orders.customer]).all()
    assert (it.tickets.opened > it.people.since[it.tickets.customer]).all()


def test_repeats_point_to_an_earlier_ticket_of_the_same_matter() -> None:
    tickets = block().tickets
    at = np.flatnonzero(tickets.repeat_of >= 0)
    earlier = tickets.repeat_of[at]
    assert len(at) > 100
    assert (tickets.customer[at] == tickets.customer[earlier]).all()
    assert (tickets.reason[at] == tickets.reason[earlier]).all()
    assert (tickets.opened[at] > block().played.closed[earlier]).all()


def test_few_reasons_make_most_of_the_contacts() -> None:
    counts = np.sort(np.bincount(block().tickets.reason, minlength=len(firm.REASONS)))[::-1]
    assert (counts > 0).all()
    assert 0.75 < counts[:5].sum() / counts.sum() < 0.9
    assert {reason.action for reason in firm.REASONS} == {"leverage", "automate", "simplify", "eliminate"}


def test_promises_not_decided_on_the_last_day_are_open() -> None:
    it = block()
    still_open = it.outcome == SEEN_OUTCOMES.index("open")
    assert still_open.any()
    assert (it.played.due[still_open] >= it.world.calendar.end).all()
    assert not it.seen[still_open, Slot.OUTCOME].any()
