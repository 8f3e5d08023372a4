"""Real files by the command a user would type, against what is known of them."""

from __future__ import annotations

from pathlib import Path

from kundig.ingest.account import Rows

from .conftest import Desk

ROOT = Path(__file__).resolve().parents[2]


def test_bpi_2013_incidents(desk: Desk, shared_data: Path) -> None:
    report = desk.load(shared_data / "bpic2013" / "bpi_challenge_2013_incidents.xes.gz")
    assert report.rows == Rows(read=65_533, used=65_533)
    (found,) = desk.ask(
        "select count(*) as events, count(distinct case_id) as cases, count(distinct team) as teams, count(person_id) as persons from events"
    )
    assert found == {"events": 65_533, "cases": 7_554, "teams": 649, "persons": 0}
    (found,) = desk.ask("""
      with moves as (select case_id, team, lag(team) over (partition by case_id order by occurred_at, position) as before from events)
      select sum(case when team <> before then 1 else 0 end) / count(distinct case_id) as per_case from moves""")
    assert round(found["per_case"], 3) == 1.252


def test_helpdesk(desk: Desk, shared_data: Path) -> None:
    path = shared_data / "helpdesk_italy" / "helpdesk.xes.gz"
    assert desk.load(path).rows == Rows(read=21_348, used=21_348)
    (found,) = desk.ask("""
      select count(*) as cases, round(avg(agents), 3) as agents, sum(events) as events
      from (select case_id, count(*) as events, count(distinct agent_id) as agents from events group by case_id)""")
    assert (found["cases"], found["agents"], found["events"]) == (4_580, 2.816, 21_348)
    assert desk.ask("select count(distinct person_id) as n from events") == [{"n": 397}]
    assert desk.load(path).rows == Rows(read=21_348, duplicate=21_348), "127 true duplicates included"


def test_olist_through_one_mapping(desk: Desk, shared_data: Path) -> None:
    report = desk.load(shared_data / "olist_sample", mapping=ROOT / "examples" / "olist.toml")
    assert (report.rows, report.looked_up) == (Rows(read=7_986, used=7_986), 4_000)
    assert desk.ask("select count(distinct case_id) as cases, count(distinct person_id) as persons from events") == [
        {"cases": 4_000, "persons": 3_998}
    ]
    (found,) = desk.ask("""
      with kept as (select case_id, occurred_at > due_at as late from events where kind = 'promise_kept'),
        reviews as (select case_id, score from events where kind = 'survey_answer')
      select count(*) as n, round(100 * avg(cast(late as integer)), 2) as late,
        round(avg(score) filter (late), 3) as bad, round(avg(score) filter (not late), 3) as good
      from kept join reviews using (case_id)""")
    assert found == {"n": 3_885, "late": 8.31, "bad": 2.427, "good": 4.294}
    assert desk.ask("select distinct score_scale as s from events where score is not null") == [{"s": "1-5"}]


def test_an_order_table_is_understood_without_a_mapping(desk: Desk, shared_data: Path) -> None:
    desk.load(shared_data / "olist_sample" / "olist_orders_dataset.csv")
    found = desk.ask("select kind, count(*) as n from events where kind like 'p%' group by 1 order by 1")
    assert found == [{"kind": "promise_kept", "n": 3_898}, {"kind": "promise_made", "n": 4_000}, {"kind": "purchase", "n": 4_000}]


def test_the_receipt_log_has_channels(desk: Desk, shared_data: Path) -> None:
    desk.load(shared_data / "receipt" / "08_receipt.xes.gz")
    found = desk.ask("select channel, count(distinct case_id) as n from events group by 1 order by 2 desc")
    assert found == [
        {"channel": c, "n": n} for c, n in (("web", 1250), ("shop", 109), ("letter", 53), ("email", 21), ("Intern", 1))
    ]


def test_the_clickstream_s_own_sessions(desk: Desk, shared_data: Path) -> None:
    report = desk.load(shared_data / "retentioneering_ecom" / "ecom.csv.gz")
    assert report.rows == Rows(read=31_106, used=31_106)
    assert desk.ask("select count(distinct case_id) as cases, count(distinct person_id) as persons from events") == [
        {"cases": 3_605, "persons": 600}
    ]


def test_the_clickstream_s_sessions_by_a_pause(desk: Desk, shared_data: Path) -> None:
    mapping = desk.write(
        "m.toml",
        'version = 1\nsource = "ecom"\n[[table]]\nname = "clicks"\nfields = { occurred_at = "timestamp", activity = "event" }\n'
        'person = { column = "user_id" }\ncase = { session_minutes = 30 }\n',
    )
    path = shared_data / "retentioneering_ecom" / "ecom.csv.gz"
    desk.load(path, mapping=mapping)
    import pandas as pd

    clicks = pd.read_csv(path, parse_dates=["timestamp"]).sort_values(["user_id", "timestamp"], kind="stable")
    pauses = clicks.groupby("user_id")["timestamp"].diff()
    expected = int((pauses.isna() | (pauses > pd.Timedelta(minutes=30))).sum())
    assert desk.ask("select count(distinct case_id) as n from events") == [{"n": expected}]
