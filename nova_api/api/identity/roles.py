"""Roles and who has which where, as the identity API shows and changes them."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api.declare import Field, Object, One, Param, View, operation, wrap
from nova_api.api.declare.types import NAME, NULL, STRING, nullable
from nova_api.api.identity.access import IdentityController, require_admin, require_self
from nova_api.api.identity.projects import OBJECT, links
from nova_api.api.identity.tokens import DOMAIN
from nova_api.api.neighbour import ANY_QUERY, service_url
from nova_api.api.request import Request
from nova_api.neighbours.identity import Role

ROLE = View(
    "role",
    Field("id", "id", STRING),
    Field("name", "name", STRING),
    Field("domain_id", lambda *_: None, NULL),
    Field("description", lambda *_: None, NULL),
    Field("options", lambda *_: {}, OBJECT),
    Field("links", lambda role, request: {"self": f"{service_url(request)}/v3/roles/{role.id}"}, OBJECT),
)

_CREATE = wrap(
    "role", Object(Param("name", NAME, required=True), Param("description", nullable(STRING)), extra=True)
)
_GRANT = "/v3/projects/{project}/users/{user}/roles/{role}"


class Roles(IdentityController):
    """``/v3/roles``, grants on projects, ``/v3/role_assignments``."""

    @operation("GET", "/v3/roles", query=ANY_QUERY, errors=(401, 403))
    def index(self, request: Request) -> dict[str, Any]:
        require_admin(request)
        found = self.identity.roles(request.arg("name"))
        return {"roles": ROLE.render(found, request), "links": links(request)}

    @operation("GET", "/v3/roles/{id}", response=One("role", ROLE), errors=(401, 403, 404))
    def show(self, request: Request, id: str) -> Role:
        require_admin(request)
        return self.identity.role(id)

    @operation(
        "POST", "/v3/roles", body=_CREATE, response=One("role", ROLE), status=201, errors=(401, 403, 409)
    )
    def create(self, request: Request) -> Role:
        require_admin(request)
        name = request.data["role"]["name"]
        if self.identity.roles(name):
            raise exception.AccountExists(what="role", name=name)
        return self.identity.ensure_role(name)

    @operation("GET", "/v3/projects/{project}/users/{user}/roles", errors=(401, 403, 404))
    def granted(self, request: Request, project: str, user: str) -> dict[str, Any]:
        require_admin(request)
        found = self.identity.assignments(user_id=user, project_id=project)
        roles = [Role(*assignment.role) for assignment in found]
        return {"roles": ROLE.render(roles, request), "links": links(request)}

    @operation("PUT", _GRANT, status=204, errors=(401, 403, 404))
    def grant(self, request: Request, project: str, user: str, role: str) -> None:
        require_admin(request)
        self.identity.assign(user, project, role)

    @operation("HEAD", _GRANT, status=204, errors=(401, 403, 404))
    def check(self, request: Request, project: str, user: str, role: str) -> None:
        require_admin(request)
        if not self.identity.assignments(user_id=user, project_id=project, role_id=role):
            raise exception.RoleNotFound(role_id=role)

    @operation("DELETE", _GRANT, status=204, errors=(401, 403, 404))
    def revoke(self, request: Request, project: str, user: str, role: str) -> None:
        require_admin(request)
        self.identity.unassign(user, project, role)

    @operation("GET", "/v3/role_assignments", query=ANY_QUERY, errors=(401, 403))
    def assignments(self, request: Request) -> dict[str, Any]:
        user_id = request.arg("user.id")
        require_self(request, user_id or "")
        found = self.identity.assignments(
            user_id=user_id, project_id=request.arg("scope.project.id"), role_id=request.arg("role.id")
        )
        named = "include_names" in request.args and request.arg("include_names") not in (
            "0",
            "false",
            "False",
        )
        shown = []
        for item in found:
            parts: dict[str, dict[str, Any]] = {}
            for kind, (id, name) in (("user", item.user), ("project", item.project), ("role", item.role)):
                parts[kind] = {"id": id}
                if named:
                    parts[kind] |= {"name": name} | ({} if kind == "role" else {"domain": DOMAIN})
            entry = {"role": parts["role"], "user": parts["user"], "scope": {"project": parts["project"]}}
            shown.append({**entry, "links": {}})
        return {"role_assignments": shown, "links": links(request)}
