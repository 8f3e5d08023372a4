"""What the settings say about the identity provider, as Django's settings want it; nothing here imports Django."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kundig.config import Settings
from kundig.errors import ConfigError

SECRET = "oidc_secret"  # noqa: S105 - a file's name
ID = "oidc"
APPS = ("allauth.socialaccount", "kundig.server.people.identity")


def providers(settings: Settings, place: Path) -> dict[str, Any]:
    """allauth's SOCIALACCOUNT_PROVIDERS; empty where nobody logs in this way.

    ConfigError where the client id is missing, or others may read the secret.
    """
    if not settings.oidc_issuer:
        return {}
    if not settings.oidc_client:
        raise ConfigError(
            "The setting oidc_issuer needs oidc_client.", "Write the client id that the identity provider gave kundig."
        )
    app = {
        "provider_id": ID, "name": urlsplit(settings.oidc_issuer).hostname or settings.oidc_issuer,
        "client_id": settings.oidc_client, "secret": secret(place), "settings": {"server_url": settings.oidc_issuer.rstrip("/")},
    }  # fmt: skip
    return {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}


def secret(place: Path) -> str:
    """The client's secret; "" for a public client, which proves itself by PKCE alone."""
    path = place / SECRET
    if not path.is_file():
        return ""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ConfigError("Others can read {file}.", "Run `chmod 600 {file}`.", file=str(path))
    return path.read_text(encoding="utf-8").strip()
