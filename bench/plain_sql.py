"""The rival anybody could write: plain DuckDB SQL over the raw events, one window per question, nothing laid down."""

from __future__ import annotations

import random
import sys

import duckdb

from bench.measure import Meter

_STEPS = """
select "Vorgang" as case_id, "Aktivität" as a, lead("Aktivität") over w as b,
  epoch_us(lead("Zeitpunkt") over w) - epoch_us("Zeitpunkt") as gap
from events {where} window w as (partition by "Vorgang" order by "Zeitpunkt", "Ereignis-Nr")
"""
_MAP = """
select a, b, count(*) as n, count(distinct case_id) as cases, avg(gap), quantile_cont(gap, 0.5), quantile_cont(gap, 0.9)
from ({steps}) where b is not null group by 1, 2 order by n desc
"""
QUESTIONS = {
    "journey_map": _MAP.format(steps=_STEPS.format(where="")),
    "variants": """
      with v as (select "Vorgang", string_agg("Aktivität", ' > ' order by "Zeitpunkt", "Ereignis-Nr") as v from events group by 1)
      select v, count(*) as n from v group by 1 order by n desc limit 20""",
    "throughput_times": """
      with c as (select "Vorgang", epoch_us(max("Zeitpunkt")) - epoch_us(min("Zeitpunkt")) as d from events group by 1)
      select count(*), avg(d), quantile_cont(d, 0.5), quantile_cont(d, 0.9) from c""",
    "contacts_per_case": """
      with c as (select "Vorgang", count(*) filter (where "Aktivität" in ('Anfrage', 'Rückfrage')) as k from events group by 1)
      select k, count(*) from c group by 1 order by 1""",
    "handovers": """
      with s as (select "Vorgang", "Team" as a, lead("Team") over (partition by "Vorgang" order by "Zeitpunkt", "Ereignis-Nr") as b
                 from events)
      select count(*) filter (where a <> b) / count(distinct "Vorgang") from s""",
}  # fmt: skip
PERSON = 'select * from events where "Kundennummer" = $person order by "Zeitpunkt"'


def main(path: str, person: str, seed: str) -> None:
    """Answer every question on the file at ``path``."""
    measure = Meter("plain SQL")
    connection = duckdb.connect(config={"memory_limit": "6GB", "threads": 2, "max_temp_directory_size": "40GB"})
    connection.execute(f"create view events as select * from read_parquet('{path}')")
    for what, sql in QUESTIONS.items():
        measure(what, lambda sql=sql: connection.sql(sql).to_arrow_table().num_rows)
    channel = random.Random(seed).choice(["Telefon", "E-Mail", "Chat", "Web"])
    where = f"""where "Vorgang" in (select "Vorgang" from events where "Kanal" = '{channel}')"""
    measure(
        "journey_map, one channel",
        lambda: connection.sql(_MAP.format(steps=_STEPS.format(where=where))).to_arrow_table().num_rows,
    )
    measure("one person's memory", lambda: connection.sql(PERSON, params={"person": person}).to_arrow_table().num_rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
