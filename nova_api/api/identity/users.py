"""Users, as the identity API shows and changes them."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api.declare import OMIT, Field, Object, One, Param, View, operation, wrap
from nova_api.api.declare.types import NAME, STRING, nullable
from nova_api.api.identity.access import IdentityController, require_admin, require_self
from nova_api.api.identity.projects import BOOL, OBJECT, links
from nova_api.api.neighbour import ANY_QUERY, service_url, without_none
from nova_api.api.request import Request
from nova_api.neighbours.identity import Scope, User
from nova_api.neighbours.identity.interface import DOMAIN_ID

PASSWORD = {"type": "string", "minLength": 1}

USER = View(
    "user",
    Field("id", "id", STRING),
    Field("name", "name", STRING),
    Field("domain_id", lambda *_: DOMAIN_ID, STRING),
    Field("enabled", "enabled", BOOL),
    Field("description", "description", STRING),
    Field("default_project_id", lambda user, _: user.default_project_id or OMIT, STRING, optional=True),
    Field("email", lambda user, _: user.email or OMIT, STRING, optional=True),
    Field("password_expires_at", lambda *_: None, {"type": "null"}),
    Field("options", lambda *_: {}, OBJECT),
    Field("links", lambda user, request: {"self": f"{service_url(request)}/v3/users/{user.id}"}, OBJECT),
)

_CHANGEABLE = ("name", "description", "enabled", "email", "default_project_id", "password")


def _body(*, required: bool) -> Object:
    return wrap(
        "user",
        Object(
            Param("name", NAME, required=required),
            Param("password", nullable(PASSWORD), required=required),
            Param("description", nullable(STRING)),
            Param("email", nullable({"type": "string", "maxLength": 255})),
            Param("enabled", BOOL),
            Param("default_project_id", nullable(STRING)),
            Param("domain_id", STRING),
            extra=True,
        ),
    )


_NEW_PASSWORD = wrap(
    "user",
    Object(Param("password", PASSWORD, required=True), Param("original_password", STRING, required=True)),
)


class Users(IdentityController):
    """``/v3/users``: administrators see all, others themselves."""

    @operation("GET", "/v3/users", query=ANY_QUERY, errors=(401,))
    def index(self, request: Request) -> dict[str, Any]:
        context = request.context
        found = self.identity.users(request.arg("name"))
        if request.arg("domain_id", DOMAIN_ID) != DOMAIN_ID:
            found = []
        shown = [user for user in found if context.is_admin or user.id == context.user_id]
        return {"users": USER.render(shown, request), "links": links(request)}

    @operation("GET", "/v3/users/{id}", response=One("user", USER), errors=(401, 403, 404))
    def show(self, request: Request, id: str) -> User:
        if not request.context.is_admin and request.context.user_id != id:
            raise exception.UserNotFound(user_id=id)
        return self.identity.user(id)

    @operation(
        "POST",
        "/v3/users",
        body=_body(required=True),
        response=One("user", USER),
        status=201,
        errors=(401, 403, 404, 409),
    )
    def create(self, request: Request) -> User:
        require_admin(request)
        asked = without_none(request.data["user"])
        if "password" not in asked:
            raise exception.Invalid("A user of this identity service needs a password.")
        values = self._values(asked)
        return self.identity.create_user(values.pop("name"), values.pop("password"), **values)

    @operation(
        "PATCH",
        "/v3/users/{id}",
        body=_body(required=False),
        response=One("user", USER),
        errors=(401, 403, 404, 409),
    )
    def update(self, request: Request, id: str) -> User:
        require_admin(request)
        return self.identity.update_user(id, **self._values(without_none(request.data["user"])))

    @operation("POST", "/v3/users/{id}/password", body=_NEW_PASSWORD, status=204, errors=(401, 403, 404))
    def change_password(self, request: Request, id: str) -> None:
        require_self(request, id)
        asked = request.data["user"]
        self.identity.authenticate_password(None, id, asked["original_password"], Scope(unscoped=True))
        self.identity.update_user(id, password=asked["password"])

    @operation("DELETE", "/v3/users/{id}", status=204, errors=(401, 403, 404))
    def delete(self, request: Request, id: str) -> None:
        require_admin(request)
        self.identity.delete_user(id)

    def _values(self, asked: dict[str, Any]) -> dict[str, Any]:
        if "default_project_id" in asked:
            self.identity.project(asked["default_project_id"])
        return {name: asked[name] for name in _CHANGEABLE if name in asked}
