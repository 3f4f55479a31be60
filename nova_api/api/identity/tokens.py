"""Tokens: authenticating, looking into a token, revoking it; and what a token's bearer may scope to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova_api import exception
from nova_api.api.controller import Reply
from nova_api.api.declare import Object, Param, operation, wrap
from nova_api.api.declare.types import STRING
from nova_api.api.identity.access import IdentityController, require_admin
from nova_api.api.identity.catalog import catalog
from nova_api.api.identity.projects import PROJECT, links
from nova_api.api.neighbour import ANY_QUERY, microseconds
from nova_api.api.request import Request
from nova_api.neighbours.identity import Scope, Token
from nova_api.neighbours.identity.interface import DOMAIN_ID, DOMAIN_NAME

DOMAIN = {"id": DOMAIN_ID, "name": DOMAIN_NAME}

_DOMAIN = Object(Param("id", STRING), Param("name", STRING), extra=True)
_USER = Object(
    Param("id", STRING),
    Param("name", STRING),
    Param("domain", _DOMAIN),
    Param("password", STRING, required=True),
    extra=True,
)
_PROJECT = Object(Param("id", STRING), Param("name", STRING), Param("domain", _DOMAIN), extra=True)
_IDENTITY = Object(
    Param("methods", {"type": "array", "items": STRING, "minItems": 1}, required=True),
    Param("password", wrap("user", _USER)),
    Param("token", wrap("id", STRING)),
    extra=True,
)
_SCOPE = {"oneOf": [{"const": "unscoped"}, Object(Param("project", _PROJECT), extra=True)]}
AUTHENTICATE = wrap(
    "auth", Object(Param("identity", _IDENTITY, required=True), Param("scope", _SCOPE), extra=True)
)


def _check_domain(holder: Mapping[str, Any]) -> None:
    domain = holder.get("domain", {})
    if (
        domain.get("id", DOMAIN_ID) != DOMAIN_ID
        or domain.get("name", DOMAIN_NAME).lower() != DOMAIN_NAME.lower()
    ):
        raise exception.Unauthorized()


def _scope_of(auth: Mapping[str, Any]) -> Scope:
    scope = auth.get("scope", {})
    if scope == "unscoped":
        return Scope(unscoped=True)
    if scope and "project" not in scope:
        kind = next(iter(scope))
        raise exception.Unauthorized(
            f"This identity service gives no tokens for a {kind}, only for projects."
        )
    project = scope.get("project", {})
    _check_domain(project)
    return Scope(project.get("id"), project.get("name"))


class Tokens(IdentityController):
    """``/v3/auth/…``."""

    @operation("POST", "/v3/auth/tokens", body=AUTHENTICATE, query=ANY_QUERY, status=201, errors=(401,))
    def create(self, request: Request) -> Reply:
        with request.backend.db.reading():  # the user, the project, the roles: one transaction
            text, token = self._proved(request.data["auth"])
            shown = self._shown(request, token)
        return Reply({"token": shown}, headers={"X-Subject-Token": text, "Vary": "X-Auth-Token"})

    def _proved(self, auth: Mapping[str, Any]) -> tuple[str, Token]:
        """A token for whoever ``auth`` proves to be."""
        identity = auth["identity"]
        scope = _scope_of(auth)
        if "password" in identity["methods"] and "password" in identity:
            user = identity["password"]["user"]
            _check_domain(user)
            if user.get("id") is None and user.get("name") is None:
                raise exception.Invalid("A user is named by id or by name.")
            return self.identity.authenticate_password(
                user.get("name"), user.get("id"), user["password"], scope
            )
        if "token" in identity["methods"] and "token" in identity:
            return self.identity.authenticate_token(identity["token"]["id"], scope)
        raise exception.Unauthorized(
            f"Of the methods {', '.join(identity['methods'])} none is supported here (or its data is "
            "missing): use password or token."
        )

    @operation("GET", "/v3/auth/tokens", query=ANY_QUERY, errors=(401, 404))
    def show(self, request: Request) -> Reply:
        text, token = self._subject(request)
        headers = {"X-Subject-Token": text, "Vary": "X-Auth-Token"}
        return Reply({"token": self._shown(request, token)}, headers=headers)

    @operation("HEAD", "/v3/auth/tokens", errors=(401, 404))
    def check(self, request: Request) -> None:
        self._subject(request)

    @operation("DELETE", "/v3/auth/tokens", status=204, errors=(401, 404))
    def delete(self, request: Request) -> None:
        text, _ = self._subject(request)
        self.identity.revoke(text)

    @operation("GET", "/v3/auth/projects", errors=(401,))
    def projects(self, request: Request) -> dict[str, Any]:
        found = self.identity.projects_of(self.caller(request))
        return {"projects": PROJECT.render(found, request), "links": links(request)}

    @operation("GET", "/v3/auth/domains", errors=(401,))
    def domains(self, request: Request) -> dict[str, Any]:
        _ = request.context
        return {"domains": [], "links": links(request)}  # nobody has a role on the domain

    @operation("GET", "/v3/auth/catalog", errors=(401,))
    def catalog(self, request: Request) -> dict[str, Any]:
        _ = request.context
        return {"catalog": catalog(request), "links": links(request)}

    def _subject(self, request: Request) -> tuple[str, Token]:
        """The token that is asked about: the bearer's own, or for an administrator any."""
        context = request.context
        text = request.headers.get("X-Subject-Token", "")
        try:
            token = self.identity.validate(text)
        except exception.TokenInvalid:
            raise exception.NotFound("Could not find token.") from None
        if token.user_id != context.user_id:
            require_admin(request)
        return text, token

    def _shown(self, request: Request, token: Token) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "methods": list(token.methods),
            "user": {
                "id": token.user_id,
                "name": token.user_name,
                "domain": DOMAIN,
                "password_expires_at": None,
            },
            "audit_ids": [token.audit_id],
            "issued_at": microseconds(token.issued_at),
            "expires_at": microseconds(token.expires_at),
        }
        if token.project_id is not None:
            roles = {role.name: role.id for role in self.identity.roles()}
            shown["project"] = {"id": token.project_id, "name": token.project_name, "domain": DOMAIN}
            shown["is_domain"] = False
            shown["roles"] = [{"id": roles.get(name, name), "name": name} for name in token.roles]
            if "nocatalog" not in request.args:
                shown["catalog"] = catalog(request)
        return shown
