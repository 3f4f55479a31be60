"""Passwords as kept: ``scrypt$<log2 N>$<salt>$<hash>``, salted, with the cost that was in force when set."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os


def _scrypt(password: str, salt: bytes, cost: int) -> bytes:
    n = 1 << cost
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=8, p=1, maxmem=256 * n * 8, dklen=32)


def hashed(password: str, cost: int) -> str:
    """The text to keep for ``password``; ``cost`` is the binary logarithm of scrypt's N."""
    salt = os.urandom(16)
    digest = _scrypt(password, salt, cost)
    return f"scrypt${cost}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def matches(password: str, kept: str) -> bool:
    """Whether ``password`` is the one that ``kept`` was made from; False for an unreadable ``kept``."""
    try:
        scheme, cost, salt, digest = kept.split("$")
        if scheme != "scrypt":
            return False
        expected = base64.b64decode(digest)
        return hmac.compare_digest(_scrypt(password, base64.b64decode(salt), int(cost)), expected)
    except ValueError:
        return False
