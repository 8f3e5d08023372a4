"""kundig for an assistant, over the Model Context Protocol."""

from __future__ import annotations

import os

from kundig.cli.command import command, option
from kundig.cli.state import State, with_state
from kundig.cli.wording import spoken
from kundig.errors import ConfigError
from kundig.message import sentence


@command(
    "mcp",
    sentence(
        "Offer insights and memories to an assistant over MCP (standard input and output), read-only, under a token's rights."
    ),
    "KUNDIG_TOKEN=kdg_... kundig mcp --url http://localhost:8600",
)
@option("--url", metavar=sentence("URL"), default="http://localhost:8600", help=sentence("Where kundig serves."))
@with_state
def mcp(state: State, url: str) -> None:
    """Serve until the assistant hangs up. The token comes from the environment, never from a flag others can see."""
    from kundig.server.client import Client
    from kundig.server.mcp import server

    token = os.environ.get("KUNDIG_TOKEN", "")
    if not token:
        raise ConfigError("KUNDIG_TOKEN is not set.", "Make a token: kundig token create --role analyst --name assistant")
    server(Client(url, token, spoken())).run("stdio")


command = mcp
