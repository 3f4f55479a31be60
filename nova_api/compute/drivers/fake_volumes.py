"""Volumes of the fake driver's guests: files ``volume.<volume id>`` beside the guest's own."""

from __future__ import annotations

import abc
import hashlib
import pathlib
import time
from collections.abc import Collection, Iterable

from oslo_config import cfg

from nova_api.compute.drivers.volumes import GuestVolumes, VolumeDisk

#: What every guest calls its first disk.
ROOT_DEVICE = "/dev/sda"


class FakeVolumes(GuestVolumes):
    """Pretends to plug."""

    _conf: cfg.ConfigOpts.GroupAttr
    _folder: pathlib.Path

    @abc.abstractmethod
    def _require(self, server_uuid: str) -> list[pathlib.Path]:
        """The files of a server's guests; raises when there is none."""

    @abc.abstractmethod
    def _consent(self, operation: str) -> None:
        """Raises where the options say that ``operation`` fails."""

    def root_device_name(self) -> str:
        return ROOT_DEVICE

    def attach_volume(self, server_uuid: str, disk: VolumeDisk) -> None:
        self._consent("attach_volume")
        self._require(server_uuid)
        time.sleep(self._conf.plug_time)
        self._plug_volumes(server_uuid, [disk])

    def detach_volume(self, server_uuid: str, volume_id: str) -> None:
        self._consent("detach_volume")
        self._volume(server_uuid, volume_id).unlink(missing_ok=True)

    def swap_volume(self, server_uuid: str, old_volume_id: str, disk: VolumeDisk) -> None:
        self._consent("swap_volume")
        self._require(server_uuid)
        self._plug_volumes(server_uuid, [disk])
        self._volume(server_uuid, old_volume_id).unlink(missing_ok=True)

    def snapshot_volume(self, server_uuid: str, volume_id: str, snapshot_id: str, new_file: str) -> None:
        self._consent("snapshot_volume")
        self._require(server_uuid)
        self._snapshot(server_uuid, snapshot_id).write_text(new_file, encoding="utf-8")

    def forget_volume_snapshot(self, server_uuid: str, volume_id: str, snapshot_id: str) -> None:
        self._consent("snapshot_volume")
        self._snapshot(server_uuid, snapshot_id).unlink(missing_ok=True)

    def _snapshot(self, server_uuid: str, snapshot_id: str) -> pathlib.Path:
        # The id is whatever the volume service calls it, so it is no file name as it stands.
        return self._folder / server_uuid / f"snapshot.{hashlib.sha256(snapshot_id.encode()).hexdigest()}"

    def _plug_volumes(self, server_uuid: str, disks: Iterable[VolumeDisk]) -> None:
        for disk in disks:
            name = disk.device_name or ""
            self._volume(server_uuid, disk.volume_id).write_text(name, encoding="utf-8")

    def _replug_volumes(self, server_uuid: str, disks: Collection[VolumeDisk]) -> None:
        kept = {self._volume(server_uuid, disk.volume_id) for disk in disks}
        for file in (self._folder / server_uuid).glob("volume.*"):
            if file not in kept:
                file.unlink(missing_ok=True)
        self._plug_volumes(server_uuid, disks)

    def _volume(self, server_uuid: str, volume_id: str) -> pathlib.Path:
        return self._folder / server_uuid / f"volume.{volume_id}"
