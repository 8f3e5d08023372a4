"""Whether the firm's messages show appreciation, what customers have had to bear, and whether a friendly word comes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Chart, Figure
from kundig.answer.sharing import Rule, suppress
from kundig.errors import QuestionError
from kundig.insight import Result, Telling, asked
from kundig.insights._columns import share
from kundig.insights._retelling import own_words
from kundig.measures import mean, tone
from kundig.measures.tone import Found
from kundig.message import Message, Number, Share, Word, sentence, sentences

if TYPE_CHECKING:
    import pyarrow as pa

SEEN_BY = ("", "channel", "reason", "month", "team", "sender")
"""How the table is cut; "" is everything together."""

LEAST_AGENTS = 5
"""Known agents below which a team is not told apart: its tone would be that of a few people."""

ENOUGH = 100
"""Messages below which a group is not named in a sentence."""

ANY = sentence("any of these")
SIDES: Mapping[str, tuple[str, ...]] = {
    sentence("appreciation"): (
        sentence("greeting"), sentence("thanks"), sentence("apology"), sentence("acknowledgement"), sentence("reason given"),
        sentence("commitment"),
    ),
    sentence("against"): (
        sentence("blame"), sentence("policy shield"), sentence("bare imperative"), sentence("already stated"),
    ),
    sentence("load"): (sentence("said again"), sentence("still waiting"), sentence("capitals"), sentence("repeated marks")),
}  # fmt: skip
"""What is looked for: the first two in messages of the firm, the last in those of customers."""

PHRASES = 3

CANDIDATES = 100_000
"""Among so many newest messages those with a text are looked for, so that the whole log need not be joined with its texts."""

_IS_MESSAGE = """kind in ('contact', 'answer', 'promise_made', 'promise_kept', 'promise_broken', 'promise_withdrawn')
    and coalesce(direction, '') <> 'internal' and occurred_at <= :now"""


@dataclass(frozen=True)
class Tone:
    """Appreciation in the firm's messages, the load in those of customers, and the mirror between them."""

    by: str = asked("", sentence(
        "Nothing for all messages together, or by: channel, reason, month, team (of 5 or more agents) or sender (human or machine)."
    ))  # fmt: skip
    most_messages: int = asked(20_000, sentence("How many messages are read at most, the newest ones."))

    title: ClassVar[str] = sentence("Tone and appreciation")
    definition: ClassVar[str] = sentence(
        "The newest messages that have a text are read for phrases, in German and English; a text in another language, or too short to tell, is left "
        "out. Signs of appreciation in a message of the firm: a greeting, thanks, an apology that owns the fault (a mere "
        '"unfortunately" does not), acknowledgement of what the customer went through, a reason given, a commitment with a date or a '
        'time limit. Against it work: blaming the customer, hiding behind rules, a bare command without please, and "as already '
        'stated". The load of a customer shows in: saying that he says it again, that he is still waiting, capitals, and repeated '
        "marks such as !!. Shares are of messages with at least one such phrase; quoted mails and signatures do not count. The mirror, "
        "from 0 to 1, is how alike customer and firm use nine classes of function words in a case (language style matching), only "
        "where each side wrote 50 words or more. A friendly message greets or thanks. Nothing is told per agent, and per team only "
        "from 5 known agents. It describes messages, not feelings. Intervals: Wilson, of the mirror Student's t, 95%."
    )
    purpose: ClassVar[str] = "service"
    needs: ClassVar[tuple[str, ...]] = ("text",)
    smallest: ClassVar[int] = 10
    sql: ClassVar[str] = f"""
with recent as (
  select occurred_at from events where {_IS_MESSAGE} order by occurred_at desc limit {CANDIDATES}
),
candidates as (
  select event_id, case_id, person_id, occurred_at, position, kind, actor, direction, channel, team, reason
  from events where {_IS_MESSAGE} and occurred_at >= (select min(occurred_at) from recent)
),
newest as (
  select candidates.*, substring(texts.text, 1, 4000) as text
  from candidates join texts on texts.event_id = candidates.event_id
  order by occurred_at desc, position desc, candidates.event_id
  limit :most_messages
),
large_teams as (
  select team from agents where team is not null group by team having count(distinct identifier) >= {LEAST_AGENTS}
),
written as (
  select newest.*, coalesce(newest.reason, cases.reason) as case_reason, large_teams.team as large_team,
    case when kind = 'contact' and coalesce(actor, 'customer') = 'customer' and coalesce(direction, 'inbound') = 'inbound'
      then 'customer' else coalesce(actor, 'human') end as sender
  from newest
  left join cases on cases.case_id = newest.case_id
  left join large_teams on large_teams.team = newest.team
)
select case_id, person_id, sender, text,
  case :by
    when 'channel' then channel
    when 'reason' then case_reason
    when 'month' then substring(cast(date_trunc('month', occurred_at) as string), 1, 7)
    when 'team' then large_team
    when 'sender' then sender
  end as segment,
  (select count(distinct person_id) from newest) as persons
from written
order by case_id, occurred_at, position, event_id
"""
    words: ClassVar[tuple[str, ...]] = ("side", "indicator", "sender")
    columns: ClassVar[Mapping[str, str]] = {
        "channel": sentence("Channel"),
        "reason": sentence("Reason"),
        "month": sentence("Month"),
        "team": sentence("Team"),
        "sender": sentence("Sender"),
        "side": sentence("What it is a sign of"),
        "indicator": sentence("Sign"),
        "messages": sentence("Messages"),
        "found": sentence("With this sign"),
        "found_share": sentence("Share"),
        "found_share_low": sentence("from"),
        "found_share_high": sentence("to"),
        "phrases": sentence("Most frequent phrases"),
    }

    def __post_init__(self) -> None:
        if self.by not in SEEN_BY:
            known = ", ".join(SEEN_BY[1:])
            raise QuestionError("Tone cannot be seen by {name}.", "Choose one of: {known}.", name=self.by, known=known)

    def tell(self, result: Result) -> Telling:
        read = _Read()
        for _, messages in groupby(_rows(result.table), key=lambda row: row["case_id"]):
            read.add(list(messages))
        table, hidden = _table(read, self.by, result.least)
        figures = _figures(read, result.table)
        told = [
            *_on_signs(figures, read),
            *_on_load(figures),
            *_on_answers(figures),
            *_worst(table, self.by),
            *self._limits(figures, table),
        ]
        return Telling(figures, told, figures["messages"], _chart(table, self.by), table, hidden)

    def _limits(self, figures: Mapping[str, Any], table: pa.Table) -> Iterable[Message]:
        if self.by == "team" and not table.num_rows:
            yield Message("No team of {n} or more known agents wrote enough, so teams are not told apart.", {"n": LEAST_AGENTS})
        if figures["left_open"]:
            yield sentences(
                "{n} message is left out: too short, or in a language other than German and English.",
                "{n} messages are left out: too short, or in a language other than German and English.",
                figures["left_open"],
            )
        if figures["messages"] == self.most_messages:
            yield Message("Only the newest {n} messages were read.", {"n": self.most_messages})


@dataclass
class _Group:
    """The messages of one group and side, and in which of them each sign was found."""

    messages: int = 0
    cases: set[str] = field(default_factory=set)
    persons: set[str] = field(default_factory=set)
    found: Counter[str] = field(default_factory=Counter)
    phrases: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """By sign and phrase who wrote or was written to, one entry a message."""

    def add(self, row: Mapping[str, Any], found: Found, signs: Sequence[str]) -> None:
        who = row["person_id"] or row["case_id"] or ""
        self.messages += 1
        self.cases.add(row["case_id"] or "")
        if row["person_id"]:
            self.persons.add(row["person_id"])
        here = [sign for sign in signs if sign in found]
        self.found.update([*here, *([ANY] if here else [])])
        for sign in here:
            for phrase in set(found[sign]):
                self.phrases.setdefault(sign, {}).setdefault(phrase, []).append(who)

    def shown(self, sign: str, least: int) -> str | None:
        """The most frequent phrases with how often; where it is passed on, only those of many persons."""
        ranked = sorted(self.phrases.get(sign, {}).items(), key=lambda item: (-len(item[1]), item[0]))
        kept = [f"{phrase} ({len(who)})" for phrase, who in ranked if len(set(who)) >= max(least, 1)]
        return ", ".join(kept[:PHRASES]) or None


@dataclass
class _Read:
    """What reading the messages brought."""

    groups: dict[tuple[str | None, str], _Group] = field(default_factory=dict)
    whole: dict[str, _Group] = field(default_factory=lambda: {side: _Group() for side in SIDES})
    left_open: int = 0
    mirrors: list[float] = field(default_factory=list)
    replies: Counter[tuple[bool, bool]] = field(default_factory=Counter)
    """How many replies by whether the customer was friendly, and whether the reply is."""
    _known: dict[tuple[str, str], tuple[str, Found]] = field(default_factory=dict)

    def add(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """One case's messages in order."""
        judged = [(row, *self._judged(row)) for row in messages]
        for row, lang, found in judged:
            if not lang:
                self.left_open += 1
                continue
            for side in ("load",) if row["sender"] == "customer" else ("appreciation", "against"):
                self.whole[side].add(row, found, SIDES[side])
                self.groups.setdefault((row["segment"], side), _Group()).add(row, found, SIDES[side])
        if messages[0]["case_id"]:
            self._compare([(row, lang) for row, lang, _ in judged if lang])

    def _judged(self, row: Mapping[str, Any]) -> tuple[str, Found]:
        """The language of a message and what is found in it; texts that recur, such as a machine's, are read once."""
        key = ("customer" if row["sender"] == "customer" else "firm", row["text"])
        if key not in self._known:
            text = own_words(row["text"])
            lang = tone.language(text)
            seek = tone.load if key[0] == "customer" else tone.appreciation
            self._known[key] = lang, seek(text, lang) if lang else {}
        return self._known[key]

    def _compare(self, told: Sequence[tuple[Mapping[str, Any], str]]) -> None:
        """The mirror of one case, and whether friendly words come back; a machine mirrors nobody."""
        people = [(row["sender"] == "customer", own_words(row["text"]), lang) for row, lang in told if row["sender"] != "machine"]
        for (asks, text, lang), (asks_again, reply, lang_of_reply) in pairwise(people):
            if asks and not asks_again:
                self.replies[tone.friendly(text, lang), tone.friendly(reply, lang_of_reply)] += 1
        customer, firm = (" ".join(text for who, text, _ in people if who is side) for side in (True, False))
        langs = {lang for _, _, lang in people}
        alike = tone.mirror(customer, firm, langs.pop()) if len(langs) == 1 else None
        if alike:
            self.mirrors.append(alike.score)


def _rows(table: pa.Table) -> Iterator[Mapping[str, Any]]:
    for batch in table.to_batches(max_chunksize=1000):
        yield from batch.to_pylist()


def _figures(read: _Read, table: pa.Table) -> dict[str, Any]:
    whole, after = read.whole, read.replies
    figures: dict[str, Figure] = {
        "messages": table.num_rows,
        "persons": table["persons"][0].as_py() if table.num_rows else 0,
        "firm_messages": whole["appreciation"].messages,
        "customer_messages": whole["load"].messages,
        "left_open": read.left_open,
        **share("appreciation_share", whole["appreciation"].found[ANY], whole["appreciation"].messages),
        **share("against_share", whole["against"].found[ANY], whole["against"].messages),
        **share("load_share", whole["load"].found[ANY], whole["load"].messages),
        **share("friendly_back_share", after[True, True], after[True, True] + after[True, False]),
        **share("friendly_anyway_share", after[False, True], after[False, True] + after[False, False]),
        **_mirror(read.mirrors),
    }
    return figures


def _mirror(scores: Sequence[float]) -> dict[str, Figure]:
    from statistics import fmean, stdev

    average = fmean(scores) if scores else None
    return dict(mean.as_figures("mirror", average, stdev(scores) if len(scores) > 1 else None, len(scores)))


def _table(read: _Read, by: str, least: int) -> tuple[pa.Table, int]:
    """One row a group, side and sign; groups below ``least`` persons are left out and counted."""
    import pyarrow as pa

    counts = ("messages", "cases", "persons", "found")
    name = by or "all"
    texts = dict.fromkeys((name, "side", "indicator"), pa.string())
    shares = {f"found_share{end}": pa.float64() for end in ("", "_low", "_high")}
    kinds: dict[str, pa.DataType] = {
        **texts,
        **dict.fromkeys(counts, pa.int64()),
        **shares,
        "phrases": pa.string(),
        "sign": pa.string(),
    }
    table = pa.Table.from_pylist(list(_signs(read, name, least)), schema=pa.schema(list(kinds.items())))
    rule = Rule(least=least, adds_up=("messages", "found"), margins=("sign",))
    table, hidden = suppress(table, rule) if least else (table, 0)
    return table.drop_columns(["cases", "persons", "sign", *([] if by else ["all"])]), hidden


def _signs(read: _Read, name: str, least: int) -> Iterator[dict[str, Any]]:
    order = list(SIDES)
    ranked = sorted(read.groups.items(), key=lambda item: (order.index(item[0][1]), _rank(item, name)))
    for (segment, side), group in ranked:
        if (name == "team" and segment is None) or (name in ("team", "sender") and side == "load"):
            continue
        for sign in (ANY, *SIDES[side]):
            yield {
                name: segment, "side": side, "indicator": sign, "messages": group.messages, "cases": len(group.cases),
                "persons": len(group.persons), "found": group.found[sign], "phrases": group.shown(sign, least), "sign": f"{side}: {sign}",
                **share("found_share", group.found[sign], group.messages),
            }  # fmt: skip


def _rank(item: tuple[tuple[str | None, str], _Group], name: str) -> tuple[Any, ...]:
    (segment, _), group = item
    return segment is None, (segment or "") if name == "month" else -group.messages, segment or ""


def _on_signs(figures: Mapping[str, Any], read: _Read) -> Iterable[Message]:
    if not figures["firm_messages"]:
        yield Message("No message of the firm could be read.")
        return
    yield Message(
        "{share} of {n} messages of the firm show a sign of appreciation ({low} to {high}), {against} one that works against it.",
        {"share": Share(figures["appreciation_share"]), "low": Share(figures["appreciation_share_low"]),
         "high": Share(figures["appreciation_share_high"]), "n": figures["firm_messages"],
         "against": Share(figures["against_share"])},
    )  # fmt: skip
    group = read.whole["appreciation"]
    ranked = sorted(SIDES["appreciation"], key=lambda sign: -group.found[sign])
    most, least = ranked[0], ranked[-1]
    yield Message(
        "Most frequent is: {most} ({most_share}); rarest is: {least} ({least_share}).",
        {"most": Word(most), "most_share": Share(group.found[most] / group.messages),
         "least": Word(least), "least_share": Share(group.found[least] / group.messages)},
    )  # fmt: skip


def _on_load(figures: Mapping[str, Any]) -> Iterable[Message]:
    if figures["load_share"] is not None:
        yield Message(
            "In {share} of {n} messages of customers it shows how much they have had to bear ({low} to {high}).",
            {"share": Share(figures["load_share"]), "n": figures["customer_messages"],
             "low": Share(figures["load_share_low"]), "high": Share(figures["load_share_high"])},
        )  # fmt: skip


def _on_answers(figures: Mapping[str, Any]) -> Iterable[Message]:
    if figures["friendly_back_share"] is not None and figures["friendly_anyway_share"] is not None:
        yield Message(
            "A customer's friendly message gets a friendly reply {back} of the time ({back_n}), one without a friendly word {anyway} "
            "({anyway_n}).",
            {"back": Share(figures["friendly_back_share"]), "back_n": figures["friendly_back_share_n"],
             "anyway": Share(figures["friendly_anyway_share"]), "anyway_n": figures["friendly_anyway_share_n"]},
        )  # fmt: skip
    if figures["mirror_low"] is not None:
        yield Message(
            "In {n} cases with 50 words or more on each side, the firm's style is like the customer's by {mirror} of 1 ({low} to {high}).",
            {"n": figures["mirror_n"], "mirror": Number(figures["mirror"]), "low": Number(figures["mirror_low"]),
             "high": Number(figures["mirror_high"])},
        )  # fmt: skip
    else:
        yield Message("Too few cases have 50 words or more on each side, so the mirror is not told.")


def _worst(table: pa.Table, by: str) -> Iterable[Message]:
    """The group with the fewest signs of appreciation, if its interval is clear of the best one's."""
    if not by:
        return
    rows = [row for row in _summaries(table) if row[by] is not None and row["messages"] >= ENOUGH]
    rows.sort(key=lambda row: float(row["found_share"]))
    if len(rows) > 1 and rows[0]["found_share_high"] < rows[-1]["found_share_low"]:
        named = Word if by in ("channel", "sender") else str
        yield Message(
            "Fewest signs of appreciation: {worst}, in {share} of {n} messages; most: {best}, in {most}.",
            {"worst": named(rows[0][by]), "share": Share(rows[0]["found_share"]), "n": rows[0]["messages"],
             "best": named(rows[-1][by]), "most": Share(rows[-1]["found_share"])},
        )  # fmt: skip


def _summaries(table: pa.Table) -> list[dict[str, Any]]:
    return [row for row in table.to_pylist() if row["side"] == "appreciation" and row["indicator"] == ANY]


def _chart(table: pa.Table, by: str) -> Chart | None:
    rows = [row for row in table.to_pylist() if row["indicator"] != ANY] if not by else _summaries(table)[-24:]
    x = {"type": "quantitative", "title": sentence("Share of messages"), "axis": {"format": ".0%"}}
    layers = [
        {"mark": {"type": "bar"}, "encoding": {"x": {"field": "share", **x}, **({} if by else {"color": _SIDE})}},
        {"mark": {"type": "rule"}, "encoding": {"x": {"field": "low", **x}, "x2": {"field": "high"}}},
    ]
    whole = sentence("In how many messages each sign was found, with 95% intervals.")
    parts = sentence("In how many messages of the firm a sign of appreciation was found, with 95% intervals.")
    title = Tone.columns[by or "indicator"]
    spec = {
        "description": parts if by else whole,
        "encoding": {"y": {"field": "name", "type": "nominal", "sort": None, "title": title}},
        "layer": layers,
    }
    return Chart(spec, tuple(_bar(row, by) for row in rows)) if rows else None


_SIDE = {"field": "side", "type": "nominal", "sort": None, "title": sentence("What it is a sign of")}


def _bar(row: Mapping[str, Any], by: str) -> dict[str, Any]:
    name = row[by or "indicator"]
    return {
        "name": Message("not known") if name is None else Word(name) if by in ("", "channel", "sender") else name,
        "side": Word(row["side"]), "share": row["found_share"], "low": row["found_share_low"], "high": row["found_share_high"],
    }  # fmt: skip
