"""Consents in an export: a customer list that says who wants the newsletter fills the lake's ledger.

A yes or no without a date counts from the import on, and only where the last decision was another one; so the same list
may be imported every night. A date is taken as when the person decided.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kundig.engine import Session
from kundig.ingest import values
from kundig.ingest.compile import Role
from kundig.ingest.consent_columns import NOTHING, answer
from kundig.ingest.mapping import Consent, Table
from kundig.ingest.mapping import Mapping as ColumnMapping
from kundig.ingest.stage import meaning
from kundig.ingest.words import Words
from kundig.lake.ledger import decisions
from kundig.message import Message, sentences

if TYPE_CHECKING:
    import pyarrow as pa

    from kundig.lake import Lake

AUTHOR = "import"


@dataclass
class Decisions:
    """What the rows of one import say about consents, collected until the persons themselves are stored."""

    session: Session
    words: Words
    key: bytes
    tables: list[pa.Table] = field(default_factory=list)
    unread: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(column, value) that cannot be read, and how often."""
    rows: int = 0

    def add(self, mapping: ColumnMapping, table: Table, rows: pa.Table, file: str) -> None:
        """Collect what ``rows`` (text columns) of one file decide."""
        if not table.consents or not table.person:
            return
        persons = self._persons(mapping, table, rows)
        for consent in table.consents:
            if consent.column in rows.column_names:
                self.tables.append(self._read(mapping, consent, rows, persons, file))
        self.rows += rows.num_rows

    def mark(self) -> int:
        """Where the collection stands, for :meth:`back_to`."""
        return len(self.tables)

    def back_to(self, mark: int) -> None:
        """Forget what came after ``mark``: the file it came from is left out."""
        del self.tables[mark:]

    def record(self, lake: Lake) -> int:
        """Write down what is new; returns how many decisions that were."""
        return lake.ledger.record_decisions(self.table()) if self.tables else 0

    def table(self) -> pa.Table:
        """All decisions found, in the order of the rows."""
        import pyarrow as pa

        return pa.concat_tables(self.tables).sort_by("place") if self.tables else decisions()

    def counts(self) -> dict[str, int]:
        """How many rows decide what, by status."""
        import pyarrow as pa

        counted = pa.table({"status": self.table()["status"]}).group_by("status").aggregate([([], "count_all")])
        return {str(one["status"]): int(one["count_all"]) for one in counted.to_pylist()}

    @property
    def warnings(self) -> list[Message]:
        """What could not be read, by column."""
        found: dict[str, list[tuple[str, int]]] = {}
        for (column, value), count in self.unread.items():
            found.setdefault(column, []).append((value, count))
        return [
            sentences(
                "{n} value of column {column} says neither yes nor no and was left out, for example {example}.",
                "{n} values of column {column} say neither yes nor no and were left out, for example {example}.",
                sum(count for _, count in each),
                column=column,
                example=each[0][0][:80],
            )
            for column, each in found.items()
        ]

    def _persons(self, mapping: ColumnMapping, table: Table, rows: pa.Table) -> pa.Array[Any]:
        """The person_id of each row, null where it names nobody."""
        import pyarrow as pa

        assert table.person
        pseudonym = meaning(Role("person", (), table.person.kind), mapping, table, self.words, self.key)
        columns = _texts(rows, table.person.column), _texts(rows, table.person.otherwise)
        named = [one or other for one, other in zip(*columns, strict=True)]
        known = {text: pseudonym(text) for text in set(named) if text}
        return pa.array([known.get(text) for text in named], pa.string())

    def _read(self, mapping: ColumnMapping, consent: Consent, rows: pa.Table, pseudonyms: pa.Array[Any], file: str) -> pa.Table:
        import pyarrow as pa
        import pyarrow.compute as pc

        answers = self._answers(mapping, consent, rows)
        place = pa.array(range(self.rows, self.rows + rows.num_rows), pa.int64())
        kept = pc.and_(pc.is_valid(answers["status"]), pc.is_valid(pseudonyms))
        told = answers.append_column("person_id", pseudonyms).append_column("place", place).filter(kept)
        constants = {
            "purpose": consent.purpose, "source": mapping.source, "author": AUTHOR, "notice": None, "evidence": f"{file}: {consent.column}",
        }  # fmt: skip
        for name, value in constants.items():
            told = told.append_column(name, pa.repeat(pa.scalar(value, pa.string()), told.num_rows))
        schema = decisions().schema.append(pa.field("place", pa.int64()))
        return told.select(schema.names).cast(schema)

    def _answers(self, mapping: ColumnMapping, consent: Consent, rows: pa.Table) -> pa.Table:
        """``status`` and ``decided_at`` of each row; null where it says nothing."""
        import pyarrow as pa

        columns = [_texts(rows, name) for name in (consent.column, consent.at, consent.no_at)]
        dates = self._dates(mapping, {value for column in columns for value in column if value})
        saying = {value: self._saying(value, dates) for value in set(columns[0])}
        status: list[str | None] = []
        decided: list[dt.datetime | None] = []
        for value, at, no_at in zip(*columns, strict=True):
            answer = saying[value]
            means = {"yes": consent.yes, "no": consent.no}.get(answer, NOTHING)
            status.append(None if means == NOTHING else means)
            decided.append(dates.get(value) or dates.get(at if answer == "yes" else no_at))
            if answer == "?":
                self.unread[consent.column, value] += 1
        return pa.table({"status": pa.array(status, pa.string()), "decided_at": pa.array(decided, pa.timestamp("us", tz="UTC"))})

    def _saying(self, value: str, dates: Mapping[str, dt.datetime]) -> str:
        """yes, no, nothing, or ? where the value is none of it; a date is a yes."""
        return answer(value, self.words) or ("yes" if value in dates else "?" if value else NOTHING)

    def _dates(self, mapping: ColumnMapping, texts: set[str]) -> dict[str, dt.datetime]:
        """The instants that texts with a digit and more than a flag stand for."""
        import pyarrow as pa

        sought = sorted(text for text in texts if len(text) >= 6 and any(c.isdigit() for c in text))
        if not sought:
            return {}
        self.session.arrow("consent_dates", pa.table({"x": sought}))
        read = f"{values.wall_time('x', mapping.date_order)} as wall, {values.is_absolute('x')} as absolute"
        found = self.session.query(f"select x, {read} from consent_dates").to_pylist()
        zone = ZoneInfo(mapping.time_zone or "UTC")
        return {
            f["x"]: f["wall"].replace(tzinfo=dt.UTC if f["absolute"] else zone).astimezone(dt.UTC) for f in found if f["wall"]
        }


def _texts(rows: pa.Table, name: str) -> Sequence[str]:
    if name not in rows.column_names:
        return [""] * rows.num_rows
    return [(value or "").strip() for value in rows[name].to_pylist()]
