"""Write docs/evidence.md: each method and model beside its golden number, its rival and the published best, as measured now."""

from __future__ import annotations

import argparse
import datetime as dt
import platform
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kundig.proof import Given, Line

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "evidence.md"
HEAD = """# Evidence

<!-- made by `make evidence`; do not edit -->

What the methods and models are worth, measured by `make evidence` on {day} with seed {seed} (drawn for the run; `--seed` repeats it),
Python {python}, 2 cores. Real data sets lie outside the project and are named by their folder; each figure can be had alone with the
command above its table (`--data` names the folder of data sets). Goals that are missed are shown as missed.

Of {n} figures {goals} have a goal; {reached} of these are reached.{missed}
"""


def main() -> int:
    """Measure all, write the page, and say what was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="proofs to measure; without a name all, and the page is written")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="the folder of real data sets")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--quick", action="store_true", help="fewer repetitions; the page is not written")
    options = parser.parse_args()
    from kundig import proof

    with tempfile.TemporaryDirectory(prefix="kundig-evidence-") as scratch:
        given = proof.Given(options.data if options.data.is_dir() else None, options.seed, Path(scratch), options.quick)
        parts = [_measured(name, given) for name in options.names or proof.shelf()]
    text = _page(parts, options.seed)
    if options.names or options.quick:
        print(text)
    else:
        PAGE.write_text(text, encoding="utf-8")
    return 0


def _measured(name: str, given: Given) -> tuple[str, list[Line], float, list[str]]:
    from kundig import proof

    print(f"{name} ...", file=sys.stderr, flush=True)
    found, began = proof.find(name), time.process_time()
    lines = list(found.prove(given))
    return name, lines, time.process_time() - began, [folder for folder in found.data if given.folder(folder) is None]


def _page(parts: list[tuple[str, list[Line], float, list[str]]], seed: int) -> str:
    lines = [line for _, found, _, _ in parts for line in found]
    goals = [line for line in lines if line.goal]
    missed = [f"`{line.key}`" for line in goals if not line.reached]
    told = f" Missed: {', '.join(missed)}." if missed else ""
    head = HEAD.format(
        day=dt.date.today().isoformat(), seed=seed, python=platform.python_version(), n=len(lines), goals=len(goals),  # noqa: DTZ011 - the day the page is made
        reached=len(goals) - len(missed), missed=told,
    )  # fmt: skip
    return head + "".join(_section(*part) for part in parts)


def _section(name: str, lines: list[Line], seconds: float, absent: list[str]) -> str:
    from kundig import proof

    rows = "".join("| " + " | ".join(_row(line)) + " |\n" for line in lines)
    notes = "".join(f"- `{line.key}`: {line.note}\n" for line in lines if line.note)
    lacking = f"Not measured here, since the data were not there: {', '.join(absent)}.\n\n" if absent else ""
    return (
        f"\n## {proof.find(name).title}\n\n`kundig evidence {name} --data DIR` ({seconds:.0f} processor seconds)\n\n{lacking}"
        f"| figure | value | goal | reached | beside |\n| --- | --- | --- | --- | --- |\n{rows}" + (f"\n{notes}" if notes else "")
    )


def _row(line: Line) -> Iterator[str]:
    yield f"`{line.key}`"
    yield _number(line.value)
    yield line.goal.replace("+-", "±")
    yield {None: "", True: "yes", False: "**no**"}[line.reached]
    yield "; ".join(f"{name} {_number(value)}" for name, value in line.beside.items()).replace("|", "/")


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) >= 10 else f"{value:.4g}"


if __name__ == "__main__":
    sys.exit(main())
