"""What all tests share: the folder of real data, which tests need something special, and an environment without our settings."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# Compiled loops of several test processes would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The machine is shared, so a slow example says nothing; in CI the same examples are tried every time.
settings.register_profile("kundig", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("kundig")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-long", action="store_true", help="run the fault and scale tests that take minutes, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for name, why in (("long", _why_not_long(config)), ("spark", _why_not_spark())):
        for item in items:
            if why and name in item.keywords:
                item.add_marker(pytest.mark.skip(reason=why))


def _why_not_long(config: pytest.Config) -> str:
    return "" if config.getoption("--run-long") else "takes minutes; run it with --run-long (make test-all)"


def _why_not_spark() -> str:
    if importlib.util.find_spec("pyspark") is None:
        return "pyspark is not installed"
    return "" if shutil.which("java") else "Spark needs Java, and there is none here"


def shared_folder() -> Path | None:
    """The folder of real data beside the checkout, or where KUNDIG_SHARED says; None where there is none."""
    folder = Path(os.environ.get("KUNDIG_SHARED", ROOT.parent / "shared"))
    return folder if (folder / "data").is_dir() else None


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared folder; its real data lies in ``shared / "data"``."""
    folder = shared_folder()
    if folder is None:
        pytest.skip("the shared data are not here: expected in ../shared beside the checkout or where KUNDIG_SHARED points")
    return folder


@pytest.fixture(scope="session")
def shared_data(shared: Path) -> Path:
    """The folder of real files, one folder a data set (INDEX.md)."""
    return shared / "data"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("KUNDIG_") and name != "KUNDIG_SHARED":
            monkeypatch.delenv(name)
    for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
