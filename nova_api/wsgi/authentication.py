"""What the filters that know who asks have in common: free paths, 401s, the handshake, the context."""

from __future__ import annotations

import abc
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIEnvironment

import webob

from nova_api import exception
from nova_api.context import ENVIRON_KEY, GLOBAL_REQUEST_ID_KEY, REQUEST_ID_KEY, RequestContext
from nova_api.wsgi.filter import Filter

_FREE = ("", "/", "/openapi.json")


class Caller(NamedTuple):
    """Who asks: ids, names where they are known, role names."""

    user_id: str
    project_id: str | None
    roles: tuple[str, ...]
    user_name: str | None = None
    project_name: str | None = None
    domain_id: str | None = None


def is_free(environ: WSGIEnvironment) -> bool:
    """Whether it asks for a document that clients read before they have a token: versions, OpenAPI."""
    return environ["REQUEST_METHOD"] in ("GET", "HEAD") and environ.get("PATH_INFO", "") in _FREE


def root_url(environ: WSGIEnvironment) -> str:
    """Scheme and host as the client sees them."""
    url: str = webob.Request(environ).host_url
    return url


def identity_url(environ: WSGIEnvironment) -> str:
    """Where the embedded identity service is."""
    return f"{root_url(environ)}/identity"


def unauthorized(
    environ: WSGIEnvironment, start_response: StartResponse, hint: str, uri: str | None
) -> Iterable[bytes]:
    """401 in plain text, as token middleware answers (API reference, errors); ``uri`` gives out tokens."""
    response = webob.Response(status=401, text=f"{hint}\n", content_type="text/plain", charset="UTF-8")
    if uri is not None:
        response.headers["WWW-Authenticate"] = f'Keystone uri="{uri}"'
    reply: Iterable[bytes] = response(environ, start_response)
    return reply


class Authenticator(Filter, abc.ABC):
    """A filter that turns ``X-Auth-Token`` into the request's context, and serves the classic handshake.

    The handshake: a request with ``X-Auth-User`` (and ``X-Auth-Key``) and no
    token gets 204 with ``X-Auth-Token`` and ``X-Server-Management-Url``, the
    address under which the same API knows the user's project.
    """

    #: What a 401 says to somebody who sent no token.
    hint = "Authentication is required: send X-Auth-Token."

    @abc.abstractmethod
    def identify(self, token: str) -> Caller:
        """Whose token it is; raises TokenInvalid."""

    @abc.abstractmethod
    def log_in(self, user: str, key: str, project: str | None) -> tuple[str, str | None]:
        """Token and project id for the handshake; raises Unauthorized."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        token = environ.get("HTTP_X_AUTH_TOKEN")
        if not token:
            user = environ.get("HTTP_X_AUTH_USER")
            if user:
                return self._handshake(user, environ, start_response)
            if is_free(environ):
                return self.app(environ, start_response)
            return unauthorized(environ, start_response, self.hint, identity_url(environ))
        try:
            caller = self.identify(token)
        except exception.TokenInvalid as error:
            if is_free(environ):
                return self.app(environ, start_response)
            return unauthorized(environ, start_response, str(error), identity_url(environ))
        environ[ENVIRON_KEY] = RequestContext(
            auth_token=token,
            user_id=caller.user_id,
            user_name=caller.user_name,
            user_domain_id=caller.domain_id,
            project_id=caller.project_id,
            project_name=caller.project_name,
            project_domain_id=caller.domain_id if caller.project_id else None,
            roles=caller.roles,
            request_id=environ.get(REQUEST_ID_KEY),
            global_request_id=environ.get(GLOBAL_REQUEST_ID_KEY),
        )
        return self.app(environ, start_response)

    def _handshake(
        self, user: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        try:
            token, project_id = self.log_in(
                user, environ.get("HTTP_X_AUTH_KEY", ""), environ.get("HTTP_X_AUTH_PROJECT_ID")
            )
        except exception.Unauthorized as error:
            return unauthorized(environ, start_response, str(error), identity_url(environ))
        url = root_url(environ) + environ.get("SCRIPT_NAME", "")
        if project_id:
            url += f"/{quote(project_id, safe='')}"
        response = webob.Response(status=204)
        response.headers["X-Auth-Token"] = token
        response.headers["X-Server-Management-Url"] = url
        reply: Iterable[bytes] = response(environ, start_response)
        return reply
