"""Children run in this process, at once: what a page sets going is over when it answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

TICKETS = (
    "Kundennr;Datum;Vorgang;Status;Kanal;Bewertung;Bemerkung\r\n"
    + "".join(f"W-{i};{i % 28 + 1:02}.03.2026 1{i % 8}:00;W{i // 3};{s};Telefon;{i % 5 + 1};Größe {i}: geht nicht\r\n"
              for i, s in enumerate(["Anruf", "Rückfrage", "Gelöst"] * 20))
    + "W-90;gestern;W90;Anruf;Telefon;5;Wann war das noch\r\nW-91;02.03.2026 10:00;W91;Anruf;Telefon;sehr gut;Alles gut hier\r\n"
    + "W-92;kaputt\r\n"
).encode("cp1252")  # fmt: skip
"""60 good rows, and three that do not fit: no date, no number, too few cells."""


@pytest.fixture
def at_once(site: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whatever is started runs here; the names of what was started."""
    from kundig.server import children
    from kundig.server.sources import pour, sample

    started: list[str] = []

    def start(module: str, *words: str) -> None:
        started.append(module)
        {"sources.pour": pour.run, "sources.sample": sample.run}[module](*words)

    monkeypatch.setattr(children, "start", start)
    return started


@pytest.fixture
def bring() -> Callable[..., str]:
    """Send a file as a form without script does; the address of its page."""

    def send(client: Client, content: bytes = TICKETS, name: str = "Vorgänge.csv") -> str:
        answer = client.post("/data/import", {"file": SimpleUploadedFile(name, content)})
        assert answer.status_code == 302, answer.content.decode()
        return str(answer["Location"])

    return send


def notices(page: str) -> str:
    """What a page says went wrong."""
    return " ".join(
        re.sub(r"<[^>]+>", " ", text) for text in re.findall(r'<(?:div|p) class="notice (?:bad|warn)".*?</(?:div|p)>', page, re.S)
    )
