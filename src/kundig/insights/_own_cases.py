"""Which cases are the firm's own: kundig makes a case of a visit or a person where the data names none."""

from __future__ import annotations

OWN = """own as (
  select coalesce(max(case when case_id like 'session:%' or case_id like 'person:%' then 0 else 1 end), 0) as known from cases
)"""
"""A relation of one row to join with: whether the data names any case itself."""

OWN_CASES = "(known = 0 or (case_id not like 'session:%' and case_id not like 'person:%'))"
"""The condition for the firm's own cases; all of them where it has none."""

OWN_STEPS = """made as (
  select coalesce(min(mark), 0) < coalesce(max(mark), 0) as of_both
  from (select case when case_id like 'session:%' or case_id like 'person:%' then 1 else 0 end as mark from cases) marked
),
own_steps as (
  select * from steps where not (select of_both from made)
  union all
  select * from steps where (select of_both from made) and case_id not like 'session:%' and case_id not like 'person:%'
)"""
"""The steps of the firm's own cases as a relation.

In two parts, so that no step's case is read where all cases are of one sort (measured: a third of the time).
"""
