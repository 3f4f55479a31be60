"""The volume service of the recorded worlds: whatever uuid one asks for, there is such a volume."""

from __future__ import annotations

import uuid
from typing import Any

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.neighbours.volumes import LocalVolumes, Snapshot, Volume

#: Extra properties of the image that some of the recorded volumes were made from.
_IMAGE_ID = "155d900f-4e14-4e4c-a73d-069cbf4541e6"
_PROPERTIES = {
    "IMAGE_BACKED_VOL": {},
    "IMAGE_BACKED_VOL_QUIESCE": {"os_require_quiesce": "true", "hw_qemu_guest_agent": "true"},
    "IMAGE_WITH_TRAITS_BACKED_VOL": {"trait:HW_CPU_X86_SGX": "required"},
}


class AnyVolumes(LocalVolumes):
    """Makes a volume (available, 1 GiB) of every uuid that it is asked for."""

    def show(self, context: RequestContext, volume_id: str) -> Volume:
        try:
            return super().show(context, volume_id)
        except exception.VolumeNotFound:
            try:
                uuid.UUID(volume_id)
                self.volumes.insert(
                    {
                        "uuid": volume_id,
                        "project_id": context.project_id or "",
                        "name": volume_id,
                        "size": 1,
                        "status": "available",
                        "availability_zone": "nova",
                        "bootable": True,
                    }
                )
            except (ValueError, *DUPLICATE_ERRORS):
                raise exception.VolumeNotFound(volume_id=volume_id) from None
            return super().show(context, volume_id)

    def create_snapshot(self, context: RequestContext, volume_id: str, *more: Any, **named: Any) -> Snapshot:
        self.show(context, volume_id)
        return super().create_snapshot(context, volume_id, *more, **named)


def seeds(world: dict[str, Any]) -> list[dict[str, Any]]:
    """The volumes of world.json that are not like all others."""
    return [
        {
            "id": volume_id,
            "name": volume_id,
            "size": 1,
            "bootable": True,
            "availability_zone": "nova",
            "multiattach": name.startswith("MULTIATTACH"),
            "migration_status": "migrating" if name.endswith("OLD_VOL") else None,
            "volume_image_metadata": {"image_id": _IMAGE_ID, **_PROPERTIES[name]}
            if name in _PROPERTIES
            else {},
        }
        for name, volume_id in world.get("volumes", {}).items()
        if name.endswith("VOL") or name in _PROPERTIES
    ]
