"""What the settings say about the identity provider."""

from __future__ import annotations

from pathlib import Path

import pytest

from kundig.config import Settings
from kundig.errors import ConfigError
from kundig.server.people.identity import configured

GIVEN = Settings(oidc_issuer="https://login.example.org/realm/", oidc_client="kundig")


def test_without_an_issuer_nobody_logs_in_this_way(tmp_path: Path) -> None:
    assert configured.providers(Settings(), tmp_path) == {}


def test_the_provider_is_named_by_its_host_and_proves_by_pkce(tmp_path: Path) -> None:
    (tmp_path / "oidc_secret").write_text("s3cret\n")
    (tmp_path / "oidc_secret").chmod(0o600)
    found = configured.providers(GIVEN, tmp_path)["openid_connect"]
    (app,) = found["APPS"]
    assert found["OAUTH_PKCE_ENABLED"]
    assert (app["name"], app["client_id"], app["secret"]) == ("login.example.org", "kundig", "s3cret")
    assert app["settings"]["server_url"] == "https://login.example.org/realm"


def test_a_public_client_has_no_secret(tmp_path: Path) -> None:
    assert configured.secret(tmp_path) == ""


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "oidc_secret").write_text("s3cret")
    (tmp_path / "oidc_secret").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        configured.providers(GIVEN, tmp_path)


def test_the_client_id_is_needed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="oidc_client"):
        configured.providers(Settings(oidc_issuer="https://login.example.org"), tmp_path)
