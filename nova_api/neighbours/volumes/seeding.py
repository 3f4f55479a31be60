"""The volume types of a first start, and the volumes of a world that somebody describes."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping, Sequence
from typing import Any

from nova_api import context
from nova_api.db.networks import Listing
from nova_api.neighbours.volumes.local import LocalVolumes

#: Keys of a described volume that are columns of the same name.
_COLUMNS = (
    "name",
    "description",
    "migration_status",
    "volume_type",
    "multiattach",
    "readonly",
    "snapshot_id",
    "metadata",
)


def seed(
    volumes: LocalVolumes,
    wanted: Sequence[Mapping[str, Any]] = (),
    types: Sequence[Mapping[str, Any]] = (),
    *,
    owner: str = "",
    zone: str = "",
) -> None:
    """Makes the ``types`` (id, name) and volumes (as the volume API shows them) that are missing.

    ``owner`` and ``zone`` are the project and the availability zone of those that name none.
    """
    administrator = context.admin()
    for item in types:
        if not volumes.types.list(administrator, Listing(equal={"name": [item["name"]]})):
            values = {"uuid": item.get("id"), "name": item["name"]}
            volumes.types.create(administrator, {**values, "extra_specs": item.get("extra_specs", {})})
    for item in wanted:
        uuid = item.get("id") or str(uuids.uuid4())
        if volumes.volumes.list(administrator, Listing(equal={"uuid": [uuid]})):
            continue
        image = item.get("volume_image_metadata") or {}
        volumes.volumes.insert(
            {
                **{name: item[name] for name in _COLUMNS if item.get(name) is not None},
                "uuid": uuid,
                "project_id": item.get("project_id") or owner,
                "size": item.get("size", 1),
                "status": item.get("status", "available"),
                "availability_zone": item.get("availability_zone") or zone,
                "bootable": str(item.get("bootable", bool(image))).lower() == "true",
                "image_metadata": dict(image),
            }
        )
