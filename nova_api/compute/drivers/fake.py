"""A driver without a hypervisor: guests are files, so that they survive the process as real ones do.

``<state_path>/fake/<host>/<server uuid>/<vm id>`` holds the power state of one
guest, or the word ``building``.  Every guest made gets a new vm id: two files
in a folder would be two guests of one server, which tests look for.
``<state_path>/fake-images/<host>/<image id>`` are images that were fetched in advance.
"""

from __future__ import annotations

import pathlib
import re
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from oslo_config import cfg

from nova_api import exception
from nova_api.compute import states
from nova_api.compute.drivers.base import Disk, Driver, Image, Inventory, SpawnCancelled, SpawnSpec
from nova_api.compute.drivers.fake_access import FakeGuestAccess
from nova_api.compute.drivers.fake_moves import FakeMoves
from nova_api.compute.drivers.fake_volumes import ROOT_DEVICE, FakeVolumes

_BUILDING = "building"
#: Seconds between two looks at whether a spawn has been cancelled.
_TICK = 0.05


class FakeDriver(FakeGuestAccess, FakeVolumes, FakeMoves, Driver):
    """Pretends what the options of ``[fake]`` say."""

    pretends = True

    def __init__(self, conf: cfg.ConfigOpts, host: str) -> None:
        self._conf = conf.fake
        self._host_ip = str(conf.my_ip)
        self._host = host
        self._folder = pathlib.Path(conf.state_path).resolve() / "fake" / host
        self._images = self._folder.parent.with_name("fake-images") / host
        self._count_lock = threading.Lock()
        self._spawned = 0

    def inventory(self) -> list[Inventory]:
        return [
            Inventory(
                node=self._conf.nodes.get(self._host, self._host),
                vcpus=self._conf.vcpus,
                memory_mb=self._conf.memory_mb,
                local_gb=self._conf.local_gb,
                hypervisor_type="fake",
                hypervisor_version=1000,
                host_ip=self._host_ip,
                cpu_info={
                    "arch": "x86_64",
                    "model": "Nehalem",
                    "vendor": "Intel",
                    "features": ["pge", "clflush"],
                    "topology": {"cores": 1, "threads": 1, "sockets": 4},
                },
                # Its guests have no disks that could grow, so nothing is kept for that.
                disk_available_least=0,
                can_rescue_volumes=self._conf.can_rescue_volumes,
            )
        ]

    def list_instances(self) -> set[str]:
        if not self._folder.is_dir():
            return set()
        return {entry.name for entry in self._folder.iterdir()}

    def power_state(self, server_uuid: str) -> int:
        for file in self._guests(server_uuid):
            text = file.read_text(encoding="ascii")
            if text != _BUILDING:
                return int(text)
        return states.NOSTATE

    def spawn(self, spec: SpawnSpec, cancelled: Callable[[], bool]) -> str:
        server = spec.guest.uuid
        if self.power_state(server) != states.NOSTATE:
            return ROOT_DEVICE
        self.destroy(server)
        self._refuse(spec.guest.name)
        file = self._folder / server / uuid.uuid4().hex
        file.parent.mkdir(parents=True)
        file.write_text(_BUILDING, encoding="ascii")
        end = time.monotonic() + self._conf.build_time
        while time.monotonic() < end:
            if cancelled():
                raise SpawnCancelled
            time.sleep(min(_TICK, max(end - time.monotonic(), 0)))
        self._plug_volumes(server, spec.disks)
        self._write(file, states.RUNNING)
        return ROOT_DEVICE

    def rebuild(self, spec: SpawnSpec, cancelled: Callable[[], bool], *, preserve_ephemeral: bool) -> str:
        del preserve_ephemeral  # there is no disk, so nothing is lost either way
        self.destroy(spec.guest.uuid)
        return self.spawn(spec, cancelled)

    def snapshot(self, server_uuid: str) -> Disk:
        guests = self._guests(server_uuid)
        if not guests:
            raise exception.NovaError(f"There is no guest {server_uuid} on {self._host}.")
        return Disk("raw", "bare", self._disk(server_uuid, guests[0].name))

    def _disk(self, server_uuid: str, vm_id: str) -> Iterator[bytes]:
        """A few bytes that tell whose they are, then silence for as long as a real disk would take."""
        yield f"The disk of server {server_uuid}, guest {vm_id} of the fake driver.\n".encode().ljust(512)
        end = time.monotonic() + self._conf.snapshot_time
        while time.monotonic() < end:
            time.sleep(min(_TICK, max(end - time.monotonic(), 0)))
            yield bytes(512)

    def _refuse(self, name: str) -> None:
        with self._count_lock:
            self._spawned += 1
            unlucky = self._conf.fail_every and self._spawned % self._conf.fail_every == 0
        if self._host in self._conf.fail_hosts:
            raise exception.NovaError(f"The fake driver fails every build on {self._host}.")
        if unlucky:
            raise exception.NovaError(f"The fake driver fails every build number {self._conf.fail_every}.")
        if self._conf.fail_names and re.search(self._conf.fail_names, name):
            raise exception.NovaError(f"The fake driver fails builds of servers named like {name}.")

    def cache_image(self, image: Image) -> None:
        kept = self._images / image.id
        if kept.exists():
            return
        self._images.mkdir(parents=True, exist_ok=True)
        new = kept.with_suffix(f".{uuid.uuid4().hex}")
        try:
            with new.open("wb") as file:
                for block in image.open():
                    file.write(block)
            # Renamed into place, so that half an image never counts as one.
            new.replace(kept)
        finally:
            new.unlink(missing_ok=True)

    def destroy(self, server_uuid: str) -> None:
        shutil.rmtree(self._folder / server_uuid, ignore_errors=True)

    def power_on(self, server_uuid: str) -> None:
        self._switch(server_uuid, states.RUNNING)

    def power_off(self, server_uuid: str) -> None:
        self._switch(server_uuid, states.SHUTDOWN)

    def reboot(self, server_uuid: str, *, hard: bool) -> None:
        if not hard and self.power_state(server_uuid) != states.RUNNING:
            raise exception.NovaError(f"Guest {server_uuid} does not run, so it cannot be asked to reboot.")
        self._switch(server_uuid, states.RUNNING)

    def pause(self, server_uuid: str) -> None:
        self._consent("pause")
        self._switch(server_uuid, states.POWER_PAUSED)

    def unpause(self, server_uuid: str) -> None:
        self._consent("unpause")
        self._switch(server_uuid, states.RUNNING)

    def suspend(self, server_uuid: str) -> None:
        self._consent("suspend")
        self._switch(server_uuid, states.POWER_SUSPENDED)

    def resume(self, server_uuid: str) -> None:
        self._consent("resume")
        self._switch(server_uuid, states.RUNNING)

    def soft_delete(self, server_uuid: str) -> None:
        self._consent("soft_delete")
        super().soft_delete(server_uuid)

    def restore(self, server_uuid: str) -> None:
        self._consent("restore")
        super().restore(server_uuid)

    def rescue(self, spec: SpawnSpec) -> None:
        self._consent("rescue")
        for file in self._require(spec.guest.uuid):
            image = spec.image.id if spec.image else ""
            file.with_suffix(".rescue").write_text(image, encoding="ascii")
        # The guest itself is off: what would run is the rescue system.
        self._switch(spec.guest.uuid, states.SHUTDOWN)

    def unrescue(self, server_uuid: str) -> None:
        self._consent("unrescue")
        for file in self._require(server_uuid):
            file.with_suffix(".rescue").unlink(missing_ok=True)
        self._switch(server_uuid, states.RUNNING)

    def set_admin_password(self, server_uuid: str, password: str) -> None:
        del password  # nobody logs in
        self._consent("set_admin_password")
        self._switch(server_uuid, self.power_state(server_uuid))

    def inject_nmi(self, server_uuid: str) -> None:
        self._consent("inject_nmi")
        self._require(server_uuid)

    def inject_network_info(self, server_uuid: str, nics: list[dict[str, Any]]) -> None:
        self._consent("inject_network_info")
        self._require(server_uuid)

    # A pretended host has no power of its own: it is switched by saying so, and its guests stay as they are.

    def host_power_action(self, action: str) -> str:
        self._consent("host_power_action")
        return action

    def set_host_maintenance(self, on: bool) -> bool:
        self._consent("set_host_maintenance")
        return on

    def _consent(self, operation: str) -> None:
        """Raises where the options say that ``operation`` is not supported, or fails."""
        if operation in self._conf.unsupported:
            raise exception.NotSupported(operation=operation.replace("_", " "))
        if operation in self._conf.fail_operations:
            raise exception.NovaError(f"The fake driver fails every {operation}.")

    def _require(self, server_uuid: str) -> list[pathlib.Path]:
        files = self._guests(server_uuid)
        if not files:
            raise exception.NovaError(f"There is no guest {server_uuid} on {self._host}.")
        return files

    def _switch(self, server_uuid: str, power_state: int) -> None:
        files = self._require(server_uuid)
        time.sleep(self._conf.power_time)
        for file in files:
            self._write(file, power_state)

    def _guests(self, server_uuid: str) -> list[pathlib.Path]:
        folder = self._folder / server_uuid
        return [file for file in folder.iterdir() if "." not in file.name] if folder.is_dir() else []

    @staticmethod
    def _write(file: pathlib.Path, power_state: int) -> None:
        # Renamed into place, so that a reader never sees half a file.
        new = file.with_suffix(".new")
        new.write_text(str(power_state), encoding="ascii")
        new.replace(file)
