"""Signed tokens: who, where, which roles, until when is inside, so that checking one needs no database.

``base64url(JSON) "." base64url(HMAC-SHA256)`` with a key that all processes
of one deployment share: 32 random bytes in ``<state_path>/token.key``.  The
alphabet has no colon, so no token looks like noauth's ``user:project``.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import datetime
import hashlib
import hmac
import os
import pathlib
import secrets

import orjson

from nova_api import exception
from nova_api.neighbours.identity.interface import DOMAIN_ID, Token

_EPOCH = datetime.datetime(1970, 1, 1)
_MICROSECOND = datetime.timedelta(microseconds=1)


def _pack_time(moment: datetime.datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _unpack_time(value: int) -> datetime.datetime:
    return _EPOCH + value * _MICROSECOND


def new_audit_id() -> str:
    """The id of a token that may be written down (revocations, logs): it gives no access."""
    return secrets.token_urlsafe(16)


def load_key(state_path: str) -> bytes:
    """The signing key, made on first use (mode 0600); two processes that start at once agree on one."""
    path = pathlib.Path(state_path) / "token.key"
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    mine = path.with_name(f".token.key.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(secrets.token_bytes(32))
    try:
        # A link appears whole or not at all, and the second process's fails.
        with contextlib.suppress(FileExistsError):
            os.link(mine, path)
    finally:
        mine.unlink()
    return path.read_bytes()


class Signer:
    """Makes tokens and reads them back."""

    def __init__(self, key: bytes) -> None:
        self._keyed = hmac.new(key, digestmod=hashlib.sha256)

    def _sign(self, body: bytes) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(body)
        return base64.urlsafe_b64encode(keyed.digest()).rstrip(b"=")

    def dump(self, token: Token) -> str:
        fields = (
            token.user_id,
            token.user_name,
            token.project_id,
            token.project_name,
            token.roles,
            _pack_time(token.issued_at),
            _pack_time(token.expires_at),
            token.audit_id,
            token.methods,
        )
        body = base64.urlsafe_b64encode(orjson.dumps(fields)).rstrip(b"=")
        return (body + b"." + self._sign(body)).decode()

    def load(self, text: str, now: datetime.datetime) -> Token:
        """The content of an authentic token that has not expired; raises TokenInvalid."""
        try:
            body, _, signature = text.encode("ascii").partition(b".")
        except UnicodeEncodeError:
            raise exception.TokenInvalid() from None
        if not hmac.compare_digest(signature, self._sign(body)):
            raise exception.TokenInvalid()
        try:
            fields = orjson.loads(base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)))
        except (binascii.Error, orjson.JSONDecodeError):
            raise exception.TokenInvalid() from None
        user_id, user_name, project_id, project_name, roles, issued, expires, audit_id, methods = fields
        expires_at = _unpack_time(expires)
        if expires_at <= now:
            raise exception.TokenInvalid()
        return Token(
            user_id=user_id,
            user_name=user_name,
            user_domain_id=DOMAIN_ID,
            project_id=project_id,
            project_name=project_name,
            roles=tuple(roles),
            issued_at=_unpack_time(issued),
            expires_at=expires_at,
            audit_id=audit_id,
            methods=tuple(methods),
        )
