"""Is each file of a shelf covered by its own test? One run of all shelf tests, told apart by test file.

A thing that only its neighbours' tests happen to run is not tested. Lines of the module itself (not inside a function)
run once, whoever imports it first, so any run counts for them; ``python tests/coverage_by_file.py [shelf ...]``.
"""

from __future__ import annotations

import ast
import shutil
import sys
from pathlib import Path

import coverage
import pytest

ROOT = Path(__file__).resolve().parents[1]
SHELVES = ("channels", "engines", "insights", "measures", "models")
LEAST = 0.90


class ContextPerTestFile:
    """Tells coverage which test file runs."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self.measured = measured

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item):  # type: ignore[no-untyped-def]
        self.measured.switch_context(str(item.path))
        yield
        self.measured.switch_context("")


def things(shelves: list[str]) -> dict[Path, Path]:
    """Each file of the shelves with its test; Spark's only where there is Java."""
    files = [path for shelf in shelves for path in sorted((ROOT / "src" / "kundig" / shelf).glob("*.py")) if path.name[0] != "_"]
    possible = [path for path in files if path.stem != "spark" or shutil.which("java")]
    return {path: ROOT / "tests" / path.parent.name / f"test_{path.name}" for path in possible}


def inside_functions(path: Path) -> set[int]:
    nodes = [
        n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return {line for node in nodes for line in range(node.body[0].lineno, (node.end_lineno or 0) + 1)}


def share(measured: coverage.Coverage, path: Path, test: Path) -> tuple[float, list[int]]:
    """How much of ``path`` its own ``test`` runs, and the lines it misses."""
    _, statements, _, _, _ = measured.analysis2(str(path))
    contexts = measured.get_data().contexts_by_lineno(str(path))
    own = inside_functions(path)
    run = {line for line, who in contexts.items() if str(test) in who or (who and line not in own)}
    missed = [line for line in statements if line not in run]
    return (1 - len(missed) / len(statements) if statements else 1.0), missed


def main(shelves: list[str]) -> int:
    pairs = things(shelves or list(SHELVES))
    measured = coverage.Coverage(data_file=None, source=[str(ROOT / "src" / "kundig" / s) for s in shelves or SHELVES])
    measured.start()
    tests = [str(test) for test in pairs.values() if test.exists()]
    code = pytest.main(
        ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov", *tests], plugins=[ContextPerTestFile(measured)]
    )
    measured.stop()
    shares = {path: share(measured, path, test) for path, test in pairs.items()}
    for path, (covered, missed) in shares.items():
        print(f"{covered:6.1%}  {path.relative_to(ROOT)}" + (f"  misses {missed}" if covered < LEAST else ""))
    return int(code) or int(any(covered < LEAST for covered, _ in shares.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
