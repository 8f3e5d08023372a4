"""Accounts, invitations, tokens and the audit log, as the owner uses them."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time
from collections.abc import Callable
from typing import Any

from django.test import Client
from tests.server.place import PASSWORD

from kundig.server.people import audit, invite, tokens
from kundig.server.people.models import Entry, Token, User


def one_time_code(secret: str) -> str:
    """RFC 6238 with SHA-1, 30 seconds and 6 digits, by hand."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1").digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def test_log_in_and_out(client_as: Callable[..., Client], user: Callable[..., User]) -> None:
    user("owner", "o@example.org")
    client = client_as("")
    wrong = client.post("/account/login/", {"login": "o@example.org", "password": "falsch"})
    assert wrong.status_code == 200
    right = client.post("/account/login/", {"login": "o@example.org", "password": PASSWORD})
    assert (right.status_code, right["Location"]) == (302, "/")
    assert client.get("/people/").status_code == 200
    client.post("/account/logout/")
    assert client.get("/people/").status_code == 302


def test_guessing_passwords_is_slowed_down(client_as: Callable[..., Client], user: Callable[..., User]) -> None:
    user("owner", "o@example.org")
    client = client_as("")
    for _ in range(5):
        client.post("/account/login/", {"login": "o@example.org", "password": "falsch"})
    late = client.post("/account/login/", {"login": "o@example.org", "password": PASSWORD})
    assert late.status_code == 200  # not let in, though the password is right


def test_nobody_signs_up_by_himself(client_as: Callable[..., Client]) -> None:
    client = client_as("")
    client.post("/account/signup/", {"email": "x@example.org", "password1": PASSWORD})
    assert not User.objects.exists()


def test_an_invited_person_sets_a_password_once(client_as: Callable[..., Client]) -> None:
    owner = client_as("owner")
    page = owner.post("/people/invite", {"email": "Neu@Example.org", "role": "agent"}).content.decode()
    found = re.search(r"/people/invited/\d+/[\w-]+", page)
    assert found
    guest = client_as("")
    assert guest.post(found[0], {"password": "kurz"}).status_code == 200
    assert guest.post(found[0], {"password": PASSWORD}).status_code == 302
    assert client_as("").get(found[0]).status_code == 410
    assert User.objects.get(email="neu@example.org").role == "agent"


def test_an_address_has_one_account(client_as: Callable[..., Client]) -> None:
    owner = client_as("owner")
    page = owner.post("/people/invite", {"email": "owner@example.org", "role": "agent"})
    assert page.status_code == 400
    assert "already" in page.content.decode()


def test_a_wrong_address_is_said_at_its_field(client_as: Callable[..., Client]) -> None:
    page = client_as("owner").post("/people/invite", {"email": "nobody", "role": "agent"})
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.content.decode()


def test_there_is_always_an_owner(client_as: Callable[..., Client]) -> None:
    owner = client_as("owner")
    me = User.objects.get()
    for change in ({"role": "agent", "active": "on"}, {"role": "owner"}):
        assert owner.post(f"/people/{me.pk}/change", change).status_code == 400
    assert User.objects.get().role == "owner"


def test_a_changed_role_counts_at_once(client_as: Callable[..., Client]) -> None:
    owner, other = client_as("owner"), client_as("manager")
    assert other.get("/").status_code == 200
    pk = User.objects.get(role="manager").pk
    owner.post(f"/people/{pk}/change", {"role": "agent", "active": "on"})
    assert other.get("/")["Location"] == "/memory/"
    owner.post(f"/people/{pk}/change", {"role": "agent"})
    assert "login" in other.get("/")["Location"]


def test_only_the_owner_manages_people(client_as: Callable[..., Client]) -> None:
    for role in ("manager", "agent", "analyst", "privacy", "integrator"):
        assert client_as(role).get("/people/").status_code == 403, role


def test_a_token_is_shown_once_and_stored_as_a_hash(client_as: Callable[..., Client]) -> None:
    owner = client_as("owner")
    page = owner.post("/people/tokens", {"name": "shop", "role": "integrator", "days": "30"}).content.decode()
    found = re.search(r"kdg_[\w-]{40,}", page)
    assert found
    assert found[0] not in owner.get("/people/").content.decode()
    stored = Token.objects.get()
    assert found[0] not in (stored.digest, stored.name)
    caller = tokens.caller_with(found[0])
    assert caller is not None
    assert caller.role.name == "integrator"
    owner.post(f"/people/tokens/{stored.pk}/revoke")
    assert tokens.caller_with(found[0]) is None


def test_an_expired_token_is_no_good(site: Any) -> None:
    import datetime as dt

    from django.utils import timezone

    token = tokens.create("old", "integrator", days=1)
    assert tokens.caller_with(token)
    Token.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert tokens.caller_with(token) is None
    assert tokens.caller_with("kdg_guessed") is None


def test_the_audit_chain_shows_a_changed_and_a_missing_line(client_as: Callable[..., Client]) -> None:
    owner = client_as("owner")
    for n in range(5):
        owner.post("/people/invite", {"email": f"a{n}@example.org", "role": "agent"})
    assert Entry.objects.count() == 5
    assert list(audit.broken()) == []
    ids = sorted(Entry.objects.values_list("pk", flat=True))
    Entry.objects.filter(pk=ids[1]).update(act="nothing")
    assert [e.pk for e in audit.broken()] == [ids[1]]
    Entry.objects.filter(pk=ids[3]).delete()
    assert [e.pk for e in audit.broken()] == [ids[1], ids[4]]
    assert "do not fit" in owner.post("/people/audit/check").content.decode()
    piece = owner.post("/people/audit/check", headers={"hx-request": "true"}).content.decode()
    assert "do not fit" in piece
    assert "<html" not in piece
    assert owner.get("/people/audit?act=invite").status_code == 200


def test_a_second_factor_is_asked_for(client_as: Callable[..., Client], user: Callable[..., User]) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    account = user("owner", "o@example.org")
    secret = generate_totp_secret()
    TOTP.activate(account, secret)
    client = client_as("")
    first = client.post("/account/login/", {"login": "o@example.org", "password": PASSWORD})
    assert "/2fa/" in first["Location"]
    assert client.get("/people/").status_code == 302
    assert client.post(first["Location"], {"code": "000000"}).status_code == 200
    assert client.post(first["Location"], {"code": one_time_code(secret)}).status_code == 302
    assert client.get("/people/").status_code == 200


def test_an_invitation_is_no_good_for_a_locked_account(site: Any, user: Callable[..., User]) -> None:
    account = user("agent")
    link = invite.link(account, "")
    User.objects.update(is_active=False)
    assert Client().get(link).status_code == 410


def test_the_secret_of_a_second_factor_is_not_stored_readable(site: Any, user: Callable[..., User]) -> None:
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    secret = generate_totp_secret()
    TOTP.activate(user("owner"), secret)
    assert secret not in str(Authenticator.objects.values_list("data", flat=True))
