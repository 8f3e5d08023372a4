"""What the doctor finds, and that he finds it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from kundig.server import doctor

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def grades(site: Any, now: dt.datetime = NOW) -> dict[str, str]:
    return {found.name: found.grade for found in doctor.examine(site.workspace, now)}


def test_a_sound_workspace_is_good(site: Any) -> None:
    now = dt.datetime.now(dt.UTC)
    assert set(grades(site, now).values()) == {"good"}


def test_a_key_others_can_read_is_bad(site: Any) -> None:
    key = site.folder / "key"
    key.chmod(0o644)
    try:
        assert grades(site)["key"] == "bad"
    finally:
        key.chmod(0o600)


def test_a_clock_behind_the_data_is_bad(site: Any) -> None:
    assert grades(site, dt.datetime(2000, 1, 1, tzinfo=dt.UTC))["clock"] == "bad"


def test_dead_letters_are_told(site: Any) -> None:
    from django.utils import timezone

    from kundig.server.sources.models import DeadLetter

    DeadLetter.objects.create(
        payload=b"{}", source="shop", reason="This is no date that can be read.", received_at=timezone.now()
    )
    found = next(f for f in doctor.examine(site.workspace, NOW) if f.name == "events")
    assert (found.grade, found.text.values) == ("warn", {"n": 1})


def test_damage_of_the_lake_is_bad_and_says_what_to_do(site: Any) -> None:
    file = next((site.folder / "lake" / "events").glob("*.parquet"))
    data = file.read_bytes()
    file.write_bytes(data[:-1])
    try:
        found = next(f for f in doctor.examine(site.workspace, NOW) if f.name == "lake")
        assert found.grade == "bad"
        assert "verify" in found.hint
    finally:
        file.write_bytes(data)
