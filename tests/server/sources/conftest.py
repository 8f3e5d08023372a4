"""No test wakes a real flusher, and none inherits another's count of waiting events."""

from __future__ import annotations

import pytest

from kundig.server.sources import inbox, waking


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "_waiting", inbox._Waiting())
    monkeypatch.setattr(waking, "wake", lambda: None)
