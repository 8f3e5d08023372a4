"""One suite over the shelf of engines: the same SQL, the same answers to the last row, the same lake.

Each engine runs it; Spark does so in ``tests/engines/test_spark.py``, where its cluster is.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kundig import insight
from kundig.engine import SHARED_FUNCTIONS, Engine, Session, engine_names, find
from kundig.errors import EngineError
from kundig.lake import Lake, Where
from tests.insights.logs import log
from tests.lake.staging import lake_in, put, staged
from tests.rows import NOW, RowsLake, at

Row = dict[str, Any]

DAY = pa.table({
    "g": ["a", "a", "a", "b"],
    "x": pa.array([1, 2, 4, None], pa.int64()),
    "word": ["one", None, "two", "three 3"],
    "time": pa.array([at("2026-01-31T23:00"), at("2026-02-01T00:00"), at("2026-02-01T01:00"), None], pa.timestamp("us", tz="UTC")),
})  # fmt: skip

AGGREGATES = {
    "percentile(x, 0.9)": 3.6,
    "median(x)": 2.0,
    "max_by(g, x)": "a",
    "max_by(word, x)": "two",
    "max_by(case when x < 4 then word end, x)": "one",
    "min_by(word, -x)": "two",
    "min_by(word, x) filter (where x > 1)": "two",
    "joined_in_order(word, x)": "one > two > three 3",
    "min(unix_micros(time))": 1769900400000000,
    "min(timestamp_micros(unix_micros(time)))": at("2026-01-31T23:00"),
    "min(date_trunc('month', time))": at("2026-01-01T00:00"),
    "max(md5(g))": "92eb5ffee6ae2fec3ad71c777531578f",
    r"count(*) filter (where regexp_like(word, '\d'))": 1,
    r"count(*) filter (where regexp_like(word, '^(one|two)$'))": 2,
    "count(distinct g)": 2,
    "stddev_samp(case when x = 1 then x end)": None,
    "stddev_samp(x)": 2.3333333333333335**0.5,
    "count(*) filter (where contains(word, 'e'))": 2,
    "count(*) filter (where contains(word, '^o'))": 0,
    "max(regexp_replace(word, '[aeiou]', '-', 'g'))": "tw-",
    "max(regexp_replace('+49 (0)40-12', '[^0-9]', '', 'g'))": "4904012",
    "count(distinct hash(g))": 2,
}
"""Questions to the four rows of DAY with their answers, computed by hand (md5: RFC 1321's algorithm, of "b")."""


def same(one: Any, other: Any) -> bool:
    """Equal, real numbers to the ninth digit."""
    if isinstance(one, float) and isinstance(other, int | float):
        return one == pytest.approx(other, rel=1e-9, abs=1e-12)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def differences(one: Iterable[Any], other: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Pairs of rows that are not the same; a missing row is None."""
    first, second = list(one), list(other)
    length = max(len(first), len(second))
    pairs = zip(first + [None] * (length - len(first)), second + [None] * (length - len(second)), strict=True)
    return [pair for pair in pairs if not same(*pair)]


CORE = {"data-quality", "handovers", "journey-map", "promises", "re-explanations", "repeat-contacts", "today", "trust"}
"""Insights with every kind of question; each takes seconds on a cluster, whatever the size, so that all together are a long run."""


def answers(lake: Lake | RowsLake, names: Iterable[str] = ()) -> dict[str, Any]:
    """Rows, columns and figures of every insight, or of those named, and what it lacked where it could not be told."""
    told: Any = insight.ask_each(lake, [insight.find(name)() for name in names or insight.shelf()])
    return {
        a.name: {"rows": a.table.to_pylist(), "columns": a.table.column_names, "figures": dict(a.figures), "untold": a.untold}
        for a in told
    }


def unlike(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """What differs, by insight: found and expected figures, and the rows that are not the same."""
    return {
        name: (found[name]["figures"], answer["figures"], differences(found[name]["rows"], answer["rows"]))
        for name, answer in expected.items()
        if not same(found[name], answer)
    }


def _scored(n: int) -> Row:
    return {"score": float(n % 5 + 1), "score_scale": "1-5"} if n % 4 == 0 else {}


def firm(cases: int = 48) -> list[Row]:
    """Events of a made-up firm in which every insight has something to tell: ties, gaps, several teams, texts, promises."""
    rows: list[Row] = []
    for n in range(cases):
        begin = at("2026-03-01T08:00") + dt.timedelta(hours=31 * n)
        for place, (kind, hours) in enumerate(_course(n)):
            rows.append({
                "event_id": f"{n:016x}{place:016x}", "case_id": f"case {n:03}", "person_id": f"person {n % 17}",
                "occurred_at": begin + dt.timedelta(hours=hours), "kind": kind, "activity": f"{kind} {'ü' * (place % 3)}",
                "channel": (None, "phone", "email", "chat")[(n + place) % 4], "direction": "inbound" if kind == "contact" else None,
                "team": (None, "first", "second", "third")[(n * place) % 4], "agent_id": f"agent {(n + place) % 5}" if place % 3 else None,
                "reason": (None, "bill", "line", "move")[n % 4] if place == 0 else None, "position": place % 2,
                "duration_s": 60.5 * place if place % 2 else None, "cost": Decimal(place * 3 + n) / 7 if n % 3 else None,
                "promise_id": f"promise {n}" if kind.startswith("promise") else None,
                "due_at": begin + dt.timedelta(hours=30 + n % 9) if kind == "promise_made" else None,
                "text": _TEXTS[(n + place) % len(_TEXTS)] if kind == "contact" else None,
                **(_scored(n) if place == 2 else {}),
            })  # fmt: skip
    return [{**row, "cost": row["cost"] and round(row["cost"], 4)} for row in rows]


_TEXTS = (
    "My invoice 4711 of March is wrong, please correct it.",
    "As I already told your colleague: invoice 4711 of March is wrong!",
    "Wie ich schon gesagt habe, ist die Leitung \\ seit gestern tot.",
    "It's about 'my' move to the new flat.",
)


def _course(n: int) -> list[tuple[str, int]]:
    """What happens in case n, each with hours since its begin; equal hours are ties in time."""
    course = [("contact", 0), ("answer", n % 3), ("contact", 5), ("promise_made", 6)]
    if n % 2:
        course += [("contact", 26), (("promise_kept", "promise_broken", "promise_withdrawn")[n % 3], 27 + n % 12)]
    if n % 3:
        course += [("closed", 40)]
    return course + ([("reopened", 40), ("contact", 41)] if n % 5 == 0 else [])


def journeys(lake: Lake) -> tuple[list[Row], list[Row]]:
    with lake.read("privacy") as reading:
        steps = reading.query("select * from steps order by case_id, position").to_pylist()
        return steps, reading.query("select * from cases order by case_id").to_pylist()


class Suite:
    """What every engine must pass; a test class gives it the fixture ``engine``."""

    @pytest.fixture
    def session(self, engine: Engine, tmp_path: Path) -> Iterator[Session]:
        session = engine.session([tmp_path], tmp_path)
        session.arrow("day", DAY)
        yield session
        session.close()

    def test_shared_functions(self, session: Session) -> None:
        sql = f"select {', '.join(f'{question} as a{n}' for n, question in enumerate(AGGREGATES))} from day"
        found = session.query(sql).to_pylist()[0].values()
        assert differences(zip(AGGREGATES, found, strict=True), AGGREGATES.items()) == []
        asked = " ".join(AGGREGATES) + "last_known( unnest("  # have tests of their own
        listed = re.findall(r"(\w+)\(", " ".join(SHARED_FUNCTIONS))
        assert [name for name in listed if f"{name}(" not in asked] == []

    def test_nulls_come_last_and_the_last_known_is_kept(self, session: Session) -> None:
        sql = """
            select x, last_known(word) over so_far as word, row_number() over (order by x) as place,
              row_number() over (order by x desc) as back
            from day window so_far as (order by time rows between unbounded preceding and current row) order by x desc, word
        """
        rows = session.query(sql).to_pylist()
        assert [tuple(row.values()) for row in rows] == [
            (4, "two", 3, 1),
            (2, "one", 2, 2),
            (1, "one", 1, 3),
            (None, "three 3", 4, 4),
        ]

    def test_parameters_are_bound_and_left_alone_in_quotes(self, session: Session) -> None:
        sql = r"""
            select ':text' as quoted, :text as text, 'it''s \d' as said, unix_micros(:time) as us, :number / 4 as part,
              coalesce(:nothing, 'none') as nothing, "g" as name from day
            where g in (select * from unnest(:list)) -- not a ')' that counts
            order by x limit :number
        """
        values = {
            "text": "a'b\\", "time": at("2026-01-01T00:00"), "number": 2, "nothing": None, "list": ["a", "z"], "unasked": object(),
        }  # fmt: skip
        row = {
            "quoted": ":text", "text": "a'b\\", "said": r"it's \d", "us": 1767225600000000, "part": 0.5, "nothing": "none", "name": "a",
        }  # fmt: skip
        assert session.query(sql, values).to_pylist() == [row, row]

    def test_a_time_without_a_zone_is_utc(self, session: Session) -> None:
        rows = session.query("select unix_micros(:time) as us", {"time": dt.datetime(2026, 1, 1)}).to_pylist()
        assert rows == [{"us": 1767225600000000}]

    @pytest.mark.parametrize(
        "sql",
        [
            "select :gone from day",
            "select nothing from day",
            "select * from nowhere",
            "select 1) and (2",
            "select cast('abc' as int)",
        ],
    )
    def test_what_cannot_be_answered_is_an_error(self, session: Session, sql: str) -> None:
        with pytest.raises(EngineError):
            session.query(sql)

    @pytest.mark.parametrize(
        "sql",
        [
            "set TimeZone = 'CET'",
            "copy day to '{folder}/copy.parquet'",
            "attach '{folder}/other.db'",
            "install httpfs",
            "load httpfs",
        ],
    )
    def test_no_command_reaches_beyond_the_session(
        self, session: Session, sql: str, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        folder = tmp_path_factory.mktemp("elsewhere")
        with pytest.raises(EngineError):
            session.query(sql.format(folder=folder))
        assert not list(folder.iterdir())

    def test_a_file_elsewhere_is_refused(self, session: Session, tmp_path_factory: pytest.TempPathFactory) -> None:
        path = tmp_path_factory.mktemp("elsewhere") / "secret.parquet"
        pq.write_table(DAY, path)
        with pytest.raises(EngineError):
            session.files("secret", [str(path)], DAY.schema)
            session.query("select * from secret")
        with pytest.raises(EngineError):
            session.write("select * from day", path.parent, rows_per_file=10, stem="copied")

    def test_relations_without_rows(self, session: Session, tmp_path: Path) -> None:
        session.files("empty", [], DAY.schema)
        session.define("none", "select g, count(*) as n from empty group by g", stored=True)
        assert session.query("select g, max(x) as x from empty group by g").num_rows == 0
        assert session.query("select d.g, n.n from day d left join none n on n.g = d.g where x = 1").to_pylist() == [
            {"g": "a", "n": None}
        ]
        assert session.write("select * from empty", tmp_path, rows_per_file=10, stem="empty") == []
        assert not list(tmp_path.glob("**/*.parquet"))

    def test_definitions(self, session: Session) -> None:
        session.define("known", "select * from day where x is not null")
        session.define("counted", "select g, count(*) as n from known group by g", stored=True)
        session.define("chosen", "select * from known where x > :least", {"least": 1})
        session.define("day", "select g from counted")
        sql = "select (select count(*) from chosen) as chosen, (select max(n) from counted) as n, (select count(*) from day) as days"
        assert session.query(sql).to_pylist() == [{"chosen": 2, "n": 3, "days": 1}]

    def test_sessions_do_not_see_each_other(self, engine: Engine, session: Session, tmp_path: Path) -> None:
        other = engine.session([tmp_path], tmp_path, kept=True)
        with pytest.raises(EngineError):
            other.query("select * from day")
        other.arrow("day", DAY.slice(0, 1))
        assert other.query("select count(*) as n from day").to_pylist() == [{"n": 1}]
        other.close()
        assert session.query("select count(*) as n from day").to_pylist() == [{"n": 4}]

    def test_files_are_written_in_order_and_size(self, session: Session, tmp_path: Path) -> None:
        numbers = pa.table({"n": pa.array(range(130_000), pa.int64())})
        session.arrow("numbers", numbers)
        sql = "select n, cast(n as decimal(18, 4)) as cost, timestamp_micros(n) as time, 'ü' as word, row_number() over (order by n) as place from numbers where n >= :least order by n desc"
        written = session.write(sql, tmp_path, params={"least": 10_000}, rows_per_file=61_440, stem="part")
        assert [w.path.name for w in written] == [f"part-{n}.parquet" for n in range(len(written))]
        assert [w.size for w in written] == [w.path.stat().st_size for w in written]
        assert sorted(tmp_path.iterdir()) == sorted(w.path for w in written)
        assert 2 <= len(written) <= 4 and all(w.rows <= 61_440 for w in written)
        assert [n for w in written for n in pq.read_table(w.path)["n"].to_pylist()] == list(range(129_999, 9_999, -1))
        file = pq.ParquetFile(written[0].path)
        assert {file.metadata.row_group(g).num_rows <= 61_440 for g in range(file.num_row_groups)} == {True}
        assert file.metadata.row_group(0).column(0).compression == "ZSTD"
        expected = [
            ("n", pa.int64()),
            ("cost", pa.decimal128(18, 4)),
            ("time", pa.timestamp("us", tz="UTC")),
            ("word", pa.string()),
            ("place", pa.int64()),
        ]
        assert [(f.name, f.type) for f in file.schema_arrow] == expected

    def test_what_one_wrote_all_read(self, session: Session, tmp_path: Path) -> None:
        odd = tmp_path / "50 % + ü [1]{a,b}*"
        odd.mkdir()
        written = [str(w.path) for w in session.write("select * from day order by x", odd, rows_per_file=10, stem="a")]
        table = DAY.set_column(0, "g", DAY["g"].dictionary_encode())
        pq.write_table(table, odd / "b.parquet")
        session.files("mixed", [*written, str(odd / "b.parquet")], DAY.schema, named=True)
        rows = session.query(
            "select filename, count(*) as n, min(time) as first from mixed group by filename order by filename"
        ).to_pylist()
        assert {row["filename"] for row in rows} == {*written, str(odd / "b.parquet")}
        assert sum(row["n"] for row in rows) == 8 and {"n": 4, "first": at("2026-01-31T23:00")}.items() <= rows[-1].items()
        reader = find("duckdb").session([tmp_path])
        reader.files("written", written, DAY.schema)
        assert reader.query("select * from written order by x").to_pylist() == DAY.to_pylist()
        reader.close()

    def test_parts_hold_every_row_once(self, session: Session, tmp_path: Path) -> None:
        session.arrow("many", pa.table({"k": [f"k{n % 50}" for n in range(1000)], "n": range(1000)}))
        parts = session.split("many", "k", 3, tmp_path / "parts")
        tables = [pa.concat_tables(pq.ParquetFile(p).read(["k", "n"]) for p in part) for part in parts]
        assert sorted(n for t in tables for n in t["n"].to_pylist()) == list(range(1000))
        keys = [set(t["k"].to_pylist()) for t in tables]
        assert sum(map(len, keys)) == 50 and all(keys)

    @pytest.mark.parametrize(
        "names", [CORE, pytest.param({*insight.shelf()} - CORE, marks=pytest.mark.long)], ids=["core", "rest"]
    )
    def test_every_insight(self, engine: Engine, tmp_path: Path, names: set[str]) -> None:
        """From journeys laid down, beside all of it computed at once from the rows."""
        lake = lake_in(tmp_path)
        put(lake, firm())
        lake.fold(always=True)
        found = answers(Lake(tmp_path, engine, lake.clock), names)
        spoken = ["data-quality"] if "data-quality" in names else []  # which speaks of files, too
        expected = answers(RowsLake(firm()), names) | (answers(lake, spoken) if spoken else {})
        assert [name for name, answer in expected.items() if answer["untold"]] == []
        assert unlike(found, expected) == {}

    def test_a_filter_selects_the_same(self, engine: Engine, tmp_path: Path) -> None:
        """Base and fresh: some journeys laid down, some with late events."""
        rows, where = firm(20), Where(channel="chat", reason="line", since=at("2026-03-05T00:00"))
        lake = lake_in(tmp_path)
        put(lake, [row for n, row in enumerate(rows) if n % 11])
        lake.fold(always=True)
        put(lake, [row for n, row in enumerate(rows) if n % 11 == 0])
        sql = "select (select count(*) from cases) as cases, (select count(*) from steps) as steps, (select count(*) from events) as events"
        with Lake(tmp_path, engine).read("analysis", where) as found, RowsLake(rows).read("analysis", where) as expected:
            assert found.query(sql).to_pylist() == expected.query(sql).to_pylist() != [{"cases": 0, "steps": 0, "events": 0}]

    def test_a_real_log(self, engine: Engine, incidents: Path) -> None:
        expected = answers(Lake(incidents, clock=lambda: NOW), ["handovers", "journey-map"])
        assert expected["handovers"]["figures"]["handovers_per_case"] == pytest.approx(1.252, abs=5e-4)
        assert unlike(answers(Lake(incidents, engine, lambda: NOW), expected), expected) == {}

    @pytest.mark.long
    def test_every_insight_on_a_real_log(self, engine: Engine, incidents: Path) -> None:
        expected = answers(Lake(incidents, clock=lambda: NOW))
        assert unlike(answers(Lake(incidents, engine, lambda: NOW)), expected) == {}

    def test_lakes_are_exchanged(self, engine: Engine, tmp_path: Path) -> None:
        """What one engine stores and folds the other reads, adds to and folds again: the same rows, whoever did it."""
        rows = firm(20)
        ours, other = lake_in(tmp_path / "ours"), lake_in(tmp_path / "other")
        theirs = Lake(tmp_path / "other", engine, ours.clock)
        early, late = [r for n, r in enumerate(rows) if n % 7], [r for n, r in enumerate(rows) if n % 3 == 0]
        told = [_stored(lake, early, changed=None) for lake in (ours, theirs)]
        ours.fold(always=True)
        theirs.fold(always=True)
        assert _unlike(journeys(ours), journeys(other)) == []
        told += [_stored(lake, late, changed=late[1]["event_id"]) for lake in (theirs, ours)]
        assert told[0] == told[1] and told[2] == told[3] and min(told[2]) > 0
        assert _unlike(journeys(theirs), journeys(ours)) == []  # base and fresh
        other.fold(always=True)
        Lake(tmp_path / "ours", engine, ours.clock).fold(always=True)
        assert _unlike(journeys(ours), journeys(other)) == []
        assert not ours.verify().problems and not theirs.verify().problems


def _stored(lake: Lake, rows: list[Row], changed: str | None) -> tuple[int, int, int]:
    """Append the rows, one of them with other content under its id; how many were new, known and refused."""
    ready = staged(lake, [{**row, "content_hash": 7 if row["event_id"] == changed else 1} for row in rows])
    appended = lake.append(ready)
    lake.discard(ready.events[0].parent)
    return appended.new, appended.duplicate, appended.conflict


def _unlike(one: tuple[list[Row], list[Row]], other: tuple[list[Row], list[Row]]) -> list[tuple[Any, Any]]:
    return differences(one[0], other[0]) + differences(one[1], other[1])


@pytest.fixture(scope="module")
def incidents(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the 65,533 events of BPI 2013, written and folded by DuckDB."""
    folder = tmp_path_factory.mktemp("incidents")
    lake = lake_in(folder)
    put(lake, log(shared_data / "bpic2013" / "bpi_challenge_2013_incidents.xes.gz"))
    lake.fold(always=True)
    return folder


class TestEveryEngine(Suite):
    @pytest.fixture(params=[name for name in engine_names() if name != "spark"])
    def engine(self, request: pytest.FixtureRequest) -> Engine:
        return find(request.param)


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(EngineError, match="Use one of: duckdb, spark"):
        find("sqlite")
