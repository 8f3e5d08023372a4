"""Nothing is made before a question names it, and then with all it reads."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from kundig.engine import find
from kundig.errors import EngineError
from kundig.lake.lazily import LazySession


@pytest.fixture
def session() -> Iterator[LazySession]:
    lazy = LazySession(find("duckdb").session([]))
    yield lazy
    lazy.close()


def test_a_definition_is_made_with_what_it_reads_whatever_the_order(session: LazySession) -> None:
    session.define("doubled", "select 2 * n as n from numbers")
    session.define("numbers", "select * from given")
    session.arrow("given", pa.table({"n": [1, 2]}))
    assert session.query("select n from DOUBLED order by n")["n"].to_pylist() == [2, 4]


def test_what_no_question_names_is_never_made(session: LazySession) -> None:
    session.define("broken", "select nothing from nowhere")
    assert session.query("select 1 as n").num_rows == 1
    with pytest.raises(EngineError, match="nowhere"):
        session.query("select * from broken")


def test_a_column_called_like_a_relation_does_no_harm(session: LazySession) -> None:
    session.arrow("stored", pa.table({"events": [3]}))
    session.define("cases", "select events from stored")
    session.define("events", "select * from chosen")
    session.define("chosen", "select events as n from cases")
    assert session.query("select n from events")["n"].to_pylist() == [3]


def test_a_later_definition_counts(session: LazySession) -> None:
    session.define("a", "select 1 as n")
    assert session.query("select n from a")["n"].to_pylist() == [1]
    session.define("a", "select 2 as n")
    assert session.query("select n from a")["n"].to_pylist() == [2]


def test_work_is_done_once_and_only_when_asked(session: LazySession) -> None:
    done: list[int] = []

    def work() -> pa.Table:
        done.append(1)
        return pa.table({"n": [1]})

    session.computed("worked", work)
    assert not done
    assert [session.query("select n from worked").num_rows for _ in range(2)] == [1, 1]
    assert len(done) == 1
