"""Why customers come and why they go, in their own words, beside what the firm says of itself: two faces that should be one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Chart
from kundig.insight import Result, Telling, asked
from kundig.insights._attributes import claimed, patterns
from kundig.insights._columns import share
from kundig.insights._leaving import LEAVING_ACTIVITIES
from kundig.measures import tone
from kundig.message import Message, Share, Word, sentence, sentences

if TYPE_CHECKING:
    import re

    import pyarrow as pa

ENOUGH = 30
"""Persons with a text from which on it can be said what is not said."""
MANY = 200
"""Readable texts from which on something is told where most texts are in other languages: 0 of 200 is less than 2% (Wilson)."""
HARDLY, OFTEN = 0.01, 0.02
"""Below which share of the persons something is as good as never said; above which one (for sure) it is said."""
LEAST_SPEAKERS = 3
"""A word is shown as typical if so many persons use it."""

_LOW = "cast(regexp_replace(score_scale, '-[^-]*$', '', 'g') as double)"
_HIGH = "cast(regexp_replace(score_scale, '^.*-', '', 'g') as double)"


@dataclass(frozen=True)
class Janus:
    """Why customers come and why they go, beside what the firm says of itself."""

    claims: str = asked("", sentence("What the firm claims of itself, in words with commas between: fast, reliable, cheap."))
    most_texts: int = asked(5_000, sentence("How many texts of each side are read at most; of more a fixed random sample."))

    title: ClassVar[str] = sentence("What we claim and what customers say")
    definition: ClassVar[str] = sentence(
        "Read are what customers say when they buy or rate well (the upper quarter of the scale), and when they leave or rate badly "
        "(its lower half): their texts, and the reasons given for purchases and cancellations. Each text is searched for the words of "
        "a short German and English thesaurus of attributes such as speed, price or friendliness; praise and blame count alike. A "
        "share is that of the persons who speak of the attribute among all who said something on that side (Wilson, 95%). Claimed but "
        "never said is what the firm claims and less than 1% name when buying or praising; said but never claimed is what surely more "
        "than 2% name there and the firm does not claim. Who leaves is recognised by how the firm's data call it, such as "
        "cancellation received. Words count, not their meaning: irony and negation are not understood. Texts in other languages are "
        "left out and counted."
    )
    purpose: ClassVar[str] = "service"
    needs: ClassVar[tuple[str, ...]] = ("text",)
    sql: ClassVar[str] = f"""
with {LEAVING_ACTIVITIES},
rated as (
  select event_id, coalesce(person_id, case_id, event_id) as who, reason, kind, activity,
    case when score is not null and regexp_like(coalesce(score_scale, ''), '^-?[0-9.]+-[0-9.]+$')
      then (score - {_LOW}) / nullif({_HIGH} - {_LOW}, 0) end as part
  from events where score is not null or kind = 'purchase' or activity in (select activity from leaving_activities)
),
sided as (
  select event_id, who,
    case when kind = 'purchase' then 'buying'
      when kind not in ('visit', 'survey_answer') and activity in (select activity from leaving_activities) then 'leaving'
      when part >= 0.75 then 'buying' when part <= 0.5 then 'leaving' end as side,
    case when kind <> 'survey_answer' then coalesce(reason, '') else '' end as reason
  from rated
),
said as (
  select side, who, sided.event_id, sided.reason from sided left join (select event_id from texts) t on t.event_id = sided.event_id
  where side is not null and (t.event_id is not null or sided.reason <> '')
),
placed as (
  select *, row_number() over (partition by side order by md5(event_id)) as place, count(*) over (partition by side) as texts
  from said
),
chosen as (
  select * from placed where place <= :most_texts
)
select side, who, substring(coalesce(t.text, '') || ' ' || chosen.reason, 1, 2000) as text, texts
from chosen left join texts t on t.event_id = chosen.event_id
order by side, place
"""
    smallest: ClassVar[int] = 10
    words: ClassVar[tuple[str, ...]] = ("attribute",)
    columns: ClassVar[Mapping[str, str]] = {
        "attribute": sentence("Attribute"),
        "claimed": sentence("Claimed by the firm"),
        "buying_share": sentence("Said when buying or praising"),
        "buying_n": sentence("Persons: buying or praising"),
        "leaving_share": sentence("Said when leaving or complaining"),
        "leaving_n": sentence("Persons: leaving or complaining"),
        "typical": sentence("Typical words"),
    }

    def tell(self, result: Result) -> Telling:
        ours = claimed(self.claims)
        sides = {side: _Side() for side in ("buying", "leaving")}
        given = result.table.to_pylist()
        readable = _readable(given)
        left_open = len(given) - len(readable)
        needed = MANY if left_open > len(readable) else ENOUGH
        if left_open and len(readable) < needed:
            return _unreadable(len(readable), len(given), needed)
        for row in readable:
            sides[row["side"]].add(row, {**patterns(), **ours})
        rows = [_row(name, name in ours, sides) for name in {**patterns(), **ours}]
        rows.sort(key=lambda row: (-row["buying_n"] - row["leaving_n"], not row["claimed"]))
        buying, leaving = sides["buying"].persons, sides["leaving"].persons
        figures = {**_figures(self, rows, buying, leaving), "left_open": left_open}
        hidden = sum(_hide(row, result.least) for row in rows) if result.least else 0
        said = [*_sentences(self, rows, buying, leaving), *_read(given), *_left_open(left_open)]
        n = buying + leaving
        return Telling(figures, said, n, _chart(rows), _table(rows), hidden)


@dataclass
class _Side:
    """Who said what on one side: all persons, those who speak of an attribute, and by which words."""

    who: set[str] = field(default_factory=set)
    speaking: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    words: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))

    @property
    def persons(self) -> int:
        return len(self.who)

    def add(self, row: Mapping[str, Any], searched: Mapping[str, re.Pattern[str]]) -> None:
        self.who.add(row["who"])
        for name, pattern in searched.items():
            for word in set(pattern.findall(row["text"])):
                self.speaking[name].add(row["who"])
                self.words[name][word.lower()].add(row["who"])


def _row(name: str, claimed_too: bool, sides: Mapping[str, _Side]) -> dict[str, Any]:
    row: dict[str, Any] = {"attribute": name, "claimed": claimed_too}
    used: Counter[str] = Counter()
    for side, of in sides.items():
        row |= {f"{side}_n": len(of.speaking[name]), f"{side}_of": of.persons}
        ends = share("s", row[f"{side}_n"], of.persons)
        row |= {f"{side}_share{end}": ends[f"s{end}"] for end in ("", "_low", "_high")}
        used.update({word: len(who) for word, who in of.words[name].items()})
    row["used"] = used
    return row


def _hide(row: dict[str, Any], least: int) -> int:
    """Empty what fewer than ``least`` persons say, where it is passed on; how many cells that were."""
    small = [side for side in ("buying", "leaving") if 0 < row[f"{side}_n"] < least]
    for side in small:
        row |= dict.fromkeys((f"{side}_share", f"{side}_share_low", f"{side}_share_high", f"{side}_n"))
    row["used"] = Counter({word: n for word, n in row["used"].items() if n >= least})
    return len(small)


def _never_said(rows: Iterable[Mapping[str, Any]], buying: int) -> list[str]:
    """Claimed, and as good as nobody says it; what is withheld is said by a few at least and stands aside."""
    if buying < ENOUGH:
        return []
    return [
        row["attribute"] for row in rows if row["claimed"] and row["buying_n"] is not None and row["buying_n"] < HARDLY * buying
    ]


def _said(rows: Iterable[Mapping[str, Any]], side: str, *, claimed_too: bool) -> list[str]:
    found = [row for row in rows if row["claimed"] == claimed_too and (row[f"{side}_share_low"] or 0) > OFTEN]
    return [row["attribute"] for row in sorted(found, key=lambda row: -row[f"{side}_share"])]


def _top(rows: Sequence[Mapping[str, Any]], side: str) -> Mapping[str, Any] | None:
    """What is named most on one side, if it is named at all."""
    best = max(rows, key=lambda row: row[f"{side}_n"] or 0, default=None)
    return best if best and best[f"{side}_n"] else None


def _figures(asked: Janus, rows: Sequence[Mapping[str, Any]], buying: int, leaving: int) -> dict[str, Any]:
    counts: dict[str, Any] = {"claimed": None, "claimed_never_said": None, "said_never_claimed": None}
    if asked.claims.strip():
        counts["claimed"] = sum(row["claimed"] for row in rows)
        counts["claimed_never_said"] = len(_never_said(rows, buying)) if buying >= ENOUGH else None
        counts["said_never_claimed"] = len(_said(rows, "buying", claimed_too=False)) if buying >= ENOUGH else None
    return {"buying_persons": buying, "leaving_persons": leaving, **counts}


def _sentences(asked: Janus, rows: Sequence[Mapping[str, Any]], buying: int, leaving: int) -> Iterable[Message]:
    if not buying and not leaving:
        yield Message("Nobody says why he buys, leaves or is content: there are no such texts.")
        return
    if asked.claims.strip():
        yield from _beside(rows, buying)
    yield from _named_most(rows)
    if not asked.claims.strip():
        yield Message('To hold beside it what the firm claims: --claims "fast, reliable, cheap".')
    if buying < ENOUGH:
        text = "Only {n} persons say something when buying or praising: too few to tell what is never said."
        yield Message(text, {"n": buying})


def _beside(rows: Sequence[Mapping[str, Any]], buying: int) -> Iterable[Message]:
    if never := _never_said(rows, buying):
        yield Message("Claimed, but as good as never said by customers who buy or praise: {names}.", {"names": _listed(never)})
    if unclaimed := _said(rows, "buying", claimed_too=False):
        yield Message("Said by customers who buy or praise, but never claimed: {names}.", {"names": _listed(unclaimed)})
    if broken := _said(rows, "leaving", claimed_too=True):
        yield Message("Claimed, yet named by those who leave or complain: {names}.", {"names": _listed(broken)})


def _named_most(rows: Sequence[Mapping[str, Any]]) -> Iterable[Message]:
    for side, text in (
        ("buying", sentence("Who buys or praises speaks most of {what}: {share} of {n} persons ({low} to {high}).")),
        ("leaving", sentence("Who leaves or complains speaks most of {what}: {share} of {n} persons ({low} to {high}).")),
    ):
        if row := _top(rows, side):
            values = {name: Share(row[f"{side}_share{end}"]) for name, end in (("share", ""), ("low", "_low"), ("high", "_high"))}
            yield Message(text, {"what": Word(row["attribute"]), "n": row[f"{side}_of"], **values})


def _read(given: Sequence[Mapping[str, Any]]) -> Iterable[Message]:
    """Where only a sample was read, that is said."""
    texts = sum({row["side"]: row["texts"] for row in given}.values())
    if len(given) < texts:
        yield Message("Estimated from a random sample: {n} of {all} texts were read.", {"n": len(given), "all": texts})


def _readable(given: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """The rows in German or English; texts too short for their language to be told count as most of the others do."""
    told = [bool(tone.language(row["text"])) for row in given]
    other = [tone.foreign(row["text"]) for row in given]
    short_too = sum(told) >= sum(other)
    return [row for row, ours, foreign in zip(given, told, other, strict=True) if ours or (short_too and not foreign)]


def _unreadable(readable: int, given: int, needed: int) -> Telling:
    names = ("buying_persons", "leaving_persons", "claimed", "claimed_never_said", "said_never_claimed")
    text = (
        "What customers say cannot be told: of {given} texts {n} are in German or English, and {least} are needed. Other languages "
        "are not read."
    )
    said = Message(text, {"given": given, "n": readable, "least": needed})
    return Telling({**dict.fromkeys(names), "left_open": given - readable}, [said], 0, None, _table([]))


def _left_open(left_open: int) -> Iterable[Message]:
    if left_open:
        yield sentences(
            "{n} text is left out: it is in a language other than German and English, or too short among many such.",
            "{n} texts are left out: they are in a language other than German and English, or too short among many such.",
            left_open,
        )


def _listed(names: Sequence[str], most: int = 6) -> Message:
    """Attributes one after the other, each in the reader's language."""
    first: Message = Message("{what}", {"what": Word(names[0])})
    for name in names[1:most]:
        first = Message("{before}, {what}", {"before": first, "what": Word(name)})
    return first


_COLUMNS = (
    "attribute", "claimed", "buying_share", "buying_share_low", "buying_share_high", "buying_n",
    "leaving_share", "leaving_share_low", "leaving_share_high", "leaving_n", "typical",
)  # fmt: skip


def _table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    import pyarrow as pa

    kinds: dict[str, pa.DataType] = {
        "attribute": pa.string(), "typical": pa.string(), "claimed": pa.bool_(), "buying_n": pa.int64(), "leaving_n": pa.int64(),
    }  # fmt: skip
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in _COLUMNS])
    typical = [", ".join(word for word, n in row["used"].most_common(3) if n >= LEAST_SPEAKERS) for row in rows]
    made = [
        {name: row.get(name) for name in _COLUMNS} | {"typical": words or None} for row, words in zip(rows, typical, strict=True)
    ]
    return pa.Table.from_pylist(made, schema=schema)


def _chart(rows: Sequence[Mapping[str, Any]]) -> Chart | None:
    drawn = [row for row in rows if row["buying_share"] or row["leaving_share"]][:12]
    if not drawn:
        return None
    spec = {
        "description": sentence("Which attributes customers speak of when they buy or praise and when they leave or complain."),
        "mark": {"type": "bar"},
        "encoding": {
            "y": {"field": "attribute", "type": "nominal", "sort": None, "title": None},
            "yOffset": {"field": "side", "type": "nominal", "sort": None},
            "x": {
                "field": "share",
                "type": "quantitative",
                "title": sentence("Share of the persons"),
                "axis": {"format": ".0%", "tickCount": 6},
            },
            "color": {"field": "side", "type": "nominal", "title": sentence("Said when"), "sort": None},
        },
    }
    names = {"buying": sentence("buying or praising"), "leaving": sentence("leaving or complaining")}
    bars = [
        {"attribute": Word(row["attribute"]), "side": Word(name), "share": row[f"{side}_share"] or 0.0}
        for row in drawn
        for side, name in names.items()
    ]
    return Chart(spec, tuple(bars))
