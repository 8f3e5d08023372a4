"""Starting the server from the command line: a port that is free, and a server that does not start is noticed."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from kundig.cli import serving
from kundig.errors import WorkspaceError


def test_the_wanted_port_where_it_is_free() -> None:
    with socket.socket() as taken:
        taken.bind((serving.LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert serving.free_port(port) not in (0, port)
    assert serving.free_port(port) == port


def test_a_server_that_does_not_start_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "something").touch()
    with pytest.raises(WorkspaceError):
        serving.prove(tmp_path, serving.free_port(0))
