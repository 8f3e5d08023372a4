"""Imports point down, things do not know their neighbours, and the command line starts light; with a control that must fail."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {
    "pandas",
    "polars",
    "matplotlib",
    "altair",
    "vl_convert",
    "duckdb",
    "pyarrow",
    "deltalake",
    "pyspark",
    "scipy",
    "sklearn",
    "django",
}
MOST_SECONDS = 0.4

MEASURE = """
import json, sys, time
begin = time.process_time()
import kundig.cli
print(json.dumps([time.process_time() - begin, sorted({name.partition(".")[0] for name in sys.modules})]))
"""

PLANTED = {
    "engine.py": "import kundig.insight\n",  # upwards
    "measures/planted.py": "from kundig.measures import neighbour\n",
    "measures/neighbour.py": "",
    "insight.py": "import duckdb\n",
    "channel.py": "import django\n",
    "unlisted.py": "",  # a top-level name the contract does not know
}
BROKEN = (
    "kundig.engine is not allowed to import kundig.insight",
    "kundig.measures.planted imports its neighbour kundig.measures.neighbour",
    "kundig.insight is not allowed to import duckdb",
    "kundig.channel is not allowed to import django",
    "kundig.unlisted",
)


def contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of the source in ``folder``, in a process of its own, which imports nothing of this one's."""
    code = f"import sys; sys.path[:0] = [{str(folder / 'src')!r}, {str(folder)!r}]; from importlinter.cli import lint_imports_command as run; run()"
    command = [sys.executable, "-c", code, "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_contracts_are_kept() -> None:
    done = contracts(ROOT)
    assert done.returncode == 0, done.stdout


def test_planted_imports_break_them(tmp_path: Path) -> None:
    for part in ("src", "scripts", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
    for file, line in PLANTED.items():
        path = tmp_path / "src" / "kundig" / file
        path.write_text((path.read_text() if path.exists() else "") + "\n" + line)
    done = contracts(tmp_path)
    assert done.returncode == 1
    assert not [line for line in BROKEN if line not in " ".join(done.stdout.split())]


@pytest.fixture(scope="module")
def starts() -> list[tuple[float, set[str]]]:
    """Processor seconds and modules of some imports of kundig.cli, each in a fresh process."""
    runs = [json.loads(subprocess.check_output([sys.executable, "-c", MEASURE], text=True)) for _ in range(4)]
    return [(seconds, set(names)) for seconds, names in runs]


def test_the_command_line_is_imported_quickly(starts: list[tuple[float, set[str]]]) -> None:
    assert min(seconds for seconds, _ in starts) < MOST_SECONDS


def test_the_command_line_pulls_in_nothing_heavy(starts: list[tuple[float, set[str]]]) -> None:
    assert not starts[0][1] & HEAVY
