"""The language is known before the command line is read, and click speaks it too."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

import pytest

from kundig.cli.wording import speaking, spoken, value_of, wanted
from kundig.message import Duration, Message, Number, Share, show


@pytest.mark.parametrize(
    ("words", "environ", "lang"),
    [
        (["ask", "x", "--lang", "de"], {}, "de"),
        (["--lang=de"], {"KUNDIG_LANGUAGE": "en"}, "de"),
        ([], {"KUNDIG_LANGUAGE": "de"}, "de"),
        ([], {"LANG": "de_AT.UTF-8"}, "de"),
        ([], {"LANG": "C.UTF-8"}, "en"),
        ([], {}, "en"),
        (["--lang", "fr"], {"LANG": "de_DE"}, "de"),
        (["sql", "--", "--lang", "de"], {}, "en"),
        ([], {"LANG": "de_DE", "KUNDIG_THREADS": "many"}, "de"),
    ],
)
def test_flag_then_environment_then_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], environ: dict[str, str], lang: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert wanted(words, environ) == lang


def test_the_workspace_says_its_language_from_below_and_by_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kundig.toml").write_text('language = "de"\n')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert wanted([], {}) == "de"
    monkeypatch.chdir("/")
    assert wanted(["-w", str(tmp_path)], {}) == "de"
    assert wanted([f"--workspace={tmp_path}"], {}) == "de"
    assert wanted([], {"KUNDIG_WORKSPACE": str(tmp_path)}) == "de"


def test_broken_settings_do_not_stand_in_the_way_of_help(tmp_path: Path) -> None:
    (tmp_path / "kundig.toml").write_text("language = \n")
    assert wanted(["-w", str(tmp_path)], {"LANG": "de_DE"}) == "de"


def test_the_value_of_an_option() -> None:
    assert value_of(["-w", "a", "--lang", "de"], "--workspace", "-w") == "a"
    assert value_of(["--lang="], "--lang") == ""
    assert value_of(["--lang"], "--lang") == ""


def test_afterwards_all_is_as_before() -> None:
    before = gettext.textdomain(), os.environ.get("LANGUAGE"), spoken()
    with speaking("de"):
        assert spoken() == "de"
        assert os.environ["LANGUAGE"] == "de"
    assert (gettext.textdomain(), os.environ.get("LANGUAGE"), spoken()) == before


def test_a_length_of_time_fits_its_german_sentence() -> None:
    days, minutes = Duration(138240.0), Duration(222.0)
    assert show(Duration(86400.0), "de") == "1 Tag"
    assert Message("binnen {a} fertig", {"a": days}).say("de") == "binnen 1,6 Tagen fertig"
    assert Message("von {a} bis {a}", {"a": days}).say("de") == "von 1,6 Tagen bis 1,6 Tagen"
    assert Message("um {a}", {"a": days}).say("de") == "um 1,6 Tage"
    assert Message("Die Hälfte dauert {a}.", {"a": minutes}).say("de") == "Die Hälfte dauert 3,7 Min."


@pytest.mark.parametrize(("value", "text"), [(Number(-0.001), "0.00"), (Number(-0.01), "-0.01"), (Share(-0.0001), "0.0%")])
def test_what_rounds_to_zero_has_no_sign(value: object, text: str) -> None:
    assert show(value) == text
