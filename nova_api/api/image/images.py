"""Images and their tags, as the image API lists and changes them."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api.controller import Reply
from nova_api.api.declare import Object, operation
from nova_api.api.image.access import ImageController
from nova_api.api.image.filters import read_filter, read_limit, read_sort
from nova_api.api.image.patch import PATCH, changes, checked, column, property_value
from nova_api.api.image.view import FIXED, shown
from nova_api.api.neighbour import ANY_QUERY, link_to_page
from nova_api.api.request import Request

_READ_ONLY = frozenset(
    {"status", "size", "virtual_size", "checksum", "os_hash_algo", "os_hash_value", "self"}
)


class Images(ImageController):
    """``/v2/images``."""

    @operation("GET", "/v2/images", query=ANY_QUERY, errors=(401, 403))
    def index(self, request: Request) -> dict[str, Any]:
        limit = read_limit(request.args, request.max_limit)
        found = self.images.list(
            request.context,
            read_filter(request.args),
            read_sort(request.args),
            limit + 1,  # one more, to know whether a page follows
            request.arg("marker"),
        )
        page = found[:limit]
        query = list(request.GET.items())
        first = [(key, value) for key, value in query if key != "marker"]
        reply: dict[str, Any] = {
            "images": [shown(image, request) for image in page],
            "schema": "/v2/schemas/images",
            "first": "/v2/images"
            + ("?" + "&".join(f"{key}={value}" for key, value in first) if first else ""),
        }
        if len(found) > limit and page:
            reply["next"] = link_to_page("/v2/images", query, page[-1].id)
        return reply

    @operation("GET", "/v2/images/{id}", errors=(401, 404))
    def show(self, request: Request, id: str) -> dict[str, Any]:
        return shown(self.images.show(request.context, id), request)

    @operation("POST", "/v2/images", body=Object(extra=True), status=201, errors=(401, 403, 409))
    def create(self, request: Request) -> Reply:
        values: dict[str, Any] = {}
        properties = {}
        for name, value in request.data.items():
            if name == "id":
                values["id"] = self._id(value)
            elif name in _READ_ONLY:
                raise exception.Forbidden(f"Attribute '{name}' is read-only.")
            elif name in FIXED:
                values[column(name)] = checked(name, value)
            else:
                properties[name] = property_value(name, value)
        image = self.images.create(request.context, {**values, "properties": properties})
        return Reply(
            shown(image, request), headers={"Location": f"{request.path_url.rstrip('/')}/{image.id}"}
        )

    @staticmethod
    def _id(value: Any) -> str:
        if not isinstance(value, str):
            raise exception.Invalid(f"Invalid value for 'id': {value!r}.")
        return value

    @operation("PATCH", "/v2/images/{id}", body=PATCH, errors=(401, 403, 404, 409, 415))
    def update(self, request: Request, id: str) -> dict[str, Any]:
        image = self.images.show(request.context, id)
        values = changes(image, request.data)
        return shown(self.images.update(request.context, id, values), request)

    @operation("DELETE", "/v2/images/{id}", status=204, errors=(401, 403, 404))
    def delete(self, request: Request, id: str) -> None:
        self.images.delete(request.context, id)

    @operation("PUT", "/v2/images/{id}/tags/{tag}", status=204, errors=(401, 403, 404))
    def add_tag(self, request: Request, id: str, tag: str) -> None:
        tags = [*self.images.show(request.context, id).tags, checked("tags", [tag])[0]]
        self.images.update(request.context, id, {"tags": tags})

    @operation("DELETE", "/v2/images/{id}/tags/{tag}", status=204, errors=(401, 403, 404))
    def remove_tag(self, request: Request, id: str, tag: str) -> None:
        tags = list(self.images.show(request.context, id).tags)
        if tag not in tags:
            raise exception.NotFound(f"Image {id} has no tag {tag}.")
        tags.remove(tag)
        self.images.update(request.context, id, {"tags": tags})

    @operation("POST", "/v2/images/{id}/actions/deactivate", status=204, errors=(401, 403, 404, 409))
    def deactivate(self, request: Request, id: str) -> None:
        self.images.set_status(request.context, id, "deactivated")

    @operation("POST", "/v2/images/{id}/actions/reactivate", status=204, errors=(401, 403, 404, 409))
    def reactivate(self, request: Request, id: str) -> None:
        self.images.set_status(request.context, id, "active")
