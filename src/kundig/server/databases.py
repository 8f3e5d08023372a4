"""Where the server's own tables lie: SQLite beside the lake, or PostgreSQL by one setting."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from kundig.errors import ConfigError

FILE = "server.sqlite3"
_PRAGMAS = "pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on; pragma busy_timeout = 20000"


def configured(url: str, workspace: Path | None) -> dict[str, Any]:
    """Django's DATABASES entry for the setting ``database``; "" is SQLite in the workspace."""
    if not url:
        return _sqlite(workspace)
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ConfigError(
            "The setting database cannot be {value}.",
            "Leave it empty for SQLite, or write postgresql://user@host:5432/name.",
            value=parts.scheme or url,
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or dict(parse_qsl(parts.query)).get("host", "")),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


def cache(url: str, workspace: Path | None) -> dict[str, Any]:
    """Where rate limits are counted: in the process, or among several workers in the database."""
    if url:
        return {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "kundig_cache"}
    return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}


def _sqlite(workspace: Path | None) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(workspace / FILE) if workspace else ":memory:",
        # Without IMMEDIATE a transaction that reads first fails with "locked" instead of waiting its turn.
        "CONN_MAX_AGE": None,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": _PRAGMAS},
    }
