"""``python -m bench``: kundig, plain DuckDB SQL and pm4py on the same generated log, one after the other, with ratios.

Each tool runs in a process of its own, warm; caches of answers do not exist in kundig yet, so none need to be off.
"""

from __future__ import annotations

import argparse
import itertools
import json
import platform
import random
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.generate import generate

HERE = Path(__file__).parent
GOALS = (
    ("journey_map", 1.5, 2000), ("variants", 1.5, 2000), ("throughput_times", 1.5, 2000), ("contacts_per_case", 1.5, 2000),
    ("handovers", 1.5, 2000), ("one person's memory", 0.1, 2000),
)  # fmt: skip


def main() -> int:
    """Measure, print a table per size, and keep the figures in ``bench/.work/results.json``."""
    options = _options()
    seed = options.seed or random.SystemRandom().randint(1, 10**6)
    print(f"Python {platform.python_version()}, {platform.machine()}, seed {seed} (drawn at run time where none was given)")
    found: dict[int, list[dict[str, Any]]] = {}
    for events in options.events:
        found[events] = _measure(events, options, seed)
        _print(events, found[events])
    _growth(found)
    (options.work / "results.json").write_text(json.dumps(found, indent=1))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 10_000_000, 50_000_000])
    parser.add_argument("--csv", action="store_true", help="import CSV instead of Parquet")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rivals", nargs="*", default=["plain_sql", "with_pm4py"])
    parser.add_argument("--questions-only", action="store_true", help="reuse the workspace of an earlier run and only ask")
    parser.add_argument("--timeout", type=int, default=1800, help="seconds for each tool and size")
    parser.add_argument("--work", type=Path, default=HERE / ".work")
    return parser.parse_args()


def _measure(events: int, options: argparse.Namespace, seed: int) -> list[dict[str, Any]]:
    folder = options.work / str(events)
    parquet = generate(events, folder, csv=False)
    ours = generate(events, folder, csv=True) if options.csv else parquet
    # Another person than the earlier run erased.
    person = f"K{random.Random(seed + options.questions_only).randrange(events // 60):08d}"
    print(f"\n{events:,} events, as they come: wall seconds (processor seconds; peak MB)")
    ours_only = ["--questions-only"] if options.questions_only else []
    found = _run("ours", [str(ours), str(folder / "workspace"), person, str(seed), *ours_only], options.timeout)
    for rival in options.rivals:
        found += _run(rival, [str(parquet), person, str(seed)] if rival == "plain_sql" else [str(parquet)], options.timeout)
    return found


def _run(module: str, arguments: Sequence[str], timeout: int) -> list[dict[str, Any]]:
    """What one tool measured, each line shown as it comes; its errors go to ours."""
    command = [sys.executable, "-m", f"bench.{module}", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parent) as child:
        late = threading.Timer(timeout, child.kill)
        late.start()
        found = list(_shown(child))
        late.cancel()
    if child.returncode:
        print(f"{module}: ended with {child.returncode}, or not finished after {timeout} s", file=sys.stderr)
    return found


def _shown(child: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    for line in child.stdout or ():
        if line.startswith("{"):
            m = json.loads(line)
            print(f"  {m['tool']:<10} {m['what']:<44} {_cell(m)}   [{m['result']}]", flush=True)
            yield m


def _print(events: int, found: Sequence[dict[str, Any]]) -> None:
    print(f"\n{events:,} events: wall seconds (processor seconds; peak MB)")
    rivals = {(m["tool"], m["what"]): m for m in found if m["tool"] != "kundig"}
    for ours in (m for m in found if m["tool"] == "kundig"):
        line = f"  {ours['what']:<44} {_cell(ours)}"
        for tool in ("plain SQL", "pm4py"):
            rival = rivals.get((tool, ours["what"].removesuffix(", late events not folded")))
            if rival:
                line += f"   {tool} {_cell(rival)} = {rival['wall'] / max(ours['wall'], 1e-6):.1f} x"
        print(line + f"   [{ours['result']}]")
    imported = next((m for m in found if m["what"] == "import" and m["tool"] == "kundig"), None)
    if imported:
        print(f"  import: {events / imported['wall']:,.0f} events/s with steps and cases laid down")
    for what, seconds, megabytes in GOALS:
        for m in found:
            if m["tool"] == "kundig" and m["what"] == what and (m["wall"] > seconds or m["peak_mb"] > megabytes):
                print(f"  goal missed: {what} {m['wall']:.2f} s of {seconds} s, {m['peak_mb']:.0f} MB of {megabytes} MB")


def _cell(m: dict[str, Any]) -> str:
    return f"{m['wall']:.3f} ({m['cpu']:.2f}; {m['peak_mb']:.0f})"


def _growth(found: dict[int, list[dict[str, Any]]]) -> None:
    sizes = sorted(found)
    for small, large in itertools.pairwise(sizes):
        print(f"\nfrom {small:,} to {large:,} events, {large / small:.0f} times as many:")
        before = {m["what"]: m["wall"] for m in found[small] if m["tool"] == "kundig"}
        for m in found[large]:
            if m["tool"] == "kundig" and before.get(m["what"], 0) > 0.001:
                print(f"  {m['what']:<44} {m['wall'] / before[m['what']]:.1f} times as long")


if __name__ == "__main__":
    sys.exit(main())
