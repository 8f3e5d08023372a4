"""The mail server of the setting ``mail_url``."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings

from kundig.errors import ConfigError


def is_set() -> bool:
    """Whether mail can be sent at all."""
    return bool(settings.KUNDIG.mail_url)


def connection_settings() -> dict[str, Any]:
    """Arguments of Django's SMTP backend; ConfigError where no mail server is set."""
    url = urlsplit(settings.KUNDIG.mail_url)
    if not url.hostname:
        raise ConfigError("No mail server is set.", "Write mail_url into kundig.toml, such as smtp://mail.example.org:587.")
    secure = url.scheme == "smtps"
    return {
        "host": url.hostname, "port": url.port or (465 if secure else 25), "username": unquote(url.username or ""),
        "password": unquote(url.password or ""), "use_ssl": secure, "use_tls": not secure and (url.port == 587), "timeout": 30,
    }  # fmt: skip
