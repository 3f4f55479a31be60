"""Whom an image is shared with."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api.declare import Object, One, Param, operation
from nova_api.api.image.access import ImageController
from nova_api.api.image.view import MEMBER
from nova_api.api.request import Request
from nova_api.neighbours.images import Member

_CREATE = Object(Param("member", {"type": "string", "minLength": 1, "maxLength": 255}, required=True))
_STATUS = Object(
    Param("status", {"enum": ["pending", "accepted", "rejected"]}, required=True),
    # openstacksdk says again who the path says it is.
    Param("member", {"type": "string", "maxLength": 255}),
)


class Members(ImageController):
    """``/v2/images/{id}/members``."""

    @operation("GET", "/v2/images/{id}/members", errors=(401, 404))
    def index(self, request: Request, id: str) -> dict[str, Any]:
        found = self.images.members(request.context, id)
        return {"members": MEMBER.render(found, request), "schema": "/v2/schemas/members"}

    @operation("GET", "/v2/images/{id}/members/{member}", response=One(None, MEMBER), errors=(401, 404))
    def show(self, request: Request, id: str, member: str) -> Member:
        for found in self.images.members(request.context, id):
            if found.project_id == member:
                return found
        raise exception.ImageMemberNotFound(image_id=id, project_id=member)

    @operation(
        "POST",
        "/v2/images/{id}/members",
        body=_CREATE,
        response=One(None, MEMBER),
        errors=(401, 403, 404, 409),
    )
    def create(self, request: Request, id: str) -> Member:
        return self.images.add_member(request.context, id, request.data["member"])

    @operation(
        "PUT",
        "/v2/images/{id}/members/{member}",
        body=_STATUS,
        response=One(None, MEMBER),
        errors=(401, 403, 404),
    )
    def update(self, request: Request, id: str, member: str) -> Member:
        return self.images.set_member(request.context, id, member, request.data["status"])

    @operation("DELETE", "/v2/images/{id}/members/{member}", status=204, errors=(401, 403, 404))
    def delete(self, request: Request, id: str, member: str) -> None:
        self.images.remove_member(request.context, id, member)
