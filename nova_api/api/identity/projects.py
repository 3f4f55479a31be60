"""Projects, as the identity API shows and changes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nova_api import exception
from nova_api.api.declare import Field, Object, One, Param, View, operation, wrap
from nova_api.api.declare.types import NAME, STRING, nullable
from nova_api.api.identity.access import IdentityController, require_admin
from nova_api.api.neighbour import ANY_QUERY, service_url, without_none
from nova_api.api.request import Request
from nova_api.neighbours.identity import Project
from nova_api.neighbours.identity.interface import DOMAIN_ID

BOOL = {"type": "boolean"}
OBJECT = {"type": "object"}

PROJECT = View(
    "project",
    Field("id", "id", STRING),
    Field("name", "name", STRING),
    Field("description", "description", STRING),
    Field("enabled", "enabled", BOOL),
    Field("domain_id", lambda *_: DOMAIN_ID, STRING),
    Field("parent_id", lambda *_: DOMAIN_ID, STRING),
    Field("is_domain", lambda *_: False, BOOL),
    Field("tags", lambda *_: [], {"type": "array"}),
    Field("options", lambda *_: {}, OBJECT),
    Field("links", lambda project, request: _self(request, "projects", project.id), OBJECT),
)


def _self(request: Request, *path: str) -> dict[str, str]:
    return {"self": "/".join((f"{service_url(request)}/v3", *path))}


def links(request: Request) -> dict[str, Any]:
    """The links of a list; the identity API has no next page here."""
    return {"self": str(request.url), "next": None, "previous": None}


def _body(*, required: bool) -> Object:
    return wrap(
        "project",
        Object(
            Param("name", NAME, required=required),
            Param("description", nullable(STRING)),
            Param("enabled", BOOL),
            Param("domain_id", STRING),
            Param("is_domain", {"const": False}),
            extra=True,
        ),
    )


class Projects(IdentityController):
    """``/v3/projects``."""

    @operation("GET", "/v3/projects", query=ANY_QUERY, errors=(401,))
    def index(self, request: Request) -> dict[str, Any]:
        name = request.arg("name")
        if request.context.is_admin:
            found: Sequence[Project] = self.identity.projects(name)
        else:
            found = self.identity.projects_of(self.caller(request))
        if request.arg("domain_id", DOMAIN_ID) != DOMAIN_ID:
            found = []
        shown = [project for project in found if name is None or project.name == name]
        return {"projects": PROJECT.render(shown, request), "links": links(request)}

    @operation("GET", "/v3/users/{id}/projects", errors=(401, 403))
    def of_user(self, request: Request, id: str) -> dict[str, Any]:
        if id != request.context.user_id:
            require_admin(request)
        found = self.identity.projects_of(id)
        return {"projects": PROJECT.render(found, request), "links": links(request)}

    @operation("GET", "/v3/projects/{id}", response=One("project", PROJECT), errors=(401, 403, 404))
    def show(self, request: Request, id: str) -> Project:
        context = request.context
        if context.is_admin:
            return self.identity.project(id)
        for project in self.identity.projects_of(self.caller(request)):
            if project.id == id:
                return project
        raise exception.ProjectNotFound(project_id=id)

    @operation(
        "POST",
        "/v3/projects",
        body=_body(required=True),
        response=One("project", PROJECT),
        status=201,
        errors=(401, 403, 409),
    )
    def create(self, request: Request) -> Project:
        require_admin(request)
        asked = request.data["project"]
        return self.identity.create_project(
            asked["name"], description=asked.get("description") or "", enabled=asked.get("enabled", True)
        )

    @operation(
        "PATCH",
        "/v3/projects/{id}",
        body=_body(required=False),
        response=One("project", PROJECT),
        errors=(401, 403, 404, 409),
    )
    def update(self, request: Request, id: str) -> Project:
        require_admin(request)
        asked = request.data["project"]
        changes = without_none({name: asked.get(name) for name in ("name", "description", "enabled")})
        return self.identity.update_project(id, **changes)

    @operation("DELETE", "/v3/projects/{id}", status=204, errors=(401, 403, 404))
    def delete(self, request: Request, id: str) -> None:
        require_admin(request)
        self.identity.delete_project(id)
