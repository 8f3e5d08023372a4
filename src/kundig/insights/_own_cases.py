"""Which cases are the firm's own: kundig makes a case of a visit or a person where the data names none."""

from __future__ import annotations

OWN = """own as (
  select coalesce(max(case when case_id like 'session:%' or case_id like 'person:%' then 0 else 1 end), 0) as known from cases
)"""
"""A relation of one row to join with: whether the data names any case itself."""

OWN_CASES = "(known = 0 or (case_id not like 'session:%' and case_id not like 'person:%'))"
"""The condition for the firm's own cases; all of them where it has none."""
