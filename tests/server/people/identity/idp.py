"""A small identity provider: discovery, authorisation, token, user info and keys, with whatever may be wrong about them."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "kundig-client", "a secret of the client"


@dataclass
class Idp:
    """Whom it says is there, and what is wrong about its answers."""

    address: str
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    person: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, Any] = field(default_factory=dict)
    """Claims of the ID token that are not what they should be."""
    issuer: str = ""
    signer: Any = None
    info_sub: str = ""
    algorithm: str = "RS256"
    issued: dict[str, dict[str, str]] = field(default_factory=dict)
    seen: list[dict[str, str]] = field(default_factory=list)

    def well_known(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer or self.address, "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token", "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/jwks", "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }  # fmt: skip

    def keys(self) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "1", "use": "sig", "alg": "RS256"}]}

    def authorised(self, asked: dict[str, str]) -> str:
        """The address the person is sent back to."""
        self.seen.append(asked)
        code = secrets.token_urlsafe(16)
        self.issued[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        """Tokens for a code, if the client shows its secret and the verifier; {} else."""
        asked = self.issued.pop(form.get("code", ""), None)
        if asked is None or form.get("client_secret") != SECRET or form.get("redirect_uri") != asked["redirect_uri"]:
            return {}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return {}
        now = int(time.time())
        claims = {
            "iss": self.address, "aud": CLIENT, "sub": self.person["sub"], "iat": now, "exp": now + 60, "nonce": asked["nonce"],
            **self.wrong,
        }  # fmt: skip
        told = jwt.encode(claims, self.signer or self.key, algorithm=self.algorithm, headers={"kid": "1"})
        return {"access_token": "at", "token_type": "Bearer", "id_token": told}

    def userinfo(self) -> dict[str, Any]:
        return {**self.person, **({"sub": self.info_sub} if self.info_sub else {})}


class _Handler(BaseHTTPRequestHandler):
    idp: Idp

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/authorize":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self.send_response(302)
            self.send_header("Location", self.idp.authorised(asked))
            self.end_headers()
            return
        pages = {"/.well-known/openid-configuration": self.idp.well_known, "/jwks": self.idp.keys, "/userinfo": self.idp.userinfo}
        self._json(pages[parts.path]())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        told = self.idp.token({name: values[0] for name, values in parse_qs(body).items()})
        self._json(told or {"error": "invalid_grant"}, 200 if told else 400)

    def _json(self, told: Any, status: int = 200) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def providing() -> Iterator[Idp]:
    """A provider on a free port, until the block ends."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    handler.idp = idp = Idp(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield idp
    finally:
        server.shutdown()
        server.server_close()
