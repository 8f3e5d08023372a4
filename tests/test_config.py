"""Settings: who wins, what is refused and in which words, and the file that ``kundig init`` leaves."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from kundig import config, workspace
from kundig.errors import ConfigError


def load(folder: Path | None = None, flags: dict[str, Any] | None = None, **environ: str) -> config.Settings:
    return config.load(folder, flags, environ)


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / config.FILE).write_text(text, encoding="utf-8")
    return tmp_path


def test_defaults_without_anything() -> None:
    settings = load()
    assert (settings.time_zone, settings.currency, settings.language, settings.engine) == ("UTC", "EUR", "en", "duckdb")
    assert (settings.threads, settings.handling_cost_per_hour, settings.rejected_keep_days) == (0, 45.0, 90)
    assert 1 <= int(settings.memory.removesuffix("GB")) <= config.MOST_MEMORY_GB


def test_flag_beats_environment_beats_file_beats_default(tmp_path: Path) -> None:
    folder = written(tmp_path, 'threads = 1\nfirm = "Nordtel"\ncurrency = "CHF"\n')
    settings = load(folder, {"threads": 3, "firm": None}, KUNDIG_THREADS="2", KUNDIG_FIRM="Südtel", KUNDIG_CURRENCY="")
    assert (settings.threads, settings.firm, settings.currency) == (3, "Südtel", "CHF")


@pytest.mark.parametrize(
    ("environ", "language"),
    [({"LANG": "de_DE.UTF-8"}, "de"), ({"LANG": "fr_FR"}, "en"), ({"LANG": "de_AT", "LC_ALL": "C"}, "en"),
     ({"LANG": "C.UTF-8", "KUNDIG_LANGUAGE": "de"}, "de")],
)  # fmt: skip
def test_language_follows_the_system_until_it_is_set(environ: dict[str, str], language: str) -> None:
    assert config.load(None, None, environ).language == language


@pytest.mark.parametrize(
    ("key", "value"),
    [("time_zone", "Berlin/Europe"), ("time_zone", "Europe"), ("time_zone", ""), ("currency", "Euro"), ("language", "fr"),
     ("memory", "lots"), ("memory", "0GB"), ("threads", -1), ("threads", "two"), ("threads", 1.5), ("threads", True),
     ("firm", "a\nb"), ("handling_cost_per_hour", float("nan")), ("rejected_keep_days", 0), ("engine", "../x"), ("firm", ["a"])],
)  # fmt: skip
def test_an_unusable_value_is_refused_with_key_value_and_what_to_write(key: str, value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        load(None, {key: value})
    assert caught.value.values == {"key": key, "value": str(value), "where": "--" + key.replace("_", "-")}
    assert caught.value.hint.startswith("Write ")


def test_an_error_in_the_file_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, "threads = -3"))
    assert str(tmp_path / "kundig.toml") in str(caught.value)
    with pytest.raises(ConfigError, match="line 1"):
        load(written(tmp_path, "firm = Nordtel"))
    (tmp_path / config.FILE).write_bytes('firm = "Südtel"'.encode("cp1252"))
    with pytest.raises(ConfigError, match="UTF-8"):
        load(tmp_path)


def test_an_unknown_key_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Did you mean time_zone"):
        load(written(tmp_path, 'timezone = "UTC"'))
    with pytest.raises(ConfigError, match="Did you mean KUNDIG_TIME_ZONE"):
        load(KUNDIG_TIMEZONE="UTC")
    with pytest.raises(ConfigError, match="Did you mean KUNDIG_LANGUAGE"):
        load(KUNDIG_LANG="de")


def test_names_of_other_programs_are_left_alone() -> None:
    assert load(KUNDIG_WORKSPACE="x", KUNDIG_SHARED="y", KUNDIG_HOME="z", KUNDIG_KEY="k") == load()


def test_text_from_the_environment_becomes_a_number() -> None:
    settings = load(KUNDIG_THREADS=" 4 ", KUNDIG_HANDLING_COST_PER_HOUR="52.5")
    assert (settings.threads, settings.handling_cost_per_hour) == (4, 52.5)
    assert load(None, {"handling_cost_per_hour": 50}).handling_cost_per_hour == 50.0


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_written_file_explains_every_setting_and_reads_back(tmp_path: Path, lang: str) -> None:
    path = config.write_default(tmp_path, lang, firm='Müller "& Söhne"\\', time_zone="Europe/Berlin")
    text = path.read_text(encoding="utf-8")
    assert all(f"({setting.environment})" in text and f"{setting.name} = " in text for setting in config.table())
    settings = load(tmp_path)
    assert (settings.firm, settings.time_zone) == ('Müller "& Söhne"\\', "Europe/Berlin")
    assert set(tomllib.loads(text)) == {"firm", "time_zone"}


def test_every_commented_default_is_usable(tmp_path: Path) -> None:
    path = config.write_default(tmp_path)
    live = "\n".join(line.removeprefix("# ") for line in path.read_text().splitlines() if " = " in line and "(" not in line)
    assert asdict(load(written(tmp_path, live))) == asdict(load())


def test_a_chosen_value_is_checked_before_it_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        config.write_default(tmp_path, currency="Taler")
    assert not (tmp_path / config.FILE).exists()


@pytest.mark.parametrize(
    "master", ["", "spark://host:7077", "spark://one:7077,two:7077", "yarn", "local[*]", "k8s://https://here:6443"]
)
def test_the_cluster_is_named_by_its_address(master: str) -> None:
    assert load(KUNDIG_SPARK_MASTER=master).spark_master == master
    with pytest.raises(ConfigError):
        load(KUNDIG_SPARK_MASTER="my cluster")


def test_the_cluster_reaches_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr("kundig.engine.find", lambda name, **settings: seen.update(settings, name=name))
    folder = written(tmp_path, 'engine = "spark"\nspark_master = "spark://host:7077"\n')
    assert workspace.Workspace(folder).lake
    assert (seen["name"], seen["master"]) == ("spark", "spark://host:7077")
