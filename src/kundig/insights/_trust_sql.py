"""The SQL behind the question for trust: every promise weighed by age and by how far it was kept, summed before it is told."""

from __future__ import annotations

from kundig.insights._promised import PROMISES

_WEIGHED = f"""{PROMISES},
reasons as (
  select case_id, reason from cases
  where :by = 'reason' and reason is not null and case_id in (select case_id from promises where reason is null and case_id is not null)
),
dated as (
  select promises.*,
    case :by
      when 'channel' then promises.channel
      when 'reason' then coalesce(promises.reason, reasons.reason)
      when 'account' then account_id
      when 'person' then person_id
    end as part,
    substring(cast(date_trunc('month', due_at) as string), 1, 7) as month,
    due_at <= :now and state in ('kept', 'late', 'broken', 'overdue') as judged,
    (unix_micros(cast(:now as timestamp)) - unix_micros(due_at)) / 8.64e10 as age_days,
    greatest((unix_micros(due_at) - unix_micros(made_at)) / 1e6, 3600.0) as span_s
  from promises left join reasons on reasons.case_id = promises.case_id
),
weighed as (
  select *,
    case when judged then power(cast(0.5 as double), age_days / :half_life) end as weight,
    case
      when not judged then null
      when state = 'kept' then 1.0
      when state = 'broken' then 0.0
      else exp(cast(-delay_s / (0.5 * span_s) as double))
    end as degree
  from dated
)
"""
"""``weight`` and ``degree`` follow measures/reliability_evidence.py: remembered() and degree()."""

_DIMENSION = """case
      when grouping(promise) = 0 then 'promise' when grouping(month) = 0 then 'month' when grouping(part) = 0 then :by else 'all'
    end"""
_VALUE = "coalesce(promise, month, part)"
"""Of the columns grouped by, the one that counts in this row; the others are null there."""
_SETS = "grouping sets ((), (promise), (month), (part))"
_KNOWN = "dimension <> 'firm' and (dimension not in ('account', 'person') or value is not null)"

PERSONS = f"""{_WEIGHED}
select * from (
  select {_DIMENSION} as dimension, {_VALUE} as value, count(distinct person_id) as persons from weighed group by {_SETS}
) seen where {_KNOWN}"""

_CONTACTS = """
unnamed as (
  select case_id, person_id, account_id, reason from cases where case_id in (
    select case_id from events where kind = 'contact' and case_id is not null and (person_id is null or reason is null)
  )
),
contacts as (
  select hash(coalesce(e.person_id, c.person_id)) as who,
    hash(coalesce(e.reason, c.reason)) as what,
    unix_micros(e.occurred_at) as at_us,
    case :by
      when 'channel' then e.channel
      when 'reason' then coalesce(e.reason, c.reason)
      when 'account' then coalesce(e.account_id, c.account_id)
      when 'person' then coalesce(e.person_id, c.person_id)
    end as part
  from events e left join unnamed c on c.case_id = e.case_id
  where e.kind = 'contact' and coalesce(e.person_id, c.person_id) is not null
),
followed as (
  select part, at_us, lead(at_us) over (partition by who, what order by at_us) as next_us from contacts
),
old_contacts as (
  select part, next_us <= at_us + cast(:days as bigint) * 86400000000 as repeated
  from followed where at_us + cast(:days as bigint) * 86400000000 <= unix_micros(cast(:now as timestamp))
),
answered as (
  select case when grouping(part) = 0 then :by else 'all' end as dimension, coalesce(part, '') as value,
    count(*) as contacts, count(*) filter (where not coalesce(repeated, false)) as not_repeated
  from old_contacts group by grouping sets ((), (part))
)"""
"""Persons and reasons as numbers: sorting by their names takes several times as long."""

GROUPS = f"""{_WEIGHED},
counted as (
  select {_DIMENSION} as dimension, {_VALUE} as value,
    count(weight) as judged,
    count(*) filter (where judged and state = 'kept') as kept,
    count(*) filter (where judged and state = 'late') as late,
    count(*) filter (where judged and state = 'broken') as broken,
    count(*) filter (where judged and state = 'overdue') as overdue,
    count(*) filter (where state = 'withdrawn') as withdrawn,
    count(*) filter (where due_at > :now and state <> 'withdrawn') as not_due,
    round(sum(weight), 9) as evidence,
    round(sum(weight * degree), 9) as kept_evidence,
    round(sum(degree), 9) as degrees,
    count(*) filter (where judged and age_days < :period) as later,
    round(sum(case when age_days < :period then degree end), 9) as later_degrees,
    count(*) filter (where judged and age_days >= :period and age_days < 2 * :period) as earlier,
    round(sum(case when age_days >= :period and age_days < 2 * :period then degree end), 9) as earlier_degrees,
    count(*) filter (where state = 'overdue' and degree >= 0.05 or state = 'open' and age_days between -1 and 0) as mendable
  from weighed
  group by {_SETS}
),
ranked as (
  select *, row_number() over (partition by dimension order by round(evidence - kept_evidence, 9) desc nulls last, value nulls last) as place
  from counted where {_KNOWN} and (judged > 0 or dimension = 'all')
),
{_CONTACTS}
select ranked.dimension, ranked.value, judged, kept, late, broken, overdue, withdrawn, not_due, evidence, kept_evidence, degrees,
  later, later_degrees, earlier, earlier_degrees, mendable, contacts, not_repeated
from ranked left join answered on answered.dimension = ranked.dimension and answered.value = coalesce(ranked.value, '')
where place <= :most or ranked.dimension = 'month'
order by case ranked.dimension when 'all' then 1 when 'promise' then 3 when 'month' then 4 else 2 end,
  case when ranked.dimension = 'month' then ranked.value end nulls last, place
"""

PRIOR = f"""{_WEIGHED},
people as (
  select sum(weight) as a, sum(weight * degree) as b, sum(weight * weight) as c, sum(weight * degree * degree) as d
  from weighed where :by <> 'firm' and weight is not null and person_id is not null group by person_id
)
select count(*) as groups_of_one, sum(a * a / c) as size, sum(a * a / c * a * a / c) as squares, sum(a * b / c) as kept,
  sum(b * b / c) as kept_squares, sum(d - b * b / a) as within, sum(a - c / a) as freedom
from people"""
"""What :class:`kundig.measures.reliability_evidence.Spread` asks for, over persons."""

CELLS = f"""{_WEIGHED}
select * from (
  select case when grouping(part) = 0 then :by else 'all' end as dimension, part as value, month, channel,
    count(*) as promises, count(*) filter (where state = 'kept') as in_time
  from weighed where judged
  group by grouping sets ((month, channel), (part, month, channel))
) cells
where {_KNOWN} and dimension <> 'person'
order by promises desc, dimension, value nulls last, month, channel nulls last
limit 20000"""
"""How many promises were kept in time in each month over each channel."""

SPANS = f"""{PROMISES},
measured as (
  select state,
    (unix_micros(coalesce(fulfilled_at, withdrawn_at, broken_at, cast(:now as timestamp))) - unix_micros(made_at))
      / greatest(unix_micros(due_at) - unix_micros(made_at), 1000000.0) * 100 as part
  from promises where due_at is not null
)
select case state
    when 'kept' then least(greatest(ceil(part), 0), 100)
    when 'late' then least(greatest(ceil(part), 101), 200)
    else least(greatest(floor(part), 0), 200)
  end as part,
  count(*) filter (where state in ('kept', 'late')) as fulfilled,
  count(*) filter (where state in ('withdrawn', 'broken')) as given_up,
  count(*) filter (where state in ('overdue', 'open')) as waiting
from measured group by 1"""
"""How much of the promised span had passed, in per cent, when each promise was fulfilled, was given up, or now."""

MEND = f"""{_WEIGHED}
select case_id, promise, due_at, case when delay_s > 0 then delay_s / 86400 end as days_past_due,
  case when state = 'overdue' then degree else 1.0 end as worth_today_share,
  exp(cast(-greatest(delay_s + 86400, 0) / (0.5 * span_s) as double)) as worth_tomorrow_share,
  channel, team, made_at, promise_id
from weighed
where :mend and (state = 'overdue' and degree >= 0.05 or state = 'open' and age_days between -1 and 0)
order by case when state = 'overdue' then round(weight * degree, 9) else 1.0 end desc, due_at, promise_id
limit :most"""
"""What is worth keeping today; what is worth less than 5 % has been missed."""
