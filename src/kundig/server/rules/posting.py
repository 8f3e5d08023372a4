"""Posting to an address somebody typed in, without being led to the firm's own network.

The name is resolved once, every address it has must be public (unless its host is in the setting ``webhook_hosts``), the
connection goes to the address that was checked, redirects are not followed, and the time is limited.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from kundig.errors import QuestionError

TIMEOUT_S = 15.0
MOST_READ = 4096


@dataclass(frozen=True)
class Target:
    """Where to connect: the address that was checked, and the name it was checked for."""

    scheme: str
    host: str
    port: int
    path: str
    address: str


def checked(url: str, allowed: frozenset[str] = frozenset()) -> Target:
    """The target of ``url``; QuestionError where it is no web address, is unknown or not public."""
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        port = 0
    if parts.scheme not in ("http", "https") or not parts.hostname or not port or parts.username:
        raise QuestionError("{url} is no web address that can be posted to.", "Write https://host/path.", url=url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port, path, _address(parts.hostname, port, allowed))


def _address(host: str, port: int, allowed: frozenset[str]) -> str:
    try:
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise QuestionError("There is no host called {host}.", "Look at the address.", host=host) from error
    if host not in allowed and not all(_is_public(address) for address in found):
        raise QuestionError(
            "{host} lies in a private network.", "If that is meant, add it to the setting webhook_hosts.", host=host
        )
    return found[0]


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.split("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_global and not ip.is_multicast


def post(target: Target, body: bytes, headers: Mapping[str, str]) -> int:
    """The status of the answer; OSError or http.client.HTTPException where there is none."""
    connection = _connection(target)
    try:
        connection.request("POST", target.path, body, {"Content-Type": "application/json", "User-Agent": "kundig", **headers})
        response = connection.getresponse()
        response.read(MOST_READ)
        return response.status
    finally:
        connection.close()


def _connection(target: Target) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(target.host, target.port, timeout=TIMEOUT_S)
    sock = socket.create_connection((target.address, target.port), TIMEOUT_S)
    if target.scheme == "https":
        sock = ssl.create_default_context().wrap_socket(sock, server_hostname=target.host)
    connection.sock = sock
    return connection
