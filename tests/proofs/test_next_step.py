"""The evidence on next steps and remaining times: logs are read as they stand, the protocol is the paper's, goals are reached."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from kundig.models._prefixes import LEARNT_FROM
from kundig.proof import Given, find
from kundig.proofs import _logs
from tests.models.journeys import firm


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both logs in their own formats, with made-up cases."""
    data = tmp_path_factory.mktemp("data")
    rows = sorted(firm(450, open_share=0), key=lambda row: (row["case_id"], row["occurred_at"]))
    for name in ("helpdesk_italy", "bpic2013"):
        (data / name).mkdir()
    with (data / "helpdesk_italy" / _logs.HELPDESK).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["CaseID", "ActivityID", "CompleteTimestamp"])
        writer.writerows([row["case_id"], row["activity"], f"{row['occurred_at']:%Y-%m-%d %H:%M:%S}"] for row in rows)
    traces: dict[str, list[str]] = {}
    for row in rows:
        event = (
            f'<event><string key="concept:name" value="{row["activity"]}"/>'
            f'<date key="time:timestamp" value="{row["occurred_at"].isoformat()}"/></event>'
        )
        traces.setdefault(row["case_id"], [f'<string key="concept:name" value="{row["case_id"]}"/>']).append(event)
    log = "".join(f"<trace>{''.join(parts)}</trace>" for parts in traces.values())
    with gzip.open(data / "bpic2013" / _logs.INCIDENTS, "wt") as file:
        file.write(f"<log>{log}</log>")
    return data


def test_both_logs_are_read_alike(small: Path) -> None:
    one, other = _logs.helpdesk(small / "helpdesk_italy"), _logs.incidents(small / "bpic2013")
    assert [[activity for activity, _ in case] for case in one] == [[activity for activity, _ in case] for case in other]
    assert one[0][0][1] == other[0][0][1].replace(microsecond=0)


def test_learning_and_judging_never_share_a_case(small: Path) -> None:
    cases = _logs.helpdesk(small / "helpdesk_italy")
    first, last = _logs.split(_logs.journeys(cases, LEARNT_FROM), len(cases))
    assert {*first["case_id"].to_pylist()}.isdisjoint(last["case_id"].to_pylist())
    assert len(first["case_id"].unique()) == 300
    judged = _logs.going_on(last, 2).to_pylist()
    assert all(row["position"] >= 2 and row["next_activity"] for row in judged)
    assert len(judged) == 150 * 2


def test_every_line_has_its_rivals_of_the_same_run(small: Path, tmp_path: Path) -> None:
    lines = {line.key: line for line in find("next-step").prove(Given(small, 1, tmp_path))}
    assert {key.split(".")[1] for key in lines} == {"helpdesk_tax", "helpdesk_later", "bpic2013_tax", "bpic2013_later"}
    line = lines["next_step.helpdesk_tax.accuracy"]
    rival = line.beside["most frequent step after the activity (Markov)"]
    assert line.value is not None
    assert rival is not None
    assert line.value > rival + 0.1
    assert lines["next_step.helpdesk_tax.wait_mae_days"].reached


def test_without_the_data_nothing_is_claimed(tmp_path: Path) -> None:
    for name in ("next-step", "remaining-time"):
        assert [*find(name).prove(Given(None, 1, tmp_path))] == []


@pytest.mark.long
def test_the_goals_on_the_public_logs(shared_data: Path, tmp_path: Path) -> None:
    """Tax et al. 2017 reach 0.7123 and 3.75 days; the best measured before were 0.7431 and, on incidents, 0.5734."""
    lines = {line.key: line for line in find("next-step").prove(Given(shared_data, 1, tmp_path))}
    for key in ("helpdesk_tax.accuracy", "helpdesk_tax.wait_mae_days", "bpic2013_tax.accuracy"):
        assert lines[f"next_step.{key}"].reached
    assert lines["next_step.helpdesk_tax.accuracy"].beside["most frequent step after the activity (Markov)"] == pytest.approx(
        0.7265, abs=5e-5
    )
