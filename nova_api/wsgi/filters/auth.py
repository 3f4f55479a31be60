"""auth: local accounts and signed tokens, without Keystone (the ``deprecated`` pipeline)."""

from __future__ import annotations

from wsgiref.types import WSGIApplication

from nova_api import backend as nova_backend
from nova_api import exception
from nova_api.wsgi.authentication import Authenticator, Caller


class Auth(Authenticator):
    """Lets in who bears a token of the embedded identity.

    Tokens come from the identity API, from ``nova-manage account``, or from
    the classic handshake with a local account's name and password as
    ``X-Auth-User`` and ``X-Auth-Key``.  Everything but the version documents
    needs one: 401 in plain text with ``WWW-Authenticate``.

    ``X-Auth-Project-Id`` in the handshake must be the account's own default
    project, by id or name, if it is there at all: a key gives access to no other.

    It has no options.
    """

    hint = "Authentication is required: send X-Auth-Token, or X-Auth-User and X-Auth-Key to be given one."

    def __init__(self, app: WSGIApplication) -> None:
        super().__init__(app)
        self.identity = nova_backend.active().identity

    def identify(self, token: str) -> Caller:
        found = self.identity.validate(token)
        return Caller(
            found.user_id,
            found.project_id,
            found.roles,
            found.user_name,
            found.project_name,
            found.user_domain_id,
        )

    def log_in(self, user: str, key: str, project: str | None) -> tuple[str, str | None]:
        token, found = self.identity.authenticate_key(user, key)
        if project and project not in (found.project_id, found.project_name):
            raise exception.Unauthorized()
        return token, found.project_id
