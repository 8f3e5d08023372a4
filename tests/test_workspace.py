"""What the folder of one firm adds to a question: days and hours are meant where the firm is."""

from __future__ import annotations

from pathlib import Path

from kundig import workspace


def test_hours_are_those_of_the_firm_unless_another_place_is_named(tmp_path: Path) -> None:
    berlin = workspace.create(tmp_path / "berlin", time_zone="Europe/Berlin")
    assert berlin.ask("contact-volume").inputs["zone"] == "Europe/Berlin"
    assert berlin.ask("contact-volume", zone="America/New_York").inputs["zone"] == "America/New_York"
    assert berlin.ask("habits").inputs["utc_offset"] == 1
    assert next(berlin.ask_each(["promises-in-text"])).inputs["zone"] == "Europe/Berlin"
    assert workspace.create(tmp_path / "nowhere").ask("habits").inputs["utc_offset"] == 0
