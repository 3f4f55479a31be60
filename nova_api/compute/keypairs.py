"""Key pairs: imported or made for the user; the private half is handed out once and never kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_api import exception
from nova_api.compute import key_material, quotas
from nova_api.compute.key_material import SSH
from nova_api.db import keypairs as statements
from nova_api.db import quotas as usage
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.keypairs import Keypair

if TYPE_CHECKING:
    from nova_api.backend import Backend

_USER_LENGTH = 255


def get(backend: Backend, user_id: str, name: str) -> Keypair:
    """Raises KeypairNotFound."""
    with backend.db.reader() as conn:
        found = statements.find(conn, user_id, name)
    if found is None:
        raise exception.KeypairNotFound(name=name, user_id=user_id)
    return found


def page(backend: Backend, user_id: str, limit: int | None, marker: str | None) -> list[Keypair]:
    """At most ``limit`` key pairs (None: all, which the quota bounds) after the name ``marker``.

    Raises MarkerInvalid.
    """
    with backend.db.reader() as conn:
        if marker is not None and statements.find(conn, user_id, marker) is None:
            raise exception.MarkerInvalid(marker=marker)
        return statements.find_page(conn, user_id, limit, marker)


def create(
    backend: Backend,
    user_id: str,
    project_id: str | None,
    name: str,
    key_type: str = SSH,
    public_key: str | None = None,
) -> tuple[Keypair, str | None]:
    """The key pair made of ``public_key``, or a new one with its private key.

    :param key_type: ``ssh`` or ``x509``
    Raises Invalid for a key that cannot be read, QuotaExceeded, KeypairExists.
    """
    if not 0 < len(user_id) <= _USER_LENGTH:
        raise exception.Invalid(f"A user_id has 1 to {_USER_LENGTH} characters.")
    private_key = None
    if public_key is None:
        public_key, private_key = key_material.generate(key_type, user_id)
    fingerprint = key_material.fingerprint(key_type, public_key)
    limit = quotas.limits_of(backend, project_id, user_id)["key_pairs"]
    try:
        with backend.db.writer() as conn:
            # Key pairs are a user's, so their quota is locked by user, apart from any project of that name.
            usage.lock(conn, f"user:{user_id}")
            if limit != quotas.UNLIMITED and statements.count(conn, user_id) >= limit:
                raise exception.QuotaExceeded(f"Quota exceeded, too many key pairs: {limit} are allowed.")
            statements.insert(conn, user_id, name, key_type, fingerprint, public_key)
    except DUPLICATE_ERRORS:
        raise exception.KeypairExists(name=name) from None
    return get(backend, user_id, name), private_key


def delete(backend: Backend, user_id: str, name: str) -> None:
    """Raises KeypairNotFound."""
    with backend.db.writer() as conn:
        if not statements.delete(conn, user_id, name):
            raise exception.KeypairNotFound(name=name, user_id=user_id)
