"""What happened, once, never changed: the one schema of everything in the lake.

Each column carries its data category (what the law and a purpose see in it), its unit and a sentence.
``kundig schema`` prints this file; the lake refuses rows that do not fit it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kundig.message import sentence

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION = 1

Category = Literal["technical", "pseudonym", "identity", "behaviour", "work", "opinion", "free text", "money", "consent"]

KINDS = (
    "contact", "answer", "wait", "handover", "opened", "closed", "reopened", "promise_made", "promise_kept",
    "promise_broken", "promise_withdrawn", "purchase", "visit", "survey_answer", "consent", "other",
)  # fmt: skip
CHANNELS = ("phone", "email", "chat", "web", "app", "shop", "letter", "social")
DIRECTIONS = ("inbound", "outbound", "internal")
ACTORS = ("customer", "human", "machine")

LEAVING_WORDS = (
    "kündigung|kuendigung|gekündigt|gekuendigt|kündigt|vertragsende|vertrag beendet|vertrag ausgelaufen|abo beendet|konto geschlossen"
    "|cancellation|contract cancelled|contract canceled|contract terminated|contract ended|subscription cancelled"
    "|subscription canceled|subscription ended|account closed|churned|churn"
)
"""Whole words of a lower-cased activity by which a customer leaves: there is no kind for it."""
STAYING_WORDS = (
    "zurückgezogen|zurückgenommen|zurueckgezogen|widerruf|abgewendet|withdrawn|revoked|bestellung|order|termin |appointment"
)
"""Beside such words the same activity means something else: the leaving was taken back, or an order was cancelled."""


@dataclass(frozen=True)
class Column:
    """One column: its name, Arrow type by name, data category, unit ("" where it has none) and sentence."""

    name: str
    type: str
    category: Category
    sentence: str
    unit: str = ""
    required: bool = False


@dataclass(frozen=True)
class Table:
    """One Delta table: its columns, its sort order within a file, and whether it can be computed again."""

    name: str
    sentence: str
    columns: tuple[Column, ...]
    sorted_by: tuple[str, ...]
    derived: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def arrow(self) -> pa.Schema:
        """The Arrow schema; needs pyarrow, so it is built on demand."""
        import pyarrow as pa

        return pa.schema([pa.field(c.name, _arrow_type(c.type), nullable=not c.required) for c in self.columns])


EVENTS = Table("events", sentence("What happened: one row per event."), (
    Column("event_id", "string", "technical", sentence("32 hex digits of SHA-256 over source and native id, or over source, content and occurrence."), required=True),
    Column("occurred_at", "time", "behaviour", sentence("When it happened."), "UTC, microseconds", required=True),
    Column("received_at", "time", "technical", sentence("When the lake stored it."), "UTC, microseconds", required=True),
    Column("position", "int64", "technical", sentence("The order in the source, for equal times."), required=True),
    Column("person_id", "string", "pseudonym", sentence("Who it happened to: a keyed hash, empty where unknown.")),
    Column("account_id", "string", "pseudonym", sentence("The firm the person belongs to.")),
    Column("case_id", "string", "technical", sentence("What it is about: ticket, order, contract.")),
    Column("activity", "string", "behaviour", sentence("What was done, verbatim from the source."), required=True),
    Column("kind", "string", "behaviour", sentence("What sort of thing that is, from a closed list."), required=True),
    Column("channel", "string", "behaviour", sentence("Phone, email, chat, web, app, shop, letter or social; other words are kept as they are.")),
    Column("touchpoint", "string", "behaviour", sentence("Where exactly: a page, a shop, a line.")),
    Column("direction", "string", "behaviour", sentence("Inbound, outbound or internal.")),
    Column("actor", "string", "behaviour", sentence("Customer, human or machine.")),
    Column("agent_id", "string", "work", sentence("Who handled it: a keyed hash.")),
    Column("team", "string", "work", sentence("The team that handled it.")),
    Column("reason", "string", "behaviour", sentence("Why the customer turned to the firm.")),
    Column("score", "double", "opinion", sentence("A rating given by the customer."), "see score_scale"),
    Column("score_scale", "string", "technical", sentence("The ends of the rating scale."), "min-max"),
    Column("promise_id", "string", "technical", sentence("Which promise this event makes, keeps, breaks or withdraws.")),
    Column("due_at", "time", "behaviour", sentence("When what was promised is due."), "UTC, microseconds"),
    Column("duration_s", "double", "work", sentence("How long it took."), "seconds"),
    Column("cost", "decimal", "money", sentence("What it cost the firm."), "the workspace's currency"),
    Column("source", "string", "technical", sentence("The system the event came from."), required=True),
    Column("extra", "string", "free text", sentence("Columns of the source without a place of their own, as JSON with sorted keys.")),
    Column("content_hash", "int64", "technical", sentence("Tells the same event again from another event with the same id."), required=True),
), ("month", "person_id", "occurred_at", "position"))  # fmt: skip

TEXTS = Table("texts", sentence("What was said or written, apart from the facts."), (
    Column("event_id", "string", "technical", sentence("The event the text belongs to."), required=True),
    Column("person_id", "string", "pseudonym", sentence("The person of that event.")),
    Column("text", "string", "free text", sentence("What was said or written, verbatim."), required=True),
), ("person_id", "event_id"))  # fmt: skip

PEOPLE = Table("people", sentence("The few identifying fields of a person; the last row of a person counts."), (
    Column("person_id", "string", "pseudonym", sentence("A keyed hash of identifier kind and key."), required=True),
    Column("identifier_kind", "string", "technical", sentence("What sort of key it is, such as customer or email."), required=True),
    Column("identifier", "string", "identity", sentence("The key as the source writes it."), required=True),
    Column("name", "string", "identity", sentence("The full name.")),
    Column("email", "string", "identity", sentence("The mail address.")),
    Column("phone", "string", "identity", sentence("The phone number.")),
    Column("account_id", "string", "pseudonym", sentence("The firm the person belongs to.")),
    Column("received_at", "time", "technical", sentence("When the lake stored it."), "UTC, microseconds", required=True),
), ("person_id", "received_at"))  # fmt: skip

AGENTS = Table("agents", sentence("Who works for the firm: the names behind agent_id."), (
    Column("agent_id", "string", "pseudonym", sentence("A keyed hash of the agent's key."), required=True),
    Column("identifier", "string", "identity", sentence("The key as the source writes it."), required=True),
    Column("team", "string", "work", sentence("The team last seen.")),
    Column("received_at", "time", "technical", sentence("When the lake stored it."), "UTC, microseconds", required=True),
), ("agent_id", "received_at"))  # fmt: skip

LINKS = Table("links", sentence("Two identifiers are one person: evidence, author, undoable, resolved at read."), (
    Column("person_id", "string", "pseudonym", sentence("The identifier that is read as another."), required=True),
    Column("same_as", "string", "pseudonym", sentence("The person it is read as."), required=True),
    Column("evidence", "string", "technical", sentence("What the link rests on."), required=True),
    Column("author", "string", "work", sentence("Who or what made the link."), required=True),
    Column("linked_at", "time", "technical", sentence("When it was made."), "UTC, microseconds", required=True),
    Column("undone", "bool", "technical", sentence("True where the row takes the link back."), required=True),
), ("person_id", "linked_at"))  # fmt: skip

CONSENTS = Table("consents", sentence("An append-only ledger of consent, restriction and objection; the last row of a person and purpose counts."), (
    Column("person_id", "string", "pseudonym", sentence("Who decided."), required=True),
    Column("purpose", "string", "consent", sentence("The purpose it is about; * for all."), required=True),
    Column("status", "string", "consent", sentence("given, withdrawn, restricted, unrestricted, objected or unobjected."), required=True),
    Column("decided_at", "time", "consent", sentence("When the person decided."), "UTC, microseconds", required=True),
    Column("source", "string", "technical", sentence("Where the decision was given."), required=True),
    Column("notice", "string", "technical", sentence("Which version of the privacy notice the person was shown.")),
    Column("evidence", "string", "technical", sentence("What the decision can be proved by.")),
    Column("author", "string", "work", sentence("Who or what wrote the decision down.")),
    Column("recorded_at", "time", "technical", sentence("When it was written down."), "UTC, microseconds"),
), ("person_id", "decided_at"))  # fmt: skip

LABELS = Table("labels", sentence("What models believe about an event; never written into events."), (
    Column("event_id", "string", "technical", sentence("The event the label is about."), required=True),
    Column("name", "string", "technical", sentence("What is labelled, such as reason."), required=True),
    Column("value", "string", "behaviour", sentence("The label."), required=True),
    Column("probability", "double", "technical", sentence("How sure the model is."), "0 to 1"),
    Column("model_version", "string", "technical", sentence("Which model said so."), required=True),
), ("event_id", "name"))  # fmt: skip

STEPS = Table("steps", sentence("One row per event of a case and its successor there; the last event of a case has none."), (
    Column("case_id", "string", "technical", sentence("The case."), required=True),
    Column("position", "int64", "technical", sentence("1 for the first event of the case, then 2, 3 ..."), required=True),
    Column("event_id", "string", "technical", sentence("The event this row stands for."), required=True),
    Column("person_id", "string", "pseudonym", sentence("The person of the event.")),
    Column("account_id", "string", "pseudonym", sentence("The account of the event.")),
    Column("occurred_at", "time", "behaviour", sentence("When the event happened."), "UTC, microseconds", required=True),
    Column("source_position", "int64", "technical", sentence("The event's position in its source."), required=True),
    Column("gap_us", "int64", "behaviour", sentence("Time until the next event of the case."), "microseconds"),
    Column("from_activity", "string", "behaviour", sentence("The event's activity."), required=True),
    Column("to_activity", "string", "behaviour", sentence("The next event's activity; empty for the last.")),
    Column("from_kind", "string", "behaviour", sentence("The event's kind."), required=True),
    Column("to_kind", "string", "behaviour", sentence("The next event's kind.")),
    Column("from_channel", "string", "behaviour", sentence("The last channel named up to here.")),
    Column("to_channel", "string", "behaviour", sentence("The next event's channel.")),
    Column("from_agent_id", "string", "work", sentence("The last agent named up to here.")),
    Column("to_agent_id", "string", "work", sentence("The next event's agent.")),
    Column("from_team", "string", "work", sentence("The last team named up to here.")),
    Column("to_team", "string", "work", sentence("The next event's team.")),
    Column("direction", "string", "behaviour", sentence("The event's direction.")),
    Column("actor", "string", "behaviour", sentence("The event's actor.")),
    Column("agent_id", "string", "work", sentence("The event's own agent, empty where none was named.")),
    Column("team", "string", "work", sentence("The event's own team, empty where none was named.")),
    Column("channel", "string", "behaviour", sentence("The event's own channel, empty where none was named.")),
    Column("reason", "string", "behaviour", sentence("The event's reason.")),
    Column("score", "double", "opinion", sentence("The event's rating."), "see score_scale"),
    Column("score_scale", "string", "technical", sentence("The ends of the rating scale."), "min-max"),
    Column("duration_s", "double", "work", sentence("The event's handling time."), "seconds"),
    Column("cost", "decimal", "money", sentence("The event's cost."), "the workspace's currency"),
    Column("source", "string", "technical", sentence("The system the event came from."), required=True),
    Column("first_of_edge", "bool", "technical", sentence("True for the first step of its kind (from, to) in the case, so that cases can be counted by summing."), required=True),
), ("case_id", "position"), derived=True)  # fmt: skip

CASES = Table("cases", sentence("One row per case: its times, counts, handovers and variant."), (
    Column("case_id", "string", "technical", sentence("The case."), required=True),
    Column("person_id", "string", "pseudonym", sentence("The person of the case; the first one where there are several.")),
    Column("persons", "int64", "technical", sentence("How many persons took part: 0, 1, or 2 for several."), required=True),
    Column("account_id", "string", "pseudonym", sentence("The account of the case.")),
    Column("source", "string", "technical", sentence("The system of its first event."), required=True),
    Column("reason", "string", "behaviour", sentence("The first reason named in the case.")),
    Column("started_at", "time", "behaviour", sentence("Time of the first event."), "UTC, microseconds", required=True),
    Column("ended_at", "time", "behaviour", sentence("Time of the last event."), "UTC, microseconds", required=True),
    Column("duration_us", "int64", "behaviour", sentence("From the first to the last event."), "microseconds", required=True),
    Column("events", "int64", "behaviour", sentence("How many events."), required=True),
    Column("contacts", "int64", "behaviour", sentence("How often the customer turned to the firm."), required=True),
    Column("first_contact_at", "time", "behaviour", sentence("Time of the first contact."), "UTC, microseconds"),
    Column("last_contact_at", "time", "behaviour", sentence("Time of the last contact."), "UTC, microseconds"),
    Column("first_answer_at", "time", "behaviour", sentence("Time of the first answer."), "UTC, microseconds"),
    Column("closed_at", "time", "behaviour", sentence("Time of the last closing; empty where the case was opened again after it or never closed."), "UTC, microseconds"),
    Column("reopened", "int64", "behaviour", sentence("How often the case was opened again."), required=True),
    Column("first_channel", "string", "behaviour", sentence("The first channel named.")),
    Column("last_channel", "string", "behaviour", sentence("The last channel named.")),
    Column("channels", "int64", "behaviour", sentence("How many channels."), required=True),
    Column("channel_switches", "int64", "behaviour", sentence("How often the channel changed."), required=True),
    Column("teams", "int64", "work", sentence("How many teams."), required=True),
    Column("agents", "int64", "work", sentence("How many agents."), required=True),
    Column("team_handovers", "int64", "work", sentence("How often the team changed."), required=True),
    Column("team_returns", "int64", "work", sentence("How often the case came back to a team it had left."), required=True),
    Column("agent_handovers", "int64", "work", sentence("How often the agent changed."), required=True),
    Column("agent_returns", "int64", "work", sentence("How often the case came back to an agent it had left."), required=True),
    Column("score", "double", "opinion", sentence("The last rating in the case."), "see score_scale"),
    Column("score_scale", "string", "technical", sentence("The ends of that rating's scale."), "min-max"),
    Column("handling_s", "double", "work", sentence("Handling time, summed."), "seconds"),
    Column("cost", "decimal", "money", sentence("Cost, summed."), "the workspace's currency"),
    Column("first_activity", "string", "behaviour", sentence("The first activity."), required=True),
    Column("last_activity", "string", "behaviour", sentence("The last activity."), required=True),
    Column("variant", "string", "behaviour", sentence("The activities in order, joined by >; cut after 2,000 characters."), required=True),
    Column("variant_hash", "string", "technical", sentence("MD5 of all activities in order, uncut."), required=True),
), ("case_id",), derived=True)  # fmt: skip

TABLES = (EVENTS, TEXTS, PEOPLE, AGENTS, LINKS, CONSENTS, LABELS, STEPS, CASES)


@dataclass(frozen=True)
class Purpose:
    """Why somebody reads: the legal basis, and what that basis lets him see."""

    name: str
    basis: str
    sentence: str
    texts: bool = False
    names: bool = False
    needs_consent: bool = False


PURPOSES = (
    Purpose(
        sentence("service"),
        sentence("contract"),
        sentence("Serve the customer: everything about his cases."),
        texts=True,
        names=True,
    ),
    Purpose(
        sentence("quality"), sentence("legitimate interest"), sentence("Improve the service: facts without free text and names.")
    ),
    Purpose(
        sentence("analysis"), sentence("legitimate interest"), sentence("Understand journeys: facts without free text and names.")
    ),
    Purpose(
        sentence("marketing"),
        sentence("consent"),
        sentence("Address customers who agreed to it."),
        names=True,
        needs_consent=True,
    ),
    Purpose(
        sentence("research"), sentence("consent"), sentence("Study customers who agreed to it."), texts=True, needs_consent=True
    ),
    Purpose(
        sentence("privacy"),
        sentence("legal duty"),
        sentence("Answer, correct and erase at a person's request: everything."),
        texts=True,
        names=True,
    ),
)


def table(name: str) -> Table:
    """The table called ``name``; KeyError where there is none."""
    return next(t for t in TABLES if t.name == name)


def purpose(name: str) -> Purpose | None:
    """The purpose called ``name``, or None."""
    return next((p for p in PURPOSES if p.name == name), None)


def _arrow_type(name: str) -> pa.DataType:
    import pyarrow as pa

    special: dict[str, pa.DataType] = {
        "time": pa.timestamp("us", tz="UTC"),
        "decimal": pa.decimal128(18, 4),
        "bool": pa.bool_(),
        "double": pa.float64(),
    }
    if name in special:
        return special[name]
    made: pa.DataType = getattr(pa, name)()
    return made
