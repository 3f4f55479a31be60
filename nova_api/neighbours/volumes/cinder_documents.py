"""What Cinder's JSON says, as records."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from oslo_utils import timeutils

from nova_api.db.schema.base import utcnow
from nova_api.neighbours.volumes.interface import Attachment, Snapshot, Volume, VolumeType

Document = Mapping[str, Any]


def _time(text: str | None) -> datetime.datetime | None:
    return timeutils.normalize_time(timeutils.parse_isotime(text)) if text else None


def _times(document: Document) -> dict[str, datetime.datetime]:
    created = _time(document.get("created_at")) or utcnow()
    return {"created_at": created, "updated_at": _time(document.get("updated_at")) or created}


def _is_true(value: Any) -> bool:
    """Cinder writes some booleans as words."""
    return str(value).lower() == "true"


def volume(document: Document) -> Volume:
    """A volume of ``/volumes/detail`` or ``/volumes/{id}``."""
    metadata = dict(document.get("metadata") or {})
    return Volume(
        id=document["id"],
        name=document.get("name") or "",
        description=document.get("description"),
        project_id=document.get("os-vol-tenant-attr:tenant_id") or "",
        user_id=document.get("user_id"),
        size=int(document["size"]),
        status=document["status"],
        migration_status=document.get("migration_status"),
        availability_zone=document.get("availability_zone") or "",
        volume_type=document.get("volume_type"),
        bootable=_is_true(document.get("bootable")),
        multiattach=bool(document.get("multiattach")),
        readonly=_is_true(metadata.get("readonly")),
        snapshot_id=document.get("snapshot_id"),
        source_volume_id=document.get("source_volid"),
        **_times(document),
        metadata=metadata,
        image_metadata=document.get("volume_image_metadata") or {},
        attachments=tuple(_inside_volume(one) for one in document.get("attachments") or ()),
    )


def _inside_volume(document: Document) -> Attachment:
    """An attachment as its volume shows it; only those that servers really have are shown."""
    attached = _time(document.get("attached_at"))
    return Attachment(
        id=document["attachment_id"],
        volume_id=document.get("volume_id") or document["id"],
        server_id=document["server_id"],
        status="attached",
        mode="rw",
        host=document.get("host_name"),
        mountpoint=document.get("device"),
        connection_info={},
        attached_at=attached,
        created_at=attached or utcnow(),
    )


def attachment(document: Document) -> Attachment:
    """An attachment of ``/attachments``, where it says neither its host nor its device."""
    attached = _time(document.get("attached_at"))
    return Attachment(
        id=document["id"],
        volume_id=document["volume_id"],
        server_id=document.get("instance") or "",
        status=document["status"],
        mode=document.get("attach_mode") or "rw",
        host=None,
        mountpoint=None,
        connection_info=document.get("connection_info") or {},
        attached_at=attached,
        created_at=attached or utcnow(),
    )


def snapshot(document: Document) -> Snapshot:
    """A snapshot of ``/snapshots``."""
    return Snapshot(
        id=document["id"],
        name=document.get("name") or "",
        description=document.get("description"),
        project_id=document.get("os-extended-snapshot-attributes:project_id") or "",
        user_id=document.get("user_id"),
        volume_id=document["volume_id"],
        size=int(document["size"]),
        status=document["status"],
        **_times(document),
        metadata=document.get("metadata") or {},
    )


def volume_type(document: Document) -> VolumeType:
    """A volume type."""
    return VolumeType(
        id=document["id"],
        name=document["name"],
        description=document.get("description"),
        is_public=bool(document.get("is_public", document.get("os-volume-type-access:is_public", True))),
        created_at=utcnow(),
        extra_specs=document.get("extra_specs") or {},
    )
