"""Customers at the first of each month: what they met before it, and what they did after it.

A landmark keeps cause before consequence (van Houwelingen 2007, Scandinavian Journal of Statistics 34:70): whoever has left is no
longer counted, what happens after the landmark is no treatment, what happened before it no outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kundig.event import STAYING_WORDS

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

_FACTS = (
    """
with span as (
  select unix_micros(min(first_contact_at)) as first_us, unix_micros(cast(:now as timestamp)) as now_us,
    cast(:window_days as bigint) * 86400000000 as window_us,
    cast(:horizon_days as bigint) * 86400000000 as horizon_us,
    cast(:grace_days as bigint) * 86400000000 as grace_us,
    cast(:slow_hours * 3600000000 as bigint) as slow_us
  from cases
),
chosen as (
  select person_id, place as person from (
    select person_id, row_number() over (order by md5(person_id)) as place
    from (select distinct person_id from cases where person_id is not null) persons
  ) placed where place <= :most_persons
),
mine as (
  select person, unix_micros(occurred_at) as at_us, kind, promise_id, unix_micros(due_at) as due_us,
    score, coalesce(score_scale, '') as scale,
    case when kind in ('contact', 'purchase', 'visit', 'survey_answer') or actor = 'customer' or direction = 'inbound'
      then 1 else 0 end as own,
    case when kind in ('contact', 'closed', 'other')
      and regexp_like(lower(activity), replace(lower(:leaving_words), ', ', '|'))
      and not regexp_like(lower(activity), '"""
    + STAYING_WORDS
    + """') then 1 else 0 end as leaving
  from events join chosen on chosen.person_id = events.person_id
),
scales as (
  select scale, count(*) as ratings, min(score) as worst, max(score) as best from mine where score is not null group by scale
),
ratings as (
  select person, at_us, score, mine.scale as scale,
    case when best > worst and (score - worst) / (best - worst) <= 0.4 then 'low_score' else 'good_score' end as what
  from mine join scales on scales.scale = mine.scale where score is not null
),
promises as (
  select person, promise_id, min(due_us) as due_us,
    min(case when kind = 'promise_made' then at_us end) as made_us,
    min(case when kind = 'promise_kept' then at_us end) as kept_us,
    min(case when kind = 'promise_broken' then at_us end) as broken_us,
    min(case when kind = 'promise_withdrawn' then at_us end) as withdrawn_us
  from mine where promise_id is not null group by person, promise_id
),
handled as (
  select person, steps.case_id as case_id, position, unix_micros(occurred_at) as at_us, gap_us, from_kind, channel,
    case when from_kind = 'contact' and coalesce(actor, 'customer') = 'customer' and coalesce(direction, 'inbound') = 'inbound'
      then 1 else 0 end as asks,
    case when to_team <> from_team or (from_team is null and to_agent_id <> from_agent_id) then 1 else 0 end as moved
  from steps join (
    select case_id, person from cases join chosen on chosen.person_id = cases.person_id
  ) theirs on theirs.case_id = steps.case_id
),
followed as (
  select person, case_id, position, at_us, channel, asks,
    coalesce(sum(moved) over (partition by case_id order by position rows between unbounded preceding and 1 preceding), 0) as moves,
    lag(from_kind) over (partition by case_id order by position) as preceded_by
  from handled
),
asked as (
  select person, at_us, preceded_by, moves, channel,
    lag(moves) over (partition by case_id order by position) as moves_then,
    lag(channel) over (partition by case_id order by position) as channel_then
  from followed where asks = 1
),
turned as (
  select person, unix_micros(first_contact_at) as at_us, unix_micros(first_answer_at) as answered_us, first_channel, reason
  from cases join chosen on chosen.person_id = cases.person_id where first_contact_at is not null
),
"""
)
"""What happened to a fixed sample of customers. A promise counts as broken once it is so many days overdue, or said to be:
whether it is kept later cannot be known before."""

_HAPPENED = """
facts as (
  select person,
    case when kept_us <= due_us + grace_us then kept_us
      when broken_us is not null and kept_us is null then broken_us
      when withdrawn_us is not null then withdrawn_us
      else due_us + grace_us end as at_us,
    case when kept_us <= due_us then 'promise_kept'
      when kept_us <= due_us + grace_us then 'promise_late'
      when broken_us is not null and kept_us is null then 'promise_broken'
      when withdrawn_us is not null then 'withdrawn'
      else 'promise_broken' end as what,
    cast(null as string) as channel, cast(null as string) as reason
  from promises cross join span where due_us is not null
  union all
  select person, made_us, 'promised', null, null from promises where made_us is not null and due_us is not null
  union all
  select person, due_us, 'missed', null, null from promises
  where due_us is not null and coalesce(kept_us, withdrawn_us, due_us + 1) > due_us
  union all
  select person, at_us + gap_us, 'handover', null, null from handled where moved = 1
  union all
  select person, at_us, 'reopened', null, null from handled where from_kind = 'reopened'
  union all
  select person, at_us,
    case when moves > moves_then and coalesce(preceded_by, '') not in
        ('closed', 'survey_answer', 'promise_made', 'promise_kept', 'promise_broken') then 'told_again' else 'asked_again' end,
    null, null
  from asked where moves_then is not null
  union all
  select person, at_us, 'channel_switch', null, null from asked where channel <> channel_then
  union all
  select person, at_us, what, null, null from ratings
  union all
  select person, at_us, kind, null, null from mine where kind in ('purchase', 'visit')
  union all
  select person, at_us, 'own', null, null from mine where own = 1
  union all
  select person, at_us, 'matter', first_channel, reason from turned
  union all
  select person, at_us + slow_us, case when answered_us <= at_us + slow_us then 'quick_answer' else 'slow_answer' end, null, null
  from turned cross join span
),
"""

_MARKS = """
stepping as (
  select case when :every_months > 0 then cast(:every_months as bigint)
    else least(3, greatest(1, cast(ceil(count(*) / 4000.0) as bigint))) end as every
  from chosen
),
months as (
  select mark_us from (
    select mark_us, row_number() over (order by mark_us desc) as place from (
      select unix_micros(date_trunc('month', first_contact_at)) as mark_us from cases
      union
      select unix_micros(date_trunc('month', timestamp_micros(unix_micros(first_contact_at) + 2678400000000))) from cases
    ) starts cross join span where mark_us >= first_us + window_us and mark_us + horizon_us <= now_us
  ) placed cross join stepping where (place - 1) % every = 0
),
marks as (
  select person, mark_us, cast(null as double) as score from months cross join chosen where :outcome <> 'score'
  union all
  select person, at_us, score from ratings cross join span
  where :outcome = 'score' and at_us >= first_us + window_us
    and scale = (select scale from scales order by ratings desc, scale limit 1)
),
met as (
  select marks.person as person, mark_us, marks.score as score, what, channel, reason, at_us,
    case when at_us >= mark_us then 'after' when at_us >= mark_us - window_us then 'lately' else 'before' end as happened
  from marks join facts on facts.person = marks.person cross join span where at_us < mark_us + horizon_us
),
"""

LATELY = (
    "promise_kept", "promise_broken", "promise_late", "handover", "told_again", "asked_again", "channel_switch", "reopened",
    "slow_answer", "quick_answer", "low_score", "good_score", "matter", "missed", "promised", "withdrawn",
)  # fmt: skip
"""What is counted within the window before a landmark."""
BEFORE = (
    "promise_kept", "promise_broken", "promise_late", "handover", "told_again", "asked_again", "slow_answer", "low_score",
    "matter", "purchase", "visit", "missed", "promised", "withdrawn",
)  # fmt: skip
"""What is counted in all the time before that window."""
AFTER = ("purchase", "visit", "own")


def _counted(when: str, names: tuple[str, ...]) -> list[str]:
    chosen = "cast(count(case when happened = '{when}' and what = '{name}' then 1 end) as integer) as {name}_{when}"
    return [chosen.format(when=when, name=name) for name in names]


_COUNTS = ",\n    ".join([*_counted("lately", LATELY), *_counted("before", BEFORE), *_counted("after", AFTER)])

SQL = (
    _FACTS.strip()
    + _HAPPENED
    + _MARKS
    + f"""
counted as (
  select person, mark_us, score,
    {_COUNTS},
    min_by(channel, at_us) filter (where happened = 'lately' and what = 'matter') as channel,
    min_by(reason, at_us) filter (where happened = 'lately' and what = 'matter') as reason
  from met group by person, mark_us, score
),
known as (
  select person, min(at_us) as since_us, min(case when leaving = 1 then at_us end) as left_us from mine group by person
),
knows as (
  select coalesce(max(leaving), 0) as leaving_known, coalesce(max(case when kind = 'purchase' then 1 else 0 end), 0) as purchases_known,
    coalesce(max(case when kind = 'visit' then 1 else 0 end), 0) as visits_known
  from mine
)
select counted.*, cast(mark_us - since_us as double) / 86400000000 as days_known,
  case when left_us < mark_us + horizon_us then 1 else 0 end as leaves, leaving_known, purchases_known, visits_known
from counted join known on known.person = counted.person cross join span cross join knows
where since_us < mark_us and (left_us is null or left_us >= mark_us)
  and promise_kept_lately + promise_broken_lately + promise_late_lately + handover_lately + matter_lately
    + low_score_lately + good_score_lately > 0
order by person, mark_us, score
"""
)
"""One row per customer and landmark (or rating, where the rating is the outcome) with something met in the window before it."""

PERSONS = """
select count(distinct person_id) as persons, min(first_contact_at) as first_at, max(ended_at) as last_at
from cases where first_contact_at is not null
"""


class Seen:
    """The rows of ``SQL`` as arrays, and what is made of them."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self._kept: dict[str, Numbers] = {}

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __getitem__(self, name: str) -> Numbers:
        import numpy as np

        if name not in self._kept:
            self._kept[name] = np.asarray(self.table[name].to_numpy(), dtype=float)
        return self._kept[name]

    def lately(self, *names: str) -> Numbers:
        """How often any of these happened in the window."""
        import numpy as np

        summed: Numbers = np.sum([self[f"{name}_lately"] for name in names], axis=0)
        return summed

    def confounders(self) -> Numbers:
        """What may move both what customers meet and what they do, known before or apart from it: shape (rows, columns)."""
        import numpy as np

        ever = {name: self[f"{name}_lately"] + self[f"{name}_before"] for name in ("promised", "missed", "withdrawn", *_SETTLED)}
        failed = ever["promise_broken"] + ever["promise_late"]
        open_ = ever["promised"] - failed - ever["promise_kept"] - ever["withdrawn"]
        past = [self[f"{name}_before"] for name in BEFORE if name not in ("missed", "promised", "withdrawn")]
        counts = [
            *past,
            np.maximum(open_, 0),
            np.maximum(ever["missed"] - failed, 0),
            self.lately("matter"),
            self.lately(*_SETTLED),
        ]
        known = np.log1p(self["days_known"])
        columns = [*(np.log1p(count) for count in counts), known, known**2, self["days_known"] < 730]
        levels = [self._levels(self.table[name].to_pylist()) for name in ("channel", "reason")]
        return np.column_stack([*columns, *levels, self._levels((self["mark_us"] // _MONTH_US).tolist(), most=12)]).astype(float)

    @staticmethod
    def _levels(values: list[Any], least: float = 0.02, most: int = 10) -> Numbers:
        """One column per frequent value but the most frequent; rare ones and those unknown are taken together."""
        from collections import Counter

        import numpy as np

        frequent = [value for value, n in Counter(values).most_common(most) if n >= least * len(values)][1:]
        return (
            np.column_stack([[value == level for value in values] for level in frequent])
            if frequent
            else np.empty((len(values), 0))
        )


_MONTH_US = 30.4375 * 86400e6
_SETTLED = ("promise_kept", "promise_broken", "promise_late")


def outcome_of(seen: Seen, outcome: str) -> tuple[Numbers | None, str]:
    """The outcome of each row and how it was seen: "words", "silence", "purchases", "visits", "ratings"; None where it is not known."""
    known: Mapping[str, bool] = {
        name: bool(len(seen) and seen[f"{name}_known"][0]) for name in ("leaving", "purchases", "visits")
    }
    if outcome == "score":
        return seen["score"], "ratings"
    if outcome == "leaving":
        return (seen["leaves"], "words") if known["leaving"] else ((seen["own_after"] == 0).astype(float), "silence")
    for how, name in (("purchases", "purchase_after"), ("visits", "visit_after")):
        if known[how]:
            return (seen[name] > 0).astype(float), how
    return None, ""
