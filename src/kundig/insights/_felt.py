"""How each event of a journey was felt, from -1 (bad) to 1 (good), by visible rules; a customer's words are not read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kundig.insights._own_cases import OWN, OWN_CASES
from kundig.measures.remembered import on_scale
from kundig.message import sentence

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

SCORE = sentence("rating")
NEUTRAL = sentence("nothing of this")

RULES: Mapping[str, float | None] = {
    SCORE: None,
    sentence("promise broken"): -0.9,
    sentence("promise kept late"): -0.4,
    sentence("promise withdrawn"): -0.2,
    sentence("promise kept in time"): 0.6,
    sentence("opened again"): -0.6,
    sentence("closed after one contact"): 0.6,
    sentence("closed after several contacts"): 0.3,
    sentence("another contact"): -0.3,
    sentence("handed over"): -0.3,
    sentence("answer after more than three days"): -0.6,
    sentence("answer after more than a day"): -0.3,
    sentence("answer within an hour"): 0.2,
    sentence("put on hold"): -0.2,
    NEUTRAL: 0.0,
}
"""The valence of an event by what it is, the first that fits; of a rating by its scale. Defaults of kundig, not measured ones."""

MOST_EVENTS = 500_000
"""No further case is drawn where those drawn have so many events."""

SQL = f"""
with {OWN},
first_ones as (
  select case_id, md5(case_id) as place, events, person_id, reason, first_channel, account_id, started_at
  from cases cross join own where {OWN_CASES}
  order by md5(case_id), case_id limit :most_cases
),
counted as (
  select *, sum(events) over (order by place, case_id rows between unbounded preceding and current row) as so_far
  from first_ones
),
drawn as (
  select case_id, person_id,
    case :by
      when 'reason' then reason
      when 'channel' then first_channel
      when 'account' then account_id
      when 'month' then substring(cast(date_trunc('month', started_at) as string), 1, 7)
    end as segment
  from counted where so_far - events < {MOST_EVENTS}
),
promised as (
  select event_id, kind, occurred_at, min(due_at) over (partition by promise_id) as any_due_at,
    min(case when kind = 'promise_made' then due_at end) over (partition by promise_id) as first_due_at
  from events
  where promise_id is not null and kind in ('promise_made', 'promise_kept') and case_id in (select case_id from drawn)
),
late_ones as (
  select event_id from promised where kind = 'promise_kept' and occurred_at > coalesce(first_due_at, any_due_at)
),
turned as (
  select case_id, position, event_id, from_activity, from_kind, occurred_at, score, score_scale,
    case from_kind when 'contact' then unix_micros(occurred_at) when 'answer' then -1 end as turn_us
  from steps
  where case_id in (select case_id from drawn) and occurred_at <= :now
    and from_kind <> 'consent' and not (from_kind = 'other' and coalesce(direction, '') = 'internal')
),
noticed as (
  select *, sum(case when from_kind = 'contact' then 1 else 0 end) over so_far as contacts,
    last_known(turn_us) over before as waiting_us
  from turned
  window so_far as (partition by case_id order by position rows between unbounded preceding and current row),
    before as (partition by case_id order by position rows between unbounded preceding and 1 preceding)
)
select noticed.case_id, drawn.person_id, drawn.segment, from_activity as activity,
  (unix_micros(cast(:now as timestamp)) - unix_micros(occurred_at)) / 6e7 as minutes_ago,
  score, score_scale,
  case
    when score is not null and score_scale is not null then 'rating'
    when from_kind = 'promise_broken' then 'promise broken'
    when late_ones.event_id is not null then 'promise kept late'
    when from_kind = 'promise_withdrawn' then 'promise withdrawn'
    when from_kind = 'promise_kept' then 'promise kept in time'
    when from_kind = 'reopened' then 'opened again'
    when from_kind = 'closed' and contacts <= 1 then 'closed after one contact'
    when from_kind = 'closed' then 'closed after several contacts'
    when from_kind = 'contact' and contacts > 1 then 'another contact'
    when from_kind = 'handover' then 'handed over'
    when from_kind = 'wait' then 'put on hold'
    when from_kind = 'answer' and waiting_us >= 0 then case
      when unix_micros(occurred_at) - waiting_us > 259200000000 then 'answer after more than three days'
      when unix_micros(occurred_at) - waiting_us > 86400000000 then 'answer after more than a day'
      when unix_micros(occurred_at) - waiting_us <= 3600000000 then 'answer within an hour'
      else 'nothing of this'
    end
    else 'nothing of this'
  end as rule
from noticed
join drawn on drawn.case_id = noticed.case_id
left join late_ones on late_ones.event_id = noticed.event_id
order by noticed.case_id, noticed.position
"""
"""The events of a fixed random draw of cases, each with its rule: at most :most_cases, at most about 500,000 events."""


@dataclass(frozen=True)
class Felt:
    """Events as arrays, those of a case together and in order. ``case``, ``moment`` ... are places in the ``..._words``.

    A moment is an activity together with the rule by which it was valued, such as an answer that came late. A person of -1 is
    unknown. ``rated`` marks the events whose valence is the customer's own rating.
    """

    case: NDArray[Any]
    case_words: tuple[str, ...]
    person: NDArray[Any]
    segment: NDArray[Any]
    segment_words: tuple[str | None, ...]
    moment: NDArray[Any]
    moment_words: tuple[tuple[str, str], ...]
    rule: NDArray[Any]
    rule_words: tuple[str, ...]
    minutes_ago: NDArray[Any]
    valence: NDArray[Any]
    rated: NDArray[Any]

    @property
    def starts(self) -> NDArray[Any]:
        """Where each case's events begin; also an event of each case."""
        import numpy as np

        return np.flatnonzero(np.append([True], self.case[1:] != self.case[:-1])) if len(self.case) else self.case


def felt(table: pa.Table) -> Felt:
    """The rows of ``SQL`` as arrays."""
    import numpy as np

    case, case_words = _places(table["case_id"])
    activity, activity_words = _places(table["activity"])
    rule, rule_words = _places(table["rule"])
    pairs, moment = np.unique(activity.astype(np.int64) * max(len(rule_words), 1) + rule, return_inverse=True)
    moments = tuple((activity_words[pair // len(rule_words)], rule_words[pair % len(rule_words)]) for pair in pairs.tolist())
    segment, segment_words = _places(table["segment"])
    person, _ = _places(table["person_id"])
    fixed = np.array([RULES[word] or 0.0 for word in rule_words])
    valence = fixed[rule] if len(rule) else np.zeros(0)
    rated = np.array([word == SCORE for word in rule_words])[rule] if len(rule) else np.zeros(0, dtype=bool)
    own, known = _rating(table)
    valence = np.where(rated & known, own, valence)
    ago = table["minutes_ago"].to_numpy().astype(float)
    return Felt(
        case, case_words, person, segment, (*segment_words, None), moment, moments, rule, rule_words, ago, valence,
        rated & known,
    )  # fmt: skip


def _rating(table: pa.Table) -> tuple[NDArray[Any], NDArray[Any]]:
    """Each row's rating as a valence, and whether there is one; each pair of rating and scale is worked out once."""
    import numpy as np

    pairs = list(zip(table["score"].to_pylist(), table["score_scale"].to_pylist(), strict=True))
    worth = {pair: on_scale(*pair) for pair in set(pairs)}
    made = [worth[pair] for pair in pairs]
    return np.array([value or 0.0 for value in made], dtype=float), np.array([value is not None for value in made], dtype=bool)


def _places(column: pa.ChunkedArray[Any]) -> tuple[NDArray[Any], tuple[Any, ...]]:
    """Each row's place among the distinct values, -1 where there is none."""
    import numpy as np

    coded = column.combine_chunks().dictionary_encode()
    return np.asarray(coded.indices.fill_null(-1)), tuple(coded.dictionary.to_pylist())
