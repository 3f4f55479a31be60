"""Version documents and schemas of the image API."""

from __future__ import annotations

from typing import Any

from nova_api.api.controller import Controller, Reply
from nova_api.api.declare import MAX, operation
from nova_api.api.image.view import IMAGE, MEMBER
from nova_api.api.neighbour import service_url
from nova_api.api.request import Request

#: Newest first; clients take the first one marked CURRENT.
_VERSIONS = ("v2.9", "v2.7", "v2.6", "v2.5", "v2.4", "v2.3", "v2.2", "v2.1", "v2.0")


def _page(name: str, collection: str, item: dict[str, Any]) -> dict[str, Any]:
    link = {"type": "string"}
    return {
        "name": name,
        "properties": {
            collection: {"type": "array", "items": item},
            "first": link,
            "next": link,
            "schema": link,
        },
    }


def _schema(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "properties": properties, "additionalProperties": {"type": "string"}}


class Documents(Controller):
    """``GET /``, ``/versions``, ``/v2/schemas/…``."""

    @operation("GET", "/", status=300)
    def index(self, request: Request) -> dict[str, Any]:
        href = f"{service_url(request)}/v2/"
        return {
            "versions": [
                {
                    "id": version,
                    "status": "SUPPORTED" if position else "CURRENT",
                    "links": [{"rel": "self", "href": href}],
                }
                for position, version in enumerate(_VERSIONS)
            ]
        }

    @operation("GET", "/versions")
    def versions(self, request: Request) -> dict[str, Any]:
        return self.index(request)

    @operation("GET", "/v2", status=300)
    def version(self, request: Request) -> dict[str, Any]:
        return self.index(request)

    @operation("GET", "/v2/schemas/{name}", errors=(404,))
    def schema(self, request: Request, name: str) -> dict[str, Any] | Reply:
        image = _schema("image", IMAGE.schema(MAX)["properties"])
        member = _schema("member", MEMBER.schema(MAX)["properties"])
        known = {
            "image": image,
            "images": _page("images", "images", image),
            "member": member,
            "members": _page("members", "members", member),
        }
        found = known.get(name)
        if found is None:
            return Reply({"error": f"There is no schema {name}."}, status=404)
        return found
