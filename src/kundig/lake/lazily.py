"""Relations made when a question first names them: one person's memory needs four of them, and a view costs milliseconds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig.engine import Session, Written

if TYPE_CHECKING:
    import pyarrow as pa


_READ = re.compile(r"\b(?:from|join)\s+(\w+)")
"""What a definition of ours reads: strictly, since cases have a column called events."""


class LazySession:
    """A session of an engine that puts every definition off until a question names it, with what that definition reads."""

    def __init__(self, session: Session) -> None:
        self.embedded = session.embedded
        self._session = session
        self._put_off: dict[str, tuple[str, Callable[[], None]]] = {}

    def files(self, name: str, paths: Sequence[str], schema: pa.Schema, *, named: bool = False) -> None:
        options = {"named": True} if named else {}
        self._put_off[name] = "", partial(self._session.files, name, paths, schema, **options)

    def arrow(self, name: str, table: pa.Table) -> None:
        self._put_off[name] = "", partial(self._session.arrow, name, table)

    def define(self, name: str, sql: str, params: Mapping[str, Any] | None = None, *, stored: bool = False) -> None:
        self._put_off[name] = sql, partial(self._session.define, name, sql, params, stored=stored)

    def computed(self, name: str, work: Callable[[], pa.Table]) -> None:
        """Make what ``work`` returns readable as relation ``name``; it may ask this session."""
        self._put_off[name] = "", lambda: self._session.arrow(name, work())

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        self._make(sql)
        return self._session.query(sql, params)

    def write(
        self, sql: str, folder: Path, *, params: Mapping[str, Any] | None = None, rows_per_file: int, stem: str
    ) -> list[Written]:
        self._make(sql)
        return self._session.write(sql, folder, params=params, rows_per_file=rows_per_file, stem=stem)

    def split(self, relation: str, column: str, parts: int, folder: Path) -> list[list[str]]:
        self._make(relation)
        return self._session.split(relation, column, parts, folder)

    def close(self) -> None:
        self._session.close()

    def _make(self, sql: str) -> None:
        """Every word of a question counts, as people may write it in any way; a column called like a relation does no harm."""
        self._make_all(re.findall(r"\w+", sql.lower()))

    def _make_all(self, names: Sequence[str]) -> None:
        for name in names:
            if name in self._put_off:
                sql, make = self._put_off.pop(name)
                self._make_all(_READ.findall(sql))
                make()
