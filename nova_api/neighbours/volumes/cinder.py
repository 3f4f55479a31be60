"""Volumes from Cinder (Block Storage API v3, microversion 3.44)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from oslo_config import cfg

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.neighbours.remote import Access, Refused, Rest
from nova_api.neighbours.remote.rest import Query, meaning
from nova_api.neighbours.volumes import cinder_documents as documents
from nova_api.neighbours.volumes.interface import Attachment, NewVolume, Snapshot, Volume, VolumeType

_VERSION = {"OpenStack-API-Version": "volume 3.44"}
#: Re-imaging is younger than everything else that is asked for.
_REIMAGE_VERSION = {"OpenStack-API-Version": "volume 3.68"}
#: Metadata key by which the volume of an order is found again.
_ORDER = "compute_order"


class CinderVolumes:
    """Volumes as the interface promises them, over HTTP."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._rest = Rest(Access(conf, "cinder", "block-storage"), "volume service", "v3", _VERSION)
        self._my_ip: str = conf.my_ip

    # --- volumes -----------------------------------------------------------------------

    def show(self, context: RequestContext, volume_id: str) -> Volume:
        missing = exception.VolumeNotFound(volume_id=volume_id)
        found = documents.volume(self._call(context, "GET", f"/volumes/{volume_id}", missing)["volume"])
        if not self._may_see(context, found.project_id):
            raise missing
        return found

    def _may_see(self, context: RequestContext, project_id: str) -> bool:
        """What Cinder decides where it knows who asks; the service user sees everything."""
        return (
            self._rest.access.is_users(context)
            or bool(context.is_admin)
            or project_id in ("", context.project_id)
        )

    def list(self, context: RequestContext, offset: int = 0, limit: int = 1000) -> Sequence[Volume]:
        return [documents.volume(one) for one in self._own(context, "volumes", offset, limit)]

    def list_snapshots(
        self, context: RequestContext, offset: int = 0, limit: int = 1000
    ) -> Sequence[Snapshot]:
        return [documents.snapshot(one) for one in self._own(context, "snapshots", offset, limit)]

    def _own(self, context: RequestContext, kind: str, offset: int, limit: int) -> Sequence[Any]:
        project = [("all_tenants", "1"), ("project_id", context.project_id or "")]
        query = [("sort", "created_at:desc"), *([] if self._rest.access.is_users(context) else project)]
        pages = self._pages(context, f"/{kind}/detail", kind, query)
        return [*itertools.islice(pages, offset, offset + limit)]

    def create(self, context: RequestContext, order: NewVolume) -> Volume:
        earlier = None if order.key is None else self.ordered(context, order.key)
        if earlier is not None:
            return earlier
        metadata = dict(order.metadata) if order.key is None else {**order.metadata, _ORDER: order.key}
        asked = {
            "size": order.size or self._size_of_source(context, order),
            "name": order.name or None,
            "description": order.description,
            "imageRef": order.image_id,
            "snapshot_id": order.snapshot_id,
            "source_volid": order.source_volume_id,
            "volume_type": order.volume_type,
            "availability_zone": order.availability_zone,
            "multiattach": order.multiattach or None,
            "metadata": metadata or None,
        }
        body = {"volume": {name: value for name, value in asked.items() if value is not None}}
        # Made in the project itself: Cinder has no other way to say whose a volume is.
        missing = exception.NotFound("What the volume is to be made from could not be found.")
        return documents.volume(
            self._call(context, "POST", "/volumes", missing, json=body, in_project=True)["volume"]
        )

    def _size_of_source(self, context: RequestContext, order: NewVolume) -> int | None:
        if order.snapshot_id:
            return self.show_snapshot(context, order.snapshot_id).size
        if order.source_volume_id:
            return self.show(context, order.source_volume_id).size
        return None

    def ordered(self, context: RequestContext, key: str) -> Volume | None:
        query = [("metadata", f"{{'{_ORDER}': '{key}'}}")]
        if not self._rest.access.is_users(context):
            query.append(("all_tenants", "1"))
        for document in self._pages(context, "/volumes/detail", "volumes", query):
            if (document.get("metadata") or {}).get(_ORDER) == key:
                return documents.volume(document)
        return None

    def delete(self, context: RequestContext, volume_id: str) -> None:
        missing = exception.VolumeNotFound(volume_id=volume_id)
        self._call(context, "DELETE", f"/volumes/{volume_id}", missing)

    def reimage(self, context: RequestContext, volume_id: str, image_id: str) -> None:
        body = {"os-reimage": {"image_id": image_id, "reimage_reserved": True}}
        self._act(context, volume_id, body, headers=_REIMAGE_VERSION)

    def find_type(self, context: RequestContext, name_or_id: str) -> VolumeType:
        missing = exception.VolumeTypeNotFound(volume_type=name_or_id)
        for document in self._pages(context, "/types", "volume_types"):
            if name_or_id in (document["id"], document["name"]):
                return documents.volume_type(document)
        raise missing

    # --- snapshots -----------------------------------------------------------------------

    def show_snapshot(self, context: RequestContext, snapshot_id: str) -> Snapshot:
        missing = exception.SnapshotNotFound(snapshot_id=snapshot_id)
        found = documents.snapshot(
            self._call(context, "GET", f"/snapshots/{snapshot_id}", missing)["snapshot"]
        )
        if not self._may_see(context, found.project_id):
            raise missing
        return found

    def snapshots_of(self, context: RequestContext, volume_id: str) -> Sequence[Snapshot]:
        query = [("volume_id", volume_id)]
        if context.is_admin:
            query.append(("all_tenants", "1"))
        pages = self._pages(context, "/snapshots/detail", "snapshots", query)
        return [documents.snapshot(one) for one in pages]

    def create_snapshot(
        self,
        context: RequestContext,
        volume_id: str,
        name: str,
        description: str | None = None,
        metadata: Mapping[str, str] | None = None,
        *,
        force: bool = False,
    ) -> Snapshot:
        asked = {"volume_id": volume_id, "name": name, "description": description, "force": force}
        body = {"snapshot": {**asked, "metadata": dict(metadata or {})}}
        missing = exception.VolumeNotFound(volume_id=volume_id)
        return documents.snapshot(
            self._call(context, "POST", "/snapshots", missing, json=body, in_project=True)["snapshot"]
        )

    def delete_snapshot(self, context: RequestContext, snapshot_id: str) -> None:
        missing = exception.SnapshotNotFound(snapshot_id=snapshot_id)
        self._call(context, "DELETE", f"/snapshots/{snapshot_id}", missing)

    # --- attachments -----------------------------------------------------------------------

    def reserve(self, context: RequestContext, volume_id: str, server_uuid: str) -> Attachment:
        body = {"attachment": {"volume_uuid": volume_id, "instance_uuid": server_uuid, "connector": None}}
        missing = exception.VolumeNotFound(volume_id=volume_id)
        return documents.attachment(
            self._call(context, "POST", "/attachments", missing, json=body)["attachment"]
        )

    def connect(
        self, context: RequestContext, attachment_id: str, host: str, mountpoint: str | None
    ) -> Attachment:
        connector = {
            "host": host,
            "ip": self._my_ip,
            "initiator": f"iqn.2010-10.org.openstack:{host}",
            "mountpoint": mountpoint,
            "multipath": False,
            "os_type": "linux",
            "platform": "x86_64",
        }
        body = {"attachment": {"connector": connector}}
        missing = exception.AttachmentNotFound(attachment_id=attachment_id)
        path = f"/attachments/{attachment_id}"
        return documents.attachment(self._call(context, "PUT", path, missing, json=body)["attachment"])

    def complete(self, context: RequestContext, attachment_id: str) -> None:
        missing = exception.AttachmentNotFound(attachment_id=attachment_id)
        path = f"/attachments/{attachment_id}"
        if self._call(context, "GET", path, missing)["attachment"]["status"] != "attached":
            self._call(context, "POST", f"{path}/action", missing, json={"os-complete": {}})

    def release(self, context: RequestContext, attachment_id: str) -> None:
        missing = exception.AttachmentNotFound(attachment_id=attachment_id)
        try:
            self._call(context, "DELETE", f"/attachments/{attachment_id}", missing)
        except exception.AttachmentNotFound:
            return

    def attachments_of(self, context: RequestContext, server_uuid: str) -> Sequence[Attachment]:
        query = [("instance_id", server_uuid)]
        if context.is_admin:
            query.append(("all_tenants", "1"))
        found = self._pages(context, "/attachments/detail", "attachments", query)
        return [documents.attachment(one) for one in found]

    def begin_detaching(self, context: RequestContext, volume_id: str) -> None:
        self._act(context, volume_id, {"os-begin_detaching": {}})

    def roll_detaching(self, context: RequestContext, volume_id: str) -> None:
        try:
            self._act(context, volume_id, {"os-roll_detaching": {}})
        except (exception.VolumeNotFound, exception.Invalid):
            return

    # --- what the above are made of ----------------------------------------------------------

    def _act(
        self,
        context: RequestContext,
        volume_id: str,
        body: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        missing = exception.VolumeNotFound(volume_id=volume_id)
        self._call(context, "POST", f"/volumes/{volume_id}/action", missing, json=body, headers=headers)

    def _call(
        self,
        context: RequestContext,
        method: str,
        path: str,
        missing: exception.NotFound,
        **arguments: Any,
    ) -> Any:
        """The reply; ``missing`` is raised for 404.  What it refuses with 400 is a matter of the state."""
        try:
            return self._rest.json(context, method, path, **arguments)
        except Refused as refused:
            if refused.status == 404:
                raise missing from refused
            if refused.status == 400:
                raise exception.VolumeInvalidState(str(refused)) from refused
            raise meaning(refused) from refused

    def _pages(self, context: RequestContext, path: str, key: str, query: Query = ()) -> Any:
        try:
            yield from self._rest.pages(context, path, key, query)
        except Refused as refused:
            raise meaning(refused) from refused
