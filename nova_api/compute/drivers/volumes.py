"""The part of the driver interface about volumes."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from typing import Any

from nova_api import exception


@dataclasses.dataclass(frozen=True)
class VolumeDisk:
    """A volume that is open to this host.

    ``connection_info`` is what the volume service told of the way to it,
    ``device_name`` is a wish.  ``boot_index`` of 0 makes it the disk to boot from.
    """

    volume_id: str
    connection_info: Mapping[str, Any]
    device_name: str | None = None
    boot_index: int | None = None
    disk_bus: str | None = None
    device_type: str | None = None
    tag: str | None = None


class GuestVolumes(abc.ABC):
    """Plugs volumes into guests.  Every operation may be repeated."""

    @abc.abstractmethod
    def root_device_name(self) -> str:
        """What ``spawn`` will call the root disk."""

    @abc.abstractmethod
    def attach_volume(self, server_uuid: str, disk: VolumeDisk) -> None:
        """Plugs the volume into a guest, running or not."""

    @abc.abstractmethod
    def detach_volume(self, server_uuid: str, volume_id: str) -> None:
        """Unplugs it; nothing when the guest does not have it."""

    @abc.abstractmethod
    def swap_volume(self, server_uuid: str, old_volume_id: str, disk: VolumeDisk) -> None:
        """Copies the old volume to the new one and puts that into its place."""

    def snapshot_volume(self, server_uuid: str, volume_id: str, snapshot_id: str, new_file: str) -> None:
        """Has the guest write to ``new_file`` from now on, so that what it wrote before is the snapshot."""
        raise exception.NotSupported(operation="snapshot its volumes")

    def forget_volume_snapshot(self, server_uuid: str, volume_id: str, snapshot_id: str) -> None:
        """Merges what was written before and after the snapshot; nothing when there is none."""
        raise exception.NotSupported(operation="snapshot its volumes")
