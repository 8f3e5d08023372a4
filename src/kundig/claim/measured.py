"""What claims can be about: a closed list of measures, each as SQL that gives one row per unit (a case, contact, promise, person).

Every unit has ``value`` (0 or 1 for a share), ``case_id``, ``person_id``, ``reason``, ``channel``, ``account``, ``started_at``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kundig.insights._leaving import LEAVING_ACTIVITIES
from kundig.insights._own_cases import OWN, OWN_CASES
from kundig.message import sentence

LANDMARK_DAYS = 180
"""Persons are told apart by what had happened until so many days before the newest event; what they do is counted after it.

Without such a line those who stay longer would have more time to live through something, and leaving would look like its cure
(immortal time: Anderson, Cain and Gelber 1983, Journal of Clinical Oncology 1:710).
"""
DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Measure:
    """One thing that can be compared between groups."""

    title: str
    units: str
    matters: float
    share: bool = False
    persons: bool = False
    needs: tuple[str, ...] = ("case_id",)


_OF_CASE = "c.case_id, c.person_id, c.reason, c.first_channel as channel, c.account_id as account, c.started_at"
_CASES = f"""
select {_OF_CASE}, cast({{value}} as double) as value
from (select * from cases cross join own where {OWN_CASES} and contacts > 0) c {{more}}
"""
_LOG = f"""{OWN},
log as (select count(closed_at) > 0 as has_closings, unix_micros(cast(:now as timestamp)) as now_us, {7 * DAY_US} as week_us from cases),
contacts as (
  select e.case_id, coalesce(e.person_id, c.person_id) as person_id, coalesce(c.reason, e.reason) as reason, e.channel,
    coalesce(c.account_id, e.account_id) as account, e.occurred_at as started_at, unix_micros(e.occurred_at) as at_us,
    lead(unix_micros(e.occurred_at)) over (
      partition by coalesce(e.person_id, c.person_id), coalesce(c.reason, e.reason) order by e.occurred_at, e.position, e.case_id
    ) as next_us
  from events e left join cases c on c.case_id = e.case_id
  where e.kind = 'contact' and coalesce(e.person_id, c.person_id) is not null
)"""
OWED = """owed as (
  select promise_id, min(case_id) as case_id, min(person_id) as person_id,
    min_by(channel, unix_micros(occurred_at)) as channel, min(occurred_at) as started_at,
    coalesce(min(due_at) filter (where kind = 'promise_made'), min(due_at)) as due_at,
    min(occurred_at) filter (where kind = 'promise_kept') as kept_at,
    min(occurred_at) filter (where kind = 'promise_broken') as broken_at,
    min(occurred_at) filter (where kind = 'promise_withdrawn') as withdrawn_at
  from events where promise_id is not null group by promise_id
),
judged as (
  select *, case
      when kept_at <= due_at then 1 when kept_at > due_at then 0 when withdrawn_at is not null then null
      when broken_at is not null or due_at < :now then 0
    end as kept
  from owed
)"""
_PERSONS = f"""{OWN}, {LEAVING_ACTIVITIES},
landmark as (select timestamp_micros(unix_micros(cast(:now as timestamp)) - {LANDMARK_DAYS * DAY_US}) as at),
left_at as (
  select person_id, min(occurred_at) as at from events
  where person_id is not null and kind not in ('visit', 'survey_answer') and activity in (select activity from leaving_activities) group by person_id
),
done as (
  {{done}}
),
seen_before as (
  select e.source, e.person_id, d.person_id as done_by
  from events e cross join landmark left join done d on d.person_id = e.person_id and d.at > landmark.at
  where e.occurred_at <= landmark.at and e.person_id is not null and e.kind <> 'visit'
),
known_sources as (
  select source from seen_before where done_by is not null group by source
  having count(distinct done_by) * 2 >= (select count(distinct done_by) from seen_before)
),
before as (
  select c.* from cases c cross join landmark cross join own
  where c.started_at <= landmark.at and c.contacts > 0 and {OWN_CASES} and c.person_id in (
    select person_id from seen_before where source in (select source from known_sources)
  )
),
of_person as (
  select person_id, max(account_id) as account, min(started_at) as started_at, cast(sum(contacts) as bigint) as contacts
  from before group by person_id
),
by_channel as (
  select person_id, first_channel as channel, row_number() over (partition by person_id order by count(*) desc, first_channel) as place
  from before group by person_id, first_channel
),
by_reason as (
  select person_id, reason, row_number() over (partition by person_id order by count(*) desc, reason) as place
  from before group by person_id, reason
),
there as (
  select p.person_id as case_id, p.person_id, r.reason, ch.channel, p.account, p.started_at, p.contacts, l.at as left_at, landmark.at as until_at
  from of_person p cross join landmark
  join by_channel ch on ch.person_id = p.person_id and ch.place = 1
  join by_reason r on r.person_id = p.person_id and r.place = 1
  left join left_at l on l.person_id = p.person_id
  where l.at is null or l.at > landmark.at
)"""

"""Persons at the landmark. One who is only known from a source that does not know those who leave (or buy) is left out: an address
of a mailbox that nobody has linked to a customer can never be seen to leave."""
_LEFT = "select left_at.person_id, left_at.at from left_at"
_BOUGHT = (
    "select person_id, max(occurred_at) as at from events where kind = 'purchase' and person_id is not null group by person_id"
)

MEASURES: Mapping[str, Measure] = {
    "contacts": Measure(
        sentence("Contacts per case"), f"with {OWN} {_CASES.format(value='c.contacts', more='')}", 0.1, needs=("kind=contact",)
    ),
    "handovers": Measure(
        sentence("Handovers per case"),
        f"with {OWN} " + _CASES.format(value="case when c.teams > 0 then c.team_handovers else c.agent_handovers end", more=""),
        0.1,
        needs=("team | agent_id", "kind=contact"),
    ),
    "first-contact-resolution": Measure(
        sentence("Share of cases resolved at the first contact"),
        f"with {_LOG}"
        + _CASES.format(
            value="case when c.contacts = 1 and (c.closed_at is not null or not has_closings) and (k.next_us is null "
            "or k.next_us > unix_micros(coalesce(c.closed_at, c.ended_at)) + week_us) then 1 else 0 end",
            more="cross join log left join contacts k on k.case_id = c.case_id and c.contacts = 1 "
            "where c.person_id is not null and unix_micros(coalesce(c.closed_at, c.ended_at)) + week_us <= now_us",
        ),
        0.05,
        share=True,
        needs=("person_id", "kind=contact"),
    ),
    "time-to-close": Measure(
        sentence("Days until closing, thirty at most"),
        f"with {OWN} "
        + _CASES.format(
            value=f"least(coalesce(unix_micros(c.closed_at) - unix_micros(c.started_at), {30 * DAY_US}), {30 * DAY_US}) / {DAY_US}.0",
            more=f"where unix_micros(c.started_at) + {30 * DAY_US} <= unix_micros(cast(:now as timestamp))",
        ),
        0.5,
        needs=("kind=contact", "kind=closed"),
    ),
    "repeat-rate": Measure(
        sentence("Share of contacts followed by another about the same within seven days"),
        f"""with {_LOG}
select case_id, person_id, reason, channel, account, started_at,
  cast(case when next_us <= at_us + week_us then 1 else 0 end as double) as value
from contacts cross join log where at_us + week_us <= now_us""",
        0.05,
        share=True,
        needs=("person_id", "kind=contact"),
    ),
    "promises-kept": Measure(
        sentence("Share of promises kept in time"),
        f"""with {OWED}
select j.case_id, coalesce(j.person_id, c.person_id) as person_id, c.reason, j.channel, c.account_id as account, j.started_at,
  cast(j.kept as double) as value
from judged j left join cases c on c.case_id = j.case_id where j.kept is not null""",
        0.05,
        share=True,
        needs=("promise_id",),
    ),
    "score": Measure(
        sentence("Mean rating"),
        """with scales as (
  select coalesce(score_scale, '') as scale, count(*) as ratings from events where score is not null group by 1
)
select e.case_id, coalesce(e.person_id, c.person_id) as person_id, coalesce(c.reason, e.reason) as reason,
  coalesce(c.first_channel, e.channel) as channel, coalesce(c.account_id, e.account_id) as account, e.occurred_at as started_at,
  e.score as value
from events e left join cases c on c.case_id = e.case_id
where e.score is not null and coalesce(e.score_scale, '') = (select scale from scales order by ratings desc, scale limit 1)""",
        0.2,
        needs=("score",),
    ),
    "leaving": Measure(
        sentence("Share of persons who leave within half a year"),
        f"""with {_PERSONS.format(done=_LEFT)}
select case_id, person_id, reason, channel, account, started_at, contacts, until_at,
  cast(case when left_at is null then 0 else 1 end as double) as value
from there where exists (select 1 from left_at)""",
        0.02,
        share=True,
        persons=True,
        needs=("person_id", "kind=contact"),
    ),
    "purchases": Measure(
        sentence("Purchases per person within half a year"),
        f"""with {_PERSONS.format(done=_BOUGHT)},
bought as (
  select e.person_id, count(*) as n from events e cross join landmark
  where e.kind = 'purchase' and e.occurred_at > landmark.at and e.person_id is not null group by e.person_id
)
select t.case_id, t.person_id, t.reason, t.channel, t.account, t.started_at, t.contacts, t.until_at, cast(coalesce(b.n, 0) as double) as value
from there t left join bought b on b.person_id = t.person_id""",
        0.05,
        persons=True,
        needs=("person_id", "kind=contact", "kind=purchase"),
    ),
}
"""By the name claims use."""
