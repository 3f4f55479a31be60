"""What a server boots from, and its other disks: everything that its block devices name, looked up."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.backend import Backend
from nova_api.compute.servers import checks, mappings
from nova_api.compute.servers.mappings import Device
from nova_api.compute.servers.order import Order
from nova_api.compute.volumes import reserving
from nova_api.compute.volumes.attach import check_zone
from nova_api.context import RequestContext
from nova_api.neighbours.images import Image
from nova_api.neighbours.volumes import Snapshot, Volume


@dataclasses.dataclass(frozen=True)
class Source:
    """What a server boots from: an image (``id``), or a volume that knows the properties of one (None)."""

    id: str | None
    properties: Mapping[str, str]


class Disks:
    """The disks of an order; a plain boot from an image has no ``rows``.

    ``source`` is what the server boots from, ``rows`` are columns of
    ``server_block_devices``.  Raises MappingInvalid, MultiattachTooOld,
    VolumeZoneMismatch, TooManyDiskDevices and what ``checks`` raises about images.
    """

    def __init__(
        self,
        backend: Backend,
        context: RequestContext,
        order: Order,
        flavor: Mapping[str, Any],
        devices: Sequence[Device],
    ) -> None:
        self._backend = backend
        self._context = context
        self._order = order
        self._flavor = flavor
        self._image = checks.image(backend, context, order.image_id) if order.image_id else None
        if self._image is not None:
            devices = mappings.of_image(self._image.properties, devices)
        if order.max_count > 1 and any(device["source_type"] == "volume" for device in devices):
            raise exception.Invalid("Cannot attach one or more volumes to multiple instances")
        #: Zone of the volumes, where servers have to be in the same one.
        self.zone: str | None = None
        self.rows: list[Device] = [self._looked_up(device) for device in devices]
        self._check_local()
        self._check_count()
        root = next((row for row in self.rows if row["boot_index"] == 0), None)
        self.source = self._source(root)

    @property
    def is_volume_backed(self) -> bool:
        """Whether the root disk is a volume."""
        return self.source.id is None

    # --- one device -----------------------------------------------------------------

    def _looked_up(self, device: Device) -> Device:
        if device["volume_type"] is not None:
            with checks.named_in_body():
                self._backend.volumes.find_type(self._context, device["volume_type"])
        if device["volume_id"] is not None:
            return {**device, "volume_size": self._volume(device["volume_id"]).size}
        if device["snapshot_id"] is not None:
            snapshot = self._snapshot(device["snapshot_id"])
            return {**device, "volume_size": device["volume_size"] or snapshot.size}
        if device["destination_type"] == "volume":
            if not device["volume_size"]:
                raise exception.MappingInvalid(
                    reason=f"a volume made from source_type {device['source_type']} needs a volume_size "
                    "that is not zero."
                )
            if device["image_id"] is not None and device["image_id"] != self._order.image_id:
                self._other_image(device["image_id"])
        return device

    def _volume(self, volume_id: str) -> Volume:
        try:
            volume = self._backend.volumes.show(self._context, volume_id)
        except exception.VolumeNotFound as error:
            raise exception.MappingInvalid(reason=f"failed to get volume {volume_id}.") from error
        if volume.multiattach and not self._order.multiattach:
            raise exception.MultiattachTooOld(volume_id=volume_id)
        check_zone(self._backend, volume, self._order.zone or self.zone)
        if not self._backend.conf.cinder.cross_az_attach:
            self.zone = volume.availability_zone
        return volume

    def _snapshot(self, snapshot_id: str) -> Snapshot:
        try:
            return self._backend.volumes.show_snapshot(self._context, snapshot_id)
        except exception.SnapshotNotFound as error:
            raise exception.MappingInvalid(reason=f"failed to get snapshot {snapshot_id}.") from error

    def _other_image(self, image_id: str) -> Image:
        try:
            return self._backend.images.show(self._context, image_id)
        except exception.ImageNotFound as error:
            raise exception.MappingInvalid(reason=f"failed to get image {image_id}.") from error

    # --- all of them --------------------------------------------------------------------

    def _check_local(self) -> None:
        local = [row for row in self.rows if row["destination_type"] == "local"]
        most: int = self._backend.conf.max_local_block_devices
        # Without any rows there is one local disk: the image's.
        if 0 <= most < (len(local) if self.rows else 1):
            raise exception.MappingInvalid(
                reason=f"a server may have {most} local disks, and the request needs more."
            )
        blank = [row for row in local if row["source_type"] == "blank"]
        swap = [row for row in blank if row["guest_format"] == "swap"]
        if len(swap) > 1:
            raise exception.MappingInvalid(reason="more than one swap drive was asked for.")
        if swap and (swap[0]["volume_size"] or 0) > self._flavor["swap"]:
            raise exception.MappingInvalid(reason="the swap drive is larger than the flavor allows.")
        ephemeral = [row for row in blank if row["guest_format"] != "swap"]
        wanted = sum(row["volume_size"] or self._flavor["ephemeral"] for row in ephemeral)
        if wanted > self._flavor["ephemeral"]:
            raise exception.MappingInvalid(reason="the ephemeral disks are larger than the flavor allows.")

    def _check_count(self) -> None:
        most: int = self._backend.conf.compute.max_disk_devices_to_attach
        if 0 <= most < len(self.rows):
            raise exception.TooManyDiskDevices(maximum=most)

    def _source(self, root: Device | None) -> Source:
        if root is None or root["destination_type"] == "local":
            image = self._image
            if image is None:
                raise exception.ImageRefMissing()
            checks.image_on_flavor(image, self._flavor, self._order.zero_disk_allowed)
            return Source(image.id, image.properties)
        if self._order.trusted_certs:
            raise exception.Invalid(
                "Image certificate validation is not possible for a server that boots from a volume."
            )
        if root["source_type"] == "image":
            image = self._other_image(root["image_id"])
            checks.image_on_volume(image, self._flavor, root["volume_size"])
            return Source(None, image.properties)
        return Source(None, self._metadata_of(root))

    def _metadata_of(self, root: Device) -> Mapping[str, str]:
        """What the root volume knows of the image that it was made from; raises MappingInvalid."""
        if root["source_type"] == "blank":
            return {}
        if root["snapshot_id"] is not None:
            origin = self._snapshot(root["snapshot_id"]).volume_id
            try:
                volume = self._backend.volumes.show(self._context, origin)
            except exception.VolumeNotFound:
                return {}  # deleted since; the snapshot is whole without it
        else:
            volume = self._volume(root["volume_id"])
        if not volume.bootable:
            raise exception.MappingInvalid(reason=f"Block Device {volume.id} is not bootable.")
        least = volume.image_metadata.get("min_ram", "")
        if least.isdigit() and self._flavor["ram"] < int(least):
            raise exception.FlavorTooSmall(
                what="memory", has=f"{self._flavor['ram']} MiB", needs=f"{least} MiB"
            )
        return volume.image_metadata

    # --- for one server -------------------------------------------------------------------

    @contextlib.contextmanager
    def reserved(self, server_uuid: str) -> Iterator[tuple[list[Device], Callable[[Connection], None]]]:
        """The rows of a server, with the volumes that exist already reserved for it.

        Until a transaction calls the function that comes with them, those are
        given up when the block ends or the process dies.  Raises VolumeInvalidState.
        """
        rows = [dict(row) for row in self.rows]
        volumes = [row["volume_id"] for row in rows if row["volume_id"] is not None]
        if not volumes:
            yield rows, lambda _conn: None
            return
        with reserving.attaching(self._backend, server_uuid, volumes) as reserved:
            for row in rows:
                if row["volume_id"] is not None:
                    attachment = self._backend.volumes.reserve(self._context, row["volume_id"], server_uuid)
                    reserved.made.append(attachment.id)
                    row["attachment_id"] = attachment.id
            yield rows, reserved.keep
