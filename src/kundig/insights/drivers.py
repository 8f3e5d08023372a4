"""What goes along with good and bad ratings: which of the things a case went through explain its rating, and how surely they rank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Chart, Figure
from kundig.errors import QuestionError
from kundig.insight import Result, Telling, asked
from kundig.message import Message, Share, Word, sentence, sentences

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

LEAST_CASES = 100
"""Rated cases below which no ranking is worth a sentence."""
LEAST_VARYING = 20
"""Cases in which something must be otherwise than usual, to count as a driver at all."""
LEAST_OWN = 0.001
"""The share of its variance a driver must have for itself; below, its weight is not to be told from that of the others."""
DRAWS = 300

DRIVERS = {
    "further_contacts": sentence("further contacts"),
    "handovers": sentence("handovers"),
    "channel_switches": sentence("changes of channel"),
    "answer_wait": sentence("waiting for the first answer"),
    "waits": sentence("times put on hold"),
    "reopened": sentence("openings again"),
    "promises_late": sentence("promises kept late"),
    "promises_broken": sentence("promises broken or overdue"),
    "time_taken": sentence("time taken"),
}
"""What is known of a case before it is rated."""


@dataclass(frozen=True)
class Drivers:
    """What goes along with good and bad ratings, ranked."""

    most_cases: int = asked(
        20_000, sentence("How many rated cases are read at most; where there are more, a fixed random sample of them.")
    )
    seed: int = asked(1, sentence("The seed of the bootstrap samples."))

    title: ClassVar[str] = sentence("Drivers of the rating")
    definition: ClassVar[str] = sentence(
        "How much of the differences between ratings goes along with what the cases went through before they were rated: further "
        "contacts, handovers, changes of channel, the wait for the first answer, times put on hold, openings again, promises kept "
        "late, promises broken or overdue, and the time taken (the times on a logarithmic scale). The last rating of each case on "
        "the scale used most. Relative weights (Johnson 2000): since such things come together, what they explain jointly is "
        "divided fairly between them; the shares sum to one. Shares and ranks have 95% intervals from bootstrap samples of whole "
        "customers; the interval of what is explained is that of Olkin and Finn (1995). Importance is not causation: what only "
        "goes along with a cause gets a share too. Something that differs in fewer than 20 rated cases, or follows from the others, is left out."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("case_id", "score", "kind=contact")
    sql: ClassVar[str] = """
with scales as (
  select coalesce(score_scale, '') as scale, count(*) as ratings from steps where score is not null group by 1
),
rated as (
  select case_id, max(position) as rated_position, max_by(score, position) as score, max(unix_micros(occurred_at)) as rated_us
  from steps
  where score is not null and coalesce(score_scale, '') = (select scale from scales order by ratings desc, scale limit 1)
  group by case_id
),
chosen as (
  select * from (select rated.*, row_number() over (order by md5(case_id)) as place from rated) placed where place <= :most_cases
),
lived as (
  select chosen.case_id as case_id,
    count(case when from_kind = 'contact' then 1 end) as contacts,
    count(case when to_team <> from_team or (from_team is null and to_agent_id <> from_agent_id) then 1 end) as handovers,
    count(case when to_channel <> from_channel then 1 end) as channel_switches,
    count(case when from_kind = 'wait' then 1 end) as waits,
    count(case when from_kind = 'reopened' then 1 end) as reopened,
    min(case when from_kind = 'contact' then unix_micros(occurred_at) end) as asked_us,
    min(case when from_kind = 'answer' then unix_micros(occurred_at) end) as answered_us,
    min(unix_micros(occurred_at)) as first_us, max(unix_micros(occurred_at)) as last_us
  from steps join chosen on chosen.case_id = steps.case_id
  where position < rated_position and steps.score is null
  group by chosen.case_id
),
promises as (
  select chosen.case_id as case_id, promise_id, min(rated_us) as rated_us, min(unix_micros(due_at)) as due_us,
    min(case when kind = 'promise_kept' then unix_micros(occurred_at) end) as kept_us,
    min(case when kind = 'promise_broken' then unix_micros(occurred_at) end) as broken_us,
    min(case when kind = 'promise_withdrawn' then unix_micros(occurred_at) end) as withdrawn_us
  from events join chosen on chosen.case_id = events.case_id
  where promise_id is not null
  group by chosen.case_id, promise_id
),
owed as (
  select case_id,
    count(case when kept_us > due_us and kept_us < rated_us then 1 end) as late,
    count(case when coalesce(kept_us, rated_us) >= rated_us and (broken_us < rated_us
      or (due_us < rated_us and coalesce(withdrawn_us, rated_us) >= rated_us)) then 1 end) as broken
  from promises group by case_id
)
select chosen.place as place, person_id is not null as known,
  coalesce(dense_rank() over (order by person_id), 0) as person, chosen.score as score,
  cast(greatest(lived.contacts - 1, 0) as double) as further_contacts, cast(lived.handovers as double) as handovers,
  cast(lived.channel_switches as double) as channel_switches, cast(lived.waits as double) as waits,
  cast(lived.reopened as double) as reopened,
  greatest(coalesce(answered_us, rated_us) - asked_us, 0) / 3600000000.0 as answer_wait,
  (last_us - first_us) / 86400000000.0 as time_taken,
  cast(coalesce(owed.late, 0) as double) as promises_late, cast(coalesce(owed.broken, 0) as double) as promises_broken
from chosen join lived on lived.case_id = chosen.case_id
left join owed on owed.case_id = chosen.case_id
left join cases on cases.case_id = chosen.case_id
where asked_us is not null
order by place
"""
    words: ClassVar[tuple[str, ...]] = ("driver",)
    columns: ClassVar[Mapping[str, str]] = {
        "driver": sentence("Driver"),
        "direction": sentence("Correlation with the rating"),
        "weight": sentence("Part of the differences explained"),
        "share": sentence("Share of what is explained"),
        "share_low": sentence("from"),
        "share_high": sentence("to"),
        "rank": sentence("Rank"),
        "rank_low": sentence("best rank"),
        "rank_high": sentence("worst rank"),
    }

    def __post_init__(self) -> None:
        if self.most_cases < 1 or self.seed < 0:
            raise QuestionError(
                "The number of cases must be at least 1, the seed 0 or more.", "Leave the input out to take the default."
            )

    def tell(self, result: Result) -> Telling:
        n = result.table.num_rows
        names = _varying(result.table)
        if n < LEAST_CASES or not names:
            return self._too_little(n)
        rows, explained = self._ranked(result.table, names)
        told = [*_sentences(rows, explained, n), *_left_out(names)]
        return Telling(_figures(rows, explained, n), told, n, _chart(rows), _table(rows))

    def _too_little(self, n: int) -> Telling:
        said = sentences(
            "Too little to rank drivers: {n} rated case, {least} are needed, and things that differ between them.",
            "Too little to rank drivers: {n} rated cases, {least} are needed, and things that differ between them.",
            n, least=LEAST_CASES,
        )  # fmt: skip
        return Telling(_figures([], None, n), [said], n, None, _table([]))

    def _ranked(self, table: pa.Table, names: Sequence[str]) -> tuple[list[dict[str, Any]], float]:
        """One row per driver, the most important first, and R²."""
        import numpy as np

        from kundig.measures.relative_weights import ranked

        score, x = _column(table, "score"), np.column_stack([_column(table, name) for name in names])
        # Cases of unknown persons stand each for itself.
        person = np.where(table["known"].to_numpy(zero_copy_only=False), _column(table, "person"), -1 - _column(table, "place"))
        found = ranked(x, score, groups=person, draws=DRAWS, seed=self.seed)
        explained = float(found.weight.sum())
        rows = [
            {
                "name": name, "driver": DRIVERS[name], "direction": float(np.corrcoef(x[:, at], score)[0, 1]),
                "weight": float(found.weight[at]), "share": float(found.weight[at] / explained),
                "share_low": float(found.low[at] / explained), "share_high": min(1.0, float(found.high[at] / explained)),
                "rank": int(found.rank[at]), "rank_low": int(found.rank_low[at]), "rank_high": int(found.rank_high[at]),
            }
            for at, name in enumerate(names)
        ]  # fmt: skip
        return sorted(rows, key=lambda row: int(row["rank"])), explained


def _column(table: pa.Table, name: str) -> Numbers:
    import numpy as np

    values = np.asarray(table[name].to_numpy(), dtype=float)
    return np.log1p(values) if name in ("answer_wait", "time_taken") else values


def _varying(table: pa.Table) -> list[str]:
    """The drivers that differ from their usual value in enough cases and do not follow from those before them.

    None where the ratings do not differ.
    """
    import numpy as np

    def unusual(name: str) -> int:
        _, counts = np.unique(_column(table, name), return_counts=True)
        return int(counts.sum() - counts.max()) if len(counts) else 0

    kept: list[str] = []
    for name in DRIVERS if unusual("score") else ():
        if unusual(name) >= LEAST_VARYING and _own_part(table, name, kept) > LEAST_OWN:
            kept.append(name)
    return kept


def _own_part(table: pa.Table, name: str, others: Sequence[str]) -> float:
    """The share of a driver's variance that does not follow from ``others``."""
    import numpy as np

    values = _column(table, name)
    known = np.column_stack([np.ones(len(values)), *(_column(table, other) for other in others)])
    left = values - known @ np.linalg.lstsq(known, values, rcond=None)[0]
    return float(left.var() / values.var())


def _interval(explained: float, n: int, k: int) -> tuple[float, float]:
    """The 95 % interval of R² (Olkin and Finn 1995, Psychological Bulletin 118:155), cut at 0 and 1."""
    error = (4 * explained * (1 - explained) ** 2 * (n - k - 1) ** 2 / ((n**2 - 1) * (n + 3))) ** 0.5
    return max(0.0, explained - 1.96 * error), min(1.0, explained + 1.96 * error)


def _sentences(rows: Sequence[Mapping[str, Any]], explained: float, n: int) -> Iterable[Message]:
    low, high = _interval(explained, n, len(rows))
    yield Message(
        "What a case went through explains {share} of the differences between ratings ({low} to {high}; {n} rated cases); the rest has "
        "other reasons.",
        {"share": Share(explained, 0), "low": Share(low, 0), "high": Share(high, 0), "n": n},
    )
    first = rows[0]
    yield Message(
        'The largest part goes with "{driver}": {share} of what is explained ({low} to {high}). {direction}',
        {"driver": Word(first["driver"]), "share": Share(first["share"], 0), "low": Share(first["share_low"], 0),
         "high": Share(first["share_high"], 0), "direction": Message(_LOWER if first["direction"] < 0 else _HIGHER)},
    )  # fmt: skip
    yield from _rivals(rows)
    yield Message("Importance is not causation: what only goes along with a cause gets a share too.")


_LOWER = sentence("The more of it, the lower the rating.")
_HIGHER = sentence("The more of it, the higher the rating.")


def _rivals(rows: Sequence[Mapping[str, Any]]) -> Iterable[Message]:
    """Which drivers could as well be first."""
    could = [row for row in rows[1:] if row["rank_low"] == 1]
    if could:
        yield sentences(
            'By chance "{driver}" could as well be first.',
            'By chance {n} others could as well be first, "{driver}" among them.',
            len(could), driver=Word(could[0]["driver"]),
        )  # fmt: skip
    elif len(rows) > 1:
        yield Message('It is surely first: "{driver}" follows with {share}.', {
            "driver": Word(rows[1]["driver"]), "share": Share(rows[1]["share"], 0),
        })  # fmt: skip


def _left_out(names: Sequence[str]) -> Iterable[Message]:
    if missing := len(DRIVERS) - len(names):
        yield sentences(
            "{n} possible driver is left out: it hardly differs between the rated cases, or follows from the others.",
            "{n} possible drivers are left out: they hardly differ between the rated cases, or follow from the others.",
            missing,
        )


def _figures(rows: Sequence[Mapping[str, Any]], explained: float | None, n: int) -> dict[str, Figure]:
    low, high = _interval(explained, n, len(rows)) if explained is not None else (None, None)
    figures: dict[str, Figure] = {
        "explained_share": explained, "explained_share_low": low, "explained_share_high": high, "explained_share_n": n,
    }  # fmt: skip
    known = {row["name"]: row for row in rows}
    for name in DRIVERS:
        for end in ("", "_low", "_high"):
            figures[f"{name}_share{end}"] = known[name][f"share{end}"] if name in known else None
    return figures


def _table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    import pyarrow as pa

    kinds: dict[str, pa.DataType] = {"driver": pa.string(), **dict.fromkeys(("rank", "rank_low", "rank_high"), pa.int64())}
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in Drivers.columns])
    return pa.Table.from_pylist([{name: row[name] for name in Drivers.columns} for row in rows], schema=schema)


def _chart(rows: Sequence[Mapping[str, Any]]) -> Chart:
    driver = {"field": "driver", "type": "nominal", "sort": None, "title": None}
    share = {"type": "quantitative", "axis": {"format": ".0%"}, "title": sentence("Share of what is explained")}
    spec = {
        "description": sentence("How much of what is explained goes with each driver, with its interval."),
        "layer": [
            {"mark": {"type": "bar"}, "encoding": {"y": driver, "x": {**share, "field": "share"}}},
            {"mark": {"type": "rule"}, "encoding": {"y": driver, "x": {**share, "field": "low"}, "x2": {"field": "high"}}},
        ],
    }
    drawn = (
        {"driver": Word(row["driver"]), "share": row["share"], "low": row["share_low"], "high": row["share_high"]} for row in rows
    )
    return Chart(spec, tuple(drawn))
