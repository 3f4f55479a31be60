"""keystonecontext: the request's context from what keystonemiddleware's authtoken found out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from nova_api.context import ENVIRON_KEY, GLOBAL_REQUEST_ID_KEY, REQUEST_ID_KEY, RequestContext
from nova_api.wsgi.authentication import is_free, unauthorized
from nova_api.wsgi.filter import Filter
from nova_api.wsgi.options import Option, text


class KeystoneContext(Filter):
    """Makes the context from authtoken's ``X-…`` headers: user, project, domains, roles, service, scope.

    It must stand directly inside authtoken, which removes such headers when a
    client sends them.  authtoken runs with ``delay_auth_decision``, so that
    version documents need no token; hence it is here that a request without a
    confirmed token, or with one that names no user, gets its 401.

    The roles of a service token are kept apart (``service_roles``): they say
    that another service passes the user's request on, and grant nothing.

    Options:
        www_authenticate_uri: what a 401 names as the place to get a token;
            default: nothing, for authtoken adds its own
    """

    OPTIONS: ClassVar = (Option("www_authenticate_uri", text),)

    def __init__(self, app: WSGIApplication, *, www_authenticate_uri: str | None) -> None:
        super().__init__(app)
        self.uri = www_authenticate_uri

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        confirmed = environ.get("HTTP_X_IDENTITY_STATUS", "").lower() == "confirmed"
        if not confirmed or not environ.get("HTTP_X_USER_ID"):
            if is_free(environ):
                return self.app(environ, start_response)
            hint = (
                "The token names no user." if confirmed else "A valid token is required: send X-Auth-Token."
            )
            return unauthorized(environ, start_response, hint, self.uri)
        environ[ENVIRON_KEY] = RequestContext.from_environ(
            environ,
            request_id=environ.get(REQUEST_ID_KEY),
            global_request_id=environ.get(GLOBAL_REQUEST_ID_KEY),
        )
        return self.app(environ, start_response)
