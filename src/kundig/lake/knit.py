"""How events become journeys: the SQL that knits steps from events and cases from steps.

The same text runs when a bucket is folded and when touched cases are computed on the fly, so both agree to the row.
A knit reads relation ``knots``: one row per event of a case, with the columns of :data:`KNOTS`.
"""

from __future__ import annotations

KNOTS = (
    "case_id", "event_id", "person_id", "account_id", "occurred_at", "source_position", "activity", "kind", "channel",
    "direction", "actor", "agent_id", "team", "reason", "score", "score_scale", "duration_s", "cost", "source",
)  # fmt: skip
"""What a step must know of its event; stored steps keep all of it, so touched cases are knitted again without the events."""

KNOTS_OF_EVENTS = (
    "select " + ", ".join("position as source_position" if c == "source_position" else c for c in KNOTS) + " from {relation}"
)
KNOTS_OF_STEPS = "select " + ", ".join(f"from_{c} as {c}" if c in ("activity", "kind") else c for c in KNOTS) + " from {relation}"

STEPS = """
with ordered as (
  select *,
    row_number() over in_case as position,
    last_known(channel) over so_far as known_channel,
    last_known(agent_id) over so_far as known_agent,
    last_known(team) over so_far as known_team,
    lead(occurred_at) over in_case as next_at,
    lead(activity) over in_case as next_activity,
    lead(kind) over in_case as next_kind,
    lead(channel) over in_case as next_channel,
    lead(agent_id) over in_case as next_agent,
    lead(team) over in_case as next_team
  from knots
  window
    in_case as (partition by case_id order by occurred_at, source_position, event_id),
    so_far as (partition by case_id order by occurred_at, source_position, event_id
               rows between unbounded preceding and current row)
),
edges as (
  select case_id, activity, next_activity, min(position) as first_position
  from ordered group by case_id, activity, next_activity
)
select o.case_id, o.position, o.event_id, o.person_id, o.account_id, o.occurred_at, o.source_position,
  unix_micros(o.next_at) - unix_micros(o.occurred_at) as gap_us,
  o.activity as from_activity, o.next_activity as to_activity,
  o.kind as from_kind, o.next_kind as to_kind,
  o.known_channel as from_channel, o.next_channel as to_channel,
  o.known_agent as from_agent_id, o.next_agent as to_agent_id,
  o.known_team as from_team, o.next_team as to_team,
  o.direction, o.actor, o.agent_id, o.team, o.channel, o.reason, o.score, o.score_scale, o.duration_s, o.cost, o.source,
  e.first_position is not null as first_of_edge
from ordered o
left join edges e on e.case_id = o.case_id and e.first_position = o.position
"""
"""Steps from knots. An event belongs to exactly one edge, so a case and a position name at most one first edge."""

CASES = """
with told as (
  select case_id,
    min_by(person_id, case when person_id is not null then position end) as person_id,
    case when min(person_id) is null then 0 when min(person_id) = max(person_id) then 1 else 2 end as persons,
    min_by(account_id, case when account_id is not null then position end) as account_id,
    min_by(source, position) as source,
    min_by(reason, case when reason is not null then position end) as reason,
    min(occurred_at) as started_at,
    max(occurred_at) as ended_at,
    count(*) as events,
    count(*) filter (where from_kind = 'contact') as contacts,
    min(case when from_kind = 'contact' then occurred_at end) as first_contact_at,
    max(case when from_kind = 'contact' then occurred_at end) as last_contact_at,
    min(case when from_kind = 'answer' then occurred_at end) as first_answer_at,
    max(case when from_kind = 'closed' then position end) as closed_position,
    max(case when from_kind = 'closed' then occurred_at end) as last_closed_at,
    max(case when from_kind = 'reopened' then position end) as reopened_position,
    count(*) filter (where from_kind = 'reopened') as reopened,
    min_by(channel, case when channel is not null then position end) as first_channel,
    max_by(from_channel, position) as last_channel,
    count(distinct channel) as channels,
    count(*) filter (where to_channel <> from_channel) as channel_switches,
    count(distinct team) as teams,
    count(distinct agent_id) as agents,
    count(*) filter (where to_team <> from_team) as team_handovers,
    count(*) filter (where to_agent_id <> from_agent_id) as agent_handovers,
    max_by(score, case when score is not null then position end) as score,
    max_by(score_scale, case when score is not null and score_scale is not null then position end) as score_scale,
    sum(duration_s) as handling_s,
    cast(sum(cost) as decimal(18, 4)) as cost,
    min_by(from_activity, position) as first_activity,
    max_by(from_activity, position) as last_activity,
    joined_in_order(from_activity, position) as told
  from {steps}
  group by case_id
)
select case_id, person_id, cast(persons as bigint) as persons, account_id, source, reason, started_at, ended_at,
  unix_micros(ended_at) - unix_micros(started_at) as duration_us,
  events, contacts, first_contact_at, last_contact_at, first_answer_at,
  case when closed_position > coalesce(reopened_position, 0) then last_closed_at end as closed_at,
  reopened, first_channel, last_channel, channels, channel_switches, teams, agents,
  team_handovers, team_handovers - greatest(teams - 1, 0) as team_returns,
  agent_handovers, agent_handovers - greatest(agents - 1, 0) as agent_returns,
  score, score_scale, handling_s, cost, first_activity, last_activity,
  substring(told, 1, 2000) as variant, md5(told) as variant_hash
from told
"""
"""Cases from steps. A handover enters a new team or returns to an earlier one, so returns are handovers less new teams."""
