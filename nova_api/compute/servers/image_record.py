"""The record of an image that is to be made of a server."""

from __future__ import annotations

from collections.abc import Mapping

from nova_api import context as contexts
from nova_api import exception
from nova_api.backend import Backend
from nova_api.context import RequestContext
from nova_api.db.server_queries import Server

#: What the record of an image tells of that image alone, and not of one made from its server.
_NOT_INHERITED = frozenset(
    {
        *("backup_type", "base_image_ref", "image_type", "instance_owner", "instance_uuid", "owner_id"),
        *("bdm_v2", "block_device_mapping", "root_device_name"),
        *("cache_in_nova", "bittorrent", "user_id"),
        *("img_signature", "img_signature_hash_method", "img_signature_key_type"),
        *("img_signature_certificate_uuid", "signature_verified"),
    }
)
_NAME_LENGTH = 255


def new_image(
    backend: Backend,
    context: RequestContext,
    server: Server,
    image_id: str,
    name: str,
    kind: str,
    properties: Mapping[str, str],
    *,
    for_owner: bool = False,
) -> None:
    """Records a queued image that is to be made of ``server``, with an id that is reserved.

    It belongs to the caller, and is shared with the server's project where that
    is another; or, ``for_owner``, to that project outright.
    """
    images = backend.images
    foreign = context.project_id != server.project_id
    values = {
        "id": image_id,
        "name": name[:_NAME_LENGTH],
        "owner": server.project_id if for_owner else context.project_id,
        "visibility": "shared" if foreign and not for_owner else "private",
        # A guest's disk does not fit where its flavor's would not.
        "min_disk": max(server.root_gb, _least(backend, server, "min_disk")),
        "min_ram": _least(backend, server, "min_ram"),
        "properties": _properties(context, server, kind, properties),
    }
    maker = contexts.admin() if for_owner and foreign else context
    images.create(maker, values)
    if values["visibility"] == "shared":
        images.add_member(context, image_id, server.project_id)


def _least(backend: Backend, server: Server, what: str) -> int:
    """The ``min_ram`` or ``min_disk`` of the image that the server was made from, while that exists."""
    if server.image_id is None:
        return 0
    try:
        return int(getattr(backend.images.show(contexts.admin(), server.image_id), what))
    except exception.ImageNotFound:
        return 0


def _properties(
    context: RequestContext, server: Server, kind: str, given: Mapping[str, str]
) -> dict[str, str]:
    inherited = {
        key: str(value)
        for key, value in (server.image_properties or {}).items()
        if key not in _NOT_INHERITED and value is not None
    }
    own = {
        "instance_uuid": server.uuid,
        "user_id": context.user_id,
        "image_type": kind,
        "base_image_ref": server.image_id,
        "owner_user_name": context.user_name,
        "owner_project_name": context.project_name,
    }
    if context.project_id != server.project_id:
        own["instance_owner"] = server.project_id
    return {**inherited, **given, **{key: str(value) for key, value in own.items() if value is not None}}
