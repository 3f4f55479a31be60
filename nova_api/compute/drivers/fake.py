"""A driver without a hypervisor: guests are files, so that they survive the process as real ones do.

``<state_path>/fake/<host>/<server uuid>/<vm id>`` holds the power state of one
guest, or the word ``building``.  Every guest made gets a new vm id: two files
in a folder would be two guests of one server, which tests look for.
"""

from __future__ import annotations

import pathlib
import re
import shutil
import threading
import time
import uuid
from collections.abc import Callable

from oslo_config import cfg

from nova_api import exception
from nova_api.compute import states
from nova_api.compute.drivers.base import Driver, Inventory, SpawnCancelled, SpawnSpec

_BUILDING = "building"
#: Seconds between two looks at whether a spawn has been cancelled.
_TICK = 0.05
ROOT_DEVICE = "/dev/sda"


class FakeDriver(Driver):
    """Pretends what the options of ``[fake]`` say."""

    def __init__(self, conf: cfg.ConfigOpts, host: str) -> None:
        self._conf = conf.fake
        self._host_ip = str(conf.my_ip)
        self._host = host
        self._folder = pathlib.Path(conf.state_path).resolve() / "fake" / host
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
        self._write(file, states.RUNNING)
        return ROOT_DEVICE

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

    def _switch(self, server_uuid: str, power_state: int) -> None:
        files = self._guests(server_uuid)
        if not files:
            raise exception.NovaError(f"There is no guest {server_uuid} on {self._host}.")
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
