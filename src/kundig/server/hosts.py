"""The names this server answers to: a page that another site's name leads to could be read by that site."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from kundig.config import Settings

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound


def answered(settings: Settings) -> list[str]:
    """Django's ALLOWED_HOSTS: this machine, the address listened on, and the host of ``public_url``.

    Where every network is listened on and no ``public_url`` says under which name, any.
    """
    public = urlsplit(settings.public_url).hostname
    if settings.host in EVERYWHERE and not public:
        return ["*"]
    own = f"[{settings.host}]" if ":" in settings.host else settings.host
    return [*dict.fromkeys((*LOOPBACK, own, socket.gethostname().lower(), *([public] if public else [])))]
