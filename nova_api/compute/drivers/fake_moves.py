"""The fake driver's part in moves: the guest set aside at the source, the one made at the destination."""

from __future__ import annotations

import abc
import pathlib
import shutil
import time
import uuid
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from oslo_config import cfg

from nova_api import exception
from nova_api.compute import states
from nova_api.compute.drivers.moves import GuestMoves, LiveMigrationAborted, Order
from nova_api.compute.drivers.volumes import VolumeDisk
from nova_api.db.guests import Guest

if TYPE_CHECKING:
    from nova_api.compute.drivers.base import SpawnSpec

#: Ends the names of guests that are set aside: they are not among the guests of the host.
_ASIDE = ".aside"
#: Seconds between two looks at what a live migration is told.
_TICK = 0.05
_MIB = 1024 * 1024


class FakeMoves(GuestMoves):
    """Moves files."""

    _conf: cfg.ConfigOpts.GroupAttr
    _folder: pathlib.Path
    _host: str

    @abc.abstractmethod
    def _guests(self, server_uuid: str) -> list[pathlib.Path]:
        """The files of a server's guests: one, or none."""

    @abc.abstractmethod
    def _replug_volumes(self, server_uuid: str, disks: Collection[VolumeDisk]) -> None:
        """Leaves the server's guests these volumes and no others."""

    @staticmethod
    @abc.abstractmethod
    def _write(file: pathlib.Path, power_state: int) -> None:
        """Changes the power state of the guest in ``file``."""

    def check_can_host(self, guest: Guest) -> None:
        if self._host in self._conf.fail_hosts:
            raise exception.NovaError(f"The fake driver takes no guest on {self._host}.")

    # --- resize and cold migration

    def migrate_disk_and_power_off(self, server_uuid: str, dest_host: str) -> None:
        time.sleep(self._conf.move_time)
        for file in self._guests(server_uuid):
            file.rename(file.with_suffix(_ASIDE))
        if not self._aside(server_uuid):
            raise exception.NovaError(f"There is no guest {server_uuid} on {self._host} to move.")
        self._replug_volumes(server_uuid, ())

    def finish_migration(self, spec: SpawnSpec, *, running: bool) -> None:
        time.sleep(self._conf.move_time)
        self._make(spec, states.RUNNING if running else states.SHUTDOWN)

    def confirm_migration(self, server_uuid: str) -> None:
        for file in self._aside(server_uuid):
            file.unlink(missing_ok=True)
        self._tidy(server_uuid)

    def undo_migration(self, server_uuid: str) -> None:
        for file in self._guests(server_uuid):
            file.unlink(missing_ok=True)
        self._replug_volumes(server_uuid, ())
        self._tidy(server_uuid)

    def finish_revert_migration(self, spec: SpawnSpec, *, running: bool) -> None:
        server_uuid = spec.guest.uuid
        time.sleep(self._conf.move_time)
        for file in self._aside(server_uuid):
            file.rename(file.with_suffix(""))
        if not self._guests(server_uuid):
            raise exception.NovaError(f"There is no guest {server_uuid} on {self._host} to go back to.")
        self._make(spec, states.RUNNING if running else states.SHUTDOWN)

    # --- live migration

    def live_migrate(
        self,
        guest: Guest,
        dest_host: str,
        orders: Callable[[], Order | None],
        progress: Callable[[int, int], None],
    ) -> None:
        if not self._guests(guest.uuid):
            raise exception.NovaError(f"There is no guest {guest.uuid} on {self._host} to move.")
        total, lasts = guest.memory_mb * _MIB, self._conf.live_migration_time
        start = time.monotonic()
        while (passed := time.monotonic() - start) < lasts:
            order = orders()
            if order is Order.ABORT:
                raise LiveMigrationAborted
            if order is Order.FINISH:
                break
            progress(total, int(total * passed / lasts))
            time.sleep(min(_TICK, lasts - passed))
        progress(total, total)

    def post_live_migration_at_destination(self, spec: SpawnSpec, power_state: int) -> None:
        self._make(spec, power_state)

    # --- files

    def _make(self, spec: SpawnSpec, power_state: int) -> None:
        """One guest with its volumes, whatever an earlier call has left."""
        server_uuid = spec.guest.uuid
        folder = self._folder / server_uuid
        folder.mkdir(parents=True, exist_ok=True)
        for file in self._guests(server_uuid) or [folder / uuid.uuid4().hex]:
            self._write(file, power_state)
        self._replug_volumes(server_uuid, spec.disks)

    def _aside(self, server_uuid: str) -> list[pathlib.Path]:
        return list((self._folder / server_uuid).glob(f"*{_ASIDE}"))

    def _tidy(self, server_uuid: str) -> None:
        """No guest, nothing set aside: then nothing at all."""
        if not self._guests(server_uuid) and not self._aside(server_uuid):
            shutil.rmtree(self._folder / server_uuid, ignore_errors=True)
