"""The parts that the columns of a file can play, as a list to choose from."""

from __future__ import annotations

from collections.abc import Mapping

from kundig.message import sentence

PARTS: dict[str, str] = {
    "occurred_at": sentence("when it happened"),
    "event": sentence("a date of something that happened (several in a row)"),
    "activity": sentence("what was done"),
    "person": sentence("who: the customer's number"),
    "person.name": sentence("the customer's name"),
    "person.email": sentence("the customer's mail address"),
    "person.phone": sentence("the customer's phone number"),
    "account": sentence("the customer's firm (account)"),
    "case": sentence("the case: ticket, order, contract"),
    "event_id": sentence("the row's own number"),
    "text": sentence("what was said or written"),
    "reason": sentence("why the customer turned to the firm"),
    "channel": sentence("the channel"),
    "team": sentence("the team"),
    "agent": sentence("who handled it (agent)"),
    "kind": sentence("the kind of event"),
    "direction": sentence("inbound, outbound or internal"),
    "actor": sentence("customer, human or machine"),
    "touchpoint": sentence("where exactly: page, shop, line"),
    "score": sentence("a rating by the customer"),
    "duration_s": sentence("how long it took"),
    "cost": sentence("what it cost"),
    "promise.due": sentence("by when something was promised"),
    "promise.kept": sentence("when the promise was kept"),
    "promise_id": sentence("the promise's number"),
    "due_at": sentence("when the promise of this event is due"),
    "consent.marketing": sentence("agreed to marketing"),
    "consent.research": sentence("agreed to research"),
}
"""Every part a column can play, in the order of a list to choose from."""
FIXED = {
    "lookup": sentence("links to another table of the file"),
    "promise": sentence("belongs to a promise"),
    "other": sentence("used by the saved mapping"),
}
"""Parts that only kundig or a mapping file gives; they can be taken away, not chosen."""
_MANY = ("event", "promise.due", "text")
"""Parts that several columns of a table may play."""


def several(choices: Mapping[str, str]) -> list[str]:
    """Parts given to more than one column, of those that only one can play."""
    chosen = list(choices.values())
    return sorted({part for part in chosen if part and chosen.count(part) > 1 and part not in _MANY})
