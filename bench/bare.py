"""The least that takes events in over HTTP and keeps them: Starlette, one SQLite table, one synced transaction a request.

``python -m bench.bare FOLDER PORT``. Without Starlette installed it is a bare WSGI application on the same server.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

TABLE = "create table if not exists events (source text, id text, payload blob, primary key (source, id))"
INSERT = "insert or ignore into events values (?, ?, ?)"
HAS_STARLETTE = find_spec("starlette") is not None


class Event(msgspec.Struct):
    """What is checked of an event."""

    id: str
    source: str
    occurred_at: str
    activity: str


def opened(folder: Path) -> sqlite3.Connection:
    """The database, synced at every commit."""
    db = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None, check_same_thread=False)
    db.executescript(f"pragma journal_mode = wal; pragma synchronous = full; {TABLE}")
    return db


def store(db: sqlite3.Connection, body: bytes) -> int:
    """Check and keep the events of a request; how many were new."""
    events = msgspec.json.decode(body, type=list[Event])
    raw = msgspec.json.decode(body, type=list[msgspec.Raw])
    db.execute("begin immediate")
    before = db.total_changes
    db.executemany(INSERT, [(e.source, e.id, bytes(r)) for e, r in zip(events, raw, strict=True)])
    db.execute("commit")
    return db.total_changes - before


def starlette(db: sqlite3.Connection) -> Any:
    """The application as ASGI."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def events(request: Request) -> JSONResponse:
        return JSONResponse({"accepted": store(db, await request.body())}, status_code=202)

    return Starlette(routes=[Route("/api/events", events, methods=["POST"])])


def plain(db: sqlite3.Connection) -> Any:
    """The application as WSGI."""

    def events(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        told = msgspec.json.encode({"accepted": store(db, environ["wsgi.input"].read())})
        start("202 Accepted", [("Content-Type", "application/json"), ("Content-Length", str(len(told)))])
        return [told]

    return events


def application() -> Any:
    """What a worker runs."""
    db = opened(Path(sys.argv[1]))
    return starlette(db) if HAS_STARLETTE else plain(db)


def main() -> None:
    """Serve until ended."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "bench.bare:application", address="127.0.0.1", port=int(sys.argv[2]), workers=1, factory=True, log_enabled=False,
        interface=Interfaces.ASGI if HAS_STARLETTE else Interfaces.WSGI,
    ).serve()  # fmt: skip


if __name__ == "__main__":
    main()
