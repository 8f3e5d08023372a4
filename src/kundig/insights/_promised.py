"""What became of each promise, by its events: shared by the questions about promises, so that all judge alike."""

from __future__ import annotations

PROMISES = """
with told as (
  select promise_id,
    min(case_id) as case_id,
    min(person_id) as person_id,
    min_by(activity, unix_micros(occurred_at)) filter (where kind = 'promise_made') as promise,
    min_by(channel, unix_micros(occurred_at)) filter (where kind = 'promise_made') as channel,
    min_by(team, unix_micros(occurred_at)) filter (where kind = 'promise_made') as team,
    min_by(reason, unix_micros(occurred_at)) filter (where kind = 'promise_made') as reason,
    min(account_id) as account_id,
    coalesce(min(occurred_at) filter (where kind = 'promise_made'), min(occurred_at)) as made_at,
    coalesce(min(due_at) filter (where kind = 'promise_made'), min(due_at)) as due_at,
    min(occurred_at) filter (where kind = 'promise_kept') as fulfilled_at,
    min(occurred_at) filter (where kind = 'promise_broken') as broken_at,
    min(occurred_at) filter (where kind = 'promise_withdrawn') as withdrawn_at
  from events
  where promise_id is not null and kind in ('promise_made', 'promise_kept', 'promise_broken', 'promise_withdrawn')
  group by promise_id
),
promises as (
  select *,
    case
      when fulfilled_at is not null and due_at is null then 'undated'
      when fulfilled_at <= due_at then 'kept'
      when fulfilled_at > due_at then 'late'
      when withdrawn_at is not null then 'withdrawn'
      when broken_at is not null then 'broken'
      when due_at < :now then 'overdue'
      else 'open'
    end as state,
    (unix_micros(coalesce(fulfilled_at, :now)) - unix_micros(due_at)) / 1e6 as delay_s
  from told
)
"""
"""The beginning of a question: the relation ``promises``, one row per promise, at the time ``:now``.

``state`` is kept, late, broken, withdrawn, overdue, open (not due yet) or undated (fulfilled, but owed by no date); of a promise that
was put off, the first date counts. ``delay_s`` is the time from the date due to the fulfilment, or to now.
"""
