"""What counts as leaving: there is no kind for it, so an event is recognised by how firms call it."""

from __future__ import annotations

from kundig.event import LEAVING_WORDS, STAYING_WORDS

LEAVING = f"(^|[^a-zäöüß])({LEAVING_WORDS})($|[^a-zäöüß])"

LEAVING_ACTIVITIES = f"""leaving_activities as (
  select activity from (select distinct activity from events where kind not in ('visit', 'survey_answer')) named
  where regexp_like(replace(lower(activity), '_', ' '), '{LEAVING}') and not regexp_like(lower(activity), '{STAYING_WORDS}')
)"""
"""A relation of the activities by which customers of this firm leave; an event of kind visit or survey_answer is none of them."""
