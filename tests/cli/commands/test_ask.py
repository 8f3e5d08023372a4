"""``kundig ask``: a command for each insight, made from its fields, and every form of answer."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any, ClassVar

import click
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kundig import workspace
from kundig.cli.commands.ask import Day, inputs
from kundig.insight import shelf
from kundig.lake import Staged
from kundig.message import sentence
from tests.cli.conftest import Process, Run
from tests.rows import events_table

KEYS = {"name", "title", "definition", "figures", "sentences", "table", "sql", "n", "lake_version"}


@dataclasses.dataclass(frozen=True)
class Sample:
    """Every type an insight's field may have."""

    least_share: float = 0.5
    days: int = 7
    word: str = ""
    deep: bool = False
    since_day: dt.date = dt.date(2000, 1, 1)
    explained: int = dataclasses.field(default=1, metadata={"help": sentence("How many.")})
    title: ClassVar[str] = "x"


def test_fields_become_options_with_dashes_types_and_defaults() -> None:
    made = click.Command("x", params=inputs(Sample), callback=lambda **given: given)
    assert made(["--least-share", "0.25", "--no-deep"], standalone_mode=False)["least_share"] == 0.25
    given: dict[str, Any] = made(["--days", "3", "--deep", "--since-day", "21.11.2026"], standalone_mode=False)
    assert Sample(**given) == Sample(days=3, deep=True, since_day=dt.date(2026, 11, 21))
    assert made([], standalone_mode=False) == dataclasses.asdict(Sample())
    assert made.params[-1].get_help_record(click.Context(made)) == ("--explained NUMBER", "How many.  [default: 1]")


@pytest.mark.parametrize("name", shelf())
def test_every_field_of_an_insight_is_explained(name: str) -> None:
    assert all(one.help for one in inputs(shelf()[name]) if isinstance(one, click.Option))


def test_a_day_that_is_none() -> None:
    with pytest.raises(click.BadParameter, match="2026-11-21"):
        Day().convert("31.02.2026", None, None)


@pytest.mark.parametrize("name", shelf())
def test_no_field_takes_the_name_of_another_option(name: str) -> None:
    taken = {
        "since",
        "until",
        "channel",
        "reason",
        "activity",
        "account",
        "share",
        "engine",
        "json",
        "csv",
        "parquet",
        "svg",
        "lang",
        "workspace",
    }
    assert not taken & {field.name for field in dataclasses.fields(shelf()[name])}


def test_the_help_says_what_the_question_means(kundig: Run) -> None:
    told = kundig("ask", "journey-map", "--help").stdout
    assert "A step leads from one event of a case to the next" in told
    assert "--activities NUMBER" in told
    assert "--since DAY" in told
    german = kundig("ask", "journey-map", "--help", "--lang", "de").stdout
    assert "--since TAG" in german


@pytest.mark.parametrize("name", shelf())
def test_every_insight_answers_as_json_and_text(kundig: Run, firm: Path, name: str) -> None:
    told = json.loads(kundig("ask", name, "--json", "-w", firm, "--lang", "de").stdout)
    assert set(told) >= KEYS
    assert told["name"] == name
    text = kundig("ask", name, "-w", firm, "--lang", "de")
    assert text.exit_code == 0
    assert text.stdout.startswith(told["title"])


def test_json_is_the_answer_and_nothing_else(kundig: Run, firm: Path) -> None:
    result = kundig("ask", "journey_map", "--json", "-w", firm)
    told = json.loads(result.stdout)
    assert result.stderr == ""
    assert {(row["from_activity"], row["to_activity"]): row["n"] for row in told["table"]} == {
        ("asked", "answered"): 1, ("answered", "asked"): 1, ("asked", "closed"): 2,
    }  # fmt: skip
    assert told == json.loads(json.dumps(workspace.open(firm).ask("journey-map").to_json("en")))


def test_a_filter_selects_whole_cases(kundig: Run, firm: Path) -> None:
    told = json.loads(kundig("ask", "journey-map", "--json", "-w", firm, "--channel", "email").stdout)
    assert told["n"] == 1
    assert told["where"] == {"channel": "email"}
    later = kundig("ask", "journey-map", "-w", firm, "--since", "04.05.2026")
    assert "2026" in later.stdout.splitlines()[1]


def test_the_text_is_small_and_readable(process: Process, firm: Path) -> None:
    done = process("ask", "journey-map", "-w", firm, env={"COLUMNS": "80"})
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "--json" in done.stderr
    assert "What this means: A step leads" in done.stdout
    assert "\x1b" not in done.stdout


def test_csv(kundig: Run, firm: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(kundig("ask", "journey-map", "--csv", "-w", firm, "--lang", "de").stdout)))
    assert rows[0]["from_activity"] == "asked"
    assert float(rows[0]["median_s"]) > 0


def test_files(kundig: Run, firm: Path, tmp_path: Path) -> None:
    result = kundig("ask", "journey-map", "--parquet", "map.parquet", "--svg", "map.svg", "-w", firm)
    assert result.stdout == ""
    assert "map.parquet" in result.stderr
    assert pq.read_table(tmp_path / "map.parquet").column_names == [
        "from_activity",
        "to_activity",
        "n",
        "cases",
        "mean_s",
        "median_s",
        "p90_s",
    ]
    assert (tmp_path / "map.svg").read_text(encoding="utf-8").startswith("<svg")
    assert kundig("ask", "journey-map", "--svg", "-", "-w", firm).stdout.startswith("<svg")


def test_small_groups_are_hidden_only_where_it_is_to_be_shared(kundig: Run, firm: Path) -> None:
    own, shared = (json.loads(kundig("ask", "journey-map", "--json", "-w", firm, *words).stdout) for words in ((), ("--share",)))
    assert len(own["table"]) == 3
    assert shared["table"] == []
    assert shared["suppressed"] > 0


def test_an_insight_that_cannot_be_told_says_why(kundig: Run, firm: Path) -> None:
    result = kundig("ask", "promises", "-w", firm)
    assert result.exit_code == 0
    assert "Cannot be told: no promises." in result.stdout


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (["ask", "journey-mp"], 2, "Did you mean 'journey-map'?"),
        (["ask", "journey-map", "--activites", "3"], 2, "--activities"),
        (["ask", "journey-map", "--activities", "many"], 2, "'many'"),
        (["ask", "journey-map", "--json", "--csv"], 2, "--csv"),
        (["ask", "journey-map", "--since", "yesterday"], 1, "2026-11-21"),
        (["ask", "journey-map", "--engine", "duckdv"], 1, "duckdb"),
        (["ask", "promises", "--svg", "x.svg"], 1, "--svg"),
        (["ask", "variants", "--parquet", "nowhere/x.parquet"], 1, "nowhere/x.parquet: No such file"),
    ],
)
def test_what_is_wrong_is_said_with_the_way_out(kundig: Run, firm: Path, words: list[str], code: int, hint: str) -> None:
    result = kundig(*words, "-w", firm)
    assert result.exit_code == code
    assert result.stdout == ""
    assert hint in result.stderr


def test_an_error_for_programs_is_json_too(kundig: Run, firm: Path) -> None:
    result = kundig("ask", "journey-map", "--since", "yesterday", "--json", "-w", firm)
    told = json.loads(result.stderr)
    assert (result.exit_code, result.stdout, told["type"], told["exit_code"]) == (1, "", "QuestionError", 1)


def test_without_a_workspace(kundig: Run) -> None:
    result = kundig("ask", "journey-map")
    assert result.exit_code == 1
    assert "kundig init" in result.stderr


def test_the_workspace_is_found_from_the_environment_and_from_below(
    kundig: Run, firm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kundig("ask", "journey-map", env={"KUNDIG_WORKSPACE": str(firm)}).exit_code == 0
    monkeypatch.chdir(firm / "mappings")
    assert kundig("ask", "journey-map").exit_code == 0


def test_the_shell_completes_insights_and_their_options(process: Process) -> None:
    env = {"_KUNDIG_COMPLETE": "bash_complete", "COMP_WORDS": "kundig ask journ", "COMP_CWORD": "2"}
    assert process(env=env).stdout == "plain,journey-map\n"
    env |= {"COMP_WORDS": "kundig ask journey-map --act", "COMP_CWORD": "3"}
    assert process(env=env).stdout.splitlines() == ["plain,--activities", "plain,--activity"]


def test_a_filter_that_fits_no_case_names_the_values_there_are(kundig: Run, firm: Path) -> None:
    result = kundig("ask", "handovers", "-w", firm, "--channel", "Fax", "--lang", "de")
    assert result.exit_code == 1
    assert "Telefon, E-Mail" in result.stderr
    late = kundig("ask", "handovers", "-w", firm, "--since", "2030-01-01")
    assert late.exit_code == 0
    assert "No case fits the filter: since 1 Jan 2030." in late.stderr
    assert kundig("ask", "handovers", "-w", firm, "--channel", "Telefon").exit_code == 0


def test_a_german_title_names_the_question(kundig: Run, firm: Path) -> None:
    assert kundig("ask", "uebergaben", "-w", firm, "--lang", "de").stdout.startswith("Übergaben")
    assert kundig("ask", "kontakte-je-vorgang", "-w", firm).exit_code == 0


def test_times_in_a_table_are_those_of_the_workspace(kundig: Run, tmp_path: Path) -> None:
    kundig("init", "south", "--time-zone", "Europe/Berlin")
    made = workspace.open(tmp_path / "south")
    rows = [{"case_id": "c", "occurred_at": "2026-05-01T09:00", "kind": "promise_made", "activity": "Call back", "promise_id": "p",
             "due_at": "2026-05-02T10:00"}, {"occurred_at": "2026-05-09T09:00"}]  # fmt: skip
    events, folder = events_table(rows), made.lake.staging()
    events = events.append_column("text", pa.nulls(2, pa.string())).append_column("row", pa.array([0, 1], pa.int64()))
    pq.write_table(events, folder / "events.parquet")
    made.lake.append(Staged([folder / "events.parquet"]))
    shown = kundig("ask", "promises", "--list", "overdue", "--plain", "-w", tmp_path / "south").stdout
    (line,) = [line for line in shown.splitlines() if line.startswith("c\t")]
    assert "12:00" in line and "Call back" in line
    told = json.loads(kundig("ask", "promises", "--list", "overdue", "--json", "-w", tmp_path / "south").stdout)
    assert told["table"][0]["due_at"] == "2026-05-02T10:00:00Z"
