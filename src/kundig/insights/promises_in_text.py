"""Promises that stand in the firm's messages but in no list: what was said to a customer binds, whether it was recorded or not."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kundig.answer import Chart, Figure
from kundig.answer.sharing import Rule, suppress
from kundig.errors import QuestionError
from kundig.insight import Result, Telling, asked
from kundig.insights._columns import share
from kundig.insights._retelling import own_words
from kundig.measures.promise_text import KINDS, promises_in
from kundig.message import Message, Share, Word, sentence, sentences

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class PromisesInText:
    """Promises that stand in the firm's messages, and whether anybody recorded them."""

    most: int = asked(2_000, sentence("How many messages are read at most, the newest first."))
    zone: str = asked("UTC", sentence('The time zone in which "tomorrow" and "5 pm" are meant, such as Europe/Berlin.'))
    unrecorded: bool = asked(False, sentence("List only what is recorded nowhere."))

    title: ClassVar[str] = sentence("Promises in texts")
    definition: ClassVar[str] = sentence(
        "A proposed promise is a sentence in a message of the firm that says what the firm will do, or the customer will have, by "
        "a date. The date is reckoned from the time of the message. Conditions, questions, demands on the customer, the past, "
        "negations, estimates, opening hours and debits are no promises. It counts as recorded if the same case has a recorded "
        "promise made up to a day before or after the message. It is overdue if its date has passed and the firm has done nothing "
        "in the case since the message: no answer, no fulfilment, no closing. A proposal is to be read and confirmed by a person; "
        "the patterns know German and English and miss some promises. The newest messages are read, up to the given number."
    )
    purpose: ClassVar[str] = "service"
    needs: ClassVar[tuple[str, ...]] = ("text",)
    sql: ClassVar[str] = """
with newest as (
  select event_id, case_id, person_id, occurred_at, channel, team
  from events
  where coalesce(direction, case when kind in ('answer', 'promise_made') then 'outbound' else 'inbound' end) = 'outbound'
    and coalesce(actor, 'human') <> 'customer' and occurred_at <= :now
  order by occurred_at desc, event_id
  limit 20000
),
said as (
  select newest.*, substring(texts.text, 1, 4000) as text
  from newest join texts on texts.event_id = newest.event_id
  order by occurred_at desc, newest.event_id
  limit :most
),
after as (
  select said.event_id,
    max(case when events.kind = 'promise_made'
      and abs(unix_micros(events.occurred_at) - unix_micros(said.occurred_at)) <= 86400000000 then 1 else 0 end) as recorded,
    min(case when events.kind in ('answer', 'promise_kept', 'promise_withdrawn', 'closed')
      and events.occurred_at > said.occurred_at then events.occurred_at end) as acted_at
  from said join events on events.case_id = said.case_id
  group by said.event_id
)
select said.event_id, said.case_id, said.person_id, said.occurred_at, said.channel, said.team, said.text,
  coalesce(after.recorded, 0) = 1 as recorded, after.acted_at
from said left join after on after.event_id = said.event_id
order by said.occurred_at desc, said.event_id
"""
    smallest: ClassVar[int] = 10
    words: ClassVar[tuple[str, ...]] = ("what", "state")
    columns: ClassVar[Mapping[str, str]] = {
        "occurred_at": sentence("Written at"),
        "due_at": sentence("Due at"),
        "what": sentence("What was promised"),
        "sentence": sentence("Sentence"),
        "recorded": sentence("Recorded"),
        "state": sentence("State"),
        "proposed": sentence("Promises found"),
        "persons": sentence("Persons"),
    }

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise QuestionError(
                "There is no time zone called {name}.", "Write it as in Europe/Berlin.", name=self.zone
            ) from error

    def tell(self, result: Result) -> Telling:
        messages = result.table.num_rows
        found = list(_found(result.table, self.zone, result.now))
        figures = _figures(found, messages)
        said = list(_sentences(figures))
        chart = _chart(found)
        if result.least:
            table, hidden = _counted(found, result.least)
            said.append(Message("Single messages are not for passing on; only numbers are shown."))
            return Telling(figures, said, messages, None if hidden else chart, table, hidden)
        return Telling(
            figures, said, messages, chart, _table([row for row in found if not (self.unrecorded and row["recorded"])])
        )


def _found(table: pa.Table, zone: str, now: dt.datetime | None) -> Iterable[dict[str, Any]]:
    """Each promise found, the newest message first."""
    for batch in table.to_batches(max_chunksize=500):
        for row in batch.to_pylist():
            for promise in promises_in(own_words(row["text"]), row["occurred_at"], zone):
                due = promise.due.astimezone(dt.UTC)
                yield {**row, "what": promise.what, "due_at": due, "sentence": promise.sentence, "state": _state(row, due, now)}


def _state(row: Mapping[str, Any], due: dt.datetime, now: dt.datetime | None) -> str:
    """ "acted on" where the firm did something in the case since; without a case that cannot be seen."""
    if row["acted_at"] is not None:
        return "acted on"
    if now is None or due >= now:
        return "not due"
    return "overdue" if row["case_id"] else "unknown"


STATES = {
    "overdue": sentence("overdue"),
    "not due": sentence("not due"),
    "acted on": sentence("acted on"),
    "unknown": sentence("unknown"),
}
"""What can be seen of a promise found, in words for people."""


def _figures(found: Sequence[Mapping[str, Any]], messages: int) -> dict[str, Figure]:
    unrecorded = [row for row in found if not row["recorded"]]
    return {
        "messages": messages,
        "proposed": len(found),
        "unrecorded": len(unrecorded),
        **share("unrecorded_share", len(unrecorded), len(found)),
        "overdue": sum(row["state"] == "overdue" for row in found),
        "overdue_unrecorded": sum(row["state"] == "overdue" for row in unrecorded),
    }


def _sentences(figures: Mapping[str, Any]) -> Iterable[Message]:
    yield sentences(
        "In {messages} message of the firm {n} promise with a date was found.",
        "In {messages} messages of the firm {n} promises with a date were found.",
        figures["proposed"], messages=figures["messages"],
    )  # fmt: skip
    if not figures["proposed"]:
        return
    yield Message(
        "{n} of these are recorded nowhere ({share}; with 95% confidence {low} to {high}).",
        {"n": figures["unrecorded"], "share": Share(figures["unrecorded_share"]),
         "low": Share(figures["unrecorded_share_low"]), "high": Share(figures["unrecorded_share_high"])},
    )  # fmt: skip
    if figures["overdue"]:
        yield sentences(
            "{n} has passed its date, and nothing has happened in the case since ({unrecorded} recorded nowhere): read it first.",
            "{n} have passed their date, and nothing has happened in the case since ({unrecorded} recorded nowhere): read these first.",
            figures["overdue"], unrecorded=figures["overdue_unrecorded"],
        )  # fmt: skip
    yield Message("These are proposals: read the sentence before you record a promise.")


def _table(found: Sequence[Mapping[str, Any]]) -> pa.Table:
    import pyarrow as pa

    time = pa.timestamp("us", tz="UTC")
    fields: list[tuple[str, pa.DataType]] = [
        ("occurred_at", time), ("due_at", time), ("what", pa.string()), ("sentence", pa.string()), ("recorded", pa.bool_()),
        ("state", pa.string()), ("channel", pa.string()), ("team", pa.string()), ("case_id", pa.string()),
    ]  # fmt: skip
    schema = pa.schema(fields)
    rows = [{**row, "what": KINDS[row["what"]], "state": STATES[row["state"]]} for row in found]
    return pa.Table.from_pylist([{name: row[name] for name in schema.names} for row in rows], schema=schema)


def _counted(found: Sequence[Mapping[str, Any]], least: int) -> tuple[pa.Table, int]:
    """How many of each kind, without kinds that fewer than ``least`` persons were promised."""
    import pyarrow as pa

    numbers = Counter(row["what"] for row in found)
    persons = {kind: len({row["person_id"] or row["event_id"] for row in found if row["what"] == kind}) for kind in numbers}
    rows = [{"what": KINDS[kind], "proposed": n, "persons": persons[kind]} for kind, n in numbers.most_common()]
    fields: list[tuple[str, pa.DataType]] = [("what", pa.string()), ("proposed", pa.int64()), ("persons", pa.int64())]
    return suppress(pa.Table.from_pylist(rows, schema=pa.schema(fields)), Rule(size="proposed", least=least))


def _chart(found: Sequence[Mapping[str, Any]]) -> Chart | None:
    numbers = Counter((row["what"], bool(row["recorded"])) for row in found)
    kinds = [kind for kind, _ in Counter(row["what"] for row in found).most_common()]
    texts = {True: sentence("recorded"), False: sentence("recorded nowhere")}
    spec = {
        "description": sentence("Promises found in messages, by what was promised and whether it is recorded."),
        "mark": {"type": "bar"},
        "encoding": {
            "y": {"field": "what", "type": "nominal", "sort": None, "title": sentence("What was promised")},
            "x": {"field": "n", "type": "quantitative", "title": sentence("Promises found"), "axis": {"tickMinStep": 1}},
            "color": {"field": "known", "type": "nominal", "title": sentence("Recorded"), "sort": None},
        },
    }
    drawn = [
        {"what": Word(KINDS[kind]), "known": Word(words), "n": numbers[kind, known]}
        for kind in kinds
        for known, words in texts.items()
        if numbers[kind, known]
    ]
    return Chart(spec, tuple(drawn)) if drawn else None
