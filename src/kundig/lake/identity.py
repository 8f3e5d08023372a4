"""Who somebody is without saying it: a pseudonym that only the workspace's key can make again.

A pseudonym is a keyed hash (HMAC-SHA-256, RFC 2104), so a list of customer numbers is no use to whoever lacks the key.
"""

from __future__ import annotations

import hmac
import unicodedata

_SEPARATOR = "\x1f"


def normalised(identifier: str) -> str:
    """The identifier as it is compared: Unicode NFKC, blanks collapsed, letter case folded."""
    text = identifier if identifier.isascii() else unicodedata.normalize("NFKC", identifier)
    return " ".join(text.casefold().split())


def person_id(key: bytes, kind: str, identifier: str) -> str:
    """32 hex digits for ``identifier`` of ``kind`` ("customer", "email", "agent", "account") under the workspace's ``key``."""
    text = kind + _SEPARATOR + normalised(identifier)
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), "sha256").hex()[:32]


def agent_id(key: bytes, identifier: str) -> str:
    """32 hex digits for somebody who works for the firm."""
    return person_id(key, "agent", identifier)


def account_id(key: bytes, identifier: str) -> str:
    """32 hex digits for a firm that is a customer."""
    return person_id(key, "account", identifier)
