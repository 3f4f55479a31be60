"""Images and members as the image API shows them."""

from __future__ import annotations

from typing import Any

from nova_api.api.declare import Field, View
from nova_api.api.declare.types import STRING, nullable
from nova_api.api.neighbour import seconds
from nova_api.api.request import Request
from nova_api.neighbours.images import Image

_INTEGER = {"type": "integer"}
_BOOL = {"type": "boolean"}
_TIME = {"type": "string"}

IMAGE = View(
    "image",
    Field("id", "id", STRING),
    Field("name", "name", nullable(STRING)),
    Field("status", "status", STRING),
    Field("visibility", "visibility", STRING),
    Field("owner", "owner", nullable(STRING)),
    Field("size", "size", nullable(_INTEGER)),
    Field("virtual_size", "virtual_size", nullable(_INTEGER)),
    Field("checksum", "checksum", nullable(STRING)),
    Field("os_hash_algo", "os_hash_algo", nullable(STRING)),
    Field("os_hash_value", "os_hash_value", nullable(STRING)),
    Field("os_hidden", "hidden", _BOOL),
    Field("disk_format", "disk_format", nullable(STRING)),
    Field("container_format", "container_format", nullable(STRING)),
    Field("min_disk", "min_disk", _INTEGER),
    Field("min_ram", "min_ram", _INTEGER),
    Field("protected", "protected", _BOOL),
    Field("tags", lambda image, _: list(image.tags), {"type": "array", "items": STRING}),
    Field("created_at", lambda image, _: seconds(image.created_at), _TIME),
    Field("updated_at", lambda image, _: seconds(image.updated_at), _TIME),
    Field("self", lambda image, _: f"/v2/images/{image.id}", STRING),
    Field("file", lambda image, _: f"/v2/images/{image.id}/file", STRING),
    Field("schema", lambda *_: "/v2/schemas/image", STRING),
)

#: Keys of an image that are not properties of its owner's.
FIXED = frozenset(field.name for field in IMAGE.fields)

MEMBER = View(
    "member",
    Field("image_id", "image_id", STRING),
    Field("member_id", "project_id", STRING),
    Field("status", "status", STRING),
    Field("created_at", lambda member, _: seconds(member.created_at), _TIME),
    Field("updated_at", lambda member, _: seconds(member.updated_at), _TIME),
    Field("schema", lambda *_: "/v2/schemas/member", STRING),
)


def shown(image: Image, request: Request) -> dict[str, Any]:
    """An image with its properties beside the fixed keys."""
    (fields,) = IMAGE.render([image], request)
    return {**image.properties, **fields}
