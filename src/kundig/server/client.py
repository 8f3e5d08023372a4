"""A small client of the API, for scripts and for the MCP server: standard library only.

api = Client("https://kundig.example.org", token)
api.send([{"source": "shop", "id": "1", "occurred_at": "2026-11-22T10:00:00Z", "activity": "Order placed", ...}])
api.insight("handovers", since="2026-01-01")["sentences"]
api.memory("K1000042")["glance"]
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from kundig.errors import KundigError

PATIENCE_S = 90.0


class ApiError(KundigError):
    """The API answered with a problem; ``status`` and ``problem`` hold it whole."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status, self.problem = status, dict(problem)
        super().__init__(
            "The server answered {status}: {title}", "{detail}", status=status, title=str(problem.get("title", "")),
            detail=str(problem.get("detail", "")),
        )  # fmt: skip


class Client:
    """Calls with one token; waits and tries again where the server says so (429, 503 with Retry-After)."""

    def __init__(self, address: str, token: str, lang: str = "en") -> None:
        self._address = address.rstrip("/") + "/api"
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Language": lang, "Accept": "application/json"}

    def send(self, events: Iterable[Mapping[str, Any]]) -> Any:
        """Store events; returns when they are on the disk there. Safe to repeat: an event counts once."""
        return self._call("POST", "/events", json.dumps(list(events), ensure_ascii=False, default=str).encode())

    def insights(self) -> Any:
        """All insights the token may ask, with their inputs."""
        return self._call("GET", "/insights")

    def insight(self, name: str, **options: Any) -> Any:
        """One answer: figures, sentences, table, SQL; ``options`` are its inputs and the filter."""
        given = {key: str(value) for key, value in options.items() if value not in (None, "")}
        return self._call("GET", f"/insights/{quote(name)}" + (f"?{urlencode(given)}" if given else ""))

    def memory(self, key: str, **options: Any) -> Any:
        """One person's memory by any identifier."""
        given = {name: str(value) for name, value in options.items() if value not in (None, "")}
        return self._call("GET", f"/persons/{quote(key, safe='')}/memory" + (f"?{urlencode(given)}" if given else ""))

    def _call(self, method: str, path: str, body: bytes | None = None) -> Any:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._once(method, path, body)
            except ApiError as error:
                wait = float(error.problem.get("retry_after", 0))
                if error.status not in (429, 503) or not wait or time.monotonic() + wait > until:
                    raise
                time.sleep(wait)

    def _once(self, method: str, path: str, body: bytes | None) -> Any:
        headers = {**self._headers, **({"Content-Type": "application/json"} if body else {})}
        request = urllib.request.Request(self._address + path, body, headers, method=method)  # noqa: S310 - the caller's own address
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:  # noqa: S310
                return json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                raise ApiError(error.code, _problem(error)) from None


def _problem(error: urllib.error.HTTPError) -> dict[str, Any]:
    try:
        told = json.loads(error.read())
    except ValueError:
        told = {}
    problem = dict(told) if isinstance(told, dict) else {}
    return {"title": error.reason, "retry_after": error.headers.get("Retry-After", 0), **problem}
