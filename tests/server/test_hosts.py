"""Which names the server answers to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from kundig.config import Settings
from kundig.server import hosts


def test_a_name_that_is_not_ours_is_refused(site: Any) -> None:
    """Else a foreign name that is led to this machine (DNS rebinding) could read its pages and choose the hosts in its links."""
    assert Client(SERVER_NAME="evil.example").get("/account/login/").status_code == 400
    assert Client(SERVER_NAME="localhost").get("/account/login/").status_code == 200


@pytest.mark.parametrize(
    ("host", "public_url", "name", "answers"),
    [
        ("127.0.0.1", "", "localhost", True), ("127.0.0.1", "", "kundig.example.org", False),
        ("127.0.0.1", "https://kundig.example.org", "kundig.example.org", True), ("192.0.2.7", "", "192.0.2.7", True),
        ("0.0.0.0", "", "*", True), ("0.0.0.0", "https://kundig.example.org", "*", False), ("::1", "", "[::1]", True),
    ],
)  # fmt: skip
def test_names_follow_the_settings(host: str, public_url: str, name: str, answers: bool) -> None:
    assert (name in hosts.answered(replace(Settings(), host=host, public_url=public_url))) is answers
