"""What churn learns from and scores: one row per person and landmark, made in SQL from nothing that came after the landmark.

Landmarks lie one window apart, counted back from the newest time in the data, so outcome windows never overlap and each is over.
``cases`` is not read: its counts know how a case went on. What has a state, such as a promise that is overdue, is told as a rise
and a fall in time, so that every column is a sum over what had happened by the landmark.
"""

from __future__ import annotations

from kundig.event import STAYING_WORDS

_CONTRACT = "contract|vertrag|vertraeg|verträg|subscription|abonnement"
_ASKS = "kündig|kuendig|cancel|terminat"
_LANDMARKS = 24
_LATELY_DAYS = 90
_DAY_US = 86_400_000_000


def _numbers(n: int) -> str:
    return " union all ".join(f"select {i} as n" for i in range(1, n + 1))


_FIRM = f"""
leaving as (
  select activity, kind, source from events where :leaving <> '' group by activity, kind, source
  having (regexp_like(lower(activity), concat('(^|[^a-zäöüß])(', :leaving, ')($|[^a-zäöüß])'))
      and not regexp_like(lower(activity), '{STAYING_WORDS}') and kind not in ('visit', 'survey_answer'))
    or (kind = 'closed' and regexp_like(lower(source), '{_CONTRACT}'))
),
leavers as (
  select e.person_id, min(unix_micros(e.occurred_at)) as left_us
  from events e join leaving l on l.activity = e.activity and l.kind = e.kind and l.source = e.source
  where e.person_id is not null and e.occurred_at <= :now group by e.person_id
),
log as (
  select unix_micros(cast(:now as timestamp)) as now_us,
    case when (select count(*) from leavers) > 0 then 1 else 0 end as contractual,
    cast((case when (select count(*) from leavers) > 0 then :days else :silence end) as bigint) * {_DAY_US} as window_us,
    greatest(min(unix_micros(occurred_at)), coalesce((select min(left_us) from leavers), min(unix_micros(occurred_at)))) as from_us
  from events where kind in ('contact', 'answer', 'purchase', 'visit') and occurred_at <= :now
),
known_sources as (
  select e.source from events e join leavers l on l.person_id = e.person_id
  where unix_micros(e.occurred_at) < l.left_us
  group by e.source
  having count(distinct e.person_id) * 2 >= (
    select count(distinct b.person_id) from events b join leavers k on k.person_id = b.person_id
    where unix_micros(b.occurred_at) < k.left_us
  )
),
people as (
  select e.person_id, min(unix_micros(e.occurred_at)) as first_us
  from events e left join known_sources k on k.source = e.source
  where e.person_id is not null and e.kind <> 'visit' and e.occurred_at <= :now
    and (k.source is not null or (select contractual from log) = 0)
  group by e.person_id
),
own as (
  select distinct e.person_id, cast(floor((log.now_us - unix_micros(e.occurred_at)) / log.window_us) as bigint) as n
  from events e cross join log
  where e.person_id is not null and e.kind in ('contact', 'purchase', 'visit') and e.occurred_at <= :now
    and log.contractual = 0
)"""
"""Who leaves and who could: a person whom the firm knows from a source that knew at least half of the leavers before they left.

A visitor of the web site or the sender of one mail, whom no contract is known of, cannot leave and would flatter every figure.
Without leaving events, everybody is at risk who was there in the window before."""

_LANDMARKS_PAST = f"""
landmarks as (
  select n, log.now_us - n * log.window_us as at_us, log.window_us, log.contractual
  from ({_numbers(_LANDMARKS)}) numbers cross join log
  where log.now_us - n * log.window_us >= log.from_us + log.window_us
)"""
_LANDMARK_NOW = """
landmarks as (select 0 as n, now_us as at_us, window_us, contractual from log)"""

_CHOSEN = """
chosen as (
  select person_id, first_us, known from (
    select *, row_number() over (order by md5(person_id), person_id) as place, count(*) over () as known from people
  ) placed
  where {which}
)"""

_AT_RISK = """
at_risk as (
  select p.person_id, p.first_us, p.known, l.n, l.at_us, l.window_us,
    case when l.contractual = 1 then case when k.left_us <= l.at_us + l.window_us then 1 else 0 end
      else case when after.person_id is null then 1 else 0 end end as left_after
  from chosen p cross join landmarks l
  left join leavers k on k.person_id = p.person_id
  left join own before on before.person_id = p.person_id and before.n = l.n
  left join own after on after.person_id = p.person_id and after.n = l.n - 1
  where p.first_us <= l.at_us
    and case when l.contractual = 1 then k.left_us is null or k.left_us > l.at_us else before.person_id is not null end
)"""

_HAPPENED = f"""
mine as (
  select e.person_id, unix_micros(e.occurred_at) as us, e.kind, e.activity, e.reason, e.channel, e.account_id, e.source,
    try_cast(regexp_replace(e.score_scale, '-[0-9.]+$', '', 'g') as double) as lowest,
    try_cast(regexp_replace(e.score_scale, '^-?[0-9.]+-', '', 'g') as double) as highest, e.score
  from events e join chosen c on c.person_id = e.person_id
  where e.occurred_at <= :now and e.kind in ('contact', 'purchase', 'visit', 'handover', 'reopened', 'survey_answer')
),
asking as (
  select activity, coalesce(reason, '') as reason from mine where kind in ('contact', 'visit')
  group by activity, coalesce(reason, '')
  having regexp_like(lower(concat(activity, ' ', coalesce(reason, ''))), '{_ASKS}')
),
contacts as (
  select person_id, us, us - lag(us) over (partition by person_id, reason order by us) as since_us from mine where kind = 'contact'
),
promised as (
  select promise_id, min(person_id) as person_id, min(unix_micros(due_at)) as due_us,
    min(case when kind = 'promise_kept' then unix_micros(occurred_at) end) as kept_us,
    min(case when kind = 'promise_broken' then unix_micros(occurred_at) end) as broken_us,
    min(case when kind in ('promise_kept', 'promise_broken', 'promise_withdrawn') then unix_micros(occurred_at) end) as settled_us
  from events
  where promise_id is not null and kind in ('promise_made', 'promise_kept', 'promise_broken', 'promise_withdrawn')
    and occurred_at <= :now
  group by promise_id
),
promises as (select p.* from promised p join chosen c on c.person_id = p.person_id),
turns as (
  select s.person_id, unix_micros(s.occurred_at) as us, s.from_team as team, s.from_agent_id as agent, s.from_channel as channel,
    lag(s.from_team) over (partition by s.case_id order by s.position) as team_before,
    lag(s.from_agent_id) over (partition by s.case_id order by s.position) as agent_before,
    lag(s.from_channel) over (partition by s.case_id order by s.position) as channel_before
  from steps s join chosen c on c.person_id = s.person_id
  where s.from_kind = 'contact' and s.occurred_at <= :now
),
happened as (
  select person_id, us, kind as what, cast(1 as double) as amount from mine where kind in ('contact', 'purchase', 'visit', 'handover', 'reopened')
  union all
  select person_id, us, 'repeat', 1.0 from contacts where since_us <= 7 * {_DAY_US}
  union all
  select person_id, us, 'asking', 1.0 from mine join asking a on a.activity = mine.activity and a.reason = coalesce(mine.reason, '')
  where mine.kind in ('contact', 'visit')
  union all
  select person_id, us, 'rating', (score - lowest) / (highest - lowest) from mine where score is not null and highest > lowest
  union all
  select person_id, us, 'retold', 1.0 from turns where channel_before <> channel or agent_before <> agent or team_before <> team
  union all
  select s.person_id, unix_micros(s.occurred_at) + s.gap_us, 'handover', 1.0 from steps s join chosen c on c.person_id = s.person_id
  where s.to_team <> s.from_team and (select count(*) from mine where kind = 'handover') = 0
  union all
  select person_id, broken_us, 'broken', 1.0 from promises where broken_us is not null
  union all
  select person_id, greatest(kept_us, broken_us), 'broken', -1.0 from promises where kept_us is not null and broken_us is not null
  union all
  select person_id, kept_us, 'late', 1.0 from promises where kept_us > due_us
  union all
  select person_id, due_us, 'overdue', 1.0 from promises where settled_us is null or settled_us > due_us
  union all
  select person_id, settled_us, 'overdue', -1.0 from promises where settled_us > due_us
),
habits as (
  select person_id, us, case :compare when 'channel' then channel when 'account' then account_id when 'source' then source end as value
  from mine where kind = 'contact'
)"""
"""One narrow row per thing that happened, each at the moment it could be known."""


def _count(what: str, name: str) -> str:
    return f"  coalesce(sum(case when h.what = '{what}' then h.amount end), cast(0 as double)) as {name}"


def _lately(what: str, name: str) -> str:
    recent = f"h.us > r.at_us - {_LATELY_DAYS} * {_DAY_US}"
    return f"  coalesce(sum(case when h.what in ({what}) and h.amount > 0 and {recent} then h.amount end), cast(0 as double)) as {name}"


def _since(what: str, name: str) -> str:
    return f"  cast(r.at_us - max(case when h.what = '{what}' then h.us end) as double) / {_DAY_US} as {name}"


_COLUMNS = ",\n".join((
    _count("contact", "contacts"), _lately("'contact'", "contacts_lately"), _since("contact", "days_since_contact"),
    _count("repeat", "repeats"), _lately("'repeat'", "repeats_lately"),
    _count("handover", "handovers"), _lately("'handover'", "handovers_lately"),
    _count("retold", "retold"), _lately("'retold'", "retold_lately"),
    _count("reopened", "reopened"), _lately("'reopened'", "reopened_lately"),
    _count("broken", "broken"), _count("overdue", "overdue"), _count("late", "late"),
    _lately("'broken', 'overdue', 'late'", "failed_lately"),
    "  coalesce(sum(case when h.what = 'rating' and h.amount < 0.5 then h.amount * 0 + 1 end), 0) as low_ratings",
    "  avg(case when h.what = 'rating' then h.amount end) as mean_rating",
    _count("asking", "asked_to_leave"),
    _count("purchase", "purchases"), _lately("'purchase'", "purchases_lately"), _since("purchase", "days_since_purchase"),
    _lately("'visit'", "visits_lately"), _since("visit", "days_since_visit"),
    f"  cast(r.at_us - min(r.first_us) as double) / {_DAY_US} as days_known",
))  # fmt: skip

_ROWS = f"""
told as (
  select r.person_id, r.n, r.at_us, r.window_us, max(r.known) as known, max(r.left_after) as left_after,
{_COLUMNS}
  from at_risk r left join happened h on h.person_id = r.person_id and h.us <= r.at_us
  group by r.person_id, r.n, r.at_us, r.window_us
),
grouped as (
  select r.person_id, r.n, max_by(h.value, h.us) as compared
  from at_risk r join habits h on h.person_id = r.person_id and h.us <= r.at_us
  where h.value is not null group by r.person_id, r.n
)
select told.person_id, timestamp_micros(at_us) as landmark, timestamp_micros(at_us + window_us) as window_end, compared,
  left_after, {{columns}}
from told left join grouped on grouped.person_id = told.person_id and grouped.n = told.n
order by told.person_id, told.n"""

SERVICE = (
    "contacts", "contacts_lately", "days_since_contact", "repeats", "repeats_lately", "handovers", "handovers_lately", "retold",
    "retold_lately", "reopened", "reopened_lately", "broken", "overdue", "late", "failed_lately", "low_ratings", "mean_rating",
    "asked_to_leave",
)  # fmt: skip
"""Columns that only service data can fill."""
HABITS = ("purchases", "purchases_lately", "days_since_purchase", "visits_lately", "days_since_visit", "days_known")
"""Columns of purchases and habits: what a firm without service data would go by."""
_FEATURES = ", ".join((*SERVICE, *HABITS))


def _whole(landmarks: str, which: str, columns: str) -> str:
    made = ",".join((_FIRM, landmarks, _CHOSEN.format(which=which), _AT_RISK, _HAPPENED, _ROWS.format(columns=columns)))
    return f"with {made.strip()}\n"


PAST = _whole(_LANDMARKS_PAST, "place <= :most_persons", _FEATURES)
"""Rows to learn from: a sample of persons that is the same every time, at every past landmark."""
NOW = _whole(_LANDMARK_NOW, "true", _FEATURES)
"""All persons as of now."""
SAMPLE = _whole(_LANDMARK_NOW, ":list or place <= :most_persons", f"{_FEATURES}, known")
"""As of now the same sample of persons, or all for a list; ``known`` is the number of all persons."""

WINDOWS = f"""with {_FIRM.strip()},{_LANDMARKS_PAST},
counted as (
  select l.n, l.at_us, l.window_us, count(*) as persons,
    count(case when k.left_us <= l.at_us + l.window_us then 1 end) as left_after
  from people p cross join landmarks l left join leavers k on k.person_id = p.person_id
  where l.contractual = 1 and p.first_us <= l.at_us and (k.left_us is null or k.left_us > l.at_us)
  group by l.n, l.at_us, l.window_us
  union all
  select l.n, l.at_us, l.window_us, count(*), count(case when after.person_id is null then 1 end)
  from landmarks l join own before on before.n = l.n join people p on p.person_id = before.person_id and p.first_us <= l.at_us
  left join own after on after.person_id = before.person_id and after.n = l.n - 1
  where l.contractual = 0
  group by l.n, l.at_us, l.window_us
)
select timestamp_micros(at_us) as landmark, timestamp_micros(at_us + window_us) as window_end, persons,
  left_after, (select contractual from log) as contractual
from counted order by at_us
"""
"""Of all persons: how many were there at each landmark, and how many of them had left by the end of the window after it."""
