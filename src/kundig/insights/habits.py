"""When customers turn to the firm, who has a habit of it, and whose habit has just broken: an early sign, before anybody complains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from kundig.answer import Chart, Figure
from kundig.errors import QuestionError
from kundig.insight import Result, Telling, asked
from kundig.insights._columns import share
from kundig.message import Duration, Message, Number, Share, Word, sentence, sentences

DAY_S = 86_400.0
ENOUGH = 30
"""Persons below which the early sign is not judged."""
KINDS = ("contact", "purchase", "visit")
WEEKDAYS = (
    sentence("Monday"), sentence("Tuesday"), sentence("Wednesday"), sentence("Thursday"), sentence("Friday"),
    sentence("Saturday"), sentence("Sunday"),
)  # fmt: skip
LISTABLE = ("broken",)

_ACTS = """
with acts as (
  select person_id, unix_micros(occurred_at) + cast(:utc_offset as bigint) * 3600000000 as at_us
  from events
  where person_id is not null and kind in ('contact', 'purchase', 'visit') and (:kind = '' or kind = :kind)
)
"""
_STUDENT = "(1.644854 + 1.523769 / {v} + 1.420203 / power({v}, 2) + 0.983001 / power({v}, 3) + 0.433876 / power({v}, 4))"
"""Student's 95 % quantile by its expansion about the normal one (Abramowitz and Stegun 26.7.5); exact to 0.0011 from 3 degrees on."""


def _longest(mean: str, sd: str, gaps: str) -> str:
    """What the next gap stays below with 95 %, of so many gaps with this mean and deviation (Student's prediction interval)."""
    return f"{mean} + {sd} * sqrt(1 + 1e0 / greatest({gaps}, 1)) * {_STUDENT.replace('{v}', f'greatest({gaps} - 1, 1)')}"


_RHYTHMS = f"""{_ACTS},
days as (
  select distinct person_id, cast(floor(at_us / 8.64e10) as bigint) as day from acts
),
clock as (
  select cast(floor((unix_micros(cast(:now as timestamp)) + cast(:utc_offset as bigint) * 3600000000) / 8.64e10) as bigint) as today
),
gaps as (
  select person_id, day, day - lag(day) over (partition by person_id order by day) as gap, today, today - :back as checked_day
  from days cross join clock
  where day <= today
),
rhythms as (
  select person_id, max(today) - max(day) as silence, max(day) as last_day, count(*) as occasions,
    count(gap) as gaps, avg(gap) as mean_gap, stddev_samp(gap) as sd_gap,
    count(gap) filter (where day <= checked_day) as gaps_then, avg(gap) filter (where day <= checked_day) as mean_then,
    stddev_samp(gap) filter (where day <= checked_day) as sd_then,
    max(checked_day) - max(day) filter (where day <= checked_day) as silence_then,
    count(*) filter (where day > checked_day) as occasions_after
  from gaps group by person_id
),
judged as (
  select *, gaps >= :least - 1 as rhythmic,
    gaps >= :least - 1 and sd_gap <= :regular * mean_gap as habit,
    gaps_then >= :least - 1 and sd_then <= :regular * mean_then as habit_then,
    {_longest("mean_gap", "sd_gap", "gaps")} as longest_gap,
    {_longest("mean_then", "sd_then", "gaps_then")} as longest_then
  from rhythms
)
"""


@dataclass(frozen=True)
class Habits:
    """When customers turn to the firm, how regularly, and whose habit has just broken."""

    kind: str = asked("", sentence("Only contacts, purchases or visits: contact, purchase or visit; all together where empty."))
    regular: float = asked(
        0.5, sentence("Up to which variation of the gaps (standard deviation over mean) it is a habit; 1 is chance.")
    )
    least: int = asked(5, sentence("On how many days a person must have come for a rhythm to be told."))
    back: int = asked(90, sentence("How many days ago the early sign is put to the test."))
    utc_offset: int = asked(
        0, sentence("How many hours to add to UTC for the hour of the day, such as 1 in Germany in winter."), least=-12, most=14
    )
    list: str = asked(
        "", sentence("Instead of the hours a list of the persons whose habit has broken, the latest first: broken.")
    )

    title: ClassVar[str] = sentence("Habits")
    definition: ClassVar[str] = sentence(
        "Contacts, purchases and visits of known persons by weekday and hour, and how regular each person is. Several on one day "
        "are one occasion; the gaps between a person's occasions vary by their standard deviation over their mean (0 like "
        "clockwork, about 1 by chance, more in bursts). A habit is a variation up to the given bound on at least the given "
        "number of days. A habit is broken when the silence since the last occasion is longer than the person's own next gap "
        "would be with 95% (Student's prediction interval from his own gaps). Whether that is an early sign is tested on the "
        "past: of the habits broken and unbroken the given number of days ago, how many persons have come back since. "
        "Intervals: Wilson, 95%. Hours are UTC plus the given number of hours; summer time is not added."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("person_id", "kind=contact | kind=purchase | kind=visit")
    sql: ClassVar[str] = f"""{_ACTS}
select cast((floor(at_us / 8.64e10) + 3) % 7 as bigint) as weekday,
  cast(floor((at_us / 3.6e9) % 24) as bigint) as hour,
  count(*) as acts, count(distinct person_id) as persons
from acts
group by 1, 2
order by 1, 2
"""
    details: ClassVar[Mapping[str, str]] = {
        "rhythm": f"""{_RHYTHMS}
select count(*) as n, count(*) filter (where rhythmic) as rhythmic, count(*) filter (where habit) as habits,
  count(*) filter (where habit and silence > longest_gap) as broken,
  median(case when rhythmic then sd_gap / mean_gap end) as variation,
  median(case when habit then mean_gap end) as habit_gap,
  count(*) filter (where habit_then and silence_then > longest_then) as broken_then,
  count(*) filter (where habit_then and silence_then > longest_then and occasions_after > 0) as broken_back,
  count(*) filter (where habit_then and silence_then <= longest_then) as unbroken_then,
  count(*) filter (where habit_then and silence_then <= longest_then and occasions_after > 0) as unbroken_back
from judged""",
        "listed": f"""{_RHYTHMS}
select person_id, silence * 86400e0 as silence_s, mean_gap * 86400 as usual_gap_s, longest_gap * 86400 as longest_gap_s, occasions
from judged where habit and silence > longest_gap and :list = 'broken'
order by silence - longest_gap, person_id""",
    }
    group_size: ClassVar[str] = "acts"
    adds_up: ClassVar[tuple[str, ...]] = ("acts",)
    words: ClassVar[tuple[str, ...]] = ("weekday",)
    columns: ClassVar[Mapping[str, str]] = {
        "weekday": sentence("Weekday"),
        "hour": sentence("Hour"),
        "acts": sentence("Contacts, purchases and visits"),
        "share": sentence("Share"),
        "silence_s": sentence("Silent for"),
        "usual_gap_s": sentence("Usual gap"),
        "longest_gap_s": sentence("Longest gap to be expected"),
        "occasions": sentence("Days with contacts, purchases or visits"),
    }

    def __post_init__(self) -> None:
        for given, known, text in (
            (self.list, LISTABLE, sentence("There is no list of habits called {name}.")),
            (self.kind, KINDS, sentence("Habits of {name} cannot be told.")),
        ):
            if given and given not in known:
                raise QuestionError(text, "Choose one of: {known}.", name=given, known=", ".join(known))
        if self.least < 4 or self.regular <= 0 or self.back < 1:
            raise QuestionError("A habit takes at least 4 days, a variation above 0 and a test at least 1 day ago.")

    def tell(self, result: Result) -> Telling:
        rows = [{**row, "weekday": WEEKDAYS[row["weekday"]]} for row in result.table.to_pylist()]
        figures = {**_busiest(rows), **_rhythm(result.row("rhythm"))}
        said = [*self._hours(figures, result.suppressed), *_regular(figures), *_broken(figures), *self._early(figures)]
        if self.list and result.least:
            said.append(Message("A list of single persons is not for passing on; it is left out here."))
        table = result.details["listed"] if self.list and not result.least else _table(rows)
        return Telling(figures, said, sum(row["acts"] for row in rows), _chart(rows), table)

    def _hours(self, figures: Mapping[str, Any], hidden: int) -> Iterator[Message]:
        if hidden:
            yield sentences(
                "{n} hour of the week is hidden, since too few customers came then; what is said of days and hours leaves it out.",
                "{n} hours of the week are hidden, since too few customers came then; what is said of days and hours leaves them out.",
                hidden,
            )
        if figures["busiest_weekday"] is None:
            if not hidden:
                yield Message("Nobody is known who turned to the firm.")
            return
        yield Message(
            "Most customers come on {day} and around {hour}:00 ({zone}): {share} of all contacts, purchases and visits are on that day.",
            {"day": Word(figures["busiest_weekday"]), "hour": figures["busiest_hour"], "share": Share(figures["busiest_day_share"]),
             "zone": f"UTC{self.utc_offset:+d}" if self.utc_offset else "UTC"},
        )  # fmt: skip

    def _early(self, figures: Mapping[str, Any]) -> Iterator[Message]:
        broken, unbroken = figures["broken_back_share_n"], figures["unbroken_back_share_n"]
        if min(broken or 0, unbroken or 0) < ENOUGH:
            yield Message(
                "Whether a broken habit is an early sign cannot be told yet: too few habits had broken by the day of the test."
            )
            return
        yield sentences(
            "Of the persons whose habit had broken {n} day ago {broken} have come back since, of the others {unbroken}.",
            "Of the persons whose habit had broken {n} days ago {broken} have come back since, of the others {unbroken}.",
            self.back, broken=Share(figures["broken_back_share"]), unbroken=Share(figures["unbroken_back_share"]),
        )  # fmt: skip
        if figures["broken_back_share_high"] >= figures["unbroken_back_share_low"]:
            yield Message("That is no clear difference: here a broken habit is not yet a sign of leaving.")


def _busiest(rows: Sequence[Mapping[str, Any]]) -> dict[str, Figure]:
    """The weekday and the hour with most acts, and the weekday's share."""
    if not rows:
        return dict.fromkeys(("busiest_weekday", "busiest_hour", "busiest_day_share"))
    by_day, by_hour = (dict.fromkeys(sorted({row[part] for row in rows}, key=_order), 0) for part in ("weekday", "hour"))
    for row in rows:
        by_day[row["weekday"]] += row["acts"]
        by_hour[row["hour"]] += row["acts"]
    day, hour = max(by_day, key=lambda name: by_day[name]), max(by_hour, key=lambda name: by_hour[name])
    return {"busiest_weekday": day, "busiest_hour": hour, "busiest_day_share": by_day[day] / sum(by_day.values())}


def _order(value: Any) -> int:
    return WEEKDAYS.index(value) if value in WEEKDAYS else int(value)


def _rhythm(row: Mapping[str, Any]) -> dict[str, Figure]:
    return {
        "persons": row.get("n"), "rhythmic": row.get("rhythmic"), "variation": row.get("variation"),
        **share("habit_share", row.get("habits"), row.get("rhythmic")),
        "habit_gap_s": None if row.get("habit_gap") is None else row["habit_gap"] * DAY_S,
        "habits_broken": row.get("broken"), **share("broken_share", row.get("broken"), row.get("habits")),
        **share("broken_back_share", row.get("broken_back"), row.get("broken_then")),
        **share("unbroken_back_share", row.get("unbroken_back"), row.get("unbroken_then")),
    }  # fmt: skip


def _regular(figures: Mapping[str, Any]) -> Iterator[Message]:
    if not figures["rhythmic"]:
        yield Message("Nobody has come often enough for a rhythm to be told.")
        return
    yield Message(
        "{share} of the persons who have come often enough have a habit ({low} to {high}; {habits} of {n}); the variation of the "
        "gaps is {variation} in the middle, where 1 is chance.",
        {"share": Share(figures["habit_share"]), "low": Share(figures["habit_share_low"]), "high": Share(figures["habit_share_high"]),
         "habits": figures["broken_share_n"], "n": figures["habit_share_n"], "variation": Number(figures["variation"])},
    )  # fmt: skip
    if figures["habit_gap_s"]:
        yield Message("Who has a habit comes every {gap} in the middle.", {"gap": Duration(figures["habit_gap_s"])})


def _broken(figures: Mapping[str, Any]) -> Iterator[Message]:
    if figures["habits_broken"]:
        yield sentences(
            "{n} habit is broken ({share}): the silence is longer than this person's own gaps let expect.",
            "{n} habits are broken ({share}): the silence is longer than these persons' own gaps let expect.",
            figures["habits_broken"], share=Share(figures["broken_share"]),
        )  # fmt: skip
        yield Message("To see who they are: {command}", {"command": "kundig ask habits --list broken"})


def _table(rows: Sequence[Mapping[str, Any]]) -> Any:
    import pyarrow as pa

    whole = sum(row["acts"] for row in rows)
    kinds: dict[str, pa.DataType] = {
        "weekday": pa.string(), "hour": pa.int64(), "acts": pa.int64(), "persons": pa.int64(), "share": pa.float64(),
    }  # fmt: skip
    return pa.Table.from_pylist([{**row, "share": row["acts"] / whole} for row in rows], schema=pa.schema(kinds))


def _chart(rows: Sequence[Mapping[str, Any]]) -> Chart | None:
    if not rows:
        return None
    acts = {(row["weekday"], row["hour"]): row["acts"] for row in rows}
    spec = {
        "description": sentence("Contacts, purchases and visits by weekday and hour; the darker, the more."),
        "mark": {"type": "rect"},
        "encoding": {
            "x": {"field": "hour", "type": "ordinal", "title": sentence("Hour"), "axis": {"labelAngle": 0}},
            "y": {"field": "weekday", "type": "nominal", "sort": None, "title": sentence("Weekday")},
            "color": {"field": "n", "type": "quantitative", "title": sentence("Number")},
        },
    }
    drawn = [{"weekday": Word(day), "hour": hour, "n": acts.get((day, hour), 0)} for day in WEEKDAYS for hour in range(24)]
    return Chart(spec, tuple(drawn))
