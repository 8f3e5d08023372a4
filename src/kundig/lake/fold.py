"""Folding lays journeys down: steps and cases of touched cases are knitted and stored, so that questions are group-bys.

A fold reads what was added since the last one, rewrites the files that hold a touched case, and commits steps and
cases together. It works bucket by bucket of cases, so memory is bounded by the bucket and not by the lake. Where the
engine is embedded, buckets are woven in memory, two at a time; a cluster knits them by SQL.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig import event
from kundig.engine import Engine, Session, Written
from kundig.lake import knit
from kundig.lake.append import ROWS_PER_FILE
from kundig.lake.state import File
from kundig.lake.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

    from kundig.lake.buckets import Bucket, Rows

ROWS_PER_BUCKET = 720_000
"""Events of a bucket, nearly three files; two in work at once need about 1.0 GB of memory."""

FEW = 0.05
"""Up to this share of fresh events a question computes them on the fly; beyond, they are folded."""


def is_due(store: Store) -> bool:
    """Whether so much is fresh that folding pays."""
    files = store.files("events")
    fresh = sum(f.rows for f in files if f.fresh)
    return fresh > 0 and fresh > FEW * sum(f.rows for f in files if not f.fresh)


def fold(store: Store, engine: Engine) -> int:
    """Store the journeys of all fresh events; returns the lake's version."""
    with store.writing():
        return fold_now(store, engine)


def fold_now(store: Store, engine: Engine, *, without: str = "", add: Sequence[File] = (), remove: Sequence[File] = ()) -> int:
    """Fold while already the only writer.

    ``without`` names a relation-free SQL condition on knots that must stay out (an erasure), ``add`` and ``remove``
    are further files of the same change.
    """
    work = store.new_folder("fold")
    session = engine.session([store.folder], work)
    try:
        changed = _Fold(store, session, work, without).run()
    finally:
        session.close()
        shutil.rmtree(work, ignore_errors=True)
    if not (changed.add or changed.remove or add or remove):
        return store.commit([], [], "fold", folded=True) if any(f.fresh for f in store.files("events")) else store.state.version()
    return store.commit([*changed.add, *add], [*changed.remove, *remove], "fold", folded=True)


class _Change:
    def __init__(self) -> None:
        self.add: list[File] = []
        self.remove: list[File] = []


class _Fold:
    """One fold: what is touched, which files hold it, and the new files."""

    def __init__(self, store: Store, session: Session, work: Path, without: str) -> None:
        self.store, self.session, self.work, self.without = store, session, work, without
        self.change = _Change()

    def run(self) -> _Change:
        fresh = self._define_sources()
        if not fresh and not self.without:
            return self.change
        if self.store.files("steps"):
            self.session.define("touched", self._touched(), stored=True)
        held = {name: self._holding(name) for name in ("steps", "cases")}
        rows = sum(f.rows for f in self.store.files("events") if f.fresh) + sum(f.rows for f in held["steps"])
        if self.session.embedded and not self.without:
            self._weave_buckets(held["steps"], rows)
        else:
            self._define_knots(held["steps"])
            self._fold_buckets()
        for name, files in held.items():
            self._keep_untouched(name, files)
            self.change.remove += files
        return self.change

    def _define_sources(self) -> bool:
        snapshot = self.store.snapshot()
        self.session.files("fresh_events", snapshot.fresh, event.EVENTS.arrow())
        for name in ("steps", "cases"):
            self.session.files(f"stored_{name}", snapshot.files[name], event.table(name).arrow())
        return bool(snapshot.fresh)

    def _touched(self) -> str:
        sql = "select case_id from fresh_events where case_id is not null"
        if self.without:
            sql += f" union select case_id from stored_steps where {self.without}"
        return sql if self.without else f"select distinct {sql.removeprefix('select ')}"

    def _holding(self, name: str) -> list[File]:
        """The live files of a derived table in which a touched case lies."""
        live = {f.path: f for f in self.store.files(name)}
        if not live:
            return []
        paths = [str(self.store.table(name) / path) for path in live]
        self.session.files("sought", paths, event.table(name).arrow(), named=True)
        sql = "select distinct filename from sought where case_id in (select case_id from touched)"
        found: list[Any] = self.session.query(sql)["filename"].to_pylist()
        return [live[Path(path).name] for path in found]

    def _define_knots(self, held: Sequence[File]) -> None:
        paths = [str(self.store.table("steps") / f.path) for f in held]
        self.session.files("held_steps", paths, event.STEPS.arrow())
        knots = knit.KNOTS_OF_EVENTS.format(relation="fresh_events") + " where case_id is not null"
        if held:
            stored = knit.KNOTS_OF_STEPS.format(relation="held_steps") + " where case_id in (select case_id from touched)"
            knots += f" union all {stored}"
        if self.without:
            knots = f"select * from ({knots}) where not coalesce({self.without}, false)"
        self.session.define("all_knots", knots)

    def _fold_buckets(self) -> None:
        rows = self.session.query("select count(*) as n from all_knots")["n"][0].as_py()
        buckets = max(1, -(-rows // ROWS_PER_BUCKET))
        if buckets == 1:
            self.session.define("knots", "select * from all_knots")
            self._fold_bucket(0)
            return
        parts = self.session.split("all_knots", "case_id", buckets, self.work / "knots")
        for number, paths in enumerate(parts):
            if not paths:
                continue
            self.session.files("knots", paths, event.EVENTS.arrow())
            self._fold_bucket(number)
            for path in paths:
                Path(path).unlink()

    def _fold_bucket(self, number: int) -> None:
        steps = self._write(knit.STEPS + " order by case_id, position", f"steps-{number}")
        if not steps:
            return
        self.session.files("new_steps", [str(w.path) for w in steps], event.STEPS.arrow())
        cases = self._write(knit.CASES.format(steps="new_steps") + " order by case_id", f"cases-{number}")
        self.change.add += self.store.adopt("steps", steps) + self.store.adopt("cases", cases)

    def _weave_buckets(self, held: Sequence[File], rows: int) -> None:
        from kundig.lake import buckets

        plan = buckets.ByText("case_id", buckets.number_of(rows, ROWS_PER_BUCKET))
        dealt = buckets.deal(self._knots(held), plan, self.work / "knots")
        for woven in buckets.in_turn(self._weave_bucket, dealt):
            self.change.add += woven

    def _knots(self, held: Sequence[File]) -> list[Rows]:
        from kundig.lake.buckets import Rows
        from kundig.lake.weave import OF_EVENTS, OF_STEPS

        knots = [Rows(Path(path), OF_EVENTS, given="case_id") for path in self.store.snapshot().fresh]
        if held:
            touched = self._touched_cases()
            knots += [Rows(self.store.table("steps") / f.path, OF_STEPS, "case_id", touched) for f in held]
        return knots

    def _weave_bucket(self, bucket: Bucket) -> list[File]:
        from kundig.lake.weave import weave
        from kundig.lake.writing import write

        adopted = []
        for name, table in zip(("steps", "cases"), weave(bucket.rows()), strict=True):
            adopted += self.store.adopt(name, write(table, self.work, f"{name}-{bucket.number}", ROWS_PER_FILE))
        return adopted

    def _keep_untouched(self, name: str, held: Sequence[File]) -> None:
        """Write the other cases of a rewritten file again."""
        if not held:
            return
        if self.session.embedded:
            self._filter(name, held)
            return
        table = event.table(name)
        self.session.files("held", [str(self.store.table(name) / f.path) for f in held], table.arrow())
        columns, order = ", ".join(table.names), ", ".join(table.sorted_by)
        kept = f"select {columns} from held where case_id not in (select case_id from touched) order by {order}"
        self.change.add += self.store.adopt(name, self._write(kept, f"kept-{name}"))

    def _filter(self, name: str, held: Sequence[File]) -> None:
        """The same, file by file: what is left of a sorted file is sorted."""
        from kundig.lake import buckets
        from kundig.lake.columns import shortened
        from kundig.lake.writing import write

        columns = {column: column for column in event.table(name).names}
        folder, touched = self.store.table(name), self._touched_cases()

        def filtered(file: File) -> list[File]:
            rows = buckets.Rows(folder / file.path, columns, "case_id", touched, apart=True).read()
            return self.store.adopt(name, write(shortened(rows), self.work, f"kept-{file.path}", ROWS_PER_FILE))

        for kept in buckets.in_turn(filtered, held):
            self.change.add += kept

    def _touched_cases(self) -> pa.Array[Any]:
        return self.session.query("select case_id from touched")["case_id"].combine_chunks()

    def _write(self, sql: str, stem: str) -> list[Written]:
        return self.session.write(sql, self.work, rows_per_file=ROWS_PER_FILE, stem=stem)
