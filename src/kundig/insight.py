"""An insight asks the lake one question.

It is a frozen dataclass whose fields (str, int, float, bool, date) are its own inputs. No base class, decorator or
registration: the folder ``kundig/insights`` is the list; a module's name is the insight's name (with dashes outside
Python). To add one, copy a neighbour and write its test at the mirrored path. From this alone come the command with
its options, the JSON, the section in the report, the notebook display, the docs entry and the cache key.

    @dataclass(frozen=True)
    class ContactsPerCase:
        \"\"\"How often a customer must turn to the firm until one case is done. (the definition, shown to people)\"\"\"

        most: int = asked(10, sentence("From how many contacts on cases are counted together."))

        title: ClassVar = sentence("Contacts per case")
        definition: ClassVar = sentence("The number of events of kind contact in a case ...")
        purpose: ClassVar = "analysis"
        needs: ClassVar = ("case_id", "kind=contact")
        sql: ClassVar = "select least(contacts, :most) as contacts, count(*) as cases from cases group by 1 order by 1"
        details: ClassVar = {"totals": "select count(*) as cases, avg(contacts) as mean from cases"}

        def tell(self, result: Result) -> Telling: ...

``sql`` reads the relations the lake gives for the purpose (events, steps, cases, ...), already filtered by ``where``;
``:name`` is the input of that name, ``:now`` the newest time in the data (never later than the clock).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from kundig.answer import Answer, sharing
from kundig.answer import Telling as Telling
from kundig.engine import parameters
from kundig.errors import PrivacyError, QuestionError
from kundig.message import Message, sentence

if TYPE_CHECKING:
    import pyarrow as pa

    from kundig.lake import Lake, Reading, Where


Value = TypeVar("Value", str, int, float, bool, dt.date)


LEAST, MOST = 0, 10_000_000
"""What a number may be where its input says nothing else: so many days still fit into what a time can hold."""


def asked(default: Value, help: str, *, least: float = LEAST, most: float = MOST) -> Value:
    """An input of an insight with its ``default`` and what it means to people (a catalogue sentence).

    A number outside ``least`` to ``most`` is refused when the question is asked; other inputs have no bounds.
    """
    value: Value = field(default=default, metadata={"help": help, "least": least, "most": most})
    return value


def bounds(one: dataclasses.Field[Any]) -> tuple[float, float] | None:
    """From what to what the input ``one`` may be, None where it is no number."""
    if isinstance(one.default, bool) or not isinstance(one.default, int | float):
        return None
    return one.metadata.get("least", LEAST), one.metadata.get("most", MOST)


@dataclass(frozen=True)
class Result:
    """What the SQL of an insight brought: its table, its details by name, and the time of the data where the SQL asks for it."""

    table: pa.Table
    details: Mapping[str, pa.Table]
    now: dt.datetime | None
    suppressed: int = 0
    """How many rows of the table were left out because the group is too small."""
    least: int = 0
    """The smallest group an insight that builds its own table may show; 0 where the owner sees all."""
    least_of: str = "persons"
    """What groups were counted in: "persons", or "cases" where no person is known."""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """The answers to the questions the insight ``asks``, by name."""

    def row(self, name: str) -> dict[str, Any]:
        """The one row of detail ``name``."""
        rows = self.details[name].to_pylist()
        return rows[0] if rows else {}


class Insight(Protocol):
    """What a class on the shelf provides beside its dataclass fields."""

    title: ClassVar[str]
    definition: ClassVar[str]
    purpose: ClassVar[str]
    needs: ClassVar[tuple[str, ...]]
    """Fields without which it cannot be told: a column of events ("team"), one of several ("team | agent_id"),
    a kind ("kind=contact"), or "text"."""
    sql: ClassVar[str]

    def tell(self, result: Result) -> Telling: ...


# Optional on the class: ``details`` (more SQL by name), ``asks`` (names of other insights of the same purpose that are asked first,
# for an insight that weighs their answers), ``columns`` (table column -> words for people), ``words`` (columns
# whose values are words of ours, to be looked up),
# ``group_size`` (the table column that counts a row's cases, default "cases", for small groups),
# ``persons`` (SQL giving a row's key columns and its number of ``persons``, run only when the answer is shared),
# ``smallest`` (the least group that may be shared, default 5; 10 for free text and employees),
# ``adds_up`` (columns whose total is public, so that a second row is hidden with the first; default all counts),
# ``margins`` (columns each value of which has public totals too, such as from_activity and to_activity).


@cache
def shelf() -> dict[str, type[Insight]]:
    """All insights by name (dashes), in alphabetical order."""
    import kundig.insights as folder

    names = sorted(info.name for info in pkgutil.iter_modules(folder.__path__) if not info.name.startswith("_"))
    return {name.replace("_", "-"): _question(importlib.import_module(f"{folder.__name__}.{name}"), name) for name in names}


def find(name: str) -> type[Insight]:
    """The insight called ``name``, with dashes or underscores; QuestionError with near names where there is none."""
    import difflib

    wanted = name.replace("_", "-").lower()
    if wanted in shelf():
        return shelf()[wanted]
    near = difflib.get_close_matches(wanted, shelf(), 3) or sorted(shelf())
    raise QuestionError(
        "There is no insight called {name}.",
        "Did you mean {near}? `kundig insights` lists all.",
        name=name, near=" / ".join(near),
    )  # fmt: skip


def name_of(insight: Any) -> str:
    """The name of an insight or its class, as the CLI writes it."""
    cls = insight if isinstance(insight, type) else type(insight)
    return cls.__module__.rsplit(".", 1)[-1].replace("_", "-")


def inputs_of(cls: type[Any]) -> tuple[dataclasses.Field[Any], ...]:
    """The inputs of an insight, in order."""
    return dataclasses.fields(cls)


def ask(lake: Lake, insight: Any, where: Where | None = None, *, share: bool = False) -> Answer:
    """Put one question to the lake; ``share`` suppresses small groups.

    Raises QuestionError where an input or filter cannot be used.
    """
    from kundig.lake import Where as NoFilter

    with lake.read(insight.purpose, where or NoFilter()) as reading:
        return ask_in(reading, insight, share=share)


def ask_each(lake: Lake, insights: Iterable[Any], where: Where | None = None, *, share: bool = False) -> Iterator[Answer]:
    """Put several questions, one answer after the other; those of one purpose share a reading and what it has computed."""
    from kundig.lake import Where as NoFilter

    with ExitStack() as stack:
        readings: dict[str, Reading] = {}
        for insight in insights:
            if insight.purpose not in readings:
                readings[insight.purpose] = stack.enter_context(lake.read(insight.purpose, where or NoFilter()))
            yield ask_in(readings[insight.purpose], insight, share=share)


def ask_in(reading: Reading, insight: Any, *, share: bool = False) -> Answer:
    """Put one question to a reading that is open already, so that several questions share what it has computed.

    Raises PrivacyError where the reading is for another purpose, QuestionError where a number is out of its bounds.
    """
    check_bounds(insight)
    if reading.purpose.name != insight.purpose:
        raise PrivacyError(
            "{name} is asked for the purpose {wanted}, not {given}.",
            "Read for that purpose.",
            name=name_of(insight), wanted=insight.purpose, given=reading.purpose.name,
        )  # fmt: skip
    missing = next((need for need in insight.needs if not reading.has(need)), "")
    answer = _untold(insight, reading, missing) if missing else _told(insight, reading, share)
    return dataclasses.replace(answer, where=reading.where.given())


def check_bounds(insight: Any) -> None:
    """QuestionError, naming the input and what it may be, where a number of ``insight`` is out of its bounds."""
    for one in dataclasses.fields(insight):
        allowed, value = bounds(one), getattr(insight, one.name)
        if allowed and not allowed[0] <= value <= allowed[1]:
            raise QuestionError(
                "{input} cannot be {value}.", "Give a number from {least} to {most}.",
                input=one.name.replace("_", "-"), value=str(value), least=allowed[0], most=allowed[1],
            )  # fmt: skip


def _told(insight: Any, reading: Reading, share: bool) -> Answer:
    if share and sharing.too_few(insight, reading):
        return _hidden(insight, reading)
    asked = getattr(insight, "details", {})
    now = reading.now if any("now" in parameters(sql) for sql in (insight.sql, *asked.values())) else None
    params = {**dataclasses.asdict(insight), "now": now}
    details = {name: reading.query(sql, params) for name, sql in asked.items()}
    answers = {name: ask_in(reading, find(name)(), share=share) for name in getattr(insight, "asks", ())}
    result = Result(reading.query(insight.sql, params), details, now, answers=answers)
    if share:
        result = sharing.shared(insight, result, reading, params)
    telling = insight.tell(result)
    answer = _answer(insight, reading, telling, telling.table if telling.table is not None else result.table)
    hidden = result.suppressed + telling.suppressed
    return dataclasses.replace(answer, suppressed=hidden, least=result.least, least_of=result.least_of)


TOO_FEW = sentence("Too few customers to show: a group that is passed on, or left out by the filter, has {least} or more.")


def _hidden(insight: Any, reading: Reading) -> Answer:
    import pyarrow as pa

    least = sharing.Rule.of(insight).least
    told = Telling({}, [Message(TOO_FEW, {"least": least})], 0)
    return dataclasses.replace(_answer(insight, reading, told, pa.table({})), suppressed=1, least=least)


def _answer(insight: Any, reading: Reading, telling: Telling, table: pa.Table) -> Answer:
    return Answer(
        name=name_of(insight),
        title=insight.title,
        definition=insight.definition,
        figures=dict(telling.figures),
        sentences=tuple(telling.sentences),
        chart=telling.chart,
        table=table,
        sql=insight.sql.strip(),
        n=telling.n,
        lake_version=reading.version,
        inputs=dataclasses.asdict(insight),
        columns=dict(getattr(insight, "columns", {})),
        words=tuple(getattr(insight, "words", ())),
    )


CANNOT_BE_TOLD = sentence("Cannot be told: no {what}.")


def _untold(insight: Any, reading: Reading, missing: str) -> Answer:
    import pyarrow as pa

    told = Telling({}, [Message(CANNOT_BE_TOLD, {"what": Message(need_in_words(missing))})], 0)
    answer = _answer(insight, reading, told, pa.table({}))
    return dataclasses.replace(answer, untold=missing)


_NEEDS = {
    "case_id": sentence("cases"),
    "person_id": sentence("persons"),
    "team": sentence("teams"),
    "agent_id": sentence("agents"),
    "team | agent_id": sentence("teams or agents"),
    "agent_id | channel": sentence("agents or channels"),
    "channel": sentence("channels"),
    "reason": sentence("reasons"),
    "text": sentence("customer text"),
    "score": sentence("scores"),
    "promise_id": sentence("promises"),
    "kind=contact": sentence("contacts"),
    "kind=contact | kind=purchase | kind=visit": sentence("contacts, purchases or visits"),
    "kind=contact | score": sentence("contacts or ratings"),
    "kind=contact | promise_id": sentence("contacts or promises"),
    "kind=answer": sentence("answers"),
    "kind=promise_made": sentence("promises"),
    "kind=closed": sentence("closed cases"),
    "events": sentence("events"),
}


def need_in_words(need: str) -> str:
    """A declared need as a noun in the catalogue."""
    return _NEEDS.get(need, need)


def _question(module: Any, name: str) -> type[Insight]:
    wanted = "".join(part.capitalize() for part in name.split("_"))
    cls: type[Insight] = getattr(module, wanted)
    return cls
