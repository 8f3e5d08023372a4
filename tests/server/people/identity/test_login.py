"""Logging in with an identity provider: a real one of a few lines, and the server as it runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.server.people.identity.idp import CLIENT, SECRET, Idp, providing
from tests.server.running import Running, serving

import kundig

OWNER = "owner@example.org"
PASSWORD = "ein langer Satz als Kennwort"


@dataclass
class Place:
    """The running server, and the provider it trusts."""

    server: Running
    idp: Idp

    def log_in(self, session: requests.Session, follow: bool = True) -> requests.Response:
        """Press the button on the log-in page and follow wherever it leads."""
        return session.get(f"{self.server.address}/account/provider/login/?next=/people/", allow_redirects=follow)

    def links(self) -> list[tuple[str, str]]:
        """What is kept about logins: uid and data."""
        with sqlite3.connect(self.server.folder / "server.sqlite3") as db:
            return db.execute("select uid, extra_data from socialaccount_socialaccount").fetchall()

    def accounts(self) -> list[str]:
        with sqlite3.connect(self.server.folder / "server.sqlite3") as db:
            return [row[0] for row in db.execute("select email from people_user order by email")]


@pytest.fixture(scope="module")
def _place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("identity")
    with providing() as idp:
        kundig.create(folder / "ws", oidc_issuer=idp.address, oidc_client=CLIENT)
        secret = folder / "ws" / "oidc_secret"
        secret.write_text(SECRET + "\n")
        secret.chmod(0o600)
        with serving(folder / "ws", folder / "said") as server:
            session = requests.Session()
            page = session.get(server.first_link)
            page.raise_for_status()
            session.post(
                server.first_link,
                {"email": OWNER, "password": PASSWORD, "csrfmiddlewaretoken": session.cookies["kundig_csrf"]},
            ).raise_for_status()
            yield Place(server, idp)


@pytest.fixture
def place(_place: Place) -> Place:
    """The provider as it should be, with the owner before it."""
    idp = _place.idp
    idp.person = {"sub": "u-1", "email": OWNER, "email_verified": True}
    idp.wrong, idp.issuer, idp.signer, idp.info_sub, idp.algorithm = {}, "", None, "", "RS256"
    return _place


def test_the_login_page_offers_it(place: Place) -> None:
    page = requests.get(f"{place.server.address}/account/login/?next=/people/", headers={"Accept-Language": "en"})
    assert "Log in with 127.0.0.1" in page.text
    assert "/account/provider/login/?next=%2Fpeople%2F" in page.text


def test_the_right_person_comes_in_and_is_linked(place: Place) -> None:
    session = requests.Session()
    page = place.log_in(session)
    assert (page.status_code, urlsplit(page.url).path) == (200, "/people/")
    assert OWNER in page.text
    assert place.log_in(requests.Session()).status_code == 200, "and again, by the link"
    ((uid, data),) = place.links()
    assert (len(uid), data) == (64, "{}"), "nothing of what the provider knows is kept"


def test_what_is_asked_there_is_little_and_proved(place: Place) -> None:
    place.log_in(requests.Session())
    asked = place.idp.seen[-1]
    assert sorted(asked["scope"].split()) == ["email", "openid"]
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["nonce"]) >= 24
    assert asked["redirect_uri"] == f"{place.server.address}/account/provider/callback/"


def test_a_foreign_link_adds_nothing_to_what_is_asked(place: Place) -> None:
    link = f"{place.server.address}/account/provider/login/?process=connect&scope=phone&auth_params=nonce%3Dx%26prompt%3Dnone"
    sent = requests.get(link, allow_redirects=False)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["Location"]).query).items()}
    assert sorted(asked["scope"].split()) == ["email", "openid"]
    assert asked["nonce"] != "x"
    assert "prompt" not in asked


@pytest.mark.parametrize("said", [False, None, "true", "false", 1])
def test_an_address_that_is_not_verified_lets_nobody_in(place: Place, said: object) -> None:
    place.idp.person = {"sub": "u-2", "email": OWNER, "email_verified": said}
    session = requests.Session()
    page = place.log_in(session)
    assert page.status_code == 403
    assert "has not verified your mail address" in page.text
    assert _is_out(place, session)


def test_nobody_is_made_by_logging_in(place: Place) -> None:
    place.idp.person = {"sub": "u-3", "email": "stranger@example.org", "email_verified": True}
    session = requests.Session()
    page = place.log_in(session)
    assert page.status_code == 403
    assert "You have no account here." in page.text
    assert _is_out(place, session)
    assert place.accounts() == [OWNER]


def test_a_locked_account_stays_locked(place: Place) -> None:
    with sqlite3.connect(place.server.folder / "server.sqlite3") as db:
        db.execute("update people_user set is_active = 0")
    try:
        assert place.log_in(requests.Session()).status_code == 403
    finally:
        with sqlite3.connect(place.server.folder / "server.sqlite3") as db:
            db.execute("update people_user set is_active = 1")


def test_a_link_alone_does_not_count(place: Place) -> None:
    assert place.log_in(requests.Session()).status_code == 200
    place.idp.person = {"sub": "u-1", "email": "renamed@example.org", "email_verified": True}
    assert place.log_in(requests.Session()).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "of another browser"}, {"nonce": None}, {"iss": "https://evil.example"}, {"aud": "another client"},
        {"exp": 1}, {"azp": "another client"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)  # fmt: skip
def test_a_wrong_id_token_lets_nobody_in(place: Place, wrong: dict[str, object]) -> None:
    place.idp.wrong = wrong
    _refused(place)


def test_a_token_signed_by_somebody_else_lets_nobody_in(place: Place) -> None:
    place.idp.signer = rsa.generate_private_key(65537, 2048)
    _refused(place)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_that_is_not_signed_by_a_key_pair_lets_nobody_in(place: Place, algorithm: str) -> None:
    place.idp.algorithm, place.idp.signer = algorithm, SECRET.ljust(32) if algorithm == "HS256" else None
    if algorithm == "none":
        place.idp.key, kept = None, place.idp.key  # type: ignore[assignment]
        try:
            _refused(place)
        finally:
            place.idp.key = kept
    else:
        _refused(place)


def test_the_user_info_must_be_the_same_persons(place: Place) -> None:
    place.idp.info_sub = "somebody else"
    _refused(place)


def test_another_issuer_behind_the_address_lets_nobody_in(place: Place) -> None:
    place.idp.issuer = "https://evil.example"
    _refused(place)


def test_the_state_of_another_browser_lets_nobody_in(place: Place) -> None:
    there = place.log_in(requests.Session(), follow=False).headers["Location"]
    back = requests.get(there, allow_redirects=False).headers["Location"]
    victim = requests.Session()
    assert victim.get(back).status_code == 401
    assert _is_out(place, victim)


def test_a_code_counts_once(place: Place) -> None:
    session = requests.Session()
    there = place.log_in(session, follow=False).headers["Location"]
    back = requests.get(there, allow_redirects=False).headers["Location"]
    assert session.get(back).status_code == 200
    assert session.get(back).status_code == 401


def test_who_goes_back_may_start_again(place: Place) -> None:
    session = requests.Session()
    there = place.log_in(session, follow=False).headers["Location"]
    state = parse_qs(urlsplit(there).query)["state"][0]
    page = session.get(f"{place.server.address}/account/provider/callback/?error=access_denied&state={state}")
    assert page.status_code == 200
    assert "You did not log in" in page.text


def test_the_pages_about_it_can_be_read(place: Place) -> None:
    session = requests.Session()
    place.log_in(session)
    page = session.get(f"{place.server.address}/account/3rdparty/")
    assert page.status_code == 200
    assert "identity provider" in page.text


def test_the_log_names_nobody(place: Place) -> None:
    said = place.server.said.read_text()
    assert "a login by the identity provider was refused" in said
    assert "stranger@example.org" not in said


def _refused(place: Place) -> None:
    session = requests.Session()
    page = place.log_in(session)
    assert page.status_code == 401
    assert "You could not be logged in." in page.text
    assert _is_out(place, session)


def _is_out(place: Place, session: requests.Session) -> bool:
    return "/account/login/" in session.get(f"{place.server.address}/people/").url


def test_the_providers_second_factor_is_enough(place: Place) -> None:
    with sqlite3.connect(place.server.folder / "server.sqlite3") as db:
        db.execute(
            "insert into mfa_authenticator (type, data, user_id, created_at) select 'totp', '{}', id, '2026-01-01' from people_user"
        )
    try:
        assert place.log_in(requests.Session()).url.endswith("/people/")
        session = requests.Session()
        session.get(f"{place.server.address}/account/login/")
        form = {"login": OWNER, "password": PASSWORD, "csrfmiddlewaretoken": session.cookies["kundig_csrf"]}
        asked = session.post(f"{place.server.address}/account/login/", form)
        assert "/account/2fa/authenticate/" in asked.url, "a password alone is not"
        assert "/account/2fa/authenticate/" in session.get(f"{place.server.address}/people/").url
    finally:
        with sqlite3.connect(place.server.folder / "server.sqlite3") as db:
            db.execute("delete from mfa_authenticator")
