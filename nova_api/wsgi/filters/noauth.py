"""noauth: believes what the client says, for one's own machine and for tests."""

from __future__ import annotations

import re
from wsgiref.types import WSGIApplication

from nova_api import backend as nova_backend
from nova_api import exception
from nova_api.wsgi.authentication import Authenticator, Caller

#: user:project or user:project:role,role
_SPELT_OUT = re.compile(r"([^:]+):([^:]+)(?::([^:]*))?")
#: The form of the embedded identity's tokens (nova_api.neighbours.identity.tokens).
_ISSUED = re.compile(r"[\w-]+\.[\w-]{43}", re.ASCII)


class NoAuth(Authenticator):
    """Lets everybody in as whom they say they are.

    ``X-Auth-Token`` may be

    * ``user:project[:role,role]``: that user in that project, both strings
      taken as ids. Without roles the user ``admin`` has admin, member and
      reader, any other user member and reader;
    * a token of the embedded identity: its user, project and roles. One that
      expired or was revoked gets a 401, or its bearer would turn into admin;
    * anything else, such as the ``notused`` of keystoneauth's ``none``: the
      default admin in its project.

    No token at all gets a 401, except for the version documents and the
    classic handshake, which trusts ``X-Auth-User`` and takes the project from
    ``X-Auth-Project-Id`` (the default admin's where there is none).

    It has no options.
    """

    hint = (
        "Authentication is required: send X-Auth-Token: user:project, or X-Auth-User and X-Auth-Key "
        "to be given a token."
    )

    def __init__(self, app: WSGIApplication) -> None:
        super().__init__(app)
        self.identity = nova_backend.active().identity

    def identify(self, token: str) -> Caller:
        said = _SPELT_OUT.fullmatch(token)
        if said:
            user, project, roles = said.groups()
            named = tuple(role.strip() for role in (roles or "").split(",") if role.strip())
            return Caller(user, project, named or _usual_roles(user), user, project)
        try:
            found = self.identity.validate(token)
        except exception.TokenInvalid:
            if _ISSUED.fullmatch(token):
                raise
            found = self.identity.default_admin()
        return Caller(
            found.user_id,
            found.project_id,
            found.roles,
            found.user_name,
            found.project_name,
            found.user_domain_id,
        )

    def log_in(self, user: str, key: str, project: str | None) -> tuple[str, str | None]:
        project = project or self.identity.default_admin().project_id
        if ":" in user or ":" in str(project):
            raise exception.Unauthorized("X-Auth-User and X-Auth-Project-Id must not contain a colon.")
        return f"{user}:{project}", project


def _usual_roles(user: str) -> tuple[str, ...]:
    return ("admin", "member", "reader") if user == "admin" else ("member", "reader")
