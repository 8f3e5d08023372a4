"""The server as it runs: started on an empty folder, answering a client and an assistant, ending with its children."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.server.running import Running, clean_environment, kundig, serving

from kundig.server.client import ApiError, Client


@pytest.fixture(scope="module")
def running(_made: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The site's firm, served."""
    place = tmp_path_factory.mktemp("served")
    shutil.copytree(_made.pristine, place / "ws")
    with serving(place / "ws", place / "said") as found:
        yield found


@pytest.fixture(scope="module")
def token(running: Running) -> str:
    return kundig(running.folder, "token", "create", "--role", "integrator", "--name", "test")


def test_an_empty_folder_becomes_a_workspace_with_a_link_for_its_owner(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    with serving(tmp_path / "new", tmp_path / "said") as found:
        assert found.first_link.startswith(found.address)
        assert (found.folder / "kundig.toml").is_file()


def test_the_token_is_printed_alone(token: str) -> None:
    assert token.startswith("kdg_")
    assert len(token.split()) == 1


def test_a_script_asks_sends_and_finds_it_again(running: Running, token: str) -> None:
    api = Client(running.address, token)
    before = api.insight("data-quality")["figures"]["events"]
    event = {
        "source": "test", "id": "1", "occurred_at": "2026-10-01T10:00:00Z", "activity": "Call", "kind": "contact",
        "channel": "phone", "person_key": "T-4711", "case_id": "T-1",
    }  # fmt: skip
    assert api.send([event])["accepted"] == 1
    until = time.monotonic() + 60
    while api.insight("data-quality")["figures"]["events"] == before and time.monotonic() < until:
        time.sleep(0.5)
    assert api.insight("data-quality")["figures"]["events"] == before + 1
    assert api.send([event])["accepted"] == 0
    timeline = api.memory("T-4711")["timeline"]
    assert [entry["activity"] for entry in timeline] == ["Call"]


def test_a_client_is_told_what_is_wrong(running: Running, token: str) -> None:
    with pytest.raises(ApiError) as wrong:
        Client(running.address, token).insight("handover")
    assert wrong.value.status == 404
    with pytest.raises(ApiError) as unknown:
        Client(running.address, "kdg_guessed").insights()
    assert unknown.value.status == 401


def test_an_assistant_reads_under_the_tokens_rights(running: Running, token: str) -> None:
    from mcp import Client as Assistant
    from mcp import StdioServerParameters

    async def ask() -> tuple[list[Any], str, str]:
        words = ["-m", "kundig", "mcp", "--url", running.address]
        parameters = StdioServerParameters(command=sys.executable, args=words, env={**clean_environment(), "KUNDIG_TOKEN": token})
        async with Assistant(parameters) as assistant:
            tools = (await assistant.list_tools()).tools
            told = await assistant.call_tool("ask_insight", {"name": "contacts-per-case"})
            wrong = await assistant.call_tool("ask_insight", {"name": "nothing"})
            return tools, told.content[0].text, wrong.content[0].text

    tools, told, wrong = asyncio.run(ask())
    assert {tool.name for tool in tools} == {"list_insights", "ask_insight", "person_memory"}
    assert all(tool.annotations.read_only_hint for tool in tools)
    assert json.loads(told)["figures"]["cases"] > 0
    assert "problem" in json.loads(wrong)


def test_idle_memory_is_small(running: Running) -> None:
    """The promise is 250 MB for the web processes; the asker ends by itself when nobody asks."""
    main = psutil.Process(running.pid)
    web = [main, *(child for child in main.children() if "asker" not in " ".join(child.cmdline()))]
    assert sum(process.memory_info().rss for process in web) < 250e6


def test_it_ends_with_its_children(_made: Any, tmp_path: Path) -> None:
    shutil.copytree(_made.pristine, tmp_path / "ws")
    token = kundig(tmp_path / "ws", "token", "create", "--role", "integrator", "--name", "test")
    with serving(tmp_path / "ws", tmp_path / "said") as found:
        Client(found.address, token).insight("handovers")
    until = time.monotonic() + 20
    while (left := _of(tmp_path)) and time.monotonic() < until:
        time.sleep(0.2)
    assert left == []


def _of(folder: Path) -> list[str]:
    """Processes whose environment names the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and str(folder) in process.environ().get("KUNDIG_WORKSPACE", ""):
                found.append(" ".join(process.cmdline()))
        except (psutil.Error, OSError):
            continue
    return found


def test_without_a_token_in_the_environment_the_assistant_is_told(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kundig", "mcp"], capture_output=True, text=True, env=clean_environment(), check=False
    )
    assert done.returncode == 1
    assert "KUNDIG_TOKEN" in done.stderr
