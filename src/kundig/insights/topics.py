"""What customers write about, in their own words, and what is new among it: reasons only know what somebody expected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Chart, Figure
from kundig.answer.sharing import Rule, suppress
from kundig.errors import QuestionError
from kundig.insight import Result, Telling, asked
from kundig.insights._columns import share
from kundig.insights._topic_rows import CLEAR, FEW, LEAST_TEXTS, Row, Topic, found_in, weeks_of
from kundig.message import Message, Number, Share, Word, sentence, sentences

if TYPE_CHECKING:
    import pyarrow as pa

LISTABLE = ("weeks",)
SEVERAL = 3
"""So many new topics are told of, the surest first."""
STABLE = 0.6
"""From this mean Jaccard index on a topic counts as found again (Hennig 2007: below it, it should not be trusted)."""

WEEKDAYS = (
    sentence("Monday"), sentence("Tuesday"), sentence("Wednesday"), sentence("Thursday"), sentence("Friday"),
    sentence("Saturday"), sentence("Sunday"),
)  # fmt: skip
COURSES = {
    "new": sentence("new"),
    "growing": sentence("growing"),
    "steady": sentence("steady"),
    "shrinking": sentence("shrinking"),
}

_TOLD = """
told as (
  select e.event_id, e.occurred_at, e.person_id, e.case_id, e.reason, e.duration_s, substring(texts.text, 1, 4000) as text
  from events e join texts on texts.event_id = e.event_id
  where e.kind = 'contact' and coalesce(e.actor, 'customer') = 'customer' and coalesce(e.direction, 'inbound') = 'inbound'
    and e.occurred_at <= cast(:now as timestamp)
  order by e.occurred_at desc, e.event_id limit :most_texts
)"""


@dataclass(frozen=True)
class Topics:
    """What customers write about, in their own words, and what is new among it."""

    most_topics: int = asked(30, sentence("How many topics at most; so many as are separated best are told."))
    most_texts: int = asked(20_000, sentence("How many of the newest customer texts are read at most."))
    days: int = asked(14, sentence("Within how many last days a topic must have begun to be called new."))
    list: str = asked("", sentence("Instead of one row per topic its contacts week by week: weeks."))

    title: ClassVar[str] = sentence("Topics")
    definition: ClassVar[str] = sentence(
        "What the customers' texts (tickets, mails, chats) are about, found without any list of reasons. Texts that share words, "
        "pairs of words and parts of words are put together (TF-IDF, a projection, Ward's method); a topic is named by the words "
        "that tell it from the others and shown with a typical sentence, in which digits and addresses are masked. Many small "
        "matters in one heap are not called a topic. A topic is found again if at least 60% of it comes together when two halves "
        "of the texts are read apart (mean Jaccard index). It is new if, since one of the last days, it takes at least four times "
        "its former share of all texts, with 95% confidence and after a correction for the number of all comparisons; it is growing "
        "or shrinking if its share of the last four weeks' texts clearly differs from its share before. Its team is the one that "
        "works most on its cases; its hours are the recorded handling time of the cases, shared out among their contacts. Quoted "
        "mails and signatures are not read."
    )
    purpose: ClassVar[str] = "service"
    needs: ClassVar[tuple[str, ...]] = ("kind=contact", "text")
    sql: ClassVar[str] = f"""
with {_TOLD},
work as (
  select case_id, team, sum(duration_s) as seconds, count(*) as events
  from steps where team is not null and case_id in (select case_id from told) group by case_id, team
),
ranked as (
  select case_id, team, row_number() over (partition by case_id order by coalesce(seconds, 0) desc, events desc, team) as place
  from work
)
select told.event_id, told.occurred_at, told.person_id, told.text, ranked.team,
  coalesce(cases.reason, told.reason) as reason,
  coalesce(cases.handling_s / nullif(cases.contacts, 0), told.duration_s) as handling_s
from told
left join cases on cases.case_id = told.case_id
left join ranked on ranked.case_id = told.case_id and ranked.place = 1
order by told.occurred_at, told.event_id
"""
    details: ClassVar[Mapping[str, str]] = {
        "all": """
select count(*) as contacts, count(distinct person_id) as persons from events
where kind = 'contact' and coalesce(actor, 'customer') = 'customer' and coalesce(direction, 'inbound') = 'inbound'
  and occurred_at <= cast(:now as timestamp) and event_id in (select event_id from texts)
""",
        "names": f"""
with {_TOLD}
select distinct name from people where name is not null and person_id in (select person_id from told)
""",
    }
    group_size: ClassVar[str] = "contacts"
    smallest: ClassVar[int] = FEW
    adds_up: ClassVar[tuple[str, ...]] = ("contacts",)
    words: ClassVar[tuple[str, ...]] = ("course",)
    columns: ClassVar[Mapping[str, str]] = {
        "topic": sentence("Topic"),
        "contacts": sentence("Contacts"),
        "persons": sentence("Persons"),
        "share": sentence("Share of all texts"),
        "share_low": sentence("at least"),
        "share_high": sentence("at most"),
        "course": sentence("Course"),
        "began_on": sentence("Began on"),
        "last_week": sentence("In the last 7 days"),
        "ratio": sentence("Times as often as before"),
        "ratio_low": sentence("at least"),
        "ratio_high": sentence("at most"),
        "team": sentence("Team with most work"),
        "team_share": sentence("Share of this team"),
        "reason": sentence("Most frequent reason"),
        "reason_share": sentence("Share of this reason"),
        "hours": sentence("Hours"),
        "stability": sentence("Found again (0 to 1)"),
        "example": sentence("Typical sentence"),
        "week": sentence("Week from"),
    }

    def __post_init__(self) -> None:
        if self.list and self.list not in LISTABLE:
            raise QuestionError(
                "There is no list of topics called {name}.", "Choose one of: {known}.", name=self.list, known=", ".join(LISTABLE)
            )

    def tell(self, result: Result) -> Telling:
        rows: list[Row] = result.table.to_pylist()
        names = [row["name"] for row in result.details["names"].to_pylist()]
        found = found_in(rows, names, most=self.most_topics, days=self.days, least=result.least)
        if found is None:
            return _too_few(len(rows))
        table, hidden = _table(found.topics, result.least)
        kept = set(table["topic"].to_pylist())
        shown = [topic for topic in found.topics if topic.name in kept]
        figures = {
            **_figures(shown, rows, len(found.topics)),
            "left_over_share": found.mixed / len(rows),
            "agreement": found.agreement,
        }
        said = [
            *_news(shown),
            *_most(shown, len(found.topics)),
            *_work(shown),
            *_trends(shown),
            *_trust(shown, figures),
            *(_unshown(shown, rows) if result.least else _left_over(found.mixed, rows)),
        ]
        said += _limits(rows, result.row("all").get("contacts") or len(rows), found.language)
        if self.list:
            table, unseen = _weeks(shown, rows, result.least)
            hidden += unseen
        return Telling(figures, said, len(rows), _chart(shown), table, hidden)


def _too_few(read: int) -> Telling:
    text = "Too few texts have words of their own to tell topics: {n} read."
    if read < LEAST_TEXTS:
        text = sentence("Too few texts to tell topics: {n} read, {least} are needed.")
    figures: dict[str, Figure] = {"texts_read": read, "topics": 0, "new_topics": None}
    return Telling(figures, [Message(text, {"n": read, "least": LEAST_TEXTS})], read, None, _table([], 0)[0])


def _table(topics: Iterable[Topic], least: int) -> tuple[pa.Table, int]:
    """One row per topic; small ones are left out and counted."""
    import pyarrow as pa

    rows = [topic.row() for topic in topics]
    kinds: dict[str, Any] = dict.fromkeys(("topic", "course", "team", "reason", "example"), pa.string())
    kinds |= dict.fromkeys(("contacts", "persons", "last_week"), pa.int64()) | {"began_on": pa.date32()}
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in Topics.columns if name != "week"])
    table = pa.Table.from_pylist([{name: row[name] for name in schema.names} for row in rows], schema=schema)
    return suppress(table, Rule("contacts", least, ("contacts",))) if least else (table, 0)


def _weeks(topics: Iterable[Topic], rows: list[Row], least: int) -> tuple[pa.Table, int]:
    """One row per topic and week, with the share of the week's texts."""
    import pyarrow as pa

    kinds: dict[str, Any] = {"topic": pa.string(), "week": pa.date32(), "contacts": pa.int64(), "persons": pa.int64()}
    kinds |= dict.fromkeys(("share", "share_low", "share_high"), pa.float64())
    schema = pa.schema(list(kinds.items()))
    made = [{**row, **share("share", row["contacts"], row["of"])} for row in weeks_of(topics, rows)]
    table = pa.Table.from_pylist([{name: row[name] for name in schema.names} for row in made], schema=schema)
    return suppress(table, Rule("contacts", least, ("contacts",), ("topic", "week"))) if least else (table, 0)


def _figures(topics: list[Topic], rows: list[Row], number: int) -> dict[str, Figure]:
    top = topics[0] if topics else None
    new = [topic for topic in topics if topic.course == "new"]
    stable = [topic.stability for topic in topics if topic.stability is not None]
    first = min(new, key=lambda topic: topic.chance, default=None)
    return {
        "texts_read": len(rows),
        "topics": number,
        "new_topics": len(new),
        "newest_topic": first.name if first else None,
        "newest_began_on": first.began_on.isoformat() if first and first.began_on else None,
        "newest_contacts": first.since if first else None,
        "top_topic": top.name if top else None,
        **share("top_share", len(top.rows) if top else None, len(rows)),
        "topics_growing": sum(topic.course == "growing" for topic in topics),
        "topics_found_again": sum(value >= STABLE for value in stable) if stable else None,
    }


def _news(topics: list[Topic]) -> Iterable[Message]:
    new = sorted((topic for topic in topics if topic.course == "new"), key=lambda topic: topic.chance)
    for topic in new[:SEVERAL]:
        yield _began(topic)
        if topic.example:
            yield Message('A typical sentence of it: "{text}"', {"text": topic.example})
        if topic.reason:
            values = {"share": Share(topic.reason_share or 0), "reason": topic.reason}
            yield Message('Of these contacts {share} are filed under "{reason}".', values)


def _began(topic: Topic) -> Message:
    day = topic.began_on or dt.date.min
    values = {"weekday": Word(WEEKDAYS[day.weekday()]), "day": day, "topic": topic.name}
    if not topic.before:
        return sentences(
            'This began on {weekday}, {day}: "{topic}". {n} contact is about it since then, none was before.',
            'This began on {weekday}, {day}: "{topic}". {n} contacts are about it since then, none was before.',
            topic.since, **values,
        )  # fmt: skip
    return sentences(
        'This began on {weekday}, {day}: "{topic}". {n} contact is about it since then, {before} before; it takes at least '
        "{low} times its former share.",
        'This began on {weekday}, {day}: "{topic}". {n} contacts are about it since then, {before} before; it takes at least '
        "{low} times its former share.",
        topic.since, **values, before=topic.before, low=Number(topic.ratio_low or 0, 0),
    )  # fmt: skip


def _most(topics: list[Topic], number: int) -> Iterable[Message]:
    """The largest of the topics that are shown, of ``number`` that were found."""
    if not number:
        yield Message("No topic can be told: no words set one group of texts apart from the others.")
        return
    if not topics:
        yield Message("Each topic has too few customers to be shown.")
        return
    top = topics[0]
    yield Message('Customers write most about "{topic}": {share} of the texts.', {"topic": top.name, "share": Share(top.share)})
    if top.reason:
        yield Message(
            'Their most frequent reason is "{reason}" ({share}); what to do with it is told under contact reasons.',
            {"reason": top.reason, "share": Share(top.reason_share or 0)},
        )


def _work(topics: list[Topic]) -> Iterable[Message]:
    """The topic that costs most hours, and the team that has it."""
    dear = max(topics, key=lambda topic: topic.hours or 0.0, default=None)
    if dear is None or not dear.hours:
        return
    values = {"topic": dear.name, "hours": Number(dear.hours, 0)}
    if dear.team:
        yield Message(
            'Most work is caused by "{topic}": {hours} hours; the team {team} has most of it ({share} of the contacts).',
            {**values, "team": dear.team, "share": Share(dear.team_share or 0)},
        )
    else:
        yield Message('Most work is caused by "{topic}": {hours} hours.', values)


def _trends(topics: list[Topic]) -> Iterable[Message]:
    growing = [topic for topic in topics if topic.course == "growing" and topic.ratio_low]
    if growing:
        most = max(growing, key=lambda topic: topic.ratio_low or 0.0)
        yield Message(
            'Growing: "{topic}" takes {ratio} times its former share of the texts in the last four weeks ({low} to {high}).',
            {"topic": most.name, **{key: Number(value or 0, 1) for key, value in (
                ("ratio", most.ratio), ("low", most.ratio_low), ("high", most.ratio_high))}},
        )  # fmt: skip


def _trust(topics: list[Topic], figures: Mapping[str, Any]) -> Iterable[Message]:
    judged = sum(topic.stability is not None for topic in topics)
    if figures["topics_found_again"] is not None and judged:
        yield sentences(
            "{again} of {n} topic is found again where the texts are read in halves (agreement {agreement} of 1).",
            "{again} of {n} topics are found again where the texts are read in halves (agreement {agreement} of 1).",
            judged, again=figures["topics_found_again"], agreement=Number(figures["agreement"] or 0, 2),
        )  # fmt: skip


def _left_over(mixed: int, rows: list[Row]) -> Iterable[Message]:
    if mixed:
        yield Message(
            "{share} of the texts are about many small matters and belong to no topic.", {"share": Share(mixed / len(rows))}
        )


def _unshown(shown: list[Topic], rows: list[Row]) -> Iterable[Message]:
    """Where it is passed on: small topics are hidden, so the rest is not all small matters."""
    rest = len(rows) - sum(len(topic.rows) for topic in shown)
    if rest:
        yield Message(
            "{share} of the texts are not shown here: their topics have too few customers to be passed on, or they are about many "
            "small matters.",
            {"share": Share(rest / len(rows))},
        )


def _limits(rows: list[Row], known: int, language: str) -> Iterable[Message]:
    if len(rows) < known:
        yield Message(
            "Read were the newest {n} of {all} texts, those since {day}.",
            {"n": len(rows), "all": known, "day": rows[0]["occurred_at"].date()},
        )
    if not language:
        yield Message("The texts seem to be neither German nor English, so words without meaning may stand among the terms.")


def _chart(topics: list[Topic]) -> Chart | None:
    if not topics:
        return None
    order = [Word(COURSES[course]) for course in ("steady", *(one for one in COURSES if one != "steady"))]
    spec = {
        "description": sentence("Contacts by topic and how it develops."),
        "mark": {"type": "bar"},
        "encoding": {
            "y": {"field": "topic", "type": "nominal", "sort": None, "title": None},
            "x": {"field": "contacts", "type": "quantitative", "title": sentence("Contacts")},
            "color": {"field": "course", "type": "nominal", "title": sentence("Course"), "sort": order},
        },
    }
    drawn = sorted(topics, key=lambda topic: (topic.course != "new", -len(topic.rows)))[:CLEAR]
    return Chart(spec, tuple(
        {"topic": topic.short, "contacts": len(topic.rows), "course": Word(COURSES[topic.course])} for topic in drawn
    ))  # fmt: skip
