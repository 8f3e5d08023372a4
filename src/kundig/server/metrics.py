"""Counts of requests by route, for Prometheus; kept in the process, without a label that could name a person."""

from __future__ import annotations

import threading
from collections import Counter

_lock = threading.Lock()
_requests: Counter[tuple[str, str, int]] = Counter()
_seconds: Counter[tuple[str, str]] = Counter()


def count(method: str, route: str, status: int, seconds: float) -> None:
    """One request was answered."""
    with _lock:
        _requests[method, route, status] += 1
        _seconds[method, route] += seconds  # type: ignore[assignment]


def text() -> str:
    """All counts in Prometheus' text format."""
    with _lock:
        requests, seconds = dict(_requests), dict(_seconds)
    lines = ["# TYPE kundig_requests_total counter"]
    lines += [f'kundig_requests_total{{method="{m}",route="{r}",status="{s}"}} {n}' for (m, r, s), n in sorted(requests.items())]
    lines.append("# TYPE kundig_request_seconds_total counter")
    lines += [f'kundig_request_seconds_total{{method="{m}",route="{r}"}} {n:.6f}' for (m, r), n in sorted(seconds.items())]
    return "\n".join(lines) + "\n"
