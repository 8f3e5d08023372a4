"""The rules of the house that can be measured: size, names, docstrings, tests at the mirrored path."""

from __future__ import annotations

import ast
import io
import statistics
import tokenize
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "kundig"
PRODUCT = sorted(
    path for folder in ("src", "scripts", "bench") for path in (ROOT / folder).rglob("*.py") if path.parent.name != "migrations"
)
ALL = [*PRODUCT, *sorted((ROOT / "tests").rglob("*.py"))]
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "managers", "tools"}
SHELVES = ("channels", "engines", "insights", "measures", "models", "proofs")

NOT_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def code_lines(path: Path) -> set[int]:
    """The lines that hold code, not only comment or blank; a text over several lines counts with all of them."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
    return {line for token in tokens if token.type not in NOT_CODE for line in range(token.start[0], token.end[0] + 1)}


def docstring_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[int]:
    first = function.body[0]
    return set(range(first.lineno, (first.end_lineno or 0) + 1)) if ast.get_docstring(function) is not None else set()


@cache
def functions() -> dict[str, int]:
    """Code lines of every function, without decorators, docstring, comments and blanks."""
    sizes = {}
    for path in PRODUCT:
        code = code_lines(path)
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = set(range(node.lineno, (node.end_lineno or 0) + 1)) - docstring_lines(node)
                sizes[f"{name(path)}:{node.lineno} {node.name}"] = len(lines & code)
    return sizes


def test_no_function_is_longer_than_50_lines() -> None:
    assert not {where: size for where, size in functions().items() if size > 50}


def test_functions_are_short() -> None:
    sizes = sorted(functions().values())
    assert statistics.median(sizes) <= 6
    assert sizes[int(len(sizes) * 0.95)] < 30


def test_no_file_reaches_500_lines() -> None:
    assert not {name(path): n for path in ALL if (n := len(path.read_text(encoding="utf-8").splitlines())) >= 500}


def test_no_module_is_called_by_what_it_is_not() -> None:
    parts = {name(path): {part.strip("_") for part in path.relative_to(ROOT).with_suffix("").parts[1:]} for path in ALL}
    assert not {path: found for path, words in parts.items() if (found := words & FORBIDDEN)}


def test_every_module_says_why_it_exists() -> None:
    assert not [name(path) for path in ALL if tree(path).body and not ast.get_docstring(tree(path))]


@pytest.mark.parametrize("shelf", SHELVES)
def test_every_thing_has_its_test_at_the_mirrored_path(shelf: str) -> None:
    things = [path for path in (SOURCE / shelf).glob("*.py") if not path.name.startswith("_")]
    assert not [name(path) for path in things if not (ROOT / "tests" / shelf / f"test_{path.name}").exists()]


def test_the_measure_counts_what_it_says(tmp_path: Path) -> None:
    sample = tmp_path / "sample.py"
    sample.write_text('def f(\n    a,\n):\n    """Doc\n\n    more."""\n    # why\n\n    return """x\n    y"""\n')
    node = ast.parse(sample.read_text()).body[0]
    assert isinstance(node, ast.FunctionDef)
    assert code_lines(sample) - docstring_lines(node) == {1, 2, 3, 9, 10}
