"""What the privacy officer asks the lake: a person with all his decisions; and what is written down: decisions, corrections.

Each function takes a workspace and plain arguments and returns what JSON can say. Names beginning with ``do_`` write.
"""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kundig import event
from kundig.errors import PrivacyError, QuestionError
from kundig.lake.persons import Person, find_person
from kundig.lake.reading import Reading
from kundig.lake.retention import Rule, newest, preview
from kundig.server.privacy import standing
from kundig.workspace import Workspace

SOURCE = "kundig"
_HIS = "person_id in (select * from unnest(:ids))"
_FIELDS = ("name", "email", "phone")


def person(workspace: Workspace, key: str, kind: str = "") -> dict[str, Any]:
    """Who is known by ``key``: keys, fields, how much is stored, every decision and where he stands for each purpose."""
    with workspace.lake.read("privacy") as reading:
        who = find_person(reading, workspace.key, key, kind)
        counts = {name: _count(reading, name, who) for name in ("events", "texts", "cases")}
        decided = reading.query(
            f"select * from stored_consents where {_HIS} order by decided_at", {"ids": list(who.ids)}
        ).to_pylist()
    told = [{name: _plain(value) for name, value in row.items()} for row in decided]
    return {
        "person_id": who.id, "ids": list(who.ids), "keys": _keys(who), **_fields(who), "counts": counts,
        "decisions": _once(told), "standing": standing.of(told), "lake_version": reading.version,
    }  # fmt: skip


def _count(reading: Reading, table: str, who: Person) -> int:
    return int(reading.query(f"select count(*) as n from {table} where {_HIS}", {"ids": list(who.ids)})["n"][0].as_py())


def _keys(who: Person) -> list[dict[str, str]]:
    found = {(row["identifier_kind"], row["identifier"]) for row in who.rows}
    return [{"kind": kind, "key": key} for kind, key in sorted(found)]


def _fields(who: Person) -> dict[str, str]:
    """The last value of each field; "" where there is none."""
    return {name: next((row[name] for row in reversed(who.rows) if row[name]), "") for name in _FIELDS}


def _once(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line for a decision that is written down under each of a person's identifiers."""
    seen: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        seen.setdefault(tuple(v for name, v in row.items() if name != "person_id"), row)
    return list(seen.values())


def _plain(value: Any) -> Any:
    return value.astimezone(dt.UTC).isoformat() if isinstance(value, dt.datetime) else value


def do_consent(workspace: Workspace, key: str, kind: str = "", at: str = "", **told: str) -> dict[str, Any]:
    """Write a decision down (purpose, status, source, author, notice, evidence); it counts at the next query."""
    moment = dt.datetime.fromisoformat(at) if at else None
    who = workspace.find(key, kind)
    version = workspace.record_consent(
        who, told["purpose"], told["status"], source=told["source"], author=told.get("author", ""),
        notice=told.get("notice", ""), evidence=told.get("evidence", ""), at=moment,
    )  # fmt: skip
    return {"person_id": who.id, "lake_version": version}


def do_correct(workspace: Workspace, key: str, note: str, author: str, **fields: str) -> int:
    """Write down that a person's data were wrong, and what is right; the lake's version.

    Events are never changed: the correction is an event of its own. Fields given count from now on, the former ones stay
    in the history. PrivacyError where no key of the person is stored, so that nothing can be written under it.
    """
    from kundig.server.sources.pouring import Row, pour

    who = workspace.find(key)
    if not who.rows:
        raise PrivacyError("No key of this person is stored, only events.", "Correct the source system and import it again.")
    row, now = who.rows[-1], workspace.lake.clock().astimezone(dt.UTC)
    given = {f"person_{name}": " ".join(fields[name].split()) for name in _FIELDS if fields.get(name, "").strip()}
    told: dict[str, Any] = {
        "id": secrets.token_hex(16), "source": SOURCE, "occurred_at": now.isoformat(), "activity": "Data corrected",
        "kind": "other", "direction": "internal", "actor": "human", "text": note, "agent_key": author,
        "person_key": row["identifier"], "person_kind": row["identifier_kind"], **given,
    }  # fmt: skip
    refused = pour(workspace.lake, workspace.places(), [Row(1, told)])
    if refused:
        raise QuestionError("The correction cannot be stored: {why}", why=refused[0].reason)
    return workspace.lake.version


def do_export(workspace: Workspace, key: str, folder: str, lang: str) -> list[str]:
    """Everything about a person as files in ``folder``; their names."""
    place = Path(folder)
    shutil.rmtree(place, ignore_errors=True)
    return sorted(path.name for path in workspace.export(key, place, lang=lang))


def expired(workspace: Workspace, what: str, before: str, source: str = "", kind: str = "") -> dict[str, Any]:
    """How much of the lake a retention rule concerns, and when the lake last stored anything."""
    lake = workspace.lake
    found = preview(lake.store, lake.engine, Rule(what, dt.datetime.fromisoformat(before), source, kind))
    return {
        "rows": found.rows, "of": found.of, "persons": found.persons, "oldest": _plain(found.oldest),
        "newest": _plain(newest(lake.store, lake.engine)),
    }  # fmt: skip


def sources(workspace: Workspace) -> dict[str, Any]:
    """What the register of processing needs of the lake: where data come from, and how many persons' they are."""
    runs: dict[str, dict[str, Any]] = {}
    for run in workspace.lake.store.state.runs():
        told = runs.setdefault(run["source"], {"source": run["source"], "events": 0, "last": ""})
        told["events"] += run["events"]
        told["last"] = max(told["last"], run["finished_at"])
    with workspace.lake.read("privacy") as reading:
        counts: Mapping[str, Any] = reading.query(
            "select count(distinct person_id) as persons, count(distinct agent_id) as agents, count(*) as events, "
            "min(occurred_at) as first, max(occurred_at) as last from events"
        ).to_pylist()[0]
    filled = [column.name for column in event.EVENTS.columns]
    told = {"sources": list(runs.values()), "columns": filled, "usable": _usable(workspace)}
    return {**told, **{name: _plain(value) for name, value in counts.items()}}


def _usable(workspace: Workspace) -> dict[str, int]:
    """Of how many persons the data may be used for each purpose just now."""
    found = {}
    for purpose in event.PURPOSES:
        with workspace.lake.read(purpose.name) as reading:
            counted = reading.query("select count(distinct person_id) as n from events").to_pylist()
            found[purpose.name] = int(counted[0]["n"])
    return found
